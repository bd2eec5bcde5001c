/* SPDX-License-Identifier: MIT
 * listing.c - walks the entries backwards by number and keeps what matches. There is no index: what
 * is found is what was signed, and a log of a hundred thousand entries is walked in a second.
 */
#include "actors/audit/listing.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "actors/audit/words.h"
#include "actors/shared/audit_chain.h"
#include "actors/shared/audit_entry.h"
#include "actors/shared/search.h"
#include "proto/base/clock.h"

static bool same(const char *wanted, const char *found)
{
    return wanted == NULL || (found != NULL && strcmp(wanted, found) == 0);
}

static bool has_text(const char *text, const char *key)
{
    return text != NULL && search_holds(text, strlen(text), key);
}

static bool has_any_text(const struct audit_entry *entry, const char *key)
{
    return has_text(entry->actor, key) || has_text(entry->address, key) ||
           has_text(entry->target, key) || has_text(entry->params, key);
}

/* Of an entry alone, what was asked for is without a result. */
static bool has_result(const struct audit_list *ask, const struct audit_entry *entry)
{
    return !ask->has_result || words_result(entry) == ask->result;
}

bool listing_matches(const struct audit_list *ask, const char *key, const struct audit_entry *entry)
{
    return (!ask->has_from || entry->at >= ask->from) && (!ask->has_to || entry->at < ask->to) &&
           (!ask->has_phase || entry->phase == ask->phase) && same(ask->actor, entry->actor) &&
           same(ask->action, entry->action) && same(ask->outcome, entry->outcome) &&
           same(ask->job_id, entry->job_id) && has_result(ask, entry) &&
           (key == NULL || has_any_text(entry, key));
}

void listing_event(const struct audit_entry *entry, sqlite3_stmt *row, struct arena *arena,
                   struct audit_event *out)
{
    struct audit_hash hash = {0};
    char *text = arena_alloc(arena, AUDIT_HASH_TEXT_SIZE);
    const char *key_id = row_text(row, 3) != NULL ? row_text(row, 3) : "";
    if (audit_hash_from_bytes(row_bytes(row, 2), &hash)) {
        audit_hash_text(&hash, text);
    }
    *out = (struct audit_event){.n = (uint64_t)row_number(row, 0),
                                .hash = text,
                                .key_id = arena_keep(arena, key_id),
                                .entry_id = entry->entry_id,
                                .at = entry->at,
                                .phase = entry->phase,
                                .action = entry->action,
                                .actor = entry->actor,
                                .role = entry->role,
                                .address = entry->address,
                                .target = entry->target,
                                .outcome = entry->outcome,
                                .job_id = entry->job_id,
                                .request_id = entry->request_id,
                                .params = entry->params,
                                .count = entry->count,
                                .has_count = entry->has_count};
}

enum err listing_cursor(const char *cursor, int64_t *out)
{
    char *end = NULL;
    *out = INT64_MAX;
    if (cursor == NULL || cursor[0] == '\0') {
        return OK;
    }
    errno = 0;
    *out = strtoll(cursor, &end, 10);
    return errno == 0 && *end == '\0' && isdigit((unsigned char)cursor[0]) && *out > 0
               ? OK
               : ERR_BAD_FIELD;
}

struct walk {
    const struct audit_list *ask;
    const char *key; /* of its q; NULL: none is asked for */
    struct audit_listed *page;
    struct arena *kept, *scratch;
    uint64_t limit;
    size_t bytes;    /* of what is on the page */
    int64_t n;       /* the entry visited last */
    int64_t ends_at; /* on the monotonic clock */
};

/* Looks at one entry; false when the page is full. */
static bool visit(struct walk *w, sqlite3_stmt *row)
{
    struct audit_entry entry;
    struct bytes bytes = row_bytes(row, 1);
    w->n = row_number(row, 0);
    arena_reset(w->scratch);
    /* An entry that cannot be read is the verification's to tell. */
    if (audit_entry_read(bytes, w->scratch, &entry) == OK &&
        listing_matches(w->ask, w->key, &entry) && audit_entry_read(bytes, w->kept, &entry) == OK) {
        listing_event(&entry, row, w->kept, &w->page->items[w->page->items_count++]);
        w->bytes += bytes.size;
    }
    return w->page->items_count < w->limit && w->bytes < LISTING_BYTES_MAX &&
           clock_monotonic_ms() < w->ends_at;
}

enum err listing_read(sqlite3 *reader, const struct audit_list *ask, struct arena *arena,
                      struct audit_listed *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    OWNED(arena_destroy) struct arena *scratch = arena_new();
    OWNED(free_text) char *key = ask->q != NULL ? search_key(ask->q) : NULL;
    struct walk w = {.ask = ask, .key = key, .page = out, .kept = arena, .scratch = scratch};
    bool row = true;
    int64_t below = 0;
    enum err e = listing_cursor(ask->cursor, &below);
    if (e == OK) {
        e = db_prepare(reader,
                       "SELECT n, bytes, hash, key_id FROM entries WHERE n < ?1 ORDER BY n DESC",
                       &find);
    }
    if (e != OK) {
        return e;
    }
    *out = (struct audit_listed){0};
    w.limit = ask->has_limit ? ask->limit : LISTING_LIMIT;
    w.ends_at = clock_monotonic_ms() + LISTING_MS;
    out->items = arena_alloc(arena, w.limit * sizeof *out->items);
    stmt_number(find, 1, below);
    bool more = true;
    while (e == OK && more) {
        e = stmt_row(find, &row);
        more = e == OK && row && visit(&w, find);
    }
    if (e == OK && row && w.n > 1) {
        out->next = arena_format(arena, "%" PRId64, w.n);
    }
    return e;
}
