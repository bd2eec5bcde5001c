/* SPDX-License-Identifier: MIT
 * play_filter.c - ids as they are, names and titles by their search keys. An account that nobody is
 * mapped to is a person of its own, called by its server and its id there, each percent-encoded. */
#include "actors/history/play_filter.h"

#include <ctype.h>
#include <string.h>

#include "actors/history/columns.h"
#include "actors/history/number_set.h"
#include "actors/shared/search.h"

#define PLAY_LIBRARY LIBRARY_NAME("p.source_id", "p.section_id", "p.media_type", "s.server_id")

const char filter_of_owner[] =
    "(:server IS NULL OR s.server_id = :server)"
    " AND (:user IS NULL OR p.user_id = :user OR search_equals(p.user, :user_key) OR EXISTS"
    "  (SELECT 1 FROM users u WHERE u.source_no = p.source_id AND u.user_id = p.user_id"
    "   AND (search_equals(u.name, :user_key) OR search_equals(u.display_name, :user_key))))"
    " AND (:media_type IS NULL OR coalesce(p.media_type, 'unknown') = :media_type)"
    " AND (:library IS NULL OR p.section_id = :library"
    "  OR search_equals(" PLAY_LIBRARY ", :library_key))"
    " AND (:person IS NULL OR " PERSON_ID(
        "s.server_id", "p.user_id") " = :person)"
                                    " AND (NOT :limited OR person_among(" PERSON_ID(
                                        "s.server_id", "p.user_id") ", :among))";

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

static void bind_text(sqlite3_stmt *stmt, const char *name, const char *text)
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

void filter_bind(struct reader *r, const struct play_filter *f, sqlite3_stmt *stmt)
{
    bind_text(stmt, ":server", f->server);
    bind_text(stmt, ":user", f->user);
    bind_text(stmt, ":user_key", key_of(r->arena, f->user));
    bind_text(stmt, ":media_type", f->media_type);
    bind_text(stmt, ":library", f->library);
    bind_text(stmt, ":library_key", key_of(r->arena, f->library));
    bind_text(stmt, ":person", f->person);
    bind_text(stmt, ":q", key_of(r->arena, f->q));
    filter_bind_number(stmt, ":from", f->from);
    filter_bind_number(stmt, ":to", f->to);
    int limited = sqlite3_bind_parameter_index(stmt, ":limited");
    if (limited > 0) {
        stmt_number(stmt, limited, f->limited);
        (void)sqlite3_bind_pointer(stmt, sqlite3_bind_parameter_index(stmt, ":among"), (void *)f,
                                   "play_filter", NULL);
    }
}

static char *encode(char *out, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (const unsigned char *c = (const unsigned char *)text; c != NULL && *c != '\0'; c++) {
        if (isalnum(*c) || strchr("-._", *c) != NULL) {
            *out++ = (char)*c;
        } else {
            *out++ = '%';
            *out++ = digits[*c >> 4];
            *out++ = digits[*c & 15];
        }
    }
    return out;
}

/* account_id(server_id, user_id): null where the play names no account. */
static void account_id(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const char *user = (const char *)sqlite3_value_text(values[1]);
    if (user == NULL || *user == '\0') {
        return;
    }
    const char *server = (const char *)sqlite3_value_text(values[0]);
    size_t size = strlen(user) + (server != NULL ? strlen(server) : 0);
    char *id = sqlite3_malloc64(3 * size + 2);
    if (id == NULL) {
        sqlite3_result_error_nomem(context);
        return;
    }
    char *end = encode(id, server);
    *end++ = '/';
    end = encode(end, user);
    sqlite3_result_text(context, id, (int)(end - id), sqlite3_free);
}

/* person_among(id, filter): is it one of the filter's only_persons? */
static void person_among(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const char *id = (const char *)sqlite3_value_text(values[0]);
    const struct play_filter *f = sqlite3_value_pointer(values[1], "play_filter");
    bool among = false;
    for (size_t i = 0; id != NULL && f != NULL && i < f->only_persons_count && !among; i++) {
        among = strcmp(id, f->only_persons[i]) == 0;
    }
    sqlite3_result_int(context, among);
}

enum err filter_functions(sqlite3 *db)
{
    static const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    int code =
        sqlite3_create_function_v2(db, "account_id", 2, flags, NULL, account_id, NULL, NULL, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_create_function_v2(db, "person_among", 2, flags, NULL, person_among, NULL,
                                          NULL, NULL);
    }
    enum err e = code == SQLITE_OK ? number_set_function(db) : db_error(db, code);
    return e == OK ? search_functions(db) : e;
}
