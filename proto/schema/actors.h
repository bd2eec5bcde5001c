/* SPDX-License-Identifier: MIT
 * actors.h - the actors and what a person reads of each, made from actors.def. */
#ifndef PLAYBUS_PROTO_SCHEMA_ACTORS_H
#define PLAYBUS_PROTO_SCHEMA_ACTORS_H

#include <stdbool.h>

struct actor_desc {
    const char *name;   /* as in "import-worker" */
    const char *called; /* in a sentence: "Waiting for the history store" */
    const char *task;   /* what it does, for people who know none of them */
    bool needed;        /* without it GET /health/ready is 503 */
    bool dispensable;   /* when its database is damaged the others go on without it */
};

enum actor_id {
#define ACTOR(id, ...) ACTOR_##id,
#define MANY(id, ...)
#define OPTIONAL(id, ...)
#include "proto/schema/actors.def"
#undef ACTOR
#undef MANY
#undef OPTIONAL
    ACTOR_SINGLES, /* those before it are one each */
    ACTOR_LAST_SINGLE = ACTOR_SINGLES - 1,
#define ACTOR(id, ...)
#define MANY(id, ...) ACTOR_##id,
#define OPTIONAL(id, ...) ACTOR_##id,
#include "proto/schema/actors.def"
#undef ACTOR
#undef MANY
#undef OPTIONAL
    ACTOR_COUNT
};

extern const struct actor_desc actor_table[ACTOR_COUNT];

#endif
