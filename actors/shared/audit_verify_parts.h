/* SPDX-License-Identifier: MIT
 * audit_verify_parts.h - what the pass over the entries knows when its end is looked at. For
 * audit_verify*.c only; callers see audit_verify.h. */
#ifndef PLAYBUS_ACTORS_SHARED_AUDIT_VERIFY_PARTS_H
#define PLAYBUS_ACTORS_SHARED_AUDIT_VERIFY_PARTS_H

#include "actors/shared/audit_verify.h"
#include "proto/store/sqlite.h"
#include "proto/wire/arena.h"

struct audit_verifier {
    sqlite3 *db;                   /* owned */
    sqlite3_stmt *entries, *count; /* owned */
    struct arena *arena;           /* owned; of the entry at hand */
    struct audit_claims claims;
    struct audit_keyring known;   /* the keys that the file tells of: not trusted for that */
    struct audit_keyring retired; /* by the rotations that were seen: they sign nothing any more */
    struct audit_report report;
    uint64_t n;             /* the last good entry, or the one before the first */
    struct audit_hash hash; /* of it */
    uint64_t base_n;        /* what the file says lies before its first entry */
    struct audit_hash base_hash;
    uint64_t sealed_to; /* the last `segment_sealed` that was seen */
    struct audit_hash sealed_hash;
    char key_id[AUDIT_KEY_ID_SIZE]; /* signs at this place; "" before the first entry */
    uint64_t key_from;              /* the first entry it may sign */
    bool heir;                      /* it was brought in by a key that was vouched for */
    bool vouched;                   /* the last good entry's key is trusted, or such an heir */
    bool ended;
};

/* Ends the pass with this sentence; `bad` is the first entry that is not whole, 0: none. False. */
bool verify_fail(struct audit_verifier *v, uint64_t bad, const char *format, ...) PRINTF_LIKE(3, 4);
bool verify_is_trusted(const struct audit_verifier *v, const char *key_id);
/* NULL if neither the caller nor the file knows it. */
const struct audit_public *verify_find_key(const struct audit_verifier *v, const char *key_id);

/* When all entries were whole: beginning, end, keys and seal; the report is final then. */
void verify_finish(struct audit_verifier *v);

#endif
