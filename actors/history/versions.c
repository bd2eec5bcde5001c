/* SPDX-License-Identifier: MIT
 * versions.c - a known row against what is stored of it: which version it is, what it completes.
 *
 * A million rows that their owner changed pass through here at each import of the new file, so a
 * row costs one look at its versions, one at its play, and what has to be written. */
#include "actors/history/versions.h"

#include "actors/history/version_body.h"
#include "actors/history/version_rows.h"

/* ---- what is computed from the folded values ---- */

static struct cell number_cell(bool known, int64_t value)
{
    return known ? (struct cell){.type = CELL_I64, .i64 = value} : (struct cell){.type = CELL_NIL};
}

static double percent_of(const struct versions *v, const struct cell *c, bool *out_known)
{
    bool live = c[v->at_live].type == CELL_BOOL && c[v->at_live].boolean;
    bool measured = c[v->at_offset].type == CELL_I64 && c[v->at_duration].type == CELL_I64 &&
                    c[v->at_duration].i64 > 0;
    double percent =
        measured ? (double)c[v->at_offset].i64 / (double)c[v->at_duration].i64 * 100.0 : 0.0;
    *out_known = live || measured;
    return live || percent > 100.0 ? 100.0 : percent;
}

bool row_compute(const struct versions *v, struct cell *c)
{
    bool stopped = c[v->at_stop].type == CELL_I64;
    int64_t paused = c[v->at_paused].type == CELL_I64 ? c[v->at_paused].i64 : 0;
    int64_t length = 0;
    if (!stopped || __builtin_sub_overflow(c[v->at_stop].i64, c[v->at_start].i64, &length) ||
        __builtin_sub_overflow(length / 1000, paused, &length)) {
        length = 0;
    }
    bool has_percent = false;
    double percent = percent_of(v, c, &has_percent);
    c[v->at_played] = number_cell(stopped, length > 0 ? length : 0);
    c[v->at_percent] = has_percent ? (struct cell){.type = CELL_F64, .f64 = percent}
                                   : (struct cell){.type = CELL_NIL};
    return has_percent;
}

void row_compute_all(const struct versions *v, struct cell *c, int64_t credits_ms,
                     double watched_percent)
{
    bool has_percent = row_compute(v, c);
    if (c[v->at_quality].i64 == time_quality_watched_at) {
        return; /* the server's own word */
    }
    bool stopped = c[v->at_stop].type == CELL_I64;
    bool past_credits =
        credits_ms > 0 && c[v->at_offset].type == CELL_I64 && c[v->at_offset].i64 >= credits_ms;
    c[v->at_quality] = number_cell(true, stopped ? time_quality_exact : time_quality_start_only);
    c[v->at_watched] = (struct cell){
        .type = CELL_BOOL,
        .boolean = past_credits || (has_percent && c[v->at_percent].f64 >= watched_percent)};
}

/* ---- one row ---- */

/* Keeps what the row says now, if nothing said it before; shown is then the fold with it. */
static enum err keep_row(struct store *s, const struct row *row, bool completes, int64_t hash,
                         uint32_t *out_version)
{
    struct versions *v = s->versions;
    bool differs = body_make(&v->body, &v->play, row->first, row->fresh, &v->stream,
                             row->first_stream, row->fresh_stream);
    enum err e = OK;
    if (differs || row->fresh_item != row->first_item) {
        *out_version = row->last_version + 1;
        e = row_keep_version(v, row, &hash, *out_version);
    }
    if (e == OK && completes) {
        e = row_keep_first(v, row);
    }
    return e == OK && completes ? row_complete_play(v, row) : e;
}

static void count_kinds(const struct fold_result *r, size_t at, struct verdicts *out)
{
    for (size_t kind = 0; kind < CHANGE_COUNT; kind++) {
        out->completed[kind] += r->completed >> kind & 1U;
        out->changed[kind] += r->changed >> kind & 1U;
    }
    out->changed_rows += r->changed != 0;
    out->outcome[at] = r->completed != 0 ? OUTCOME_UPDATED : OUTCOME_DUPLICATE;
}

enum ending row_ending(const struct versions *v, const struct row *row)
{
    const struct cell *shown = &row->shown[v->at_stop];
    const struct cell *fresh = &row->fresh[v->at_stop];
    bool migrated = row->last_is_migrated && row->first[v->at_stop].type == CELL_NIL &&
                    cell_equal(shown, fresh);
    if (fresh->type == CELL_NIL) {
        return shown->type == CELL_NIL ? ENDING_SAME : ENDING_UNFINISHED;
    }
    return shown->type == CELL_NIL || migrated ? ENDING_FIRST : ENDING_SAME;
}

/* From now on content is looked for in versions too; a dry run keeps what it saw with its keys. */
static enum err mark_versioned(struct store *s, const struct job *job, size_t at)
{
    struct versions *v = s->versions;
    if (job->dry_run) {
        stmt_number(v->put_dry, 1, job->no);
        struct native_id id = batch_table_id(s->batch, at);
        native_bind(v->put_dry, 2, &id);
        stmt_number(v->put_dry, 3, s->batch->started_at[at]);
        stmt_number(v->put_dry, 4, s->batch->content_hash[at]);
        stmt_number(v->put_dry, 5, s->batch->position[at]);
        return stmt_run(v->put_dry);
    }
    if ((s->versioned & SOURCE_VERSIONED) != 0) {
        return OK;
    }
    s->versioned |= SOURCE_VERSIONED;
    stmt_number(v->mark, 1, job->no);
    return stmt_run(v->mark);
}

static enum err fold_row(struct store *s, const struct job *job, struct row *row, size_t at,
                         struct verdicts *out)
{
    struct versions *v = s->versions;
    int64_t hash = row->fresh[v->at_hash].i64;
    const struct cell *fresh_stream = &row->fresh[v->at_stream];
    struct bytes stream = {fresh_stream->type == CELL_BIN ? fresh_stream->bytes : NULL,
                           fresh_stream->type == CELL_BIN ? fresh_stream->size : 0};
    enum err e = row_read_shown(v, row);
    e = e == OK ? row_read_first(v, row) : e;
    if (e != OK) {
        return e;
    }
    if (row_read_stream(v, stream, row->fresh_stream) != OK ||
        !cells_fit(desc_stream(), row->fresh_stream)) {
        return batch_table_flaw(s->batch, at, "its stream cannot be decoded");
    }
    if (!cells_fit(desc_play(), row->fresh)) {
        return batch_table_flaw(s->batch, at, "a value has the wrong type");
    }
    const struct cell *at_item = &row->fresh[v->at_item];
    const struct item_ref *item = at_item->type == CELL_I64 ? &s->batch->items[at_item->i64] : NULL;
    struct fold_result r = {0};
    struct item_fold folded;
    e = item_fold(v->items, item, row->shown_item, job->dry_run, &folded);
    if (e == ERR_BAD_MESSAGE) {
        return batch_table_flaw(s->batch, at, "its item cannot be decoded");
    }
    if (e != OK) {
        return e;
    }
    row->fresh_item = item != NULL ? item->id : 0;
    row->fresh[v->at_start] = row->shown[v->at_start];
    fold_cells(&v->play, row->shown, row->fresh, row_ending(v, row), &r);
    fold_cells(&v->stream, row->shown_stream, row->fresh_stream, ENDING_SAME, &r);
    r.completed |= folded.result.completed;
    r.changed |= folded.result.changed;
    row->shown_item = folded.id;
    count_kinds(&r, at, out);
    if (r.completed != 0) {
        row_compute_all(v, row->shown, folded.credits_ms, s->batch->batch->watched_percent);
    }
    return job->dry_run ? OK : keep_row(s, row, r.completed != 0, hash, &out->version[at]);
}

static enum err take_row(struct store *s, const struct job *job, struct row *row, size_t at,
                         enum difference difference, struct verdicts *out)
{
    OWNED(stmt_reset) sqlite3_stmt *shown = s->versions->find; /* its texts are borrowed */
    OWNED(stmt_reset) sqlite3_stmt *member = s->versions->member;
    (void)shown, (void)member;
    uint32_t same = 0;
    row->no = out->row_no[at];
    row->fresh_item = 0;
    enum err e = row_find_version(s->versions, s->batch->content_hash[at], row, &same);
    if (e == OK && same != 0) {
        out->version[at] = same;
    }
    if (e == OK && same != 0 && difference != ROW_LACKS) {
        return OK;
    }
    out->anew[at] = true;
    e = e == OK ? fold_row(s, job, row, at, out) : e;
    return e == OK ? mark_versioned(s, job, at) : e;
}

enum err versions_take(struct store *s, const struct job *job, const enum difference *differs,
                       struct verdicts *out)
{
    OWNED(free_bytes) void *memory = must_alloc(sizeof(struct row));
    struct row *row = memory;
    struct row_cursor rows;
    const struct batch_commit *batch = s->batch->batch;
    row_cursor_init(&rows, batch->plays.data, batch->plays.size);
    enum err e = OK;
    for (size_t i = 0; e == OK && i < s->batch->count; i++) {
        e = row_cursor_next(&rows, row->fresh, s->batch->columns);
        if (e == OK && differs[i] != ROW_SAME) {
            e = take_row(s, job, row, i, differs[i], out);
        }
    }
    return e;
}

enum err versions_twin(struct store *s, const struct job *job, size_t at, int64_t *out_play_id)
{
    OWNED(stmt_reset) sqlite3_stmt *find = s->versions->twin;
    bool row = false;
    stmt_number(find, 1, s->batch->started_at[at]);
    stmt_number(find, 2, s->batch->content_hash[at]);
    stmt_number(find, 3, job->no);
    enum err e = stmt_row(find, &row);
    *out_play_id = e == OK && row ? row_number(find, 0) : 0;
    return e;
}
