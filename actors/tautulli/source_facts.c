/* SPDX-License-Identifier: MIT
 * source_facts.c - what a file says of itself: its server, users, libraries and version.
 *
 * Of each table the rows themselves are read, since indexes may be damaged alone. Of users only id,
 * name, friendly name and whether it is the owner are read; tokens and e-mails never. */
#include "actors/tautulli/source_facts.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "actors/shared/raw_value.h"
#include "proto/base/text.h"

#define PEOPLE_MAX 100000
#define LIBRARIES_MAX 10000
#define ID_MAX 1024
#define KIND_MAX 64

const char *column_text(sqlite3_stmt *statement, int column, size_t max, struct arena *arena)
{
    const char *bytes = sqlite3_column_blob(statement, column);
    if (sqlite3_column_type(statement, column) != SQLITE_BLOB) {
        bytes = (const char *)sqlite3_column_text(statement, column);
    }
    size_t size = (size_t)sqlite3_column_bytes(statement, column);
    if (bytes == NULL || size == 0) {
        return NULL;
    }
    if (size > max) {
        size = max;
        while (size > 0 && ((unsigned char)bytes[size] & 0xc0U) == 0x80) {
            size--; /* cut at a character */
        }
    }
    if (text_is_clean(bytes, size)) {
        return arena_text(arena, bytes, size);
    }
    OWNED(free_text) char *clean = must_alloc(TEXT_MAX + 1);
    size_t clean_size = 0;
    (void)text_repair(bytes, size, clean, &clean_size);
    return clean_size == 0 || clean_size > max ? NULL : arena_text(arena, clean, clean_size);
}

int column_number(sqlite3_stmt *statement, int column, int64_t *out)
{
    struct raw_value raw;
    raw_value_load(sqlite3_column_value(statement, column), &raw);
    return raw_number(&raw, out);
}

/* An id as the mapping writes it: numbers that lost their type are numbers still. */
static const char *column_id(sqlite3_stmt *statement, int column, struct arena *arena)
{
    int64_t number = 0;
    return column_number(statement, column, &number) == 1
               ? arena_format(arena, "%lld", (long long)number)
               : column_text(statement, column, ID_MAX, arena);
}

/* A name for people to read: without the blanks around it, NULL if it is nothing else. */
static const char *column_name_trimmed(sqlite3_stmt *statement, int column, struct arena *arena)
{
    const char *text = column_text(statement, column, TEXT_MAX, arena);
    size_t size = 0;
    const char *name = text == NULL ? NULL : text_trim(text, &size);
    return size == 0 ? NULL : arena_text(arena, name, size);
}

/* A list in the arena that doubles; `size` is of one element. */
static void *grown(struct arena *arena, void *old, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return old;
    }
    *capacity = *capacity == 0 ? 64 : *capacity * 2;
    void *list = arena_alloc(arena, *capacity * size);
    if (count > 0) {
        memcpy(list, old, count * size);
    }
    return list;
}

static enum err load_people(sqlite3 *db, const struct schema *schema, struct arena *arena,
                            struct source_facts *out)
{
    if (!schema->users) {
        return OK;
    }
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = source_db_prepare(
        db,
        arena_format(arena, "SELECT user_id, username, %s, %s FROM users NOT INDEXED",
                     schema->friendly_name ? "friendly_name" : "NULL",
                     schema->is_admin ? "is_admin" : "NULL"),
        &list);
    size_t capacity = 0;
    bool row = false;
    while (e == OK && out->people_count < PEOPLE_MAX && (e = source_db_step(list, &row)) == OK &&
           row) {
        struct person one = {.name = column_text(list, 1, TEXT_MAX, arena),
                             .display_name = column_name_trimmed(list, 2, arena)};
        int64_t id = 0;
        int64_t admin = 0;
        if (column_number(list, 0, &id) == 1) {
            one.user_id = arena_format(arena, "%lld", (long long)id);
        }
        if (column_number(list, 3, &admin) == 1) {
            PUT(&one, is_admin, admin != 0);
        }
        if (one.user_id != NULL || one.name != NULL) {
            out->people = grown(arena, out->people, out->people_count, &capacity, sizeof(one));
            out->people[out->people_count++] = one;
        }
    }
    return e;
}

/* Active ones come first, else the file's order holds: of several servers' sections of one number
 * the first is the best guess where nothing else is known. */
static bool is_active(sqlite3_stmt *list)
{
    int64_t active = 1;
    int64_t deleted = 0;
    (void)column_number(list, 4, &active);
    (void)column_number(list, 5, &deleted);
    return active != 0 && deleted == 0;
}

static enum err take_libraries(sqlite3_stmt *list, bool active, size_t *capacity,
                               struct arena *arena, struct source_facts *out)
{
    enum err e = OK;
    bool row = false;
    while (out->library_count < LIBRARIES_MAX && (e = source_db_step(list, &row)) == OK && row) {
        struct library one = {.server_id = column_text(list, 0, ID_MAX, arena),
                              .section_id = column_id(list, 1, arena),
                              .name = column_name_trimmed(list, 2, arena),
                              .kind = column_text(list, 3, KIND_MAX, arena)};
        if (one.server_id != NULL && one.section_id != NULL && is_active(list) == active) {
            out->libraries =
                grown(arena, out->libraries, out->library_count, capacity, sizeof(one));
            out->libraries[out->library_count++] = one;
        }
    }
    (void)sqlite3_reset(list);
    return e;
}

static enum err load_libraries(sqlite3 *db, const struct schema *schema, struct arena *arena,
                               struct source_facts *out)
{
    if (!schema->libraries) {
        return OK;
    }
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = source_db_prepare(
        db,
        arena_format(arena,
                     "SELECT server_id, section_id, section_name, section_type, %s, %s "
                     "FROM library_sections NOT INDEXED",
                     schema->section_active ? "is_active" : "1",
                     schema->section_deleted ? "deleted_section" : "0"),
        &list);
    size_t capacity = 0;
    if (e == OK) {
        e = take_libraries(list, true, &capacity, arena, out);
    }
    return e == OK ? take_libraries(list, false, &capacity, arena, out) : e;
}

/* Before v1.3.0 a file does not know its server. Ids and starts of its first rows are what nobody
 * changes by hand, so they name it: read by the mapping's rule, since types may be lost. */
static enum err make_server_id(sqlite3 *db, struct arena *arena, struct source_facts *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *first = NULL;
    enum err e = source_db_prepare(
        db, "SELECT id, started FROM session_history ORDER BY id LIMIT 16", &first);
    uint64_t hash = 0;
    bool row = false;
    while (e == OK && (e = source_db_step(first, &row)) == OK && row) {
        int64_t key[2] = {sqlite3_column_int64(first, 0), 0};
        (void)column_number(first, 1, &key[1]);
        hash = XXH3_64bits_withSeed(key, sizeof(key), hash);
    }
    out->server_is_made_up = true;
    out->server_id = arena_format(arena, "tautulli-%016llx", (unsigned long long)hash);
    return e;
}

static enum err load_server_id(sqlite3 *db, const struct schema *schema, struct arena *arena,
                               struct source_facts *out)
{
    if (schema->libraries) {
        OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
        enum err e = source_db_prepare(
            db,
            "SELECT server_id FROM library_sections NOT INDEXED WHERE server_id <> '' "
            "GROUP BY server_id ORDER BY count(*) DESC, min(rowid) LIMIT 1",
            &find);
        bool row = false;
        if (e == OK) {
            e = source_db_step(find, &row);
        }
        if (e != OK) {
            return e;
        }
        out->server_id = row ? column_text(find, 0, ID_MAX, arena) : NULL;
    }
    return out->server_id != NULL ? OK : make_server_id(db, arena, out);
}

static enum err load_version(sqlite3 *db, const struct schema *schema, struct arena *arena,
                             struct source_facts *out)
{
    if (!schema->version) {
        return OK;
    }
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = source_db_prepare(
        db, "SELECT value FROM version_info NOT INDEXED WHERE key = 'version'", &find);
    bool row = false;
    if (e == OK) {
        e = source_db_step(find, &row);
    }
    out->version = e == OK && row ? column_text(find, 0, 256, arena) : NULL;
    return e;
}

enum err source_facts_load(sqlite3 *db, const struct schema *schema, struct arena *arena,
                           struct source_facts *out)
{
    *out = (struct source_facts){0};
    enum err e = load_server_id(db, schema, arena, out);
    if (e == OK) {
        e = load_version(db, schema, arena, out);
    }
    if (e == OK) {
        e = load_people(db, schema, arena, out);
    }
    return e == OK ? load_libraries(db, schema, arena, out) : e;
}

/* ---- the newest rows ---- */

enum err source_newest_s(sqlite3 *db, const struct schema *schema, int64_t latest_s,
                         struct arena *arena, int64_t *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *rows = NULL;
    enum err e = source_db_prepare(
        db,
        arena_format(arena,
                     "SELECT started, %s FROM session_history NOT INDEXED ORDER BY id DESC "
                     "LIMIT 64",
                     schema->has_column[COL_HISTORY_stopped] ? "stopped" : "NULL"),
        &rows);
    int64_t newest = 0;
    bool row = false;
    while (e == OK && (e = source_db_step(rows, &row)) == OK && row) {
        for (int c = 0; c < 2; c++) {
            int64_t at = 0;
            bool known = column_number(rows, c, &at) == 1 && at <= latest_s;
            newest = known && at > newest ? at : newest;
        }
    }
    *out = newest;
    return e;
}
