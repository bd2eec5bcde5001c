/* SPDX-License-Identifier: MIT
 * version_rows.c - a row's versions and its play, read and written; the statements of both. */
#include "actors/history/version_rows.h"

#include <string.h>

#include "actors/history/groups/row_body.h"
#include "actors/history/version_body.h"

enum { AT_STREAM, AT_ITEM, AT_HASH, AT_FIELDS };

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
                  {&v->at_watched, "watched"},
                  {&v->at_user, "user"},
                  {&v->at_user_id, "user_id"},
                  {&v->at_reference, "reference_id"}};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        *places[i].to = schema_field_at(r, places[i].name);
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
bool row_is_read(const struct versions *v, size_t at)
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
    const struct {
        sqlite3_stmt **to;
        const char *sql;
    } statements[] = {
        {&v->member, "SELECT item_id, content_hash, body FROM play_sources"
                     " WHERE no = ?1 AND body IS NOT NULL"},
        {&v->complete_member,
         "UPDATE play_sources SET item_id = ?2, lacks = ?3, body = ?4 WHERE no = ?1"},
        {&v->versions, "SELECT version, content_hash, item_id, body FROM row_versions"
                       " WHERE row_no = ?1 ORDER BY version"},
        {&v->put, "INSERT INTO row_versions (row_no, version, content_hash, item_id, body)"
                  " VALUES (?1, ?2, ?3, ?4, ?5)"},
        {&v->put_first,
         "INSERT INTO row_versions (row_no, version, content_hash, item_id, body)"
         " VALUES (?1, 1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET body = excluded.body"},
        {&v->twin, "SELECT p.id FROM plays p WHERE p.started_at = ?1 AND p.grouped IS NULL"
                   " AND p.source_id IN (SELECT source_no FROM job_sources WHERE job_no = ?3)"
                   " AND (p.content_hash = ?2 OR EXISTS (SELECT 1 FROM row_versions v"
                   "  WHERE v.row_no = p.id AND v.version > 1 AND v.content_hash = ?2))"
                   " UNION ALL SELECT o.no FROM play_sources o WHERE o.started_at = ?1"
                   " AND o.body IS NOT NULL"
                   " AND o.source_id IN (SELECT source_no FROM job_sources WHERE job_no = ?3)"
                   " AND (o.content_hash = ?2 OR EXISTS (SELECT 1 FROM row_versions v"
                   "  WHERE v.row_no = o.no AND v.version > 1 AND v.content_hash = ?2)) LIMIT 1"},
        {&v->put_dry, "INSERT OR IGNORE INTO dry_keys VALUES (?1, ?2, ?3, ?4, ?5)"},
        {&v->mark, "UPDATE sources SET versioned = versioned | 1 WHERE no IN"
                   " (SELECT source_no FROM job_sources WHERE job_no = ?1)"
                   " AND NOT versioned & 1"},
        {&v->forget, "DELETE FROM row_versions WHERE row_no = ?1"},
        {&v->forget_rebases, "DELETE FROM row_rebases WHERE row_no = ?1"},
        {&v->rebase, "INSERT OR REPLACE INTO row_rebases SELECT ?1, next + 1, ?2 FROM row_numbers"},
        {&v->put_hash, "UPDATE plays SET content_hash = ?2 WHERE id = ?1"},
        {&v->put_member_hash, "UPDATE play_sources SET content_hash = ?2 WHERE no = ?1"},
    };
    enum err e =
        prepare_by_fields(db, v, "SELECT stream, item_id, content_hash", ", %s", row_is_read,
                          " FROM plays WHERE id = ?1 AND grouped IS NULL", &v->find);
    e = e == OK ? prepare_by_fields(db, v, "UPDATE plays SET stream = ?2, item_id = ?3",
                                    ", %s = ?%d", is_folded, " WHERE id = ?1", &v->complete)
                : e;
    for (size_t i = 0; e == OK && i < COUNT_OF(statements); i++) {
        e = db_prepare(db, statements[i].sql, statements[i].to);
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
    sqlite3_stmt **statements[] = {&v->find,
                                   &v->member,
                                   &v->versions,
                                   &v->put,
                                   &v->put_first,
                                   &v->complete,
                                   &v->complete_member,
                                   &v->twin,
                                   &v->put_dry,
                                   &v->mark,
                                   &v->forget,
                                   &v->rebase,
                                   &v->put_hash,
                                   &v->put_member_hash,
                                   &v->forget_rebases};
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
enum err row_find_version(struct versions *v, int64_t hash, struct row *row, uint32_t *out_same)
{
    OWNED(stmt_reset) sqlite3_stmt *find = v->versions;
    stmt_number(find, 1, row->no);
    row->last_version = 1;
    row->has_first = false;
    row->last_is_migrated = false;
    bool more = true;
    enum err e = OK;
    while (e == OK && more) {
        e = stmt_row(find, &more);
        if (e != OK || !more) {
            return e;
        }
        row->last_version = (uint32_t)row_number(find, 0);
        row->last_is_migrated = row->last_version > 1 && row_is_null(find, 1);
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

enum err row_read_stream(const struct versions *v, struct bytes bytes, struct cell *cells)
{
    struct row_cursor cursor;
    memset(cells, 0, v->stream.record->count * sizeof *cells);
    if (bytes.size == 0) {
        return OK;
    }
    row_cursor_init(&cursor, bytes.data, bytes.size);
    return row_cursor_next(&cursor, cells, v->stream.record->count);
}

static enum err read_member(struct versions *v, struct row *row)
{
    bool found = false;
    stmt_number(v->member, 1, row->no);
    enum err e = stmt_row(v->member, &found);
    if (e == OK && !found) {
        err_about("history.db: row %lld has versions and no play", (long long)row->no);
        e = ERR_STORE_DAMAGED;
    }
    if (e != OK) {
        return e;
    }
    row->shown_item = row_number(v->member, 0);
    row->first_hash = row_number(v->member, 1);
    if (row_body_unpack(v, row_bytes(v->member, 2), row->shown, row->shown_stream) != OK) {
        err_about("history.db: row %lld cannot be read", (long long)row->no);
        e = ERR_STORE_DAMAGED;
    }
    return e;
}

enum err row_read_shown(struct versions *v, struct row *row)
{
    bool found = false;
    stmt_number(v->find, 1, row->no);
    enum err e = stmt_row(v->find, &found);
    row->in_group = e == OK && !found;
    if (row->in_group) {
        return read_member(v, row);
    }
    int column = AT_FIELDS;
    for (size_t i = 0; e == OK && i < v->play.record->count; i++) {
        row->shown[i] = row_is_read(v, i) ? column_cell(sqlite3_column_value(v->find, column++),
                                                        v->play.record->fields[i].type)
                                          : (struct cell){.type = CELL_NIL};
    }
    if (e != OK) {
        return e;
    }
    row->shown_item = row_number(v->find, AT_ITEM);
    row->first_hash = row_number(v->find, AT_HASH);
    if (row_read_stream(v, row_bytes(v->find, AT_STREAM), row->shown_stream) != OK) {
        memset(row->shown_stream, 0,
               sizeof row->shown_stream); /* what nobody can read is unknown */
    }
    return OK;
}

/* The row as it was first stored: what was filled since is put back. */
enum err row_read_first(const struct versions *v, struct row *row)
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

/* ---- writing ---- */

void row_bind_cell(sqlite3_stmt *stmt, int at, const struct cell *cell)
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

void row_bind_item(sqlite3_stmt *stmt, int at, int64_t number)
{
    if (number != 0) {
        stmt_number(stmt, at, number);
    } else {
        (void)sqlite3_bind_null(stmt, at);
    }
}

static void pack_stream(const struct versions *v, const struct cell *cells, struct buffer *out)
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

void row_bind_stream(const struct versions *v, sqlite3_stmt *stmt, int at,
                     const struct cell *stream, struct buffer *room)
{
    if (any_known(stream, v->stream.record->count)) {
        pack_stream(v, stream, room);
        stmt_bytes(stmt, at, (struct bytes){room->data, room->size});
    } else {
        (void)sqlite3_bind_null(stmt, at);
    }
}

static enum err complete_member(struct versions *v, const struct row *row)
{
    sqlite3_stmt *put = v->complete_member;
    row_body_pack(v, row->shown, row->shown_stream, &v->folded_stream);
    stmt_number(put, 1, row->no);
    row_bind_item(put, 2, row->shown_item);
    stmt_number(put, 3, row_body_lacks(v, row->shown));
    stmt_bytes(put, 4, (struct bytes){v->folded_stream.data, v->folded_stream.size});
    return stmt_run(put);
}

enum err row_complete_play(struct versions *v, const struct row *row)
{
    if (row->in_group) {
        return complete_member(v, row);
    }
    sqlite3_stmt *put = v->complete;
    stmt_number(put, 1, row->no);
    row_bind_stream(v, put, 2, row->shown_stream, &v->folded_stream);
    row_bind_item(put, 3, row->shown_item);
    int parameter = 4;
    for (size_t i = 0; i < v->play.record->count; i++) {
        if (is_folded(v, i)) {
            row_bind_cell(put, parameter++, &row->shown[i]);
        }
    }
    return stmt_run(put);
}

/* The first version keeps its own values of what was filled. */
enum err row_keep_first(struct versions *v, const struct row *row)
{
    body_make(&v->body, &v->play, row->shown, row->first, &v->stream, row->shown_stream,
              row->first_stream);
    stmt_number(v->put_first, 1, row->no);
    stmt_number(v->put_first, 2, row->first_hash);
    row_bind_item(v->put_first, 3, row->first_item);
    stmt_bytes(v->put_first, 4, (struct bytes){v->body.data, v->body.size});
    return stmt_run(v->put_first);
}

enum err row_keep_version(struct versions *v, const struct row *row, const int64_t *hash,
                          uint32_t version)
{
    stmt_number(v->put, 1, row->no);
    stmt_number(v->put, 2, version);
    if (hash != NULL) {
        stmt_number(v->put, 3, *hash);
    } else {
        (void)sqlite3_bind_null(v->put, 3);
    }
    row_bind_item(v->put, 4, row->fresh_item);
    stmt_bytes(v->put, 5, (struct bytes){v->body.data, v->body.size});
    return stmt_run(v->put);
}

enum err row_forget_versions(struct versions *v, int64_t row_no)
{
    stmt_number(v->forget, 1, row_no);
    return stmt_run(v->forget);
}

enum err row_forget_rebases(struct versions *v, int64_t row_no)
{
    stmt_number(v->forget_rebases, 1, row_no);
    return stmt_run(v->forget_rebases);
}

enum err row_rebase(struct versions *v, int64_t row_no, uint32_t version)
{
    stmt_number(v->rebase, 1, row_no);
    stmt_number(v->rebase, 2, version);
    return stmt_run(v->rebase);
}

enum err row_keep_hash(struct versions *v, const struct row *row)
{
    sqlite3_stmt *put = row->in_group ? v->put_member_hash : v->put_hash;
    stmt_number(put, 1, row->no);
    stmt_number(put, 2, row->first_hash);
    return stmt_run(put);
}
