/* SPDX-License-Identifier: MIT
 * segment.h - old entries leave audit.db for a file of their own, audit/segment-FIRST-LAST.db,
 * whose range and last hash are signed and told by an entry of the log. */
#ifndef PLAYBUS_ACTORS_AUDIT_SEGMENT_H
#define PLAYBUS_ACTORS_AUDIT_SEGMENT_H

#include "actors/audit/audit_db.h"

#define SEGMENT_MAX 50000 /* entries moved at once: how long others wait for the writer */

struct segment {
    uint64_t first, last; /* 0: there was nothing to move */
    struct audit_hash hash;
    char file[80];
};

/* Moves the oldest entries, up to the first that happened at `before` or later. A known entry_id
 * moves nothing. */
enum err segment_seal(struct audit_db *db, const struct audit_seal *ask,
                      struct segment *out) NODISCARD;

#endif
