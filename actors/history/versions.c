/* SPDX-License-Identifier: MIT
 * versions.c - a known row against what is stored of it: which version it is, what it completes.
 *
 * A million rows that their owner changed pass through here at each import of the new file, so a
 * row costs one look at its versions, one at its play, and what has to be written. */
#include "actors/history/versions.h"

#include <string.h>

#include "actors/history/version_body.h"
#include "actors/history/version_items.h"

enum { AT_STREAM, AT_ITEM, AT_HASH, AT_FIELDS };

struct versions {
    struct fold_rules play, stream;
    struct item_folds *items;
    sqlite3_stmt *find, *versions, *put, *put_first, *complete; /* owned */
    struct buffer first_body, body, folded_stream;
    size_t at_item, at_stream, at_hash, at_stop, at_start, at_paused, at_offset, at_duration,
        at_live, at_quality, at_played, at_percent, at_watched;
};

/* One row: as it was first stored, as it is shown, and as it comes now. */
struct row {
    int64_t no;
    struct cell first[FOLD_COLUMNS_MAX], shown[FOLD_COLUMNS_MAX], fresh[FOLD_COLUMNS_MAX];
    struct cell first_stream[FOLD_COLUMNS_MAX], shown_stream[FOLD_COLUMNS_MAX],
        fresh_stream[FOLD_COLUMNS_MAX];
    int64_t first_item, shown_item, fresh_item; /* 0: none */
    int64_t first_hash;
    uint32_t last_version; /* the highest there is */
    bool has_first;        /* version 1 has an entry */
};

static size_t place(const struct record_desc *r, const char *name)
{
    size_t at = 0;
    while (at < r->count && strcmp(r->fields[at].name, name) != 0) {
        at++;
    }
    return at;
}

static void find_places(struct versions *v)
{
    const struct record_desc *r = desc_play();
    const struct {
        size_t *to;
        const char *name;
    } places[] = {{&v->at_item, "item"},
                  {&v->at_stream, "stream"},
                  {&v->at_hash, "content_hash"},
                  {&v->at_start, "started_at"},
                  {&v->at_stop, "stopped_at"},
                  {&v->at_paused, "paused_s"},
                  {&v->at_offset, "view_offset_ms"},
                  {&v->at_duration, "duration_ms"},
                  {&v->at_live, "live"},
                  {&v->at_quality, "time_quality"},
                  {&v->at_played, "played_s"},
                  {&v->at_percent, "percent_complete"},
                  {&v->at_watched, "watched"}};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        *places[i].to = place(r, places[i].name);
    }
}

/* ---- statements ---- */

/* Is it a column of `plays` that the fold may fill? */
static bool is_folded(const struct versions *v, size_t at)
{
    return v->play.columns[at].kept || at == v->at_quality || at == v->at_played ||
           at == v->at_percent || at == v->at_watched;
}

/* The start is read with them, and never written: it is part of the row's key. */
static bool is_read(const struct versions *v, size_t at)
{
    return is_folded(v, at) || at == v->at_start;
}

typedef bool column_fn(const struct versions *v, size_t at);

static enum err prepare_by_fields(sqlite3 *db, const struct versions *v, const char *head,
                                  const char *each, column_fn *is_column, const char *tail,
                                  sqlite3_stmt **out)
{
    sqlite3_str *text = sqlite3_str_new(NULL);
    sqlite3_str_appendall(text, head);
    int parameter = 4;
    for (size_t i = 0; i < v->play.record->count; i++) {
        if (is_column(v, i)) {
            sqlite3_str_appendf(text, each, v->play.record->fields[i].name, parameter++);
        }
    }
    sqlite3_str_appendall(text, tail);
    OWNED(db_free) char *sql = sqlite3_str_finish(text);
    return db_prepare(db, sql, out);
}

static enum err prepare(sqlite3 *db, struct versions *v)
{
    enum err e = prepare_by_fields(db, v, "SELECT stream, item_id, content_hash", ", %s", is_read,
                                   " FROM plays WHERE id = ?1", &v->find);
    if (e == OK) {
        e = prepare_by_fields(db, v, "UPDATE plays SET stream = ?2, item_id = ?3", ", %s = ?%d",
                              is_folded, " WHERE id = ?1", &v->complete);
    }
    if (e == OK) {
        e = db_prepare(db,
                       "SELECT version, content_hash, item_id, body FROM row_versions"
                       " WHERE row_no = ?1 ORDER BY version",
                       &v->versions);
    }
    if (e == OK) {
        e = db_prepare(db,
                       "INSERT INTO row_versions (row_no, version, content_hash, item_id, body)"
                       " VALUES (?1, ?2, ?3, ?4, ?5)",
                       &v->put);
    }
    if (e == OK) {
        e = db_prepare(db,
                       "INSERT INTO row_versions (row_no, version, content_hash, item_id, body)"
                       " VALUES (?1, 1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET body = excluded.body",
                       &v->put_first);
    }
    return e;
}

enum err versions_open(sqlite3 *db, struct versions **out)
{
    OWNED(versions_close) struct versions *v = must_alloc(sizeof *v);
    fold_rules_init(&v->play, desc_play());
    fold_rules_init(&v->stream, desc_stream());
    find_places(v);
    enum err e = prepare(db, v);
    if (e == OK) {
        e = item_folds_open(db, &v->items);
    }
    if (e == OK) {
        *out = TAKE(v);
    }
    return e;
}

void versions_close(struct versions **versions)
{
    struct versions *v = *versions;
    if (v == NULL) {
        return;
    }
    sqlite3_stmt **statements[] = {&v->find, &v->versions, &v->put, &v->put_first, &v->complete};
    for (size_t i = 0; i < COUNT_OF(statements); i++) {
        stmt_finalize(statements[i]);
    }
    item_folds_close(&v->items);
    buffer_release(&v->first_body);
    buffer_release(&v->body);
    buffer_release(&v->folded_stream);
    void *memory = v;
    free_bytes(&memory);
    *versions = NULL;
}

void versions_forget(struct versions *versions)
{
    item_folds_forget(versions->items);
}

/* ---- reading ---- */

/* Looks for a version of this content; learns of the first and the last one on the way. */
static enum err find_version(struct versions *v, int64_t hash, struct row *row, uint32_t *out_same)
{
    OWNED(stmt_reset) sqlite3_stmt *find = v->versions;
    stmt_number(find, 1, row->no);
    row->last_version = 1;
    row->has_first = false;
    bool more = true;
    enum err e = OK;
    while (e == OK && more) {
        e = stmt_row(find, &more);
        if (e != OK || !more) {
            return e;
        }
        row->last_version = (uint32_t)row_number(find, 0);
        if (row->last_version == 1) {
            struct bytes body = row_bytes(find, 3);
            row->has_first = true;
            row->first_item = row_number(find, 2);
            buffer_reset(&v->first_body);
            buffer_append(&v->first_body, body.data, body.size);
        } else if (!row_is_null(find, 1) && row_number(find, 1) == hash) {
            *out_same = row->last_version;
        }
    }
    return e;
}

static struct cell column_cell(sqlite3_value *value, enum field_type type)
{
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
        return type == TYPE_BOOL
                   ? (struct cell){.type = CELL_BOOL, .boolean = sqlite3_value_int(value) != 0}
                   : (struct cell){.type = CELL_I64, .i64 = sqlite3_value_int64(value)};
    case SQLITE_FLOAT:
        return (struct cell){.type = CELL_F64, .f64 = sqlite3_value_double(value)};
    case SQLITE_TEXT:
        return (struct cell){.type = CELL_STR,
                             .bytes = (const char *)sqlite3_value_text(value),
                             .size = (uint32_t)sqlite3_value_bytes(value)};
    default:
        return (struct cell){.type = CELL_NIL};
    }
}

static enum err read_stream(const struct versions *v, struct bytes bytes, struct cell *cells)
{
    struct row_cursor cursor;
    memset(cells, 0, v->stream.record->count * sizeof *cells);
    if (bytes.size == 0) {
        return OK;
    }
    row_cursor_init(&cursor, bytes.data, bytes.size);
    return row_cursor_next(&cursor, cells, v->stream.record->count);
}

/* The play as it is shown. Texts are borrowed from v->find until its reset. */
static enum err read_shown(struct versions *v, struct row *row)
{
    stmt_number(v->find, 1, row->no);
    bool found = false;
    enum err e = stmt_row(v->find, &found);
    if (e != OK || !found) {
        return e != OK ? e : ERR_STORE_FAILED;
    }
    int column = AT_FIELDS;
    for (size_t i = 0; i < v->play.record->count; i++) {
        row->shown[i] = is_read(v, i) ? column_cell(sqlite3_column_value(v->find, column++),
                                                    v->play.record->fields[i].type)
                                      : (struct cell){.type = CELL_NIL};
    }
    row->shown_item = row_number(v->find, AT_ITEM);
    row->first_hash = row_number(v->find, AT_HASH);
    if (read_stream(v, row_bytes(v->find, AT_STREAM), row->shown_stream) != OK) {
        memset(row->shown_stream, 0,
               sizeof row->shown_stream); /* what nobody can read is unknown */
    }
    return OK;
}

/* The row as it was first stored: what was filled since is put back. */
static enum err read_first(const struct versions *v, struct row *row)
{
    memcpy(row->first, row->shown, v->play.record->count * sizeof row->first[0]);
    memcpy(row->first_stream, row->shown_stream,
           v->stream.record->count * sizeof row->first_stream[0]);
    if (!row->has_first) {
        row->first_item = row->shown_item;
        return OK;
    }
    struct bytes body = {v->first_body.data, v->first_body.size};
    return body_apply(body, row->first, v->play.record->count, row->first_stream,
                      v->stream.record->count);
}

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

/* As facts-tautulli section 3 has them: play time without a stop is unknown, live TV is whole. */
static void compute(const struct versions *v, struct cell *c, int64_t credits_ms,
                    double watched_percent)
{
    bool stopped = c[v->at_stop].type == CELL_I64;
    int64_t paused = c[v->at_paused].type == CELL_I64 ? c[v->at_paused].i64 : 0;
    int64_t length = stopped ? (c[v->at_stop].i64 - c[v->at_start].i64) / 1000 - paused : 0;
    bool has_percent = false;
    double percent = percent_of(v, c, &has_percent);
    bool past_credits =
        credits_ms > 0 && c[v->at_offset].type == CELL_I64 && c[v->at_offset].i64 >= credits_ms;
    c[v->at_played] = number_cell(stopped, length > 0 ? length : 0);
    c[v->at_quality] = number_cell(true, stopped ? time_quality_exact : time_quality_start_only);
    c[v->at_percent] = has_percent ? (struct cell){.type = CELL_F64, .f64 = percent}
                                   : (struct cell){.type = CELL_NIL};
    c[v->at_watched] = (struct cell){
        .type = CELL_BOOL, .boolean = past_credits || (has_percent && percent >= watched_percent)};
}

/* ---- writing ---- */

static void bind_cell(sqlite3_stmt *stmt, int at, const struct cell *cell)
{
    switch (cell->type) {
    case CELL_BOOL:
        stmt_number(stmt, at, cell->boolean);
        break;
    case CELL_I64:
        stmt_number(stmt, at, cell->i64);
        break;
    case CELL_F64:
        (void)sqlite3_bind_double(stmt, at, cell->f64);
        break;
    case CELL_STR:
        (void)sqlite3_bind_text(stmt, at, cell->bytes, (int)cell->size, SQLITE_STATIC);
        break;
    default:
        (void)sqlite3_bind_null(stmt, at);
        break;
    }
}

static void bind_item(sqlite3_stmt *stmt, int at, int64_t item_id)
{
    if (item_id != 0) {
        stmt_number(stmt, at, item_id);
    } else {
        (void)sqlite3_bind_null(stmt, at);
    }
}

static void pack_stream(struct versions *v, const struct cell *cells, struct buffer *out)
{
    struct cell head = {.type = CELL_ARRAY, .size = (uint32_t)v->stream.record->count};
    buffer_reset(out);
    cell_pack(&head, out);
    for (size_t i = 0; i < v->stream.record->count; i++) {
        cell_pack(&cells[i], out);
    }
}

static bool any_known(const struct cell *cells, size_t count)
{
    size_t i = 0;
    while (i < count && cells[i].type == CELL_NIL) {
        i++;
    }
    return i < count;
}

static enum err complete_play(struct versions *v, const struct row *row)
{
    sqlite3_stmt *put = v->complete;
    stmt_number(put, 1, row->no);
    if (any_known(row->shown_stream, v->stream.record->count)) {
        pack_stream(v, row->shown_stream, &v->folded_stream);
        stmt_bytes(put, 2, (struct bytes){v->folded_stream.data, v->folded_stream.size});
    } else {
        (void)sqlite3_bind_null(put, 2);
    }
    bind_item(put, 3, row->shown_item);
    int parameter = 4;
    for (size_t i = 0; i < v->play.record->count; i++) {
        if (is_folded(v, i)) {
            bind_cell(put, parameter++, &row->shown[i]);
        }
    }
    return stmt_run(put);
}

/* The first version keeps its own values of what was filled. */
static enum err keep_first(struct versions *v, const struct row *row)
{
    body_make(&v->body, &v->play, row->shown, row->first, &v->stream, row->shown_stream,
              row->first_stream);
    stmt_number(v->put_first, 1, row->no);
    stmt_number(v->put_first, 2, row->first_hash);
    bind_item(v->put_first, 3, row->first_item);
    stmt_bytes(v->put_first, 4, (struct bytes){v->body.data, v->body.size});
    return stmt_run(v->put_first);
}

static enum err keep_version(struct versions *v, const struct row *row, int64_t hash,
                             uint32_t version)
{
    stmt_number(v->put, 1, row->no);
    stmt_number(v->put, 2, version);
    stmt_number(v->put, 3, hash);
    bind_item(v->put, 4, row->fresh_item);
    stmt_bytes(v->put, 5, (struct bytes){v->body.data, v->body.size});
    return stmt_run(v->put);
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
        e = keep_version(v, row, hash, *out_version);
    }
    if (e == OK && completes) {
        e = keep_first(v, row);
    }
    return e == OK && completes ? complete_play(v, row) : e;
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

static enum err fold_row(struct store *s, const struct job *job, struct row *row, size_t at,
                         struct verdicts *out)
{
    struct versions *v = s->versions;
    int64_t hash = row->fresh[v->at_hash].i64;
    const struct cell *fresh_stream = &row->fresh[v->at_stream];
    struct bytes stream = {fresh_stream->type == CELL_BIN ? fresh_stream->bytes : NULL,
                           fresh_stream->type == CELL_BIN ? fresh_stream->size : 0};
    enum err e = read_shown(v, row);
    e = e == OK ? read_first(v, row) : e;
    if (e != OK) {
        return e;
    }
    if (read_stream(v, stream, row->fresh_stream) != OK) {
        return batch_table_flaw(s->batch, at, "its stream cannot be decoded");
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
    bool finishes =
        row->shown[v->at_stop].type == CELL_NIL && row->fresh[v->at_stop].type != CELL_NIL;
    row->fresh[v->at_start] = row->shown[v->at_start];
    fold_cells(&v->play, row->shown, row->fresh, finishes, &r);
    fold_cells(&v->stream, row->shown_stream, row->fresh_stream, false, &r);
    r.completed |= folded.result.completed;
    r.changed |= folded.result.changed;
    row->shown_item = folded.id;
    count_kinds(&r, at, out);
    if (r.completed != 0) {
        compute(v, row->shown, folded.credits_ms, s->batch->batch->watched_percent);
    }
    return job->dry_run ? OK : keep_row(s, row, r.completed != 0, hash, &out->version[at]);
}

static enum err take_row(struct store *s, const struct job *job, struct row *row, size_t at,
                         struct verdicts *out)
{
    OWNED(stmt_reset) sqlite3_stmt *shown = s->versions->find; /* its texts are borrowed */
    (void)shown;
    uint32_t same = 0;
    row->no = out->row_no[at];
    row->fresh_item = 0;
    enum err e = find_version(s->versions, s->batch->content_hash[at], row, &same);
    if (e == OK && same != 0) {
        out->version[at] = same;
        return OK;
    }
    return e == OK ? fold_row(s, job, row, at, out) : e;
}

enum err versions_take(struct store *s, const struct job *job, const bool *changed,
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
        if (e == OK && changed[i]) {
            e = take_row(s, job, row, i, out);
        }
    }
    return e;
}
