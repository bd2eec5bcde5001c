/* SPDX-License-Identifier: MIT
 * play_filter.c - ids as they are, names and titles by their search keys, persons by their keys:
 * whichever of its accounts a text names, it is all of them. */
#include "actors/history/play_filter.h"

#include <string.h>

#include "actors/history/columns.h"
#include "actors/history/number_set.h"
#include "actors/history/people.h"
#include "actors/shared/search.h"
#include "proto/wire/codec.h"

const char filter_of_owner[] =
    "(:server IS NULL OR s.server_id = :server)"
    " AND (:user IS NULL OR p.user_id = :user OR search_equals(p.user, :user_key) OR EXISTS"
    "  (SELECT 1 FROM users u WHERE u.source_no = p.source_id AND u.user_id = p.user_id"
    "   AND (search_equals(u.name, :user_key) OR search_equals(u.display_name, :user_key))))"
    " AND (:media_type IS NULL OR coalesce(p.media_type, 'unknown') = :media_type)"
    " AND (:library IS NULL OR p.section_id = :library"
    "  OR search_equals(" PLAY_LIBRARY ", :library_key))"
    " AND (:person IS NULL OR person_key(s.server_id, p.user_id) = :person)"
    " AND (NOT :limited OR person_among(person_key(s.server_id, p.user_id), :among))";

const char filter_of_titles[] =
    "(:q IS NULL OR search_holds(p.full_title, :q) OR search_holds(p.title, :q)"
    " OR search_holds(p.parent_title, :q) OR search_holds(p.grandparent_title, :q)"
    " OR search_holds(p.original_title, :q))";

bool filter_narrows_owner(const struct play_filter *f)
{
    return f->server != NULL || f->user != NULL || f->media_type != NULL || f->library != NULL ||
           f->person != NULL || f->limited;
}

bool filter_narrows(const struct play_filter *f)
{
    return filter_narrows_owner(f) || f->q != NULL;
}

void filter_bind_text(sqlite3_stmt *stmt, const char *name, const char *text)
{
    int at = sqlite3_bind_parameter_index(stmt, name);
    if (at > 0) {
        stmt_text(stmt, at, text);
    }
}

void filter_bind_number(sqlite3_stmt *stmt, const char *name, int64_t number)
{
    int at = sqlite3_bind_parameter_index(stmt, name);
    if (at > 0) {
        stmt_number(stmt, at, number);
    }
}

static const char *key_of(struct arena *arena, const char *text)
{
    OWNED(free_text) char *key = text != NULL ? search_key(text) : NULL;
    return arena_keep(arena, key);
}

/* Keys of persons; none are those of a text that names nobody. */
struct persons {
    int64_t *keys;
    size_t count;
};

static void bind_persons(struct reader *r, const struct play_filter *f, sqlite3_stmt *stmt)
{
    int at = sqlite3_bind_parameter_index(stmt, ":among");
    if (at == 0) {
        return;
    }
    struct persons *persons = arena_alloc(r->arena, sizeof *persons);
    persons->keys = arena_alloc(r->arena, f->only_persons_count * sizeof *persons->keys);
    persons->count = f->only_persons_count;
    for (size_t i = 0; i < persons->count; i++) {
        persons->keys[i] = person_key_of_id(r->people, f->only_persons[i]);
    }
    filter_bind_number(stmt, ":limited", f->limited);
    (void)sqlite3_bind_pointer(stmt, at, persons, "persons", NULL);
}

void filter_bind(struct reader *r, const struct play_filter *f, sqlite3_stmt *stmt)
{
    filter_bind_text(stmt, ":server", f->server);
    filter_bind_text(stmt, ":user", f->user);
    filter_bind_text(stmt, ":user_key", key_of(r->arena, f->user));
    filter_bind_text(stmt, ":media_type", f->media_type);
    filter_bind_text(stmt, ":library", f->library);
    filter_bind_text(stmt, ":library_key", key_of(r->arena, f->library));
    if (f->person != NULL) {
        filter_bind_number(stmt, ":person", person_key_of_id(r->people, f->person));
    }
    filter_bind_text(stmt, ":q", key_of(r->arena, f->q));
    filter_bind_number(stmt, ":from", f->from);
    filter_bind_number(stmt, ":to", f->to);
    bind_persons(r, f, stmt);
}

/* person_among(key, persons): is it one of the only persons whose plays exist for the asker? */
static void person_among(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    int64_t key = sqlite3_value_int64(values[0]); /* 0: nobody's */
    const struct persons *persons = sqlite3_value_pointer(values[1], "persons");
    bool among = false;
    for (size_t i = 0; key != 0 && persons != NULL && i < persons->count && !among; i++) {
        among = persons->keys[i] == key;
    }
    sqlite3_result_int(context, among);
}

/* row_user(body): the user id that a row tells of; see groups/row_body.h. */
static void row_user(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    enum { CELLS_MAX = 128 };
    struct cell cells[CELLS_MAX];
    struct row_cursor at;
    size_t user_id = schema_field_at(desc_play(), "user_id");
    const void *body = sqlite3_value_blob(values[0]);
    if (body == NULL) {
        return;
    }
    row_cursor_init(&at, body, (size_t)sqlite3_value_bytes(values[0]));
    if (row_cursor_next(&at, cells, user_id + 1) != OK) {
        sqlite3_result_error_code(context, SQLITE_CORRUPT);
    } else if (cells[user_id].type == CELL_STR) {
        sqlite3_result_text(context, cells[user_id].bytes, (int)cells[user_id].size,
                            SQLITE_TRANSIENT);
    }
}

enum err filter_functions(sqlite3 *db)
{
    static const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    int code = sqlite3_create_function_v2(db, "person_among", 2, flags, NULL, person_among, NULL,
                                          NULL, NULL);
    if (code == SQLITE_OK) {
        code =
            sqlite3_create_function_v2(db, "row_user", 1, flags, NULL, row_user, NULL, NULL, NULL);
    }
    enum err e = code == SQLITE_OK ? number_set_function(db) : db_error(db, code);
    return e == OK ? search_functions(db) : e;
}
