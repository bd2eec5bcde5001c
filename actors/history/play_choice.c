/* SPDX-License-Identifier: MIT
 * play_choice.c - the dimensions are few and are looked through; titles are found by the search.
 *
 * FTS5's trigrams need three characters. What is shorter is looked for in the distinct titles, one
 * after the other: they are far fewer than plays, and each is short. */
#include "actors/history/play_choice.h"

#include <string.h>

#include "actors/history/calendar.h"
#include "actors/shared/search.h"

/* Up to so many plays are sorted; beyond that walking along time finds a page sooner. */
enum { SORTED_MAX = 10000, LIST_MAX = 20000, TRIGRAM = 3 };

#define CHOSEN "in_set(i.dimension_no, :dimensions) AND in_set(i.title_no, :titles)"

const char *play_chosen(const struct play_choice *c)
{
    return c->changed ? CHOSEN " AND i.id NOT IN (SELECT id FROM play_index_changed)" : CHOSEN;
}

const char *play_order_table(enum play_order order)
{
    static const char *const tables[] = {
        [BY_TIME] = "play_index i",
        [BY_DIMENSION] = "play_index i INDEXED BY play_index_dimension",
        [BY_TITLE] = "play_index i INDEXED BY play_index_title",
    };
    return tables[order];
}

const char *play_order_condition(enum play_order order)
{
    static const char *const conditions[] = {
        [BY_TIME] = "true",
        [BY_DIMENSION] = "i.dimension_no IN (SELECT value FROM json_each(:dimension_list))",
        [BY_TITLE] = "i.title_no IN (SELECT value FROM json_each(:title_list))",
    };
    return conditions[order];
}

void play_choice_bind(sqlite3_stmt *stmt, const struct play_choice *c)
{
    number_set_bind(stmt, ":dimensions", &c->dimensions);
    number_set_bind(stmt, ":titles", &c->titles);
    filter_bind_text(stmt, ":dimension_list", c->dimensions.list);
    filter_bind_text(stmt, ":title_list", c->titles.list);
    filter_bind_number(stmt, ":watermark", c->watermark);
}

static enum err choose_dimensions(struct reader *r, const struct play_filter *f,
                                  struct number_set *out)
{
    OWNED(db_free)
    char *sql = sqlite3_mprintf("SELECT p.no FROM play_dimensions p JOIN sources s"
                                " ON s.no = p.source_id WHERE %s",
                                filter_of_owner);
    OWNED(stmt_finalize) sqlite3_stmt *rows = NULL;
    int64_t highest = 0;
    enum err e = db_number(r->db, "SELECT max(no) FROM play_dimensions", 0, &highest);
    if (e == OK) {
        e = db_prepare(r->db, sql, &rows);
    }
    if (e != OK) {
        return e;
    }
    filter_bind(r, f, rows);
    e = number_set_read(r->arena, rows, highest, LIST_MAX, out);
    out->all = !filter_narrows_owner(f);
    return e;
}

static size_t characters(const char *key)
{
    size_t count = 0;
    for (; *key != '\0'; key++) {
        count += ((unsigned char)*key & 0xc0U) != 0x80;
    }
    return count;
}

/* The key as one phrase: trigram after trigram is the text itself. */
static const char *phrase(struct reader *r, const char *key)
{
    OWNED(db_free) char *text = sqlite3_mprintf("\"%w\"", key);
    return arena_keep(r->arena, text);
}

static enum err find_titles(struct reader *r, const char *key, struct arena *arena,
                            struct number_set *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *rows = NULL;
    int64_t highest = 0;
    bool indexed = characters(key) >= TRIGRAM;
    enum err e = db_number(r->db, "SELECT max(no) FROM play_titles", 0, &highest);
    if (e == OK) {
        e = db_prepare(r->db,
                       indexed ? "SELECT rowid FROM play_search WHERE play_search MATCH ?1"
                               : "SELECT no FROM play_titles WHERE key <> '' AND instr(key, ?1)",
                       &rows);
    }
    if (e != OK) {
        return e;
    }
    stmt_text(rows, 1, indexed ? phrase(r, key) : key);
    return number_set_read(arena, rows, highest, LIST_MAX, out);
}

/* How many plays these titles have, or that they are more than are sorted. */
static enum err count_titles(struct reader *r, const struct number_set *titles, int64_t *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *count = NULL;
    bool row = false;
    *out = INT64_MAX;
    if (titles->list == NULL) {
        return OK;
    }
    enum err e =
        db_prepare_with(r->db,
                        "SELECT count(*) FROM (SELECT 1 FROM play_index INDEXED BY play_index_title"
                        " WHERE title_no IN (SELECT value FROM json_each(?2)) LIMIT ?1)",
                        SORTED_MAX + 1, &count);
    if (e == OK) {
        stmt_text(count, 2, titles->list);
        e = stmt_row(count, &row);
    }
    if (e == OK && row) {
        *out = row_number(count, 0);
    }
    return e;
}

/* ---- what the last search found ---- */

struct found_titles {
    struct arena *arena; /* the set's */
    char *key;
    int64_t version; /* of the file, as the connection sees it */
    struct number_set set;
    int64_t plays;
};

void found_titles_release(struct found_titles **titles)
{
    struct found_titles *t = *titles;
    if (t == NULL) {
        return;
    }
    arena_destroy(&t->arena);
    free_text(&t->key);
    void *memory = t;
    free_bytes(&memory);
    *titles = NULL;
}

static enum err search_titles(struct reader *r, const char *key, struct arena *arena,
                              struct number_set *out, int64_t *out_plays)
{
    enum err e = find_titles(r, key, arena, out);
    return e == OK ? count_titles(r, out, out_plays) : e;
}

static enum err choose_titles(struct reader *r, const struct play_filter *f, struct number_set *out,
                              int64_t *out_plays)
{
    OWNED(free_text) char *key = f->q != NULL ? search_key(f->q) : NULL;
    *out_plays = INT64_MAX;
    if (key == NULL || r->titles == NULL) {
        *out = (struct number_set){.all = true};
        return key == NULL ? OK : search_titles(r, key, r->arena, out, out_plays);
    }
    int64_t version = 0;
    enum err e = db_number(r->db, "PRAGMA data_version", 0, &version);
    struct found_titles *last = *r->titles;
    if (e == OK && last != NULL && last->version == version && strcmp(last->key, key) == 0) {
        *out = last->set;
        *out_plays = last->plays;
        return OK;
    }
    found_titles_release(r->titles);
    OWNED(found_titles_release) struct found_titles *found = must_alloc(sizeof *found);
    found->arena = arena_new();
    found->version = version;
    e = e == OK ? search_titles(r, key, found->arena, &found->set, &found->plays) : e;
    if (e == OK) {
        found->key = TAKE(key);
        *out = found->set;
        *out_plays = found->plays;
        *r->titles = TAKE(found);
    }
    return e;
}

/* How many plays these dimensions have, and when the newest of them began at the latest. */
static enum err count_dimensions(struct reader *r, const struct play_filter *f,
                                 struct play_choice *c, int64_t *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *sums = NULL;
    enum err e = db_prepare(r->db,
                            "SELECT sum(plays), max(month) FROM play_sums WHERE dimension_no IN"
                            " (SELECT value FROM json_each(?1)) AND month BETWEEN ?2 AND ?3",
                            &sums);
    bool row = false;
    if (e != OK) {
        return e;
    }
    stmt_text(sums, 1, c->dimensions.list);
    stmt_number(sums, 2, f->from > INT64_MIN ? month_of(f->from) : INT64_MIN);
    stmt_number(sums, 3, f->to < INT64_MAX ? month_of(f->to) : INT64_MAX);
    e = stmt_row(sums, &row);
    if (e == OK) {
        *out = row_number(sums, 0);
        c->until = row_is_null(sums, 1) ? INT64_MIN : month_start(row_number(sums, 1) + 1);
    }
    return e;
}

static enum err choose_order(struct reader *r, const struct play_filter *f, int64_t of_titles,
                             struct play_choice *c)
{
    int64_t of_dimensions = INT64_MAX;
    enum err e = OK;
    if (!c->dimensions.all && c->dimensions.list != NULL) {
        e = count_dimensions(r, f, c, &of_dimensions);
    }
    bool few = of_dimensions <= SORTED_MAX || of_titles <= SORTED_MAX;
    c->order = !few ? BY_TIME : of_titles <= of_dimensions ? BY_TITLE : BY_DIMENSION;
    return e;
}

/* How far the index is behind the plays. */
static enum err find_rest(struct reader *r, struct play_choice *c)
{
    int64_t above = 0;
    int64_t changed = 0;
    enum err e = db_number(r->db, "SELECT watermark FROM play_index_state", 0, &c->watermark);
    if (e == OK) {
        e = db_number(
            r->db,
            "SELECT count(*) FROM (SELECT 1 FROM plays WHERE id >"
            " (SELECT watermark FROM play_index_state) LIMIT 1 + " SQL_NUMBER(REST_MAX) ")",
            0, &above);
    }
    if (e == OK) {
        e = db_number(
            r->db,
            "SELECT count(*) FROM (SELECT 1 FROM play_index_changed LIMIT 1 + " SQL_NUMBER(
                REST_MAX) ")",
            0, &changed);
    }
    c->changed = changed > 0;
    c->behind = above + changed > REST_MAX;
    return e;
}

enum err play_choice_make(struct reader *r, const struct play_filter *f, struct play_choice *out)
{
    *out = (struct play_choice){.until = INT64_MAX};
    int64_t of_titles = INT64_MAX;
    enum err e = find_rest(r, out);
    if (e == OK) {
        e = choose_dimensions(r, f, &out->dimensions);
    }
    if (e == OK) {
        e = choose_titles(r, f, &out->titles, &of_titles);
    }
    return e == OK ? choose_order(r, f, of_titles, out) : e;
}
