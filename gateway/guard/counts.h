/* SPDX-License-Identifier: MIT
 * counts.h - how many of a thing each caller holds right now. Of one thread. */
#ifndef PLAYBUS_GATEWAY_GUARD_COUNTS_H
#define PLAYBUS_GATEWAY_GUARD_COUNTS_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/base/own.h"

struct counts;

struct counts *counts_new(void) NODISCARD;
void counts_destroy(struct counts **counts);
/* One more for `who`, unless `most` are held already; false then. */
bool counts_take(struct counts *counts, const char *who, size_t most) NODISCARD;
void counts_give_back(struct counts *counts, const char *who);

#endif
