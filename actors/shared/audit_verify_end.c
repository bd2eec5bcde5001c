/* SPDX-License-Identifier: MIT
 * audit_verify_end.c - what can be told when all entries were read: that none lacks at the
 * beginning or the end, that the last key is one that was given, and that a segment's seal is true.
 */
#include "actors/shared/audit_verify_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool check_beginning(struct audit_verifier *v)
{
    if (v->report.segment) {
        return true;
    }
    if (v->base_n == 0) {
        return v->report.checked > 0 ||
               verify_fail(v, 1, "Not even the entry is there with which every audit log begins");
    }
    if (v->sealed_to != v->base_n || !audit_hash_same(&v->sealed_hash, &v->base_hash)) {
        return verify_fail(
            v, 1, "Entries 1 to %" PRIu64 " are missing, and no entry tells of their sealing",
            v->base_n);
    }
    return true;
}

static bool check_keys(struct audit_verifier *v)
{
    if (v->report.checked > 0 && !v->vouched) {
        uint64_t from = v->key_from < v->report.first ? v->report.first : v->key_from;
        return verify_fail(v, from,
                           "Entry %" PRIu64 " is signed with key %s, which is not the one given",
                           from, v->key_id);
    }
    return true;
}

/* The last entry that must be there. */
static uint64_t wanted(const struct audit_verifier *v)
{
    const struct audit_head *head = v->claims.head;
    bool counts = head != NULL && !v->report.segment && head->n > v->claims.at_least;
    return counts ? head->n : v->claims.at_least;
}

/* Of a head whose key came with what was cut it can only be said that the end is missing. */
static bool check_end(struct audit_verifier *v)
{
    const struct audit_head *head = v->claims.head;
    const struct audit_public *key = head != NULL ? verify_find_key(v, head->key_id) : NULL;
    bool cut = v->n < wanted(v);
    if (head != NULL && (key != NULL || !cut)) {
        struct bytes signature = {head->signature.bytes, sizeof head->signature.bytes};
        if (key == NULL || !audit_signed_by(key, head->n, &head->hash, signature)) {
            return verify_fail(v, 0, "The head it is held against is not genuine");
        }
    }
    if (cut) {
        v->report.cut = true;
        return verify_fail(v, v->n + 1,
                           "The end was cut: entries %" PRIu64 " to %" PRIu64 " are missing",
                           v->n + 1, wanted(v));
    }
    return true;
}

/* A segment's range is signed as a whole, so neither end of it can be cut. */
static bool check_segment(struct audit_verifier *v)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    struct audit_hash end;
    struct audit_hash seal;
    if (!v->report.segment) {
        return true;
    }
    if (db_prepare(v->db, "SELECT first, last, hash, key_id, signature FROM segment", &find) !=
            OK ||
        stmt_row(find, &row) != OK || !row || row_text(find, 3) == NULL) {
        return verify_fail(v, v->n + 1, "The segment is not sealed");
    }
    uint64_t first = (uint64_t)row_number(find, 0);
    uint64_t last = (uint64_t)row_number(find, 1);
    const struct audit_public *key = verify_find_key(v, row_text(find, 3));
    if (!audit_hash_from_bytes(row_bytes(find, 2), &end) || key == NULL ||
        (!verify_is_trusted(v, key->id) && strcmp(key->id, v->key_id) != 0)) {
        return verify_fail(v, v->n + 1,
                           "The segment is sealed with key %.40s, which is not the one given",
                           row_text(find, 3));
    }
    audit_seal_hash(first, last, &v->base_hash, &end, &seal);
    if (!audit_signed_by(key, first, &seal, row_bytes(find, 4))) {
        return verify_fail(v, v->base_n + 1, "The seal of the segment is false");
    }
    if (first != v->base_n + 1 || last != v->n || !audit_hash_same(&end, &v->hash)) {
        return verify_fail(v, v->n + 1,
                           "The end was cut: entries %" PRIu64 " to %" PRIu64 " are missing",
                           v->n + 1, last);
    }
    return true;
}

static void say_of_the_end(const struct audit_verifier *v, char *out, size_t room)
{
    bool newest = v->claims.head != NULL && v->claims.head->n == v->n;
    if (v->report.segment || newest) {
        (void)snprintf(out, room, ", and nothing was cut from the end");
    } else if (wanted(v) > 0) {
        (void)snprintf(out, room,
                       ", and nothing was cut up to entry %" PRIu64
                       "; of later ones only a newer head can tell",
                       wanted(v));
    } else {
        (void)snprintf(out, room, "; whether later entries were cut can be told with a head only");
    }
}

void verify_finish(struct audit_verifier *v)
{
    if (!check_beginning(v) || !check_end(v) || !check_keys(v) || !check_segment(v)) {
        return;
    }
    char before[96] = "";
    char end[128];
    say_of_the_end(v, end, sizeof end);
    if (v->base_n > 0 && !v->report.segment) {
        (void)snprintf(before, sizeof before,
                       " (entries 1 to %" PRIu64
                       " were sealed: their segments are checked by themselves)",
                       v->base_n);
    }
    v->ended = true;
    v->report.intact = true;
    (void)snprintf(v->report.message, sizeof v->report.message, "Intact to entry %" PRIu64 "%s%s",
                   v->n, before, end);
}
