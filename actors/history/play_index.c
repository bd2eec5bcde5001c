/* SPDX-License-Identifier: MIT
 * play_index.c - follows the commits, a short transaction at a time. What nothing refers to any
 * more goes, names of people at once and titles soon after. */
#include "actors/history/play_index.h"

#include <string.h>
#include <xxhash.h>

#include "actors/history/calendar.h"
#include "actors/shared/search.h"
#include "proto/wire/codec.h"

enum { TITLE_TEXTS = 5 };

/* Between the texts of one title: no search key has it. */
#define TITLE_SEPARATOR "\u00ad"

/* Columns of a play that is taken in. */
#define INDEXED                                                                              \
    "SELECT p.id, p.started_at, p.content_hash, p.source_id, coalesce(p.played_s, 0),"       \
    " p.user_id, p.user, p.section_id, p.media_type, p.full_title, p.title, p.parent_title," \
    " p.grandparent_title, p.original_title FROM plays p "
enum { AT_ID, AT_START, AT_HASH, AT_SOURCE, AT_PLAYED, AT_USER_ID, AT_TITLES = 9 };

enum index_stmt {
    INDEX_NEW,
    INDEX_CHANGED,
    INDEX_REMOVE,
    INDEX_CLEAR,
    INDEX_UNCHANGED,
    INDEX_WATERMARK,
    INDEX_MARK,
    INDEX_PUT,
    DIMENSION_FIND,
    DIMENSION_PUT,
    TITLE_FIND,
    TITLE_PUT,
    SEARCH_PUT,
    LEFT_IN_USE,
    SEARCH_REMOVE,
    TITLE_REMOVE,
    LEFT_REMOVE,
    INDEX_STMTS
};

#define SOME_OF(table, column) " (SELECT " column " FROM " table " ORDER BY " column " LIMIT ?1)"
/* What was left may be in use again, and then stays. */
#define TITLES_LEFT             \
    " (SELECT no FROM" SOME_OF( \
        "play_titles_left",     \
        "no") " WHERE NOT EXISTS (SELECT 1 FROM play_index WHERE title_no = no))"

static const char *const texts[INDEX_STMTS] = {
    [INDEX_NEW] = INDEXED "WHERE p.id > ?2 ORDER BY p.id LIMIT ?1",
    [INDEX_CHANGED] = INDEXED "JOIN" SOME_OF("play_index_changed", "id") " c ON c.id = p.id",
    [INDEX_REMOVE] =
        "DELETE FROM play_index WHERE (started_at, content_hash, source_id, id) IN"
        " (SELECT started_at, content_hash, source_id, id FROM play_index_changed ORDER BY id"
        " LIMIT ?1)",
    [INDEX_CLEAR] = "DELETE FROM play_index WHERE started_at = ?1 AND content_hash = ?2"
                    " AND source_id = ?3",
    [INDEX_UNCHANGED] =
        "DELETE FROM play_index_changed WHERE id IN" SOME_OF("play_index_changed", "id"),
    [INDEX_WATERMARK] = "SELECT watermark FROM play_index_state",
    [INDEX_MARK] = "UPDATE play_index_state SET watermark = ?1",
    [INDEX_PUT] = "INSERT INTO play_index VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [DIMENSION_FIND] = "SELECT no FROM play_dimensions WHERE source_id IS ?1 AND user_id IS ?2"
                       " AND user IS ?3 AND section_id IS ?4 AND media_type IS ?5",
    [DIMENSION_PUT] = "INSERT INTO play_dimensions (source_id, user_id, user, section_id,"
                      " media_type) VALUES (?1, ?2, ?3, ?4, ?5)",
    [TITLE_FIND] = "SELECT no FROM play_titles WHERE hash = ?1",
    [TITLE_PUT] = "INSERT INTO play_titles (hash, key) VALUES (?1, ?2)",
    [SEARCH_PUT] = "INSERT INTO play_search (rowid, key) VALUES (?1, ?2)",
    [LEFT_IN_USE] = "DELETE FROM play_titles_left WHERE no IN" SOME_OF(
        "play_titles_left", "no") " AND EXISTS (SELECT 1 FROM play_index WHERE title_no = no)",
    [SEARCH_REMOVE] = "INSERT INTO play_search (play_search, rowid, key)"
                      " SELECT 'delete', no, key FROM play_titles WHERE no IN" TITLES_LEFT,
    [TITLE_REMOVE] = "DELETE FROM play_titles WHERE no IN" TITLES_LEFT,
    [LEFT_REMOVE] = "DELETE FROM play_titles_left WHERE no IN" TITLES_LEFT,
};

struct play_index {
    sqlite3 *db;                      /* borrowed */
    sqlite3_stmt *stmts[INDEX_STMTS]; /* owned */
    struct buffer key;
};

enum err play_index_open(sqlite3 *db, struct play_index **out)
{
    OWNED(play_index_close) struct play_index *index = must_alloc(sizeof *index);
    enum err e = OK;
    index->db = db;
    for (int i = 0; e == OK && i < INDEX_STMTS; i++) {
        e = db_prepare(db, texts[i], &index->stmts[i]);
    }
    if (e == OK) {
        *out = TAKE(index);
    }
    return e;
}

void play_index_close(struct play_index **index)
{
    OWNED(free_bytes) void *gone = *index;
    for (int i = 0; *index != NULL && i < INDEX_STMTS; i++) {
        stmt_finalize(&(*index)->stmts[i]);
    }
    if (*index != NULL) {
        buffer_release(&(*index)->key);
    }
    *index = NULL;
}

static enum err find_no(sqlite3_stmt *stmt, bool *out_found, int64_t *out)
{
    OWNED(stmt_rewind) sqlite3_stmt *find = stmt;
    enum err e = stmt_row(find, out_found);
    if (e == OK && *out_found) {
        *out = row_number(find, 0);
    }
    return e;
}

static void bind_dimension(sqlite3_stmt *stmt, sqlite3_stmt *play)
{
    stmt_number(stmt, 1, row_number(play, AT_SOURCE));
    for (int i = 0; i < 4; i++) {
        stmt_text(stmt, 2 + i, row_text(play, AT_USER_ID + i));
    }
}

static enum err dimension_of(struct play_index *index, sqlite3_stmt *play, int64_t *out)
{
    bool found = false;
    bind_dimension(index->stmts[DIMENSION_FIND], play);
    enum err e = find_no(index->stmts[DIMENSION_FIND], &found, out);
    if (e != OK || found) {
        return e;
    }
    bind_dimension(index->stmts[DIMENSION_PUT], play);
    e = stmt_run(index->stmts[DIMENSION_PUT]);
    *out = sqlite3_last_insert_rowid(index->db);
    return e;
}

/* Texts as they are, each with its end and its place. */
static int64_t title_hash(sqlite3_stmt *play)
{
    XXH64_hash_t hash = 0;
    for (int i = 0; i < TITLE_TEXTS; i++) {
        const char *text = row_text(play, AT_TITLES + i);
        hash = XXH3_64bits_withSeed(text != NULL ? text : "", text != NULL ? strlen(text) + 1 : 0,
                                    hash + (XXH64_hash_t)i);
    }
    return (int64_t)hash;
}

/* What another text holds is found in that. */
static void make_title_key(struct play_index *index, sqlite3_stmt *play)
{
    struct buffer *key = &index->key;
    buffer_reset(key);
    buffer_append(key, "", 1);
    for (int i = 0; i < TITLE_TEXTS; i++) {
        const char *text = row_text(play, AT_TITLES + i);
        OWNED(free_text) char *folded = text != NULL ? search_key(text) : NULL;
        if (folded == NULL || strstr(key->data, folded) != NULL) {
            continue;
        }
        key->size--;
        buffer_append(key, TITLE_SEPARATOR, strlen(TITLE_SEPARATOR));
        buffer_append(key, folded, strlen(folded) + 1);
    }
}

static enum err title_of(struct play_index *index, sqlite3_stmt *play, int64_t *out)
{
    int64_t hash = title_hash(play);
    bool found = false;
    stmt_number(index->stmts[TITLE_FIND], 1, hash);
    enum err e = find_no(index->stmts[TITLE_FIND], &found, out);
    if (e != OK || found) {
        return e;
    }
    make_title_key(index, play);
    stmt_number(index->stmts[TITLE_PUT], 1, hash);
    stmt_text(index->stmts[TITLE_PUT], 2, index->key.data);
    e = stmt_run(index->stmts[TITLE_PUT]);
    if (e == OK) {
        *out = sqlite3_last_insert_rowid(index->db);
        stmt_number(index->stmts[SEARCH_PUT], 1, *out);
        stmt_text(index->stmts[SEARCH_PUT], 2, index->key.data);
        e = stmt_run(index->stmts[SEARCH_PUT]);
    }
    return e;
}

/* A play that has changed since may still stand where this one belongs. It goes before anything is
 * looked up for this one, for a dimension goes with the last play that has it. */
static enum err clear_place(struct play_index *index, sqlite3_stmt *play)
{
    static const int key[] = {AT_START, AT_HASH, AT_SOURCE};
    for (int i = 0; i < (int)COUNT_OF(key); i++) {
        stmt_number(index->stmts[INDEX_CLEAR], i + 1, row_number(play, key[i]));
    }
    return stmt_run(index->stmts[INDEX_CLEAR]);
}

static enum err take_in(struct play_index *index, sqlite3_stmt *play)
{
    int64_t dimension = 0;
    int64_t title = 0;
    int64_t started_at = row_number(play, AT_START);
    enum err e = clear_place(index, play);
    if (e == OK) {
        e = dimension_of(index, play, &dimension);
    }
    if (e == OK) {
        e = title_of(index, play, &title);
    }
    if (e != OK) {
        return e;
    }
    const int64_t values[] = {started_at,
                              row_number(play, AT_HASH),
                              row_number(play, AT_SOURCE),
                              row_number(play, AT_ID),
                              dimension,
                              title,
                              row_number(play, AT_PLAYED),
                              month_of(started_at),
                              hour_of_week(started_at)};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        stmt_number(index->stmts[INDEX_PUT], (int)i + 1, values[i]);
    }
    return stmt_run(index->stmts[INDEX_PUT]);
}

struct taken {
    size_t count;
    int64_t last; /* id of the last */
};

/* Takes in what the statement gives. */
static enum err take_in_all(struct play_index *index, sqlite3_stmt *stmt, struct taken *out)
{
    OWNED(stmt_rewind) sqlite3_stmt *plays = stmt;
    bool row = true;
    enum err e = OK;
    *out = (struct taken){0};
    while (e == OK && row) {
        e = stmt_row(plays, &row);
        if (e == OK && row) {
            out->count++;
            out->last = row_number(plays, AT_ID);
            e = take_in(index, plays);
        }
    }
    return e;
}

static enum err run_for(struct play_index *index, enum index_stmt which, int64_t number)
{
    stmt_number(index->stmts[which], 1, number);
    return stmt_run(index->stmts[which]);
}

static enum err follow_changes(struct play_index *index, size_t rows, size_t *out_done)
{
    struct taken taken; /* without those that are gone */
    enum err e = run_for(index, INDEX_REMOVE, (int64_t)rows);
    if (e == OK) {
        stmt_number(index->stmts[INDEX_CHANGED], 1, (int64_t)rows);
        e = take_in_all(index, index->stmts[INDEX_CHANGED], &taken);
    }
    if (e == OK) {
        e = run_for(index, INDEX_UNCHANGED, (int64_t)rows);
        *out_done = (size_t)sqlite3_changes(index->db);
    }
    return e;
}

static enum err follow_new(struct play_index *index, size_t rows, size_t *out_done)
{
    bool found = false;
    int64_t watermark = 0;
    struct taken taken = {0};
    enum err e = find_no(index->stmts[INDEX_WATERMARK], &found, &watermark);
    if (e != OK) {
        return e;
    }
    stmt_number(index->stmts[INDEX_NEW], 1, (int64_t)rows);
    stmt_number(index->stmts[INDEX_NEW], 2, watermark);
    e = take_in_all(index, index->stmts[INDEX_NEW], &taken);
    *out_done = taken.count;
    return e == OK && taken.count > 0 ? run_for(index, INDEX_MARK, taken.last) : e;
}

/* Titles that no play has go from the search. */
static enum err remove_titles(struct play_index *index, size_t rows, size_t *out_done)
{
    static const enum index_stmt steps[] = {LEFT_IN_USE, SEARCH_REMOVE, TITLE_REMOVE, LEFT_REMOVE};
    int64_t left = 0;
    enum err e = db_number(index->db, "SELECT EXISTS (SELECT 1 FROM play_titles_left)", 0, &left);
    *out_done = 0;
    for (size_t i = 0; e == OK && left != 0 && i < COUNT_OF(steps); i++) {
        e = run_for(index, steps[i], (int64_t)rows);
        if (steps[i] == LEFT_IN_USE || steps[i] == LEFT_REMOVE) {
            *out_done += (size_t)sqlite3_changes(index->db);
        }
    }
    return e;
}

enum err play_index_follow(struct play_index *index, struct store *s, size_t rows, bool *out_behind)
{
    enum err (*const kinds[])(struct play_index *, size_t, size_t *) = {follow_changes, follow_new,
                                                                        remove_titles};
    size_t done = 0;
    enum err e = store_begin(s, false);
    if (e != OK) {
        return e;
    }
    for (size_t i = 0; e == OK && done < rows && i < COUNT_OF(kinds); i++) {
        size_t some = 0;
        e = kinds[i](index, rows - done, &some);
        done += some;
    }
    *out_behind = done >= rows;
    return store_end(s, e);
}
