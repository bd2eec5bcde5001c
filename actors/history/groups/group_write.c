/* SPDX-License-Identifier: MIT
 * group_write.c - the fold of several rows, and the statements that write it. */
#include "actors/history/groups/group_write.h"

#include <string.h>

#include "actors/history/native.h"

struct folded {
    struct cell play[FOLD_COLUMNS_MAX], stream[FOLD_COLUMNS_MAX];
    struct cell other[FOLD_COLUMNS_MAX], other_stream[FOLD_COLUMNS_MAX];
    int64_t item_id;
};

struct group_writer {
    struct versions *v; /* borrowed */
    sqlite3_stmt *change_play, *make_play, *take, *move, *move_repeats, *leave, *drop, *park,
        *item; /* owned */
    struct buffer body, stream;
    struct row row; /* what is worked with, as of one call */
    struct folded folded;
};

/* ---- opening ---- */

/* A piece of text for each column that the fold fills but the first one, source_id. */
static void append_columns(const struct versions *v, const char *piece, sqlite3_str *text)
{
    static const char *const ours[] = {"native_id", "job_no", "content_hash",
                                       "grouped",   "stream", "item_id"};
    for (size_t i = 0; i < COUNT_OF(ours); i++) {
        sqlite3_str_appendf(text, piece, ours[i]);
    }
    for (size_t i = 0; i < v->play.record->count; i++) {
        if (row_is_read(v, i)) {
            sqlite3_str_appendf(text, piece, v->play.record->fields[i].name);
        }
    }
}

/* OR FAIL, here and below: a failure rolls the whole transaction back, so SQLite need not be ready
 * to take back a statement alone, for which it copies each page that it changes. */
static char *change_play_sql(const struct versions *v)
{
    sqlite3_str *text = sqlite3_str_new(NULL);
    sqlite3_str_appendall(text, "UPDATE OR FAIL plays SET source_id = ?");
    append_columns(v, ", %s = ?", text);
    sqlite3_str_appendall(text, " WHERE id = ?");
    return sqlite3_str_finish(text);
}

static char *make_play_sql(const struct versions *v)
{
    sqlite3_str *text = sqlite3_str_new(NULL);
    sqlite3_str_appendall(text, "INSERT INTO plays (source_id");
    append_columns(v, ", %s", text);
    sqlite3_str_appendall(text, ", id) VALUES (?");
    append_columns(v, ", ?", text); /* takes no name */
    sqlite3_str_appendall(text, ", ?)");
    return sqlite3_str_finish(text);
}

enum err group_writer_open(sqlite3 *db, struct versions *v, struct group_writer **out)
{
    OWNED(group_writer_close) struct group_writer *w = must_alloc(sizeof *w);
    OWNED(db_free) char *change_play = change_play_sql(v);
    OWNED(db_free) char *make_play = make_play_sql(v);
    w->v = v;
    const struct {
        sqlite3_stmt **to;
        const char *sql;
    } statements[] = {
        {&w->change_play, change_play},
        {&w->make_play, make_play},
        {&w->take,
         "INSERT INTO play_sources (no, source_id, native_id, started_at, job_no, content_hash,"
         " item_id, lacks, body, play_id, link_no, reason)"
         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"},
        {&w->move, "UPDATE play_sources SET play_id = ?2, link_no = ?3, reason = ?4 WHERE no = ?1"},
        {&w->move_repeats,
         "UPDATE play_sources SET play_id = ?3 WHERE play_id = ?2 AND link_no = ?1"
         " AND body IS NULL"},
        {&w->leave, "DELETE FROM play_sources WHERE no = ?1"},
        {&w->drop, "DELETE FROM plays WHERE id = ?1"},
        {&w->park, "UPDATE OR FAIL plays SET source_id = -id WHERE id = ?1"},
        {&w->item, "SELECT hash, body FROM items WHERE id = ?1"},
    };
    enum err e = OK;
    for (size_t i = 0; e == OK && i < COUNT_OF(statements); i++) {
        e = db_prepare(db, statements[i].sql, statements[i].to);
    }
    if (e == OK) {
        *out = TAKE(w);
    }
    return e;
}

void group_writer_close(struct group_writer **writer)
{
    struct group_writer *w = *writer;
    if (w == NULL) {
        return;
    }
    sqlite3_stmt **statements[] = {&w->change_play, &w->make_play,    &w->take,
                                   &w->move,        &w->move_repeats, &w->leave,
                                   &w->drop,        &w->park,         &w->item};
    for (size_t i = 0; i < COUNT_OF(statements); i++) {
        stmt_finalize(statements[i]);
    }
    buffer_release(&w->body);
    buffer_release(&w->stream);
    void *memory = w;
    free_bytes(&memory);
    *writer = NULL;
}

/* ---- rows ---- */

static void bind_place(sqlite3_stmt *put, int at, const struct place *place)
{
    stmt_number(put, at, place->play_id);
    row_bind_item(put, at + 1, place->link_no);
    stmt_number(put, at + 2, place->reason);
}

enum err group_take_row(struct group_writer *w, struct neighbour *of, const struct place *place,
                        struct arena *arena)
{
    OWNED(stmt_reset) sqlite3_stmt *shown = w->v->find; /* its texts are borrowed */
    (void)shown;
    struct row *row = &w->row;
    row->no = of->no;
    enum err e = row_read_shown(w->v, row);
    if (e != OK) {
        return e;
    }
    row_body_pack(w->v, row->shown, row->shown_stream, &w->body);
    of->body.data = arena_text(arena, w->body.data, w->body.size);
    of->body.size = w->body.size;
    stmt_number(w->take, 1, of->no);
    stmt_number(w->take, 2, of->source_no);
    native_bind(w->take, 3, &of->native_id);
    stmt_number(w->take, 4, of->started_at);
    stmt_number(w->take, 5, of->job_no);
    stmt_number(w->take, 6, of->content_hash);
    row_bind_item(w->take, 7, of->item_id);
    stmt_number(w->take, 8, row_body_lacks(w->v, row->shown));
    stmt_bytes(w->take, 9, of->body);
    bind_place(w->take, 10, place);
    return stmt_run(w->take);
}

enum err group_move_row(struct group_writer *w, const struct neighbour *of,
                        const struct place *place)
{
    stmt_number(w->move, 1, of->no);
    bind_place(w->move, 2, place);
    return stmt_run(w->move);
}

enum err group_move_repeats(struct group_writer *w, const struct neighbour *of, int64_t play_id)
{
    stmt_number(w->move_repeats, 1, of->no);
    stmt_number(w->move_repeats, 2, of->play_id);
    stmt_number(w->move_repeats, 3, play_id);
    return stmt_run(w->move_repeats);
}

enum err group_leave_row(struct group_writer *w, const struct neighbour *of)
{
    stmt_number(w->leave, 1, of->no);
    return stmt_run(w->leave);
}

enum err group_drop_play(struct group_writer *w, int64_t play_id)
{
    stmt_number(w->drop, 1, play_id);
    return stmt_run(w->drop);
}

enum err group_park_play(struct group_writer *w, int64_t play_id)
{
    stmt_number(w->park, 1, play_id);
    return stmt_run(w->park);
}

/* ---- the fold ---- */

static enum err fold_item(struct group_writer *w, struct folded *f, int64_t item_id)
{
    if (item_id == 0 || item_id == f->item_id) {
        return OK;
    }
    if (f->item_id == 0) {
        f->item_id = item_id;
        return OK;
    }
    OWNED(stmt_reset) sqlite3_stmt *find = w->item;
    bool row = false;
    stmt_number(find, 1, item_id);
    enum err e = stmt_row(find, &row);
    if (e != OK || !row) {
        return e;
    }
    const struct item_ref item = {
        .hash = row_number(find, 0), .id = item_id, .body = row_bytes(find, 1)};
    struct item_fold fold;
    e = item_fold(w->v->items, &item, f->item_id, false, &fold);
    if (e == OK) {
        f->item_id = fold.id;
    }
    return e == ERR_BAD_MESSAGE ? OK : e; /* an item that nobody can read adds nothing */
}

/* Bytes that nobody can read say nothing. */
static void unpack(const struct group_writer *w, const struct neighbour *of, struct cell *play,
                   struct cell *stream)
{
    if (row_body_unpack(w->v, of->body, play, stream) != OK) {
        memset(play, 0, FOLD_COLUMNS_MAX * sizeof *play);
        memset(stream, 0, FOLD_COLUMNS_MAX * sizeof *stream);
        play[w->v->at_start] = (struct cell){.type = CELL_I64, .i64 = of->started_at};
    }
}

static enum err fold_rows(struct group_writer *w, struct neighbour *const *rows, size_t count,
                          struct folded *f)
{
    const struct versions *v = w->v;
    struct fold_result ignored = {0};
    enum err e = OK;
    unpack(w, rows[0], f->play, f->stream);
    f->item_id = rows[0]->item_id;
    for (size_t i = 1; e == OK && i < count; i++) {
        unpack(w, rows[i], f->other, f->other_stream);
        bool watched = f->other[v->at_watched].type == CELL_BOOL && f->other[v->at_watched].boolean;
        fold_cells(&v->play, f->play, f->other, ENDING_SAME, &ignored);
        fold_cells(&v->stream, f->stream, f->other_stream, ENDING_SAME, &ignored);
        if (watched) {
            f->play[v->at_watched] = (struct cell){.type = CELL_BOOL, .boolean = true};
        }
        e = fold_item(w, f, rows[i]->item_id);
    }
    if (count > 1) {
        (void)row_compute(v, f->play);
    }
    return e;
}

/* From the first parameter on, the play's number behind them. */
static enum err put_play(struct group_writer *w, sqlite3_stmt *put, int64_t play_id, bool grouped,
                         const struct neighbour *first)
{
    const struct folded *f = &w->folded;
    stmt_number(put, 1, first->source_no);
    native_bind(put, 2, &first->native_id);
    stmt_number(put, 3, first->job_no);
    stmt_number(put, 4, first->content_hash);
    row_bind_item(put, 5, grouped);
    row_bind_stream(w->v, put, 6, f->stream, &w->stream);
    row_bind_item(put, 7, f->item_id);
    int parameter = 8;
    for (size_t i = 0; i < w->v->play.record->count; i++) {
        if (row_is_read(w->v, i)) {
            row_bind_cell(put, parameter++, &f->play[i]);
        }
    }
    stmt_number(put, parameter, play_id);
    return stmt_run(put);
}

enum err group_write_play(struct group_writer *w, int64_t play_id, bool grouped,
                          struct neighbour *const *rows, size_t count)
{
    enum err e = fold_rows(w, rows, count, &w->folded);
    e = e == OK ? put_play(w, w->change_play, play_id, grouped, rows[0]) : e;
    bool is_new = e == OK && sqlite3_changes(sqlite3_db_handle(w->change_play)) == 0;
    return is_new ? put_play(w, w->make_play, play_id, grouped, rows[0]) : e;
}
