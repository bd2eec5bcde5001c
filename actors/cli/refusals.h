/* SPDX-License-Identifier: MIT
 * refusals.h - what actors that cannot do their work have left word of (start_refusal.h). */
#ifndef PLAYBUS_ACTORS_CLI_REFUSALS_H
#define PLAYBUS_ACTORS_CLI_REFUSALS_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/base/error.h"
#include "proto/base/own.h"
#include "proto/bus/start_refusal.h"

/* Can the rest go on without this actor? */
bool refusal_is_partial(const char *actor, enum err code);
/* Of an earlier run. */
void refusals_forget(void);

#endif
