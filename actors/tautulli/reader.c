/* SPDX-License-Identifier: MIT
 * reader.c - reads id ranges of a source and maps each row.
 *
 * One SELECT joins the tables that are there and names the known columns; one read transaction per
 * range, so that no reader pins the source's -wal. A value too large for us rejects its row alone.
 */
#include "actors/tautulli/reader.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "actors/tautulli/names.h"
#include "actors/tautulli/row_load.h"
#include "actors/tautulli/row_map.h"
#include "actors/tautulli/source_db.h"

struct reader {
    sqlite3 *db;                      /* borrowed from the source */
    sqlite3_stmt *rows, *one, *ahead; /* a range; is there this id; the next id */
    sqlite3_stmt *before, *brief;     /* the ids before; who played what when */
    struct names *names;
    struct row_loader *loader;
    uint64_t server_hash; /* seed of item hashes */
    struct row_rules rules;
    struct row row;
    struct row earlier;       /* one of the rows before the range */
    struct recent recent;     /* the last rows before the next one */
    int64_t next_id, last_id; /* what is left of the range */
    bool begun, over;
};

/* ---- preparation ---- */

static enum err prepare(struct reader *r)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    const struct {
        const char *sql;
        sqlite3_stmt **to;
    } all[] = {
        {row_loader_sql(r->loader, arena), &r->rows},
        {"SELECT 1 FROM session_history WHERE id = ?1", &r->one},
        {"SELECT id FROM session_history WHERE id >= ?1 AND id <= ?2 ORDER BY id LIMIT 1",
         &r->ahead},
        {"SELECT id FROM session_history NOT INDEXED WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
         &r->before},
        {row_brief_sql(r->rules.schema, "WHERE id = ?1", arena), &r->brief},
    };
    enum err e = OK;
    for (size_t i = 0; e == OK && i < COUNT_OF(all); i++) {
        e = source_db_prepare(r->db, all[i].sql, all[i].to);
    }
    return e;
}

static bool has_row(void *context, int64_t id)
{
    struct reader *r = context;
    sqlite3_bind_int64(r->one, 1, id);
    bool found = sqlite3_step(r->one) == SQLITE_ROW;
    (void)sqlite3_reset(r->one);
    return found;
}

enum err reader_open(struct source *s, const struct reader_settings *settings, struct reader **out)
{
    OWNED(reader_close) struct reader *r = must_alloc(sizeof(*r));
    row_init(&r->row, COLUMN_COUNT, column_full_names);
    row_init(&r->earlier, COLUMN_COUNT, column_full_names);
    r->db = source_db(s);
    r->names = names_new(s, settings->server_id);
    r->rules = (struct row_rules){
        .schema = source_schema(s),
        .names = r->names,
        .watched_percent = settings->watched_percent,
        .latest_s = reader_latest_s(settings),
        .has_row = has_row,
        .context = r,
        .recent = &r->recent,
    };
    r->server_hash = XXH3_64bits(settings->server_id, strlen(settings->server_id));
    r->loader = row_loader_new(r->db, source_schema(s), &r->row);
    enum err e = prepare(r);
    if (e == OK) {
        *out = TAKE(r);
    }
    return e;
}

void reader_close(struct reader **r)
{
    if (*r != NULL) {
        reader_end(*r);
        stmt_finalize(&(*r)->rows);
        stmt_finalize(&(*r)->one);
        stmt_finalize(&(*r)->ahead);
        stmt_finalize(&(*r)->before);
        stmt_finalize(&(*r)->brief);
        row_loader_destroy(&(*r)->loader);
        names_destroy(&(*r)->names);
        row_release(&(*r)->row);
        row_release(&(*r)->earlier);
        free(*r);
        *r = NULL;
    }
}

/* ---- reading ---- */

static void rewind_to(struct reader *r, int64_t first_id)
{
    (void)sqlite3_reset(r->rows);
    sqlite3_bind_int64(r->rows, 1, first_id);
    sqlite3_bind_int64(r->rows, 2, r->last_id);
}

/* Takes a row among the recent ones by its brief columns alone. One that is too large even so takes
 * its place and is compared with nothing. */
static enum err remember(struct reader *r, int64_t id)
{
    bool row = false;
    sqlite3_bind_int64(r->brief, 1, id);
    enum err e = source_db_step(r->brief, &row);
    if (e == OK && row) {
        row_brief_load(&r->earlier, r->rules.schema, r->brief);
        (void)row_map_brief(&r->earlier, &r->rules);
    } else {
        recent_skip(&r->recent);
    }
    (void)sqlite3_reset(r->brief);
    return e == ERR_ROW_TOO_LARGE ? OK : e;
}

/* What is found in a range must not depend on where the plan cut it: the rows before are looked at
 * first. Those behind damaged pages are not; whoever comes here has lost them already. */
static enum err remember_before(struct reader *r, int64_t first_id)
{
    int64_t ids[RECENT_ROWS];
    int count = 0;
    bool row = false;
    recent_clear(&r->recent);
    sqlite3_bind_int64(r->before, 1, first_id);
    sqlite3_bind_int(r->before, 2, RECENT_ROWS);
    enum err e = OK;
    while (count < RECENT_ROWS && (e = source_db_step(r->before, &row)) == OK && row) {
        ids[count++] = sqlite3_column_int64(r->before, 0);
    }
    (void)sqlite3_reset(r->before);
    while (count > 0 && (e == OK || e == ERR_DATABASE_DAMAGED)) {
        e = remember(r, ids[--count]);
    }
    return e == ERR_DATABASE_DAMAGED ? OK : e;
}

enum err reader_begin(struct reader *r, int64_t first_id, int64_t last_id)
{
    reader_end(r);
    enum err e = source_db_begin(r->db);
    if (e == OK) {
        r->begun = true;
        r->over = false;
        r->next_id = first_id;
        r->last_id = last_id;
        rewind_to(r, first_id);
        e = remember_before(r, first_id);
    }
    return e;
}

void reader_end(struct reader *r)
{
    if (r->begun) {
        (void)sqlite3_reset(r->rows);
        source_db_end(r->db);
        r->begun = false;
    }
}

/* The next row holds a value beyond every limit: it is rejected with its short values. */
static enum err reject_oversized(struct reader *r)
{
    bool row = false;
    (void)sqlite3_reset(r->ahead);
    sqlite3_bind_int64(r->ahead, 1, r->next_id);
    sqlite3_bind_int64(r->ahead, 2, r->last_id);
    enum err e = source_db_step(r->ahead, &row);
    int64_t id = row ? sqlite3_column_int64(r->ahead, 0) : 0;
    (void)sqlite3_reset(r->ahead);
    if (e != OK || !row) {
        return e != OK ? e : ERR_DATABASE_DAMAGED;
    }
    e = remember(r, id);
    if (e != OK) {
        return e;
    }
    row_loader_one_by_one(r->loader, id);
    r->row.out.facet_user = NULL;
    r->row.out.facet_library = NULL;
    r->row.out.facet_month = NULL;
    row_reject(&r->row, ERR_ROW_TOO_LARGE, r->rules.schema->has_column);
    if (id < r->last_id) {
        rewind_to(r, id + 1);
    }
    return OK;
}

static void go_past(struct reader *r)
{
    r->over = r->row.out.position >= r->last_id;
    r->next_id = r->over ? r->last_id : r->row.out.position + 1;
}

enum err reader_next(struct reader *r, const struct mapped_row **out_row)
{
    bool row = false;
    *out_row = NULL;
    /* Past the last row a step would look at the next page, which may be a damaged one. */
    if (!r->begun || r->over) {
        return OK;
    }
    row_loader_begin(r->loader);
    enum err e = source_db_step(r->rows, &row);
    if (e == ERR_ROW_TOO_LARGE) {
        e = reject_oversized(r);
        row = e == OK;
    } else if (row) {
        row_loader_end(r->loader, r->server_hash);
        row_map(&r->row, &r->rules);
    }
    if (e != OK || !row) {
        return e;
    }
    go_past(r);
    *out_row = &r->row.out;
    return OK;
}

enum err reader_next_raw(struct reader *r, const struct raw_value **out_raw, bool *out_reference)
{
    bool row = false;
    int64_t reference = 0;
    *out_raw = NULL;
    if (!r->begun || r->over) {
        return OK;
    }
    row_loader_begin(r->loader);
    enum err e = source_db_step(r->rows, &row);
    if (e != OK || !row) {
        return e;
    }
    r->row.out.position = r->row.raw[COL_HISTORY_id].integer;
    go_past(r);
    *out_reference =
        raw_number(&r->row.raw[COL_HISTORY_reference_id], &reference) == 1 && has_row(r, reference);
    *out_raw = r->row.raw;
    return OK;
}

const struct recent *reader_recent(const struct reader *r)
{
    return &r->recent;
}
