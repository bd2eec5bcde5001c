/* SPDX-License-Identifier: MIT
 * rows_sum.c - one walk over the range; values count as they are stored, of whatever type. */
#include "actors/tautulli/rows_sum.h"

#include <string.h>
#include <xxhash.h>

#include "actors/tautulli/source_db.h"

#define SUM_BITS ((UINT64_C(1) << 53) - 1)

static void add_value(XXH3_state_t *state, sqlite3_stmt *row, int column)
{
    int type = sqlite3_column_type(row, column);
    (void)XXH3_64bits_update(state, &type, sizeof(type));
    if (type == SQLITE_INTEGER) {
        sqlite3_int64 value = sqlite3_column_int64(row, column);
        (void)XXH3_64bits_update(state, &value, sizeof(value));
    } else if (type == SQLITE_FLOAT) {
        double value = sqlite3_column_double(row, column);
        (void)XXH3_64bits_update(state, &value, sizeof(value));
    } else if (type != SQLITE_NULL) {
        const void *value = sqlite3_column_blob(row, column);
        int size = sqlite3_column_bytes(row, column);
        (void)XXH3_64bits_update(state, &size, sizeof(size));
        if (size > 0) {
            (void)XXH3_64bits_update(state, value, (size_t)size);
        }
    }
}

static enum err walk(sqlite3 *db, int64_t first_id, int64_t last_id, XXH3_state_t *state,
                     uint64_t *out_rows)
{
    OWNED(stmt_finalize) sqlite3_stmt *rows = NULL;
    enum err e = source_db_prepare(db,
                                   "SELECT id, started, stopped FROM session_history "
                                   "WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
                                   &rows);
    if (e != OK) {
        return e;
    }
    sqlite3_bind_int64(rows, 1, first_id);
    sqlite3_bind_int64(rows, 2, last_id);
    bool row = true;
    while (e == OK && row) {
        e = source_db_step(rows, &row);
        for (int column = 0; e == OK && row && column < 3; column++) {
            add_value(state, rows, column);
        }
        *out_rows += e == OK && row ? 1 : 0;
    }
    return e;
}

enum err rows_sum(struct source *s, int64_t first_id, int64_t last_id, struct rows_sum *out)
{
    XXH3_state_t *state = XXH3_createState();
    if (state == NULL) {
        return ERR_SYSTEM;
    }
    (void)XXH3_64bits_reset(state);
    uint64_t rows = 0;
    enum err e = source_db_begin(source_db(s));
    if (e == OK) {
        e = walk(source_db(s), first_id, last_id, state, &rows);
    }
    source_db_end(source_db(s));
    if (e == OK) {
        *out = (struct rows_sum){.rows = rows, .sum = XXH3_64bits_digest(state) & SUM_BITS};
    }
    (void)XXH3_freeState(state);
    return e;
}
