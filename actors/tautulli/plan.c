/* SPDX-License-Identifier: MIT
 * plan.c - which rows a job has to handle, and where its batches end.
 *
 * Rows are counted in the table itself, never in an index, so that the plan and the slices agree.
 * Where pages of it are damaged, a sound index or else what can be reached from either end is
 * counted, and the slices end before the damage: what is readable is stored before the job ends in
 * error. */
#include "actors/tautulli/plan.h"

#include "actors/tautulli/source_db.h"

#define FRESH_S 60    /* Tautulli writes its three rows one by one */
#define FRESH_MAX 100 /* trailing rows that may be left out */

/* One row of up to three integers, NULL reading as 0. */
static enum err ask(sqlite3 *db, const char *sql, const int64_t *bound, int bound_count,
                    int64_t out[static 3], bool *out_row)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = source_db_prepare(db, sql, &find);
    for (int i = 0; e == OK && i < bound_count; i++) {
        sqlite3_bind_int64(find, i + 1, bound[i]);
    }
    if (e == OK) {
        e = source_db_step(find, out_row);
    }
    for (int i = 0; e == OK && *out_row && i < sqlite3_column_count(find); i++) {
        out[i] = sqlite3_column_int64(find, i);
    }
    return e;
}

static const char *fresh_sql(const struct schema *schema)
{
    return schema->has_column[COL_HISTORY_stopped]
               ? "SELECT h.id, max(ifnull(h.started, 0), ifnull(h.stopped, 0)), m.id IS NOT NULL "
                 "FROM session_history h LEFT JOIN session_history_metadata m ON m.id = h.id "
                 "WHERE h.id <= ?1 ORDER BY h.id DESC"
               : "SELECT h.id, h.started, m.id IS NOT NULL "
                 "FROM session_history h LEFT JOIN session_history_metadata m ON m.id = h.id "
                 "WHERE h.id <= ?1 ORDER BY h.id DESC";
}

/* Moves last_id below the rows that Tautulli may still be writing. */
static enum err leave_fresh(struct source *s, int64_t now_ms, struct plan *plan)
{
    const struct schema *schema = source_schema(s);
    if (!source_is_live(s) || !schema->has_table[TABLE_METADATA]) {
        return OK;
    }
    OWNED(stmt_finalize) sqlite3_stmt *newest = NULL;
    enum err e = source_db_prepare(source_db(s), fresh_sql(schema), &newest);
    sqlite3_bind_int64(newest, 1, plan->last_id); /* a row that was not counted is not left out */
    bool row = false;
    for (int left = 0; e == OK && left < FRESH_MAX; left++) {
        e = source_db_step(newest, &row);
        if (e != OK || !row) {
            return e;
        }
        bool fresh = sqlite3_column_int(newest, 2) == 0 &&
                     sqlite3_column_int64(newest, 1) > now_ms / 1000 - FRESH_S &&
                     sqlite3_column_int64(newest, 1) <= now_ms / 1000 + FRESH_S;
        if (!fresh) {
            return OK;
        }
        if (--plan->total == 0) {
            return OK; /* nothing is left to be the last */
        }
        plan->last_id = sqlite3_column_int64(newest, 0) - 1;
    }
    return e;
}

/* Steps through ids until `limit`, the end, or damage; the last id and the number of rows so far.
 */
static enum err walk(sqlite3 *db, const char *sql, int64_t from_id, int64_t last_id, uint64_t limit,
                     int64_t *out_at, uint64_t *out_rows)
{
    OWNED(stmt_finalize) sqlite3_stmt *ids = NULL;
    enum err e = source_db_prepare(db, sql, &ids);
    bool row = e == OK;
    sqlite3_bind_int64(ids, 1, from_id);
    sqlite3_bind_int64(ids, 2, last_id);
    for (*out_rows = 0; row && *out_rows < limit; *out_rows += row) {
        e = source_db_step(ids, &row);
        *out_at = row ? sqlite3_column_int64(ids, 0) : *out_at;
    }
    return e;
}

/* Rows that can be reached from either end of a damaged table. */
static enum err count_damaged(sqlite3 *db, uint64_t *out_total)
{
    uint64_t upwards = 0;
    uint64_t downwards = 0;
    int64_t at = 0;
    enum err e = walk(db,
                      "SELECT id FROM session_history NOT INDEXED "
                      "WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
                      INT64_MIN, INT64_MAX - 1, UINT64_MAX, &at, &upwards);
    if (e == ERR_DATABASE_DAMAGED) {
        e = walk(db,
                 "SELECT id FROM session_history NOT INDEXED "
                 "WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC",
                 INT64_MIN, INT64_MAX - 1, UINT64_MAX, &at, &downwards);
    }
    *out_total = upwards + downwards;
    return e == ERR_DATABASE_DAMAGED ? OK : e;
}

/* An index that is sound knows how many rows a damaged table has: SQLite counts in the smallest,
 * where there is one. Else what can be reached is all that is known. */
static enum err count_known(sqlite3 *db, struct plan *plan)
{
    int64_t found[3] = {0};
    bool row = false;
    enum err e = count_damaged(db, &plan->total);
    enum err indexed = ask(db, "SELECT count(*) FROM session_history", NULL, 0, found, &row);
    plan->partly = indexed != OK || (uint64_t)found[0] < plan->total;
    plan->total = plan->partly ? plan->total : (uint64_t)found[0];
    return e;
}

static enum err make(struct source *s, int64_t now_ms, struct plan *out)
{
    int64_t found[3] = {0};
    bool row = false;
    int64_t top = INT64_MAX;
    enum err e = ask(source_db(s),
                     "SELECT count(*) FROM session_history NOT INDEXED "
                     "WHERE id < ?1",
                     &top, 1, found, &row);
    out->total = (uint64_t)found[0];
    if (e == ERR_DATABASE_DAMAGED) {
        e = count_known(source_db(s), out);
    }
    if (e != OK || out->total == 0) {
        return e;
    }
    e = ask(source_db(s),
            "SELECT (SELECT min(id) FROM session_history), "
            "(SELECT max(id) FROM session_history WHERE id < ?1)",
            &top, 1, found, &row);
    out->first_id = found[0];
    out->last_id = found[1];
    if (e == OK) {
        e = leave_fresh(s, now_ms, out);
    }
    if (e == OK && out->total == 0) {
        *out = (struct plan){.first_id = 0, .last_id = -1};
    }
    return e;
}

enum err plan_make(struct source *s, int64_t now_ms, struct plan *out)
{
    struct plan plan = {.first_id = 0, .last_id = -1};
    enum err e = source_db_begin(source_db(s));
    if (e == OK) {
        e = make(s, now_ms, &plan);
    }
    source_db_end(source_db(s));
    if (e == OK) {
        *out = plan;
    }
    return e;
}

static enum err find_slice(struct source *s, int64_t from_id, int64_t last_id, uint64_t max_rows,
                           int64_t *out_last_id, uint64_t *out_rows)
{
    /* The row that would be one too many, with the one before it. */
    int64_t bound[3] = {from_id, last_id, (int64_t)max_rows - 1};
    int64_t found[3] = {0};
    bool row = false;
    enum err e = ask(source_db(s),
                     "SELECT id FROM session_history NOT INDEXED "
                     "WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT 1 OFFSET ?3",
                     bound, 3, found, &row);
    if (e != OK) {
        return e;
    }
    if (row) {
        int64_t behind[2] = {found[0], last_id};
        *out_last_id = found[0];
        *out_rows = max_rows;
        e = ask(source_db(s), "SELECT id FROM session_history WHERE id > ?1 AND id <= ?2 LIMIT 1",
                behind, 2, found, &row);
        *out_last_id = row ? *out_last_id : last_id;
        return e;
    }
    e = ask(source_db(s),
            "SELECT count(*) FROM session_history NOT INDEXED "
            "WHERE id BETWEEN ?1 AND ?2",
            bound, 2, found, &row);
    *out_last_id = last_id;
    *out_rows = (uint64_t)found[0];
    return e;
}

enum err plan_slice(struct source *s, int64_t from_id, int64_t last_id, uint64_t max_rows,
                    int64_t *out_last_id, uint64_t *out_rows)
{
    int64_t at = last_id;
    uint64_t rows = 0;
    enum err e = source_db_begin(source_db(s));
    if (e == OK) {
        e = find_slice(s, from_id, last_id, max_rows, &at, &rows);
    }
    if (e == ERR_DATABASE_DAMAGED) {
        e = walk(source_db(s),
                 "SELECT id FROM session_history NOT INDEXED "
                 "WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
                 from_id, last_id, max_rows, &at, &rows);
        e = rows > 0 ? OK : e;
    }
    source_db_end(source_db(s));
    if (e == OK) {
        *out_last_id = at;
        *out_rows = rows;
    }
    return e;
}
