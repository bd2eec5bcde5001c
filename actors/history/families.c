/* SPDX-License-Identifier: MIT
 * families.c - samples of files and sources against each other. Nothing is re-keyed when sources
 * are found to be one: known rows are looked for under all members. */
#include "actors/history/families.h"

#include <stdlib.h>
#include <string.h>

enum { OLDEST = 32, SPREAD = 16, NEWEST = 16, PROOF = 2, FOUND_MAX = 2 * MEMBERS_MAX };

/* ---- rows of a source ---- */

static const char has_row[] = "SELECT EXISTS (SELECT 1 FROM plays WHERE source_id = ?1 AND "
                              "native_id = ?2 AND started_at = ?3)"
                              " OR EXISTS (SELECT 1 FROM play_sources"
                              "  WHERE source_id = ?1 AND native_id = ?2 AND started_at = ?3)";

static enum err holds(sqlite3_stmt *find, int64_t no, const struct row_key *key, bool *out)
{
    OWNED(stmt_reset) sqlite3_stmt *running = find;
    bool row = false;
    stmt_number(running, 1, no);
    native_bind(running, 2, &key->native_id);
    stmt_number(running, 3, key->started_at);
    enum err e = stmt_row(running, &row);
    *out = e == OK && row && row_number(running, 0) != 0;
    return e;
}

static enum err has_single_row(sqlite3 *db, int64_t no, bool *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *count = NULL;
    enum err e =
        db_prepare_with(db,
                        "SELECT (SELECT count(*) FROM"
                        " (SELECT 1 FROM plays WHERE source_id = ?1 AND grouped IS NULL LIMIT 2))"
                        " + (SELECT count(*) FROM"
                        " (SELECT 1 FROM play_sources WHERE source_id = ?1 LIMIT 2))",
                        no, &count);
    bool row = false;
    e = e == OK ? stmt_row(count, &row) : e;
    *out = e == OK && row && row_number(count, 0) == 1;
    return e;
}

static bool is_in(const struct row_key *keys, size_t count, const struct row_key *key)
{
    for (size_t i = 0; i < count; i++) {
        if (native_equal(&keys[i].native_id, &key->native_id)) {
            return true;
        }
    }
    return false;
}

/* Counts agreeing rows up to the proof. */
static enum err count_agreeing(sqlite3_stmt *find, int64_t no, const struct file_rows *file,
                               size_t *out)
{
    size_t agreeing = 0;
    bool same = false;
    enum err e = OK;
    for (size_t i = 0; e == OK && agreeing < PROOF && i < file->samples_count; i++) {
        e = holds(find, no, &file->samples[i], &same);
        agreeing += same;
    }
    for (size_t i = 0; e == OK && agreeing < PROOF && i < file->found_count; i++) {
        /* A row that is in both lists, or twice in one, is one row. */
        if (is_in(file->samples, file->samples_count, &file->found[i]) ||
            is_in(file->found, i, &file->found[i])) {
            continue;
        }
        e = holds(find, no, &file->found[i], &same);
        agreeing += same;
    }
    *out = agreeing;
    return e;
}

static enum err is_same(sqlite3 *db, sqlite3_stmt *find, int64_t no, const struct file_rows *file,
                        bool *out)
{
    size_t agreeing = 0;
    bool single = file->samples_count == 1;
    enum err e = count_agreeing(find, no, file, &agreeing);
    if (e == OK && agreeing == 1 && !single) {
        e = has_single_row(db, no, &single);
    }
    *out = agreeing >= PROOF || (agreeing == 1 && single);
    return e;
}

/* ---- the file's family ---- */

static int compare_numbers(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Adds the numbers that `sql` gives, ?1 being `of`. */
static enum err add_numbers(sqlite3 *db, const char *sql, int64_t of, struct members *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = db_prepare_with(db, sql, of, &list);
    bool row = true;
    while (e == OK && row && out->count < MEMBERS_MAX) {
        e = stmt_row(list, &row);
        if (e == OK && row) {
            out->no[out->count++] = row_number(list, 0);
        }
    }
    return e;
}

static bool is_member(const struct members *members, int64_t no)
{
    for (size_t i = 0; i < members->count; i++) {
        if (members->no[i] == no) {
            return true;
        }
    }
    return false;
}

enum err family_of_server(sqlite3 *db, enum source_kind kind, const char *server_id,
                          struct members *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare_with(
        db, "SELECT no FROM sources WHERE kind = ?1 AND server_id = ?2 ORDER BY no LIMIT 1", kind,
        &find);
    bool row = false;
    out->count = 0;
    if (e == OK) {
        stmt_text(find, 2, server_id);
        e = stmt_row(find, &row);
    }
    if (e == OK && row) {
        out->no[out->count++] = row_number(find, 0);
    }
    return e;
}

enum err family_match(sqlite3 *db, enum source_kind kind, const struct file_rows *file,
                      struct members *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *sources = NULL;
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare_with(
        db, "SELECT no, family FROM sources WHERE kind = ?1 ORDER BY no DESC", kind, &sources);
    if (e == OK) {
        e = db_prepare(db, has_row, &find);
    }
    out->count = 0;
    bool row = true;
    while (e == OK && row) {
        bool same = false;
        e = stmt_row(sources, &row);
        if (e == OK && row && !is_member(out, row_number(sources, 0))) {
            e = is_same(db, find, row_number(sources, 0), file, &same);
        }
        if (e == OK && same) {
            e = add_numbers(db, "SELECT no FROM sources WHERE family = ?1 ORDER BY no",
                            row_number(sources, 1), out);
        }
    }
    qsort(out->no, out->count, sizeof out->no[0], compare_numbers);
    return e;
}

/* ---- joining ---- */

/* Plays of a member that one of lower number has too. */
static enum err count_doubled(sqlite3 *db, int64_t no)
{
    OWNED(stmt_finalize) sqlite3_stmt *update = NULL;
    enum err e = db_prepare_with(
        db,
        "UPDATE sources SET doubled = (SELECT count(*) FROM plays p WHERE p.source_id = ?1"
        " AND EXISTS (SELECT 1 FROM sources s JOIN plays o ON o.source_id = s.no"
        "  AND o.native_id = p.native_id AND o.started_at = p.started_at"
        "  WHERE s.family = sources.family AND s.no < ?1)) WHERE no = ?1",
        no, &update);
    return e == OK ? stmt_run(update) : e;
}

enum err families_count_doubled(sqlite3 *db)
{
    struct members *doubled = must_alloc(sizeof *doubled);
    OWNED(free_bytes) void *memory = doubled;
    enum err e =
        add_numbers(db, "SELECT no FROM sources WHERE doubled > ?1 ORDER BY no", 0, doubled);
    for (size_t i = 0; e == OK && i < doubled->count; i++) {
        e = count_doubled(db, doubled->no[i]);
    }
    (void)memory;
    return e;
}

static enum err set_family(sqlite3 *db, int64_t no, int64_t family, bool *out_moved)
{
    OWNED(stmt_finalize) sqlite3_stmt *update = NULL;
    enum err e = db_prepare_with(
        db, "UPDATE sources SET family = ?2 WHERE no = ?1 AND family <> ?2", no, &update);
    if (e == OK) {
        stmt_number(update, 2, family);
        e = stmt_run(update);
        *out_moved = *out_moved || sqlite3_changes(db) > 0;
    }
    return e;
}

enum err family_join(sqlite3 *db, const struct members *members)
{
    bool moved = false;
    enum err e = OK;
    size_t first_moved = members->count;
    for (size_t i = 0; e == OK && i < members->count; i++) {
        e = set_family(db, members->no[i], members->no[0], &moved);
        first_moved = moved && i < first_moved ? i : first_moved;
    }
    for (size_t i = first_moved; e == OK && i < members->count; i++) {
        e = count_doubled(db, members->no[i]);
    }
    return e;
}

/* ---- samples of a source ---- */

struct sampling {
    struct row_key *keys; /* room for SAMPLES_MAX */
    size_t count;
    struct arena *arena; /* of their texts */
};

static enum err take(sqlite3 *db, const char *sql, int64_t no, int64_t from, int64_t limit,
                     struct sampling *s)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare_with(db, sql, no, &find);
    if (e != OK) {
        return e;
    }
    stmt_number(find, 2, from);
    stmt_number(find, 3, limit);
    bool row = true;
    while (e == OK && row) {
        e = stmt_row(find, &row);
        if (e != OK || !row) {
            return e;
        }
        struct row_key key = {.native_id = native_read(find, 0, s->arena),
                              .started_at = row_number(find, 1)};
        if (s->count < SAMPLES_MAX && !is_in(s->keys, s->count, &key)) {
            s->keys[s->count++] = key;
        }
    }
    return e;
}

/* The first of its rows in some order, wherever they stand. */
#define ROWS_OF_SOURCE(rest)                                                                   \
    "SELECT * FROM (SELECT native_id, started_at FROM plays WHERE source_id = ?1 " rest        \
    ") UNION SELECT * FROM (SELECT native_id, started_at FROM play_sources WHERE source_id = " \
    "?1 " rest ")"

/* Numbers come before texts, which have no order of time: between them nothing is spread. */
static enum err sample(sqlite3 *db, int64_t no, struct sampling *s)
{
    static const char upwards[] =
        ROWS_OF_SOURCE("AND native_id >= ?2 ORDER BY native_id LIMIT ?3") " ORDER BY 1 LIMIT ?3";
    static const char downwards[] =
        ROWS_OF_SOURCE("ORDER BY native_id DESC LIMIT ?3") " ORDER BY 1 DESC LIMIT ?3";
    enum err e = take(db, upwards, no, INT64_MIN, OLDEST, s);
    int64_t first = s->count > 0 ? s->keys[0].native_id.number : 0;
    size_t before = s->count;
    e = e == OK ? take(db, downwards, no, 0, NEWEST, s) : e;
    int64_t last = s->count > before ? s->keys[before].native_id.number : first;
    uint64_t step = last > first ? ((uint64_t)last - (uint64_t)first) / (SPREAD + 1) : 0;
    for (uint64_t i = 1; e == OK && step > 0 && i <= SPREAD; i++) {
        e = take(db, upwards, no, (int64_t)((uint64_t)first + i * step), 1, s);
    }
    return e;
}

enum err source_samples_take(sqlite3 *db, enum source_kind kind, struct arena *arena,
                             struct source_samples *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *sources = NULL;
    enum err e = db_prepare_with(db, "SELECT no FROM sources WHERE kind = ?1 ORDER BY no DESC",
                                 kind, &sources);
    out->items = arena_alloc(arena, MEMBERS_MAX * sizeof *out->items);
    bool row = true;
    while (e == OK && row && out->items_count < MEMBERS_MAX) {
        e = stmt_row(sources, &row);
        if (e != OK || !row) {
            return e;
        }
        struct source_sample *item = &out->items[out->items_count++];
        struct sampling s = {.keys = arena_alloc(arena, SAMPLES_MAX * sizeof *s.keys),
                             .arena = arena};
        e = sample(db, row_number(sources, 0), &s);
        *item = (struct source_sample){
            .source_no = row_number(sources, 0), .keys = s.keys, .keys_count = s.count};
    }
    return e;
}

/* ---- counting ---- */

enum err source_rows_known(sqlite3 *db, const struct source_known_get *ask, uint64_t *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(db, has_row, &find);
    *out = 0;
    for (size_t i = 0; e == OK && i < ask->keys_count; i++) {
        bool known = false;
        for (size_t m = 0; e == OK && !known && m < ask->members_count; m++) {
            e = holds(find, ask->members[m].source_no, &ask->keys[i], &known);
        }
        *out += known;
    }
    return e;
}

enum err family_doubled(sqlite3 *db, const struct members *members, uint64_t *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = db_prepare(db, "SELECT no, doubled FROM sources WHERE doubled > 0", &list);
    *out = 0;
    bool row = true;
    while (e == OK && row) {
        e = stmt_row(list, &row);
        if (e == OK && row && (members == NULL || is_member(members, row_number(list, 0)))) {
            *out += (uint64_t)row_number(list, 1);
        }
    }
    return e;
}

/* ---- members of a job ---- */

enum err members_load(sqlite3 *db, int64_t job_no, struct members *out)
{
    out->count = 0;
    return add_numbers(db, "SELECT source_no FROM job_sources WHERE job_no = ?1 ORDER BY 1", job_no,
                       out);
}

enum err members_versioned(sqlite3 *db, const struct members *members, unsigned *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(db, "SELECT versioned FROM sources WHERE no = ?1", &find);
    *out = 0;
    for (size_t i = 0; e == OK && i < members->count; i++) {
        bool row = false;
        stmt_number(find, 1, members->no[i]);
        e = stmt_row(find, &row);
        *out |= e == OK && row ? (unsigned)row_number(find, 0) : 0;
        sqlite3_reset(find);
    }
    return e;
}

enum err members_keep(sqlite3 *db, int64_t job_no, const struct members *members)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    enum err e =
        db_prepare_with(db, "INSERT OR IGNORE INTO job_sources VALUES (?1, ?2)", job_no, &put);
    for (size_t i = 0; e == OK && i < members->count; i++) {
        stmt_number(put, 1, job_no);
        stmt_number(put, 2, members->no[i]);
        e = stmt_run(put);
    }
    return e;
}

/* ---- the sources of a version before ---- */

/* Rows of other sources that stand in this one too, by their samples. */
static enum err find_shared(sqlite3_stmt *find, int64_t no, const struct source_samples *all,
                            struct row_key *found, size_t *out_count)
{
    enum err e = OK;
    *out_count = 0;
    for (size_t i = 0; e == OK && i < all->items_count; i++) {
        size_t shared = 0;
        for (size_t k = 0; e == OK && all->items[i].source_no != no && shared < PROOF &&
                           *out_count < FOUND_MAX && k < all->items[i].keys_count;
             k++) {
            bool same = false;
            e = holds(find, no, &all->items[i].keys[k], &same);
            if (e == OK && same) {
                found[(*out_count)++] = all->items[i].keys[k];
                shared++;
            }
        }
    }
    return e;
}

enum err families_find(sqlite3 *db)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    struct source_samples all = {0};
    enum err e = source_samples_take(db, source_kind_tautulli, arena, &all);
    struct row_key *found = arena_alloc(arena, FOUND_MAX * sizeof *found);
    struct members *members = arena_alloc(arena, sizeof *members);
    if (e == OK) {
        e = db_prepare(db, has_row, &find);
    }
    for (size_t i = 0; e == OK && i < all.items_count; i++) {
        const struct source_sample *one = &all.items[i];
        struct file_rows file = {
            .samples = one->keys, .samples_count = one->keys_count, .found = found};
        e = find_shared(find, one->source_no, &all, found, &file.found_count);
        e = e == OK ? family_match(db, source_kind_tautulli, &file, members) : e;
        if (e == OK && !is_member(members, one->source_no)) {
            continue; /* a source without plays */
        }
        e = e == OK ? family_join(db, members) : e;
    }
    return e;
}
