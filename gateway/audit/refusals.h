/* SPDX-License-Identifier: MIT
 * refusals.h - keeps a flood of refusals from filling the audit log. Each of the first 10 of one
 * kind from one address in a minute is an entry; further ones are one entry with a count. All
 * addresses together make at most 300 entries a minute; beyond that they are counted by kind alone.
 * Pure memory, no clock of its own: audit_recorder.c writes each entry before it is answered, but
 * how a count has grown only once a second, so a gateway that is killed (-9) loses the last second
 * of that number. To write it each time would let a flood cost a commit a refusal. */
#ifndef PLAYBUS_GATEWAY_AUDIT_REFUSALS_H
#define PLAYBUS_GATEWAY_AUDIT_REFUSALS_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/error.h"
#include "proto/base/ids.h"
#include "proto/base/own.h"

#define REFUSALS_EACH 10
#define REFUSALS_TOTAL 300
#define REFUSALS_MINUTE_MS 60000
#define REFUSALS_SLOTS 1024
#define REFUSALS_GROUP_SIZE 64
#define REFUSALS_EVERYBODY "*" /* the address of those that are counted by kind alone */

struct refusals;

enum refusal_way {
    REFUSAL_ALONE,  /* an entry of its own */
    REFUSAL_FIRST,  /* the first of those that are counted: an entry that holds their place */
    REFUSAL_COUNTED /* known to an entry that is there */
};

/* An entry that stands for many. */
struct refusal_count {
    char entry_id[ID_SIZE];
    char group[REFUSALS_GROUP_SIZE]; /* address, or REFUSALS_EVERYBODY */
    enum err code;
    int64_t at;       /* of the first, wall clock */
    int64_t ready_at; /* when the minute is over, wall clock */
    uint64_t count;
};

struct refusals *refusals_new(void) NODISCARD;
void refusals_destroy(struct refusals **refusals);
/* One more, at `now` on the wall clock. Fills `out` unless it is to be an entry of its own. */
enum refusal_way refusals_add(struct refusals *refusals, const char *group, enum err code,
                              int64_t now, struct refusal_count **out);
/* `n` more from everybody; returns their count. */
struct refusal_count *refusals_add_many(struct refusals *refusals, enum err code, int64_t now,
                                        unsigned n);
/* The next count that has grown since it was asked for; NULL: none. Before `add` is called again.
 */
const struct refusal_count *refusals_grown(struct refusals *refusals);

#endif
