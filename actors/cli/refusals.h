/* SPDX-License-Identifier: MIT
 * refusals.h - what actors that cannot do their work have left word of (PROCESS_REFUSED_FILE). */
#ifndef PLAYBUS_ACTORS_CLI_REFUSALS_H
#define PLAYBUS_ACTORS_CLI_REFUSALS_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

struct start_refusal {
    enum err code;
    char about[512]; /* the file, mostly; may be empty */
};

/* In the data folder. False while the actor works, or has not said. */
bool refusal_read(const char *actor, struct start_refusal *out);
/* Can the rest go on without this actor? */
bool refusal_is_partial(const char *actor, enum err code);
/* Of an earlier run. */
void refusals_forget(void);

#endif
