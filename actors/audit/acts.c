/* SPDX-License-Identifier: MIT
 * acts.c - an act stands where it was asked for. Walking backwards, an outcome is passed over if it
 * belongs to an act further back, and an act looks for its outcome among the entries after it: so a
 * page needs to know nothing of the page before. Both have the request's correlation id, which
 * clients may use again: requests and outcomes of one id pair as brackets do. */
#include "actors/audit/acts.h"

#include <inttypes.h>
#include <string.h>

#include "actors/audit/listing.h"
#include "actors/audit/words.h"
#include "actors/shared/audit_entry.h"
#include "actors/shared/search.h"
#include "proto/base/clock.h"
#include "proto/wire/codec.h"

/* What was asked for longer ago and has no outcome will hardly get one. */
#define RUNNING_MS 60000

/* An outcome is next to what was asked for, or as far from it as an upload takes; what has none is
 * not looked for in the whole log. */
#define COLUMNS "SELECT n, bytes, hash, key_id FROM entries WHERE "
#define AFTER "n > ?1 AND n < ?1 + 100000 AND instr(bytes, ?2) > 0 ORDER BY n"
#define BEFORE "n < ?1 AND n > ?1 - 100000 AND instr(bytes, ?2) > 0 ORDER BY n DESC"

struct walk {
    const struct audit_acts *ask;
    struct audit_list filter; /* the same, for listing_matches */
    const char *key;          /* of its q; NULL: none is asked for */
    struct audit_acts_listed *page;
    sqlite3_stmt *after, *before; /* owned: entries that name an id, from a number on */
    struct arena *kept;           /* of the answer */
    struct arena *scratch;        /* of one visit */
    int64_t now;
    uint64_t limit;
    size_t bytes;    /* of what is on the page */
    int64_t n;       /* the entry visited last */
    int64_t ends_at; /* on the monotonic clock */
};

struct seen {
    struct audit_entry entry;
    struct audit_event event;
};

static enum err read_seen(sqlite3_stmt *row, struct arena *arena, struct seen *out)
{
    enum err e = audit_entry_read(row_bytes(row, 1), arena, &out->entry);
    if (e == OK) {
        listing_event(&out->entry, row, arena, &out->event);
    }
    return e;
}

static bool same_call(const struct audit_entry *a, const struct audit_entry *b)
{
    return b->request_id != NULL && strcmp(a->request_id, b->request_id) == 0 &&
           strcmp(a->action, b->action) == 0;
}

/* What was asked for to an outcome, or the outcome to what was asked for. */
static enum err find_other(struct walk *w, const struct seen *one, struct seen *out,
                           bool *out_found)
{
    bool forward = one->entry.phase == audit_phase_requested;
    sqlite3_stmt *find = forward ? w->after : w->before;
    int open = 0; /* calls with the same id that lie between */
    bool row = true;
    enum err e = OK;
    stmt_number(find, 1, (int64_t)one->event.n);
    stmt_text(find, 2, one->entry.request_id);
    while (!*out_found && (e = stmt_row(find, &row)) == OK && row) {
        if (read_seen(find, w->scratch, out) != OK || !same_call(&one->entry, &out->entry)) {
            continue;
        }
        if (out->entry.phase == one->entry.phase) {
            open++;
        } else if (out->entry.phase == audit_phase_requested ||
                   out->entry.phase == audit_phase_outcome) {
            *out_found = open-- == 0;
        }
    }
    stmt_reset(&find);
    return e;
}

/* Both entries as one: what is known at the end, with the time of the beginning. */
static struct audit_entry joined(const struct audit_entry *asked, const struct audit_entry *ended)
{
    struct audit_entry both = *ended;
    both.at = asked->at;
    both.actor = ended->actor != NULL ? ended->actor : asked->actor;
    both.role = ended->role != NULL ? ended->role : asked->role;
    both.target = ended->target != NULL ? ended->target : asked->target;
    both.params = ended->params != NULL ? ended->params : asked->params;
    return both;
}

static void fill_words(const struct walk *w, const struct audit_entry *about, struct audit_act *act)
{
    act->result = words_result(about);
    act->result_text = words_of_result(about, w->now - about->at < RUNNING_MS, w->scratch);
    act->text =
        words_of_action(about->action, about->target, act->result == audit_result_done, w->scratch);
    if (about->phase != audit_phase_log) { /* keys and hashes are no words */
        act->details = words_of_params(about->params, about->target, w->scratch);
    }
}

static enum err put(struct walk *w, const struct audit_entry *about, const struct seen *seen,
                    size_t count)
{
    OWNED(buffer_release) struct buffer packed = {0};
    struct audit_event entries[2] = {seen[0].event, seen[1].event};
    struct audit_act act = {.n = seen[0].event.n,
                            .at = about->at,
                            .action = about->action,
                            .actor = about->actor,
                            .role = about->role,
                            .address = about->address,
                            .target = about->target,
                            .outcome = about->outcome,
                            .job_id = about->job_id,
                            .count = about->count,
                            .has_count = about->has_count,
                            .entries = entries,
                            .entries_count = count};
    fill_words(w, about, &act);
    struct audit_act *kept = &w->page->items[w->page->items_count];
    enum err e = record_pack(desc_audit_act(), &act, &packed, NULL);
    e = e == OK ? record_unpack(desc_audit_act(), packed.data, packed.size, w->kept, kept, NULL)
                : e;
    w->page->items_count += e == OK ? 1 : 0;
    w->bytes += packed.size;
    return e;
}

/* What can be told from one entry alone spares the search for the other. */
static bool may_match(const struct walk *w, const struct audit_entry *entry)
{
    const char *action = w->filter.action;
    bool asked = entry->phase == audit_phase_requested;
    return (action == NULL || strcmp(action, entry->action) == 0) &&
           (!asked || ((!w->filter.has_from || entry->at >= w->filter.from) &&
                       (!w->filter.has_to || entry->at < w->filter.to)));
}

static enum err visit(struct walk *w, sqlite3_stmt *row)
{
    struct seen seen[2] = {0};
    bool found = false;
    enum err e = OK;
    w->n = row_number(row, 0);
    arena_reset(w->scratch);
    /* An entry that cannot be read is the verification's to tell. */
    if (read_seen(row, w->scratch, &seen[0]) != OK || !may_match(w, &seen[0].entry)) {
        return OK;
    }
    enum audit_phase phase = seen[0].entry.phase;
    bool paired = phase == audit_phase_requested || phase == audit_phase_outcome;
    if (paired && seen[0].entry.request_id != NULL) {
        e = find_other(w, &seen[0], &seen[1], &found);
    }
    if (e != OK || (found && phase == audit_phase_outcome)) {
        return e; /* it stands where it was asked for */
    }
    struct audit_entry about = found ? joined(&seen[0].entry, &seen[1].entry) : seen[0].entry;
    return listing_matches(&w->filter, w->key, &about) ? put(w, &about, seen, found ? 2 : 1) : OK;
}

static bool has_room(const struct walk *w)
{
    return w->page->items_count < w->limit && w->bytes < LISTING_BYTES_MAX &&
           clock_monotonic_ms() < w->ends_at;
}

static struct audit_list filter_of(const struct audit_acts *ask)
{
    return (struct audit_list){
        .from = ask->from,
        .has_from = ask->has_from,
        .to = ask->to,
        .has_to = ask->has_to,
        .actor = ask->actor,
        .action = ask->has_action ? schema_enum_text(&enum_audit_action, (int)ask->action) : NULL,
        .outcome = ask->outcome,
        .result = ask->result,
        .has_result = ask->has_result,
        .job_id = ask->job_id,
        .q = ask->q};
}

static enum err walk_back(struct walk *w, sqlite3 *reader)
{
    OWNED(stmt_finalize) sqlite3_stmt *entries = NULL;
    bool row = true;
    int64_t below = 0;
    enum err e = listing_cursor(w->ask->cursor, &below);
    e = e == OK ? db_prepare(reader, COLUMNS "n < ?1 ORDER BY n DESC", &entries) : e;
    if (e != OK) {
        return e;
    }
    stmt_number(entries, 1, below);
    bool more = true;
    while (e == OK && more) {
        e = stmt_row(entries, &row);
        e = e == OK && row ? visit(w, entries) : e;
        more = row && has_room(w);
    }
    if (e == OK && row && w->n > 1) {
        w->page->next = arena_format(w->kept, "%" PRId64, w->n);
    }
    return e;
}

enum err acts_read(sqlite3 *reader, const struct audit_acts *ask, int64_t now, struct arena *arena,
                   struct audit_acts_listed *out)
{
    OWNED(arena_destroy) struct arena *scratch = arena_new();
    OWNED(free_text) char *key = ask->q != NULL ? search_key(ask->q) : NULL;
    struct walk w = {.ask = ask,
                     .filter = filter_of(ask),
                     .key = key,
                     .page = out,
                     .kept = arena,
                     .scratch = scratch,
                     .now = now,
                     .limit = ask->has_limit ? ask->limit : LISTING_LIMIT,
                     .ends_at = clock_monotonic_ms() + LISTING_MS};
    *out = (struct audit_acts_listed){0};
    out->items = arena_alloc(arena, w.limit * sizeof *out->items);
    enum err e = db_prepare(reader, COLUMNS AFTER, &w.after);
    e = e == OK ? db_prepare(reader, COLUMNS BEFORE, &w.before) : e;
    e = e == OK ? walk_back(&w, reader) : e;
    stmt_finalize(&w.after);
    stmt_finalize(&w.before);
    return e;
}
