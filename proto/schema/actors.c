/* SPDX-License-Identifier: MIT
 * actors.c - the table of actors.def. */
#include "proto/schema/actors.h"

const struct actor_desc actor_table[ACTOR_COUNT] = {
#define ACTOR(id, ...) [ACTOR_##id] = {__VA_ARGS__},
#define MANY(id, ...) ACTOR(id, __VA_ARGS__)
#define OPTIONAL(id, ...) ACTOR(id, __VA_ARGS__)
#include "proto/schema/actors.def"
#undef ACTOR
#undef MANY
#undef OPTIONAL
};
