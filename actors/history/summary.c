/* SPDX-License-Identifier: MIT
 * summary.c - plays and watched hours by month, user, library or source: one pass over the plays in
 * short reads, added up here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "actors/history/columns.h"
#include "actors/history/query.h"

enum { LINES_MAX = 10000, SLOTS = 32768, STEP_ROWS = 20000, PART_MAX = 240, KEY_MAX = 512 };

/* A longer play is a session that never ended: it counts as a play and not in the hours. */
enum { LONG_PLAY_S = 24 * 3600 };

struct line {
    const char *key; /* in the arena; NULL: empty slot */
    size_t size;
    uint64_t plays, long_plays;
    double seconds;
};

struct sums {
    struct line *slots; /* SLOTS of them, in the arena */
    size_t used;
};

static void add(struct reader *r, struct sums *sums, const char *key, size_t size,
                const struct line *more)
{
    for (uint64_t at = XXH3_64bits(key, size);; at++) {
        struct line *line = &sums->slots[at % SLOTS];
        bool same = line->key != NULL && line->size == size && memcmp(line->key, key, size) == 0;
        if (line->key == NULL) {
            if (sums->used == SLOTS / 2) {
                return; /* beyond what one answer can hold */
            }
            sums->used++;
            line->key = arena_text(r->arena, key, size);
            line->size = size;
        }
        if (same || line->plays == 0) {
            line->plays += more->plays;
            line->long_plays += more->long_plays;
            line->seconds += more->seconds;
            return;
        }
    }
}

/* How much of an id or a name counts: both always have room in a key. Cut at a character. */
static int part_size(const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;
    if (size > PART_MAX) {
        for (size = PART_MAX; ((unsigned char)text[size] & 0xc0U) == 0x80; size--) {
        }
    }
    return (int)size;
}

/* The raw key of a row: what groups it, before names are looked up. */
static size_t raw_key(enum summary_by by, sqlite3_stmt *row, char out[static KEY_MAX])
{
    int size = 0;
    if (by == summary_by_month) {
        time_t seconds = (time_t)(row_number(row, 1) / 1000);
        struct tm utc = {0};
        gmtime_r(&seconds, &utc);
        size = (int)strftime(out, KEY_MAX, "%Y-%m", &utc);
    } else if (by == summary_by_source) {
        size = snprintf(out, KEY_MAX, "%d", (int)row_number(row, 3));
    } else {
        const char *id = row_text(row, 3);
        const char *name = row_text(row, 4);
        size = snprintf(out, KEY_MAX, "%d\x1f%.*s\x1f%.*s", (int)row_number(row, 5), part_size(id),
                        id != NULL ? id : "", part_size(name), name != NULL ? name : "");
    }
    return (size_t)size;
}

static const char *columns_of(enum summary_by by)
{
    static const char *const columns[summary_by_COUNT] = {
        [summary_by_month] = "NULL, NULL, NULL",
        [summary_by_user] = "user_id, user, source_id",
        [summary_by_library] = "section_id, media_type, source_id",
        [summary_by_source] = "source_id, NULL, NULL",
        [summary_by_server] = "NULL, NULL, source_id",
        [summary_by_media_type] = "coalesce(media_type, 'unknown'), NULL, NULL",
    };
    return columns[by];
}

static enum err sum_all(struct reader *r, enum summary_by by, struct sums *sums)
{
    OWNED(db_free)
    char *sql = sqlite3_mprintf("SELECT id, started_at, played_s, %s FROM plays WHERE id > ?1"
                                " ORDER BY id LIMIT %d",
                                columns_of(by), STEP_ROWS);
    OWNED(stmt_finalize) sqlite3_stmt *step = NULL;
    enum err e = db_prepare(r->db, sql, &step);
    int64_t after = 0;
    size_t seen = STEP_ROWS;
    while (e == OK && seen == STEP_ROWS) {
        bool row = true;
        seen = 0;
        stmt_number(step, 1, after);
        while (e == OK && row) {
            e = stmt_row(step, &row);
            if (e == OK && row) {
                char key[KEY_MAX];
                size_t size = raw_key(by, step, key);
                bool is_long = row_number(step, 2) > LONG_PLAY_S;
                struct line play = {.plays = 1,
                                    .long_plays = is_long,
                                    .seconds = is_long ? 0 : sqlite3_column_double(step, 2)};
                add(r, sums, key, size, &play);
                after = row_number(step, 0);
                seen++;
            }
        }
        sqlite3_reset(step);
    }
    return e;
}

/* "7\x1fid\x1fname" to the name that people see. */
static enum err name_of(struct reader *r, enum summary_by by, sqlite3_stmt *find, const char *raw,
                        const char **out)
{
    const char *id = strchr(raw, '\x1f') + 1;
    const char *name = strchr(id, '\x1f') + 1;
    const char *id_text = arena_text(r->arena, id, (size_t)(name - id) - 1);
    bool row = false;
    stmt_number(find, 1, strtoll(raw, NULL, 10));
    stmt_text(find, 2, id_text);
    stmt_text(find, 3, name);
    enum err e = stmt_row(find, &row);
    const char *found = e == OK && row ? column_text(find, 0, r->arena) : NULL;
    sqlite3_reset(find);
    if (found == NULL) {
        found = by == summary_by_user && *name != '\0' ? name : id_text;
    }
    *out = found;
    return e;
}

/* What turns a raw key into a name; a month is its own. */
static const char *name_query(enum summary_by by)
{
    static const char *const queries[summary_by_COUNT] = {
        [summary_by_month] = "SELECT NULL",
        [summary_by_user] =
            "SELECT coalesce(display_name, name) FROM users WHERE source_no = ?1 AND user_id = ?2",
        [summary_by_library] = "SELECT " LIBRARY_NAME(
            "?1", "?2", "?3", "(SELECT server_id FROM sources WHERE no = ?1)"),
        [summary_by_source] = "SELECT kind FROM sources WHERE no = ?1",
        [summary_by_server] = "SELECT server_id FROM sources WHERE no = ?1",
        [summary_by_media_type] = "SELECT ?2",
    };
    return queries[by];
}

static enum err kind_of_source(sqlite3_stmt *find, const char *raw, const char **out)
{
    bool row = false;
    stmt_number(find, 1, strtoll(raw, NULL, 10));
    enum err e = stmt_row(find, &row);
    *out = schema_enum_text(&enum_source_kind, e == OK && row ? (int)row_number(find, 0) : -1);
    sqlite3_reset(find);
    return e;
}

static enum err name_lines(struct reader *r, enum summary_by by, const struct sums *raw,
                           struct sums *named)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(r->db, name_query(by), &find);
    for (size_t i = 0; e == OK && i < SLOTS; i++) {
        const struct line *line = &raw->slots[i];
        if (line->key == NULL) {
            continue;
        }
        const char *name = line->key;
        if (by == summary_by_source) {
            e = kind_of_source(find, line->key, &name);
        } else if (by != summary_by_month) {
            e = name_of(r, by, find, line->key, &name);
        }
        add(r, named, name, strlen(name), line);
    }
    return e;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct summary_line *)a)->key, ((const struct summary_line *)b)->key);
}

static int by_plays(const void *a, const void *b)
{
    const struct summary_line *x = a;
    const struct summary_line *y = b;
    return x->plays == y->plays ? by_key(a, b) : (x->plays < y->plays) - (x->plays > y->plays);
}

enum err query_summary(struct reader *r, const struct history_summary *ask,
                       struct history_summarised *out)
{
    struct sums raw = {.slots = arena_alloc(r->arena, SLOTS * sizeof(struct line))};
    struct sums named = {.slots = arena_alloc(r->arena, SLOTS * sizeof(struct line))};
    enum err e = sum_all(r, ask->by, &raw);
    if (e == OK) {
        e = name_lines(r, ask->by, &raw, &named);
    }
    if (e != OK) {
        return e;
    }
    struct summary_line *lines = arena_alloc(r->arena, (named.used + 1) * sizeof *lines);
    size_t count = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        const struct line *line = &named.slots[i];
        if (line->key != NULL) {
            lines[count++] = (struct summary_line){.key = line->key,
                                                   .plays = line->plays,
                                                   .watched_hours = line->seconds / 3600,
                                                   .long_plays = line->long_plays};
        }
    }
    qsort(lines, count, sizeof *lines, ask->by == summary_by_month ? by_key : by_plays);
    for (size_t i = 0; i < count; i++) {
        lines[i].key = lines[i].key[0] != '\0' ? lines[i].key : NULL;
    }
    out->items = lines;
    out->items_count = count < LINES_MAX ? count : LINES_MAX;
    return OK;
}
