/* SPDX-License-Identifier: MIT
 * copied.c - each row of an item that is not known yet is held against the plays that began around
 * it, which the index of times finds. Where one server alone has told of plays nothing is asked. */
#include "actors/history/copied.h"

#include <stdio.h>
#include <string.h>

#include "actors/history/batch_table.h"
#include "actors/history/people.h"
#include "actors/history/server_syncs.h"
#include "proto/store/sqlite.h"

enum { AROUND_MAX = 400, WORK_SIZE = 128 };
#define SEEN_WITHIN_MS (90 * INT64_C(1000)) /* records of one play begin no further apart */

/* ---- the rule ---- */

/* "com.plexapp.agents.imdb://tt0123456?lang=en" is "imdb://tt0123456". */
static bool work_of(const char *guid, char out[static WORK_SIZE])
{
    static const char *const older[][2] = {{"com.plexapp.agents.imdb://", "imdb://"},
                                           {"com.plexapp.agents.themoviedb://", "tmdb://"}};
    for (size_t i = 0; i < COUNT_OF(older); i++) {
        size_t size = strlen(older[i][0]);
        if (strncmp(guid, older[i][0], size) == 0) {
            int id = (int)strcspn(guid + size, "?");
            return snprintf(out, WORK_SIZE, "%s%.*s", older[i][1], id, guid + size) < WORK_SIZE;
        }
    }
    return snprintf(out, WORK_SIZE, "%s", guid) < WORK_SIZE;
}

bool copied_same_work(const char *a, const char *b)
{
    char work_a[WORK_SIZE];
    char work_b[WORK_SIZE];
    return a != NULL && b != NULL && work_of(a, work_a) && work_of(b, work_b) &&
           strncmp(work_a, "local://", strlen("local://")) != 0 && strcmp(work_a, work_b) == 0;
}

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* A play of the same item on the same server, which was seen then. */
static bool is_seen(const struct copied_row *row, const struct copied_row *other)
{
    int64_t apart = row->started_at - other->started_at;
    bool within =
        other->has_stop && apart >= 0 && row->started_at <= other->stopped_at + SEEN_WITHIN_MS;
    return !other->of_item && same_text(row->rating_key, other->rating_key) &&
           (within || (apart <= SEEN_WITHIN_MS && apart >= -SEEN_WITHIN_MS));
}

/* Programs copy when it was begun, was last looked at, or ended. What may be a copy itself is no
 * origin: of two that were copied to and fro the real one must not go. */
static bool is_origin(const struct copied_row *row, const struct copied_row *other)
{
    int64_t end = other->has_stop ? other->stopped_at : other->started_at;
    return !other->of_item && row->started_at >= other->started_at - COPIED_APART_MS &&
           row->started_at <= end + COPIED_APART_MS && copied_same_work(row->guid, other->guid);
}

bool copied_is(const struct copied_row *row, const struct copied_row *others, size_t count)
{
    bool found = false;
    if (!row->of_item || row->person == 0 || row->guid == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct copied_row *other = &others[i];
        bool here = same_text(row->server_id, other->server_id);
        if (other->person != row->person) {
            continue;
        }
        if (here && is_seen(row, other)) {
            return false;
        }
        found = found || (!here && is_origin(row, other));
    }
    return found;
}

/* ---- what is stored ---- */

#define OF_ITEM(row) "(" row ".native_id >= ':item:' AND " row ".native_id < ':item;')"

/* Plays that hold the moment, and first those of the item itself, which decide. */
static const char around[] =
    "SELECT p.user_id, s.server_id, p.guid, p.rating_key, p.started_at, p.stopped_at,"
    " p.grouped IS NULL AND " OF_ITEM(
        "p") ", p.source_id = ?2 AND p.rating_key = ?3 AS own"
             " FROM plays p JOIN sources s ON s.no = p.source_id"
             " WHERE p.started_at BETWEEN ?1 - 86400000 AND ?1 + 300000"
             " AND (coalesce(p.stopped_at, p.started_at) >= ?1 - 300000"
             "  OR (p.source_id = ?2 AND p.rating_key = ?3))"
             " ORDER BY own DESC, p.started_at DESC LIMIT 200";
_Static_assert(COPIED_APART_MS == 300000, "as in the statement");

static const char of_batch[] =
    "SELECT b.user_id, ?2, b.guid, b.rating_key, b.started_at, b.stopped_at, " OF_ITEM(
        "b") ", b.rowid, EXISTS (SELECT 1 FROM plays p WHERE p.source_id = ?1"
             " AND p.native_id = b.native_id AND p.started_at = b.started_at) OR EXISTS (SELECT 1 "
             "FROM"
             " play_sources r WHERE r.source_id = ?1 AND r.native_id = b.native_id"
             " AND r.started_at = b.started_at) FROM batch b";

struct looked_at {
    size_t at; /* in the batch */
    bool known;
};

/* Rows of the batch, and what is looked for. */
struct search {
    struct store *s;
    int64_t source_no;
    const char *server_id;
    struct arena *arena;
    struct copied_row *rows;  /* of the batch */
    struct looked_at *looked; /* in the same order */
    size_t count;
};

static struct copied_row read_row(const struct search *q, sqlite3_stmt *row)
{
    struct copied_row found = {.server_id = arena_keep(q->arena, row_text(row, 1)),
                               .guid = arena_keep(q->arena, row_text(row, 2)),
                               .rating_key = arena_keep(q->arena, row_text(row, 3)),
                               .started_at = row_number(row, 4),
                               .stopped_at = row_number(row, 5),
                               .has_stop = !row_is_null(row, 5),
                               .of_item = row_number(row, 6) != 0};
    found.person = person_key(q->s->people, found.server_id, row_text(row, 0));
    return found;
}

static enum err read_batch(struct search *q)
{
    OWNED(stmt_finalize) sqlite3_stmt *all = NULL;
    bool row = true;
    enum err e = db_prepare(q->s->db, of_batch, &all);
    q->rows = arena_alloc(q->arena, BATCH_ROWS_MAX * sizeof *q->rows);
    q->looked = arena_alloc(q->arena, BATCH_ROWS_MAX * sizeof *q->looked);
    if (e == OK) {
        stmt_number(all, 1, q->source_no);
        stmt_text(all, 2, q->server_id);
    }
    while (e == OK && row && q->count < BATCH_ROWS_MAX) {
        e = stmt_row(all, &row);
        if (e == OK && row) {
            q->looked[q->count] = (struct looked_at){.at = (size_t)row_number(all, 7),
                                                     .known = row_number(all, 8) != 0};
            q->rows[q->count++] = read_row(q, all);
        }
    }
    return e;
}

/* Other records of the batch are as good as stored. */
static void add_beside(const struct search *q, const struct copied_row *row,
                       struct copied_row *others, size_t *count)
{
    for (size_t i = 0; i < q->count && *count < AROUND_MAX; i++) {
        if (q->rows[i].person == row->person && is_seen(row, &q->rows[i])) {
            others[(*count)++] = q->rows[i];
        }
    }
}

static enum err judge(const struct search *q, sqlite3_stmt *stored, const struct copied_row *row,
                      bool *out)
{
    struct copied_row others[AROUND_MAX];
    size_t count = 0;
    bool more = true;
    enum err e = OK;
    OWNED(stmt_reset) sqlite3_stmt *find = stored;
    stmt_number(find, 1, row->started_at);
    stmt_number(find, 2, q->source_no);
    stmt_text(find, 3, row->rating_key);
    add_beside(q, row, others, &count);
    while (e == OK && more && count < AROUND_MAX) {
        e = stmt_row(find, &more);
        if (e == OK && more) {
            others[count++] = read_row(q, find);
        }
    }
    *out = e == OK && copied_is(row, others, count);
    return e;
}

/* Its server's id; NULL where no other server has told of plays, so that nothing can be a copy. */
static enum err server_of(struct store *s, int64_t source_no, struct arena *arena, const char **out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    enum err e = db_prepare_with(s->db,
                                 "SELECT server_id FROM sources m WHERE no = ?1 AND EXISTS (SELECT"
                                 " 1 FROM sources o WHERE o.server_id <> m.server_id)",
                                 source_no, &find);
    e = e == OK ? stmt_row(find, &row) : e;
    *out = e == OK && row ? arena_keep(arena, row_text(find, 0)) : NULL;
    return e;
}

static enum err judge_all(struct search *q, struct verdicts *v, uint64_t *out_count)
{
    OWNED(stmt_finalize) sqlite3_stmt *stored = NULL;
    enum err e = read_batch(q);
    e = e == OK ? db_prepare(q->s->db, around, &stored) : e;
    for (size_t i = 0; e == OK && i < q->count; i++) {
        size_t at = q->looked[i].at;
        bool copied = false;
        if (q->rows[i].of_item && !q->looked[i].known && !v->forgotten[at]) {
            e = judge(q, stored, &q->rows[i], &copied);
        }
        if (copied) {
            v->forgotten[at] = true;
            v->outcome[at] = OUTCOME_DUPLICATE;
            v->row_no[at] = 0;
            ++*out_count;
        }
    }
    memcpy(q->s->batch->skip, v->forgotten, sizeof v->forgotten);
    return e;
}

enum err copied_rows_skip(struct store *s, const struct job *job, struct verdicts *v,
                          uint64_t *out_count)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct search q = {.s = s, .source_no = job->source_no, .arena = arena};
    *out_count = 0;
    enum err e =
        job_passes_over_known(job) ? server_of(s, job->source_no, arena, &q.server_id) : OK;
    return e == OK && q.server_id != NULL ? judge_all(&q, v, out_count) : e;
}
