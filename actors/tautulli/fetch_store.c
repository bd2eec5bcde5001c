/* SPDX-License-Identifier: MIT
 * fetch_store.c - Tautulli's API as rows of its database.
 *
 * get_history gives most columns as they stand in the database. Three things it changes: < and >
 * become entities, which is undone; some names of platforms are replaced, so those that a
 * replacement gives are not believed; the percentage is rounded, so it is left out. What is left
 * out is completed by the file or a later download, and nothing is stored that these would
 * contradict.
 *
 * A copy is hostile input: its triggers do not run, and it is written by one statement a table. */
#include "actors/tautulli/fetch_store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actors/tautulli/schema.h"
#include "actors/tautulli/source_check.h"
#include "actors/tautulli/source_db.h"
#include "actors/tautulli/source_stage.h"
#include "actors/tautulli/source_vfs.h"
#include "proto/base/clock.h"

#define LOOK_MS 600000
#define STORE_MS 60000             /* for a page */
#define STEPS_BETWEEN_CHECKS 10000 /* SQLite's instructions */
#define VALUE_MAX (16 << 20)       /* bytes */

enum { ROWS_AT_ONCE = 200 };
#define COLUMNS_MAX 32
#define HEAD "SQLite format 3"

/* ---- a copy ---- */

static bool begins_as_database(const struct place *place)
{
    char head[sizeof(HEAD)] = "";
    OWNED(fd_release) int fd = place_file(place, "");
    return fd >= 0 && read(fd, head, sizeof(head)) == (ssize_t)sizeof(head) &&
           memcmp(head, HEAD, sizeof(head)) == 0;
}

static enum err read_newest(struct source *s, struct copy_facts *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *newest = NULL;
    bool row = false;
    enum err e = source_db_prepare(source_db(s),
                                   "SELECT max(id), max(CAST(started AS INTEGER)), count(*)"
                                   " FROM session_history",
                                   &newest);
    e = e == OK ? source_db_step(newest, &row) : e;
    if (e == OK && row) {
        out->newest_id = row_number(newest, 0);
        out->newest_start_s = row_number(newest, 1);
        out->rows = (uint64_t)row_number(newest, 2);
    }
    return e;
}

static enum err look(const char *path, const struct staging *staging, struct arena *arena,
                     struct copy_facts *out)
{
    OWNED(source_close) struct source *s = NULL;
    struct refusal why = {0};
    enum soundness found = SOUND;
    enum err e = source_open(path, staging, arena, &s, &why);
    if (e == OK) {
        source_watch(s, staging);
        source_set_deadline(s, clock_monotonic_ms() + LOOK_MS);
        e = source_check(source_db(s), source_schema(s), arena, &found);
        e = e == OK && found == TABLES_DAMAGED ? ERR_DATABASE_DAMAGED : e;
    }
    e = e == OK ? read_newest(s, out) : e;
    if (s != NULL && source_is_staged(s)) { /* its ids had to be given a key */
        source_remove_staged(staging->dir, source_path(s));
    }
    return e;
}

enum err fetch_copy_look(const char *path, const struct place *place, const struct staging *staging,
                         struct copy_facts *out)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct refusal why = {0};
    *out = (struct copy_facts){.state = COPY_NO_DATABASE};
    if (!begins_as_database(place)) {
        return OK;
    }
    enum err e = stage_settle(place, staging, &why);
    e = e == OK ? look(path, staging, arena, out) : e;
    if (stage_cancelled(staging)) {
        return ERR_TIMEOUT;
    }
    out->state = e == ERR_DATABASE_DAMAGED ? COPY_DAMAGED
                 : e == ERR_NOT_TAUTULLI   ? COPY_ANOTHER
                                           : COPY_SOUND;
    return out->state == COPY_SOUND ? e : OK; /* what it is else is no fault of the copy */
}

/* ---- what a row of the API becomes ---- */

#define ROW_ID "row_id"

static const struct told {
    enum column column;
    const char *name; /* in the API */
} told[] = {
    {COL_HISTORY_id, ROW_ID},
    {COL_HISTORY_reference_id, "reference_id"},
    {COL_HISTORY_started, "started"},
    {COL_HISTORY_stopped, "stopped"},
    {COL_HISTORY_rating_key, "rating_key"},
    {COL_HISTORY_parent_rating_key, "parent_rating_key"},
    {COL_HISTORY_grandparent_rating_key, "grandparent_rating_key"},
    {COL_HISTORY_user_id, "user_id"},
    {COL_HISTORY_user, "user"},
    {COL_HISTORY_ip_address, "ip_address"},
    {COL_HISTORY_paused_counter, "paused_counter"},
    {COL_HISTORY_player, "player"},
    {COL_HISTORY_product, "product"},
    {COL_HISTORY_platform, "platform"},
    {COL_HISTORY_machine_id, "machine_id"},
    {COL_HISTORY_location, "location"},
    {COL_HISTORY_secure, "secure"},
    {COL_HISTORY_relayed, "relayed"},
    {COL_HISTORY_media_type, "media_type"},
    {COL_METADATA_id, ROW_ID},
    {COL_METADATA_rating_key, "rating_key"},
    {COL_METADATA_parent_rating_key, "parent_rating_key"},
    {COL_METADATA_grandparent_rating_key, "grandparent_rating_key"},
    {COL_METADATA_title, "title"},
    {COL_METADATA_parent_title, "parent_title"},
    {COL_METADATA_grandparent_title, "grandparent_title"},
    {COL_METADATA_original_title, "original_title"},
    {COL_METADATA_full_title, "full_title"},
    {COL_METADATA_media_index, "media_index"},
    {COL_METADATA_parent_media_index, "parent_media_index"},
    {COL_METADATA_year, "year"},
    {COL_METADATA_originally_available_at, "originally_available_at"},
    {COL_METADATA_guid, "guid"},
    {COL_METADATA_live, "live"},
    {COL_MEDIA_INFO_id, ROW_ID},
    {COL_MEDIA_INFO_transcode_decision, "transcode_decision"},
};

static const char empty_tables[] =
    "CREATE TABLE session_history (id INTEGER PRIMARY KEY, reference_id INTEGER, started INTEGER,"
    " stopped INTEGER, rating_key INTEGER, parent_rating_key INTEGER, grandparent_rating_key"
    " INTEGER, user_id INTEGER, user TEXT, ip_address TEXT, paused_counter INTEGER, player TEXT,"
    " product TEXT, platform TEXT, machine_id TEXT, location TEXT, secure INTEGER, relayed INTEGER,"
    " media_type TEXT);"
    "CREATE TABLE session_history_metadata (id INTEGER PRIMARY KEY, rating_key INTEGER,"
    " parent_rating_key INTEGER, grandparent_rating_key INTEGER, title TEXT, parent_title TEXT,"
    " grandparent_title TEXT, original_title TEXT, full_title TEXT, media_index INTEGER,"
    " parent_media_index INTEGER, year INTEGER, originally_available_at TEXT, guid TEXT,"
    " live INTEGER);"
    "CREATE TABLE session_history_media_info (id INTEGER PRIMARY KEY, transcode_decision TEXT);"
    "CREATE TABLE users (user_id INTEGER UNIQUE, username TEXT, friendly_name TEXT,"
    " is_admin INTEGER);";

struct filling {
    sqlite3_stmt *insert; /* NULL: the file has no such table */
    const struct told *columns[COLUMNS_MAX];
    size_t count;
};

struct fetch_store {
    sqlite3 *db;
    const struct staging *staging; /* borrowed */
    int64_t until;                 /* monotonic; what runs then is ended */
    struct filling tables[TABLE_COUNT];
};

/* ---- opening ---- */

static enum err prepare(struct fetch_store *s, enum table t, const struct schema *schema,
                        struct arena *arena)
{
    struct filling *f = &s->tables[t];
    const char *names = "";
    const char *places = "";
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        enum column c = told[i].column;
        if (column_table(c) == t && schema->has_column[c]) {
            const char *comma = f->count == 0 ? "" : ", ";
            names = arena_format(arena, "%s%s%s", names, comma, column_name(c));
            places = arena_format(arena, "%s%s?", places, comma);
            f->columns[f->count++] = &told[i];
        }
    }
    if (!schema->has_table[t]) {
        return OK;
    }
    return source_db_prepare(s->db,
                             arena_format(arena, "INSERT OR IGNORE INTO main.%s (%s) VALUES (%s)",
                                          table_name(t), names, places),
                             &f->insert);
}

/* The schema is the server's, and each row is put into what indexes it has. */
static int out_of_time(void *store)
{
    const struct fetch_store *s = store;
    return stage_cancelled(s->staging) || clock_monotonic_ms() >= s->until;
}

static enum err open_database(struct fetch_store *s, const struct place *place, bool fresh)
{
    int result = source_vfs_open(place, VFS_PRIVATE, s->staging->quota_bytes, &s->db);
    if (result == SQLITE_OK) {
        sqlite3_progress_handler(s->db, STEPS_BETWEEN_CHECKS, out_of_time, s);
        (void)sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
        (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
        result = sqlite3_exec(s->db, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF", NULL,
                              NULL, NULL);
    }
    if (result == SQLITE_OK && fresh) {
        result = sqlite3_exec(s->db, empty_tables, NULL, NULL, NULL);
    }
    return result == SQLITE_OK ? OK : source_db_error(result);
}

enum err fetch_store_open(const struct place *place, const struct staging *staging, bool fresh,
                          struct fetch_store **out)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(fetch_store_close) struct fetch_store *s = must_alloc(sizeof(*s));
    struct schema schema;
    struct refusal why = {0};
    OWNED(fd_release) int made = fresh ? place_make(place, "", true) : -1;
    s->staging = staging;
    s->until = clock_monotonic_ms() + STORE_MS;
    enum err e = open_database(s, place, fresh);
    e = e == OK ? schema_load(s->db, arena, &schema, &why) : e;
    for (enum table t = TABLE_HISTORY; e == OK && t < TABLE_COUNT; t++) {
        e = prepare(s, t, &schema, arena);
    }
    if (e == OK) {
        *out = TAKE(s);
    }
    return e;
}

void fetch_store_close(struct fetch_store **s)
{
    if (*s != NULL) {
        for (size_t t = 0; t < TABLE_COUNT; t++) {
            stmt_finalize(&(*s)->tables[t].insert);
        }
        source_vfs_close(&(*s)->db);
        free(*s);
        *s = NULL;
    }
}

/* ---- values ---- */

/* In place: &lt; and &gt; back to what they were; & was never changed. */
static void undo_entities(char *text)
{
    char *to = text;
    for (const char *at = text; *at != '\0';) {
        bool less = strncmp(at, "&lt;", 4) == 0;
        bool more = strncmp(at, "&gt;", 4) == 0;
        *to++ = less ? '<' : more ? '>' : *at;
        at += less || more ? 4 : 1;
    }
    *to = '\0';
}

/* What Tautulli shows in place of another name. */
static bool is_replacement(const char *platform)
{
    static const char *const names[] = {
        "Plex Media Player", "Playstation 3", "Playstation 4", "Playstation 5",
        "Xbox 360",          "Windows",       "macOS"};
    size_t i = 0;
    while (i < COUNT_OF(names) && strcmp(names[i], platform) != 0) {
        i++;
    }
    return i < COUNT_OF(names);
}

static int bind_text(sqlite3_stmt *insert, int at, const char *text, bool is_platform)
{
    if (is_platform && is_replacement(text)) {
        return sqlite3_bind_null(insert, at);
    }
    char *copy = must_strdup(text);
    undo_entities(copy);
    return sqlite3_bind_text(insert, at, copy, -1, free);
}

/* Old versions have but `id`. */
static const json_t *told_value(const json_t *row, const char *name)
{
    const json_t *value = json_object_get(row, name);
    return value == NULL && strcmp(name, ROW_ID) == 0 ? json_object_get(row, "id") : value;
}

static int bind(sqlite3_stmt *insert, int at, const json_t *row, const char *name)
{
    const json_t *value = told_value(row, name);
    if (json_is_integer(value)) {
        return sqlite3_bind_int64(insert, at, json_integer_value(value));
    }
    if (json_is_real(value)) {
        return sqlite3_bind_double(insert, at, json_real_value(value));
    }
    if (json_is_boolean(value)) {
        return sqlite3_bind_int(insert, at, json_is_true(value));
    }
    return json_is_string(value)
               ? bind_text(insert, at, json_string_value(value), strcmp(name, "platform") == 0)
               : sqlite3_bind_null(insert, at);
}

static enum err run(sqlite3 *db, sqlite3_stmt *insert, bool *out_stored)
{
    int result = sqlite3_step(insert);
    (void)sqlite3_reset(insert);
    *out_stored = result == SQLITE_DONE && sqlite3_changes(db) > 0;
    return result == SQLITE_DONE ? OK : source_db_error(result);
}

static enum err store_in(struct fetch_store *s, const struct filling *f, const json_t *row,
                         bool *out_stored)
{
    int result = SQLITE_OK;
    if (f->insert == NULL) {
        return OK;
    }
    for (size_t i = 0; i < f->count; i++) {
        result |= bind(f->insert, (int)i + 1, row, f->columns[i]->name);
    }
    return result == SQLITE_OK ? run(s->db, f->insert, out_stored) : ERR_ROW_TOO_LARGE;
}

/* Its details only with itself: those of a known row are the file's. */
static enum err store_row(struct fetch_store *s, const json_t *row, bool *out_stored)
{
    bool detail = false;
    enum err e = store_in(s, &s->tables[TABLE_HISTORY], row, out_stored);
    for (enum table t = TABLE_METADATA; e == OK && *out_stored && t < TABLE_COUNT; t++) {
        e = store_in(s, &s->tables[t], row, &detail);
    }
    return e;
}

/* ---- lists ---- */

static enum err begin(sqlite3 *db)
{
    int result = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    return result == SQLITE_OK ? OK : source_db_error(result);
}

static enum err end(sqlite3 *db, enum err so_far)
{
    int result = sqlite3_exec(db, so_far == OK ? "COMMIT" : "ROLLBACK", NULL, NULL, NULL);
    return so_far != OK || result == SQLITE_OK ? so_far : source_db_error(result);
}

/* The way back of a transaction lies in memory, so it is a short one. */
static enum err store_some(struct fetch_store *s, const json_t *rows, size_t first,
                           int64_t above_id, struct stored_rows *out)
{
    enum err e = begin(s->db);
    if (e != OK) {
        return e;
    }
    for (size_t i = first; e == OK && i < first + ROWS_AT_ONCE && i < out->seen; i++) {
        const json_t *row = json_array_get(rows, i);
        const json_t *id = told_value(row, ROW_ID);
        bool stored = false;
        out->with_id += json_is_integer(id);
        if (json_is_integer(id) && json_integer_value(id) > above_id) {
            e = store_row(s, row, &stored);
        }
        out->stored += stored;
    }
    return end(s->db, e);
}

enum err fetch_store_rows(struct fetch_store *s, const json_t *rows, int64_t above_id,
                          struct stored_rows *out)
{
    enum err e = OK;
    s->until = clock_monotonic_ms() + STORE_MS;
    *out = (struct stored_rows){.seen = json_array_size(rows)};
    for (size_t first = 0; e == OK && first < out->seen; first += ROWS_AT_ONCE) {
        e = store_some(s, rows, first, above_id, out);
    }
    return e;
}

enum err fetch_store_users(struct fetch_store *s, const json_t *users)
{
    static const char *const names[] = {"user_id", "username", "friendly_name", "is_admin"};
    OWNED(stmt_finalize) sqlite3_stmt *insert = NULL;
    size_t i = 0;
    const json_t *user = NULL;
    enum err e = source_db_prepare(s->db,
                                   "INSERT OR IGNORE INTO users (user_id, username, friendly_name,"
                                   " is_admin) VALUES (?, ?, ?, ?)",
                                   &insert);
    json_array_foreach(users, i, user)
    {
        bool stored = false;
        for (size_t at = 0; e == OK && at < COUNT_OF(names); at++) {
            int result = bind(insert, (int)at + 1, user, names[at]);
            e = result == SQLITE_OK ? OK : ERR_ROW_TOO_LARGE;
        }
        e = e == OK ? run(s->db, insert, &stored) : e;
    }
    return e;
}
