/* SPDX-License-Identifier: MIT
 * group_batch.c - the rows of a batch among those of other sources. A dry run asks the same
 * question of the rows that it would have stored, and writes down only those. */
#include "actors/history/groups/decision.h"
#include "actors/history/groups/groups_parts.h"

#include <string.h>

#include "actors/history/native.h"
#include "proto/schema/operations.h"

/* So much is read over rather than asked for twice. */
enum { WINDOW_GAP_MS = 3600 * 1000 };

/* ---- is there anything to do? ---- */

static bool tells_moments(enum source_kind kind)
{
    return kind != source_kind_tautulli;
}

static enum source_kind kind_of(const struct groups *g, const struct job *job)
{
    return server_sources_kind(&g->sources, job->source_no, operations[job->operation].source);
}

/* What of the intervals does not count without company: those that the job brings, or all of them
 * where it brings points. A dry run of a source that is not there yet brings rows of none. */
static int64_t left_out(const struct groups *g, const struct job *job)
{
    bool brings_points = tells_moments(kind_of(g, job));
    return brings_points ? OF_NO_SOURCE_ALONE : job->source_no > 0 ? job->source_no : INT64_MAX;
}

/* What has to be read for the first of the touches, and for those after it that lie so near that it
 * is read with them; how many they are. What was read up to `around->to` is not read again. */
static size_t next_window(const struct touch *touches, size_t count, struct stretch *around)
{
    size_t end = stretch_end(touches, count);
    int64_t to = touches[0].to;
    for (size_t i = 1; i < end; i++) {
        if (touches[i].from > time_add(to, WINDOW_GAP_MS)) {
            end = i;
        } else {
            to = touches[i].to > to ? touches[i].to : to;
        }
    }
    int64_t from = time_add(touches[0].from, -MOMENTS_NEAR_MS);
    int64_t read = around->to;
    to = time_add(to, MOMENTS_NEAR_MS);
    around->from = from > read ? from : time_add(read, 1);
    around->to = to > read ? to : read;
    return end;
}

/* The company that touches in order of their start could have: what is around them is read,
 * whatever there is between them, so that a batch costs the same in any order of its rows. */
static enum err load_company(struct groups *g, const struct job *job, const struct touch *touches,
                             size_t count, struct moments *out)
{
    struct stretch around = {.to = INT64_MIN, .left_out = left_out(g, job)};
    enum err e = OK;
    for (size_t first = 0; e == OK && first < count;) {
        first += next_window(&touches[first], count - first, &around);
        e = moments_load(g->loader, &g->sources, &around, out);
    }
    moments_sort(out);
    return e;
}

/* Touches of rows that nothing could be joined to, and that are of no group, go. */
static enum err keep_accompanied(struct groups *g, const struct job *job, struct touch *touches,
                                 size_t *count)
{
    OWNED(moments_release) struct moments company = {0};
    size_t kept = 0;
    touches_sort(touches, *count);
    enum err e = load_company(g, job, touches, *count, &company);
    for (size_t i = 0; e == OK && i < *count; i++) {
        const struct touch *touch = &touches[i];
        if (touch->play_id != 0 || moments_near(&company, touch->person, touch->from, touch->to)) {
            touches[kept++] = *touch;
        }
    }
    *count = kept;
    return e;
}

/* ---- a run ---- */

static void touch_row(const struct groups *g, sqlite3_stmt *row, struct touch *out)
{
    int64_t from = row_number(row, 0);
    int64_t last = time_add(from, MATCH_REACH_MS);
    int64_t to = row_is_null(row, 1) ? last : row_number(row, 1);
    *out = (struct touch){.from = from,
                          .to = to < from || to > last ? last : to,
                          .person = person_of(&g->sources, row_text(row, 2), row_text(row, 3)),
                          .play_id = row_number(row, 4),
                          .no = row_number(row, 5)};
}

static enum err touch_all(const struct groups *g, sqlite3_stmt *find, struct touch *touches,
                          size_t *count)
{
    OWNED(stmt_reset) sqlite3_stmt *rows = find;
    bool row = true;
    enum err e = OK;
    while (e == OK && row && *count < BATCH_ROWS_MAX) {
        e = stmt_row(rows, &row);
        if (e == OK && row) {
            touch_row(g, rows, &touches[(*count)++]);
        }
    }
    return e;
}

static enum err judge_merged(struct groups *g, int64_t first_no, struct verdicts *verdicts)
{
    OWNED(stmt_reset) sqlite3_stmt *find = g->merged;
    size_t rows = g->s->batch->count;
    stmt_number(find, 1, first_no);
    stmt_number(find, 2, first_no + (int64_t)rows - 1);
    bool row = true;
    enum err e = OK;
    while (e == OK && row) {
        e = stmt_row(find, &row);
        if (e == OK && row) {
            verdicts->outcome[row_number(find, 0) - first_no] = OUTCOME_MERGED;
        }
    }
    return e;
}

/* `points`: whatever it brings is looked at, else only what has company. */
static enum err settle_batch(struct groups *g, const struct job *job, int64_t first_no, bool points,
                             struct verdicts *verdicts, int64_t *next_no)
{
    OWNED(free_bytes) void *memory = must_alloc((BATCH_ROWS_MAX + 1) * sizeof(struct touch));
    struct touch *touches = memory;
    size_t rows = g->s->batch->count;
    size_t count = 0;
    stmt_number(g->fresh, 1, first_no);
    stmt_number(g->fresh, 2, first_no + (int64_t)rows - 1);
    enum err e = touch_all(g, g->fresh, touches, &count);
    for (size_t i = 0; e == OK && i < rows; i++) {
        if (verdicts->outcome[i] == OUTCOME_UPDATED) {
            stmt_number(g->changed, 1, verdicts->row_no[i]);
            e = touch_all(g, g->changed, touches, &count);
        }
    }
    e = e == OK && !points ? keep_accompanied(g, job, touches, &count) : e;
    const struct stretch like = {.left_out = left_out(g, job),
                                 .fresh_no = points ? NO_FRESH : first_no};
    e = e == OK ? settle_touches(g, &like, touches, count, next_no) : e;
    return e == OK && count > 0 ? judge_merged(g, first_no, verdicts) : e;
}

/* ---- a dry run ---- */

static void quality_cell(struct cell *cell)
{
    for (int i = 0; cell->type == CELL_STR && i < time_quality_COUNT; i++) {
        const char *name = enum_time_quality.items[i];
        if (strlen(name) == cell->size && memcmp(name, cell->bytes, cell->size) == 0) {
            *cell = (struct cell){.type = CELL_I64, .i64 = i};
        }
    }
}

static struct touch touch_cells(const struct groups *g, const struct cell *cells)
{
    const struct versions *v = g->s->versions;
    int64_t from = cells[v->at_start].i64;
    int64_t last = time_add(from, MATCH_REACH_MS);
    int64_t to = cells[v->at_stop].type == CELL_I64 ? cells[v->at_stop].i64 : last;
    return (struct touch){.from = from,
                          .to = to < from || to > last ? last : to,
                          .person = person_of_cells(&g->sources, v, cells)};
}

static enum err keep_dry_row(struct groups *g, const struct job *job, size_t at,
                             const struct cell *cells)
{
    static const struct cell no_stream[FOLD_COLUMNS_MAX];
    OWNED(buffer_release) struct buffer body = {0};
    sqlite3_stmt *put = g->put_dry;
    struct native_id id = batch_table_id(g->s->batch, at);
    row_body_pack(g->s->versions, cells, no_stream, &body);
    stmt_number(put, 1, job->no);
    stmt_number(put, 2, g->s->batch->started_at[at]);
    stmt_number(put, 3, g->s->batch->position[at]);
    native_bind(put, 4, &id);
    stmt_number(put, 5, g->s->batch->content_hash[at]);
    stmt_bytes(put, 6, (struct bytes){body.data, body.size});
    return stmt_run(put);
}

/* What a row of the batch that would be stored says; its touch has its index as number. */
static bool read_dry_row(struct row_cursor *rows, const struct groups *g,
                         const struct verdicts *verdicts, size_t at, struct cell *cells,
                         enum err *out_error)
{
    const struct versions *v = g->s->versions;
    *out_error = row_cursor_next(rows, cells, g->s->batch->columns);
    if (*out_error != OK || verdicts->outcome[at] != OUTCOME_NEW) {
        return false;
    }
    quality_cell(&cells[v->at_quality]);
    cells[v->at_stream] = (struct cell){.type = CELL_NIL};
    return true;
}

static enum err touch_dry_rows(const struct groups *g, const struct verdicts *verdicts,
                               struct touch *touches, size_t *out_count)
{
    struct cell cells[FOLD_COLUMNS_MAX];
    struct row_cursor rows;
    const struct batch_table *t = g->s->batch;
    row_cursor_init(&rows, t->batch->plays.data, t->batch->plays.size);
    enum err e = OK;
    for (size_t i = 0; e == OK && i < t->count; i++) {
        if (read_dry_row(&rows, g, verdicts, i, cells, &e)) {
            touches[*out_count] = touch_cells(g, cells);
            touches[(*out_count)++].no = (int64_t)i;
        }
    }
    return e;
}

static enum err keep_dry_rows(struct groups *g, const struct job *job,
                              const struct verdicts *verdicts, const struct touch *touches,
                              size_t count)
{
    bool wanted[BATCH_ROWS_MAX] = {false};
    struct cell cells[FOLD_COLUMNS_MAX];
    struct row_cursor rows;
    const struct batch_table *t = g->s->batch;
    row_cursor_init(&rows, t->batch->plays.data, t->batch->plays.size);
    for (size_t i = 0; i < count; i++) {
        wanted[touches[i].no] = true;
    }
    enum err e = OK;
    for (size_t i = 0; e == OK && i < t->count; i++) {
        if (read_dry_row(&rows, g, verdicts, i, cells, &e) && wanted[i]) {
            e = keep_dry_row(g, job, i, cells);
        }
    }
    return e;
}

static void judge_dry_rows(const struct decision *d, const struct batch_table *t,
                           struct verdicts *verdicts)
{
    for (size_t i = 0; i < d->near.count; i++) {
        const struct neighbour *of = decision_row(d, i);
        bool merged = of->core && d->sets[of->set].play_id != of->no;
        for (size_t at = 0; of->no >= NEIGHBOUR_DRY_NO && merged && at < t->count; at++) {
            if (t->position[at] == of->position) {
                verdicts->outcome[at] = OUTCOME_MERGED;
            }
        }
    }
}

static enum err judge_stretch(struct groups *g, const struct job *job, const struct touch *touches,
                              size_t count, struct verdicts *verdicts)
{
    OWNED(decision_release) struct decision d = {0};
    uint64_t persons[STRETCH_TOUCHES];
    struct stretch stretch = {.left_out = EVERY_INTERVAL_COUNTS, .fresh_no = NO_FRESH};
    enum err e = make_stretch(g, touches, count, persons, &stretch);
    e = e == OK ? neighbours_load(g->loader, &g->sources, &stretch, &d.near) : e;
    if (e == OK) {
        e = neighbours_load_dry(
            g->loader, &g->sources, job->no,
            server_sources_kind(&g->sources, job->source_no, operations[job->operation].source),
            &stretch, &d.near);
    }
    if (e == OK && d.near.count > 0) {
        decision_make(&d);
        judge_dry_rows(&d, g->s->batch, verdicts);
    }
    return e;
}

static enum err judge_dry(struct groups *g, const struct job *job, bool points,
                          struct verdicts *verdicts)
{
    OWNED(free_bytes) void *memory = must_alloc(BATCH_ROWS_MAX * sizeof(struct touch));
    struct touch *touches = memory;
    size_t count = 0;
    enum err e = touch_dry_rows(g, verdicts, touches, &count);
    e = e == OK && !points ? keep_accompanied(g, job, touches, &count) : e;
    e = e == OK && count > 0 ? keep_dry_rows(g, job, verdicts, touches, count) : e;
    touches_sort(touches, count);
    for (size_t first = 0, end = 0; e == OK && first < count; first = end) {
        end = first + stretch_end(&touches[first], count - first);
        e = judge_stretch(g, job, &touches[first], end - first, verdicts);
    }
    return e;
}

/* ---- */

/* The server that the job's rows are of: of a dry run that would make a source, as its plan says.
 */
static enum err load_sources(struct groups *g, const struct job *job)
{
    if (!job->dry_run) {
        return server_sources_load(g->s, job->source_no, NULL, &g->sources);
    }
    OWNED(stmt_reset) sqlite3_stmt *find = g->server;
    bool row = false;
    stmt_number(find, 1, job->no);
    enum err e = stmt_row(find, &row);
    const char *server = e == OK && row ? row_text(find, 0) : NULL;
    return e == OK ? server_sources_load(g->s, job->source_no, server, &g->sources) : e;
}

static bool has_others(const struct server_sources *sources, int64_t source_no)
{
    return sources->count > 1 || (sources->count == 1 && sources->sources[0].no != source_no);
}

enum err groups_take_batch(struct store *s, const struct job *job, int64_t first_no,
                           struct verdicts *verdicts, int64_t *next_no)
{
    struct groups *g = s->groups;
    enum err e = load_sources(g, job);
    bool points = tells_moments(kind_of(g, job)); /* one source may tell of one twice */
    if (e != OK || s->batch->count == 0 || (!points && !has_others(&g->sources, job->source_no))) {
        return e;
    }
    return job->dry_run ? judge_dry(g, job, points, verdicts)
                        : settle_batch(g, job, first_no, points, verdicts, next_no);
}
