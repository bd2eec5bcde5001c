/* SPDX-License-Identifier: MIT
 * sample.c - the rows a source is recognised by, whatever its path or name. */
#include "actors/tautulli/sample.h"

#include <stdlib.h>

#include "actors/tautulli/source_db.h"
#include "actors/tautulli/source_facts.h"
#include "proto/base/clock.h"

#define OLDEST 22
#define SPREAD 21
#define NEWEST 21

struct sampling {
    struct arena *arena;
    struct row_key *keys;
    size_t count;
};

/* Only whole numbers name a user for certain; other keys are text as it is mapped. */
static void take_row(struct sampling *self, sqlite3_stmt *find)
{
    struct row_key key = {.native_id = sqlite3_column_int64(find, 0),
                          .started_at = sqlite3_column_int64(find, 1) * 1000};
    if (sqlite3_column_type(find, 2) == SQLITE_INTEGER) {
        key.user_id = column_text(find, 2, 32, self->arena);
    }
    if (sqlite3_column_type(find, 3) == SQLITE_INTEGER) {
        key.rating_key = column_text(find, 3, 32, self->arena);
    }
    for (size_t i = 0; i < self->count; i++) {
        if (self->keys[i].native_id == key.native_id) {
            return;
        }
    }
    if (self->count < SAMPLE_MAX) {
        self->keys[self->count++] = key;
    }
}

static enum err take(sqlite3 *db, const char *sql, int64_t from_id, int limit,
                     struct sampling *self)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = source_db_prepare(db, sql, &find);
    if (e != OK) {
        return e;
    }
    sqlite3_bind_int64(find, 1, clock_wall_ms() / 1000 + 86400);
    sqlite3_bind_int64(find, 2, from_id);
    sqlite3_bind_int(find, 3, limit);
    bool row = false;
    while ((e = source_db_step(find, &row)) == OK && row) {
        take_row(self, find);
    }
    return e;
}

static enum err find_ends(sqlite3 *db, int64_t *out_first, int64_t *out_last)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = source_db_prepare(db,
                                   "SELECT (SELECT min(id) FROM session_history), "
                                   "(SELECT max(id) FROM session_history)",
                                   &find);
    bool row = false;
    if (e == OK) {
        e = source_db_step(find, &row);
    }
    if (e == OK && row) {
        *out_first = sqlite3_column_int64(find, 0);
        *out_last = sqlite3_column_int64(find, 1);
    }
    return e;
}

static const char *sample_sql(const struct schema *schema, const char *order, struct arena *arena)
{
    return arena_format(arena,
                        "SELECT id, started, %s, %s FROM session_history "
                        "WHERE typeof(started) = 'integer' AND started BETWEEN 1 AND ?1 "
                        "AND id >= ?2 ORDER BY id %s LIMIT ?3",
                        schema->has_column[COL_HISTORY_user_id] ? "user_id" : "NULL",
                        schema->has_column[COL_HISTORY_rating_key] ? "rating_key" : "NULL", order);
}

static int by_id(const void *a, const void *b)
{
    int64_t left = ((const struct row_key *)a)->native_id;
    int64_t right = ((const struct row_key *)b)->native_id;
    return (left > right) - (left < right);
}

static enum err take_all(struct source *s, struct sampling *self)
{
    sqlite3 *db = source_db(s);
    const char *upwards = sample_sql(source_schema(s), "", self->arena);
    const char *downwards = sample_sql(source_schema(s), "DESC", self->arena);
    int64_t first = 0;
    int64_t last = 0;
    enum err e = find_ends(db, &first, &last);
    if (e == OK) {
        e = take(db, upwards, INT64_MIN, OLDEST, self);
    }
    uint64_t step = ((uint64_t)last - (uint64_t)first) / (SPREAD + 1);
    for (uint64_t i = 1; e == OK && i <= SPREAD; i++) {
        e = take(db, upwards, (int64_t)((uint64_t)first + i * step), 1, self);
    }
    return e == OK ? take(db, downwards, INT64_MIN, NEWEST, self) : e;
}

enum err sample_take(struct source *s, struct arena *arena, struct row_key out[static SAMPLE_MAX],
                     size_t *out_count)
{
    struct sampling self = {.arena = arena, .keys = out};
    enum err e = source_db_begin(source_db(s));
    if (e == OK) {
        e = take_all(s, &self);
    }
    source_db_end(source_db(s));
    if (e == OK) {
        qsort(out, self.count, sizeof(*out), by_id);
        *out_count = self.count;
    }
    return e;
}

enum err sample_check(struct source *s, const struct row_key *key, bool *out_same)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = source_db_prepare(source_db(s),
                                   "SELECT CAST(started AS INTEGER) FROM session_history "
                                   "WHERE id = ?1",
                                   &find);
    if (e != OK) {
        return e;
    }
    sqlite3_bind_int64(find, 1, key->native_id);
    bool row = false;
    e = source_db_step(find, &row);
    if (e == OK) {
        int64_t started_ms = 0;
        bool valid =
            row && !__builtin_mul_overflow(sqlite3_column_int64(find, 0), 1000, &started_ms);
        *out_same = valid && started_ms == key->started_at;
    }
    return e;
}
