/* SPDX-License-Identifier: MIT
 * sample.c - the rows a source is recognised by. Starts are read by the mapping's own function, so
 * that numbers that became text or REAL are what they were. */
#include "actors/tautulli/sample.h"

#include <stdlib.h>

#include "actors/tautulli/schema.h"
#include "actors/tautulli/source_db.h"
#include "actors/tautulli/source_facts.h"
#include "proto/base/clock.h"
#include "proto/base/text.h"

#define OLDEST 32
#define SPREAD 16
#define NEWEST 16
#define CHECKED_MAX 5000 /* rows without a usable start that one search passes over */
#define FUTURE_S 86400   /* as the reader has it */

struct sampling {
    int64_t latest_s; /* a later start is none */
    struct row_key *keys;
    size_t count;
};

static bool start_of(sqlite3_stmt *row, int column, int64_t latest_s, int64_t *out_ms)
{
    int64_t start = 0;
    if (column_number(row, column, &start) != 1 || start <= 0 || start > latest_s) {
        return false;
    }
    *out_ms = start * 1000;
    return true;
}

static void add_key(struct sampling *s, const struct row_key *key)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->keys[i].native_id.number == key->native_id.number) {
            return;
        }
    }
    if (s->count < SAMPLE_MAX) {
        s->keys[s->count++] = *key;
    }
}

/* Takes the first `limit` usable rows. */
static enum err take(sqlite3 *db, const char *sql, int64_t from_id, int limit, struct sampling *s)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = source_db_prepare(db, sql, &find);
    if (e != OK) {
        return e;
    }
    sqlite3_bind_int64(find, 1, from_id);
    bool row = true;
    int taken = 0;
    for (int looked = 0; row && taken < limit && looked < CHECKED_MAX; looked++) {
        struct row_key key;
        e = source_db_step(find, &row);
        if (e != OK || !row) {
            return e;
        }
        key.native_id = (struct native_id){.number = sqlite3_column_int64(find, 0)};
        if (start_of(find, 1, s->latest_s, &key.started_at)) {
            add_key(s, &key);
            taken++;
        }
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

static int by_id(const void *a, const void *b)
{
    int64_t left = ((const struct row_key *)a)->native_id.number;
    int64_t right = ((const struct row_key *)b)->native_id.number;
    return (left > right) - (left < right);
}

static enum err take_all(sqlite3 *db, struct sampling *s)
{
    static const char upwards[] = "SELECT id, started FROM session_history "
                                  "WHERE id >= ?1 ORDER BY id";
    static const char downwards[] = "SELECT id, started FROM session_history "
                                    "WHERE id <= ?1 ORDER BY id DESC";
    int64_t first = 0;
    int64_t last = 0;
    enum err e = find_ends(db, &first, &last);
    if (e == OK) {
        e = take(db, upwards, INT64_MIN, OLDEST, s);
    }
    uint64_t step = ((uint64_t)last - (uint64_t)first) / (SPREAD + 1);
    for (uint64_t i = 1; e == OK && i <= SPREAD; i++) {
        e = take(db, upwards, (int64_t)((uint64_t)first + i * step), 1, s);
    }
    return e == OK ? take(db, downwards, INT64_MAX, NEWEST, s) : e;
}

enum err sample_take(struct source *s, struct row_key out[static SAMPLE_MAX], size_t *out_count)
{
    struct sampling self = {.latest_s = clock_wall_ms() / 1000 + FUTURE_S, .keys = out};
    enum err e = source_db_begin(source_db(s));
    if (e == OK) {
        e = take_all(source_db(s), &self);
    }
    source_db_end(source_db(s));
    if (e == OK) {
        qsort(out, self.count, sizeof(*out), by_id);
        *out_count = self.count;
    }
    return e;
}

/* ---- looking for rows ---- */

enum stands { STANDS_NOT, STANDS_SAME, STANDS_OTHER };

static const char one_row[] = "SELECT started FROM session_history WHERE id = ?1";

static enum err seek(sqlite3_stmt *find, const struct row_key *key, enum stands *out)
{
    bool row = false;
    int64_t started_ms = 0;
    *out = STANDS_NOT;
    if (key->native_id.text.data != NULL) {
        return OK; /* no row id is a text */
    }
    (void)sqlite3_reset(find);
    sqlite3_bind_int64(find, 1, key->native_id.number);
    enum err e = source_db_step(find, &row);
    if (e == OK && row) {
        bool same =
            start_of(find, 0, INT64_MAX / 1000, &started_ms) && started_ms == key->started_at;
        *out = same ? STANDS_SAME : STANDS_OTHER;
    }
    (void)sqlite3_reset(find);
    return e;
}

enum err sample_find(struct source *s, const struct source_samples *known, struct arena *arena,
                     struct row_key **out, size_t *out_count)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = source_db_prepare(source_db(s), one_row, &find);
    *out = arena_alloc(arena, FOUND_MAX * sizeof(**out));
    *out_count = 0;
    for (size_t i = 0; e == OK && i < known->items_count; i++) {
        const struct source_sample *one = &known->items[i];
        size_t found = 0;
        for (size_t k = 0; e == OK && found < 2 && k < one->keys_count; k++) {
            enum stands stands = STANDS_NOT;
            e = seek(find, &one->keys[k], &stands);
            if (e == OK && stands == STANDS_SAME && *out_count < FOUND_MAX) {
                (*out)[(*out_count)++] = one->keys[k];
                found++;
            }
        }
    }
    return e;
}

enum err sample_check(struct source *s, const struct row_key *kept, size_t count, bool *out_same)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = source_db_prepare(source_db(s), one_row, &find);
    size_t same = 0;
    size_t other = 0;
    for (size_t i = 0; e == OK && i < count; i++) {
        enum stands stands = STANDS_NOT;
        e = seek(find, &kept[i], &stands);
        same += stands == STANDS_SAME;
        other += stands == STANDS_OTHER;
    }
    *out_same = other == 0 && (same > 0 || count == 0);
    return e;
}

enum err sample_stands(struct source *s, const struct row_key *key, bool *out_there)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum stands stands = STANDS_NOT;
    enum err e = source_db_prepare(source_db(s), one_row, &find);
    if (e == OK) {
        e = seek(find, key, &stands);
    }
    *out_there = stands == STANDS_SAME;
    return e;
}

/* ---- all keys, page by page ---- */

/* A row that names nobody is rejected: no id that is a number, and no name. */
static bool names_user(sqlite3_stmt *row)
{
    int64_t id = 0;
    const char *name = (const char *)sqlite3_column_text(row, 3);
    return column_number(row, 2, &id) == 1 || (name != NULL && !text_is_blank(name));
}

enum err sample_page(struct source *s, int64_t *from_id, struct row_key out[static KEY_PAGE],
                     size_t *out_count, bool *out_more)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(stmt_finalize) sqlite3_stmt *page = NULL;
    const struct schema *schema = source_schema(s);
    const char *sql =
        arena_format(arena,
                     "SELECT id, started, %s, %s FROM session_history NOT INDEXED WHERE id >= ?1 "
                     "ORDER BY id LIMIT %d",
                     schema->has_column[COL_HISTORY_user_id] ? "user_id" : "NULL",
                     schema->has_column[COL_HISTORY_user] ? "user" : "NULL", KEY_PAGE);
    int64_t latest_s = clock_wall_ms() / 1000 + FUTURE_S;
    int looked = 0;
    bool row = true;
    enum err e = source_db_prepare(source_db(s), sql, &page);
    sqlite3_bind_int64(page, 1, *from_id);
    *out_count = 0;
    while (e == OK && row) {
        e = source_db_step(page, &row);
        if (e == OK && row) {
            struct row_key key = {.native_id.number = sqlite3_column_int64(page, 0)};
            *from_id = key.native_id.number;
            looked++;
            if (start_of(page, 1, latest_s, &key.started_at) && names_user(page)) {
                out[(*out_count)++] = key;
            }
        }
    }
    *out_more = e == OK && looked == KEY_PAGE && *from_id < INT64_MAX;
    *from_id += *out_more;
    return e;
}
