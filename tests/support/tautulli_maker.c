/* SPDX-License-Identifier: MIT
 * tautulli_maker.c - writes the file: tables of the wanted generation, rows, indices, and the
 * tables an import must leave alone. Finished files have a WAL header and no -wal, as Tautulli's
 * have when it is stopped, unless they are to have none of it. */
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/tautulli_rows.h"

#define DEFAULT_SERVER "c0ffee00d15ea5edfeedfacecafebeef01234567"
#define SQL_MAX 16384

struct maker {
    const struct tautulli_plan *plan;
    sqlite3 *db;
    sqlite3_stmt *insert[TABLE_COUNT];
    struct row row;
};

static const char *const schema_names[SCHEMA_COUNT] = {
    "v1.0", "v1.2", "v1.3", "v1.4.25", "v2.0", "v2.2", "v2.7", "v2.12", "v2.17.2",
};

struct tautulli_plan tautulli_plan_default(const char *path)
{
    return (struct tautulli_plan){
        .path = path,
        .schema = SCHEMA_V2_17_2,
        .rows = 1000,
        .seed = 1,
        .first_id = 1,
        .id_step = 1,
        .start_s = 1456790400, /* 2016-03-01 */
    };
}

bool tautulli_schema_named(const char *name, enum tautulli_schema *out_schema)
{
    for (int i = 0; i < SCHEMA_COUNT; i++) {
        if (strcmp(name, schema_names[i]) == 0) {
            *out_schema = (enum tautulli_schema)i;
            return true;
        }
    }
    return false;
}

static void maker_release(struct maker *maker)
{
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        sqlite3_finalize(maker->insert[table]);
    }
    sqlite3_close(maker->db);
}

static enum err complain(struct maker *maker, const char *what)
{
    fprintf(stderr, "make-tautulli: %s: %s\n", what, sqlite3_errmsg(maker->db));
    return ERR_SYSTEM;
}

static enum err run(struct maker *maker, const char *sql)
{
    if (sqlite3_exec(maker->db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        return complain(maker, sql);
    }
    return OK;
}

/* ---- tables ---- */

static int append(char *sql, int used, const char *format, ...) PRINTF_LIKE(3, 4);

static int append(char *sql, int used, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(sql + used, (size_t)(SQL_MAX - used), format, arguments);
    va_end(arguments);
    return used + length;
}

static enum err create_table(struct maker *maker, enum table table)
{
    char sql[SQL_MAX];
    int count = 0;
    const struct column *columns = table_columns(table, &count);
    int used = append(sql, 0, "CREATE TABLE %s (", table_names[table]);
    for (int i = 0; i < count; i++) {
        if (column_exists(&columns[i], maker->plan->schema)) {
            used =
                append(sql, used, "%s%s %s", i > 0 ? ", " : "", columns[i].name, columns[i].type);
        }
    }
    append(sql, used, "%s)", maker->plan->future_columns ? ", mood_ring TEXT DEFAULT 'azure'" : "");
    return run(maker, sql);
}

static enum err prepare_insert(struct maker *maker, enum table table)
{
    char sql[SQL_MAX];
    int count = 0;
    const struct column *columns = table_columns(table, &count);
    int used = append(sql, 0, "INSERT INTO %s (", table_names[table]);
    int present = 0;
    for (int i = 0; i < count; i++) {
        if (column_exists(&columns[i], maker->plan->schema)) {
            used = append(sql, used, "%s%s", present++ > 0 ? ", " : "", columns[i].name);
        }
    }
    used = append(sql, used, ") VALUES (?");
    for (int i = 1; i < present; i++) {
        used = append(sql, used, ", ?");
    }
    append(sql, used, ")");
    if (sqlite3_prepare_v3(maker->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &maker->insert[table],
                           NULL) != SQLITE_OK) {
        return complain(maker, sql);
    }
    return OK;
}

static enum err prepare_inserts(struct maker *maker)
{
    enum err e = OK;
    for (enum table table = 0; e == OK && table < TABLE_COUNT; table++) {
        e = prepare_insert(maker, table);
    }
    return e;
}

/* What plays now, with a start, a user and everything: it must never be imported. */
static const char *const now_playing =
    "CREATE TABLE sessions (id INTEGER PRIMARY KEY AUTOINCREMENT, session_key INTEGER, session_id "
    "TEXT,"
    " rating_key INTEGER, started INTEGER, stopped INTEGER, paused_counter INTEGER DEFAULT 0,"
    " user_id INTEGER, user TEXT, media_type TEXT, title TEXT, raw_stream_info TEXT);"
    "INSERT INTO sessions (session_key, started, user_id, user, media_type, title)"
    " VALUES (7, 1700000000, 10000, 'admin', 'movie', 'Playing right now')";

static enum err create_users(struct maker *maker)
{
    enum tautulli_schema schema = maker->plan->schema;
    char sql[SQL_MAX];
    int used = append(sql, 0,
                      "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER"
                      " UNIQUE, username TEXT NOT NULL, friendly_name TEXT, thumb TEXT, email TEXT,"
                      " is_home_user INTEGER DEFAULT NULL, is_allow_sync INTEGER DEFAULT NULL,"
                      " is_restricted INTEGER DEFAULT NULL, do_notify INTEGER DEFAULT 1%s%s%s);",
                      schema >= SCHEMA_V1_2 ? ", keep_history INTEGER DEFAULT 1" : "",
                      schema >= SCHEMA_V1_4_25 ? ", user_token TEXT DEFAULT 'secret-token'" : "",
                      schema >= SCHEMA_V2_12 ? ", title TEXT, is_admin INTEGER DEFAULT 0" : "");
    for (int i = 0; i < user_count; i++) {
        char *values = sqlite3_mprintf("%lld, %Q, %Q, %Q", (long long)user_number(i), user_names[i],
                                       user_friendly_names[i], "somebody@example.org");
        used = append(sql, used,
                      "INSERT INTO users (user_id, username, friendly_name, email) VALUES (%s);",
                      values);
        sqlite3_free(values);
    }
    if (schema >= SCHEMA_V2_12) {
        (void)append(sql, used, "UPDATE users SET is_admin = 1 WHERE id = 1;");
    }
    return run(maker, sql);
}

static enum err create_libraries(struct maker *maker)
{
    if (maker->plan->schema < SCHEMA_V1_3) {
        return OK;
    }
    const char *server = maker->plan->server_id;
    char *sql = sqlite3_mprintf(
        "CREATE TABLE library_sections (id INTEGER PRIMARY KEY AUTOINCREMENT, server_id TEXT,"
        " section_id INTEGER, section_name TEXT, section_type TEXT, thumb TEXT, art TEXT,"
        " count INTEGER, parent_count INTEGER, child_count INTEGER, do_notify INTEGER DEFAULT 1,"
        " do_notify_created INTEGER DEFAULT 1, keep_history INTEGER DEFAULT 1,"
        " deleted_section INTEGER DEFAULT 0, UNIQUE(server_id, section_id));"
        "INSERT INTO library_sections (server_id, section_id, section_name, section_type) SELECT "
        "%Q,"
        " column1, column2, column3 FROM (VALUES (1, 'Movies', 'movie'), (2, 'TV Shows', 'show'),"
        " (3, 'Musik', 'artist'), (4, 'Filme für Kinder', 'movie'), (999999, 'Live TV', 'live'))",
        server != NULL ? server : DEFAULT_SERVER);
    enum err e = run(maker, sql);
    sqlite3_free(sql);
    return e;
}

static enum err create_version(struct maker *maker)
{
    if (maker->plan->schema < SCHEMA_V2_7) {
        return OK;
    }
    char sql[256];
    append(sql, 0,
           "CREATE TABLE version_info (key TEXT UNIQUE, value TEXT);"
           "INSERT INTO version_info VALUES ('version', '%s')",
           schema_names[maker->plan->schema]);
    return run(maker, sql);
}

static enum err create_tables(struct maker *maker)
{
    enum err e = OK;
    for (enum table table = 0; e == OK && table < TABLE_COUNT; table++) {
        e = create_table(maker, table);
    }
    e = e == OK ? run(maker, now_playing) : e;
    e = e == OK ? create_users(maker) : e;
    e = e == OK ? create_libraries(maker) : e;
    e = e == OK ? create_version(maker) : e;
    if (e == OK && maker->plan->future_columns) {
        e = run(maker, "CREATE TABLE holodeck_log (id INTEGER PRIMARY KEY, note TEXT)");
    }
    return e;
}

static enum err create_indices(struct maker *maker)
{
    static const char *const sql =
        "CREATE INDEX idx_session_history_media_type ON session_history (media_type);"
        "CREATE INDEX idx_session_history_media_type_stopped ON session_history (media_type, "
        "stopped);"
        "CREATE INDEX idx_session_history_rating_key ON session_history (rating_key);"
        "CREATE INDEX idx_session_history_parent_rating_key ON session_history (parent_rating_key);"
        "CREATE INDEX idx_session_history_grandparent_rating_key ON session_history"
        " (grandparent_rating_key);"
        "CREATE INDEX idx_session_history_user ON session_history (user);"
        "CREATE INDEX idx_session_history_user_id ON session_history (user_id);"
        "CREATE INDEX idx_session_history_user_id_stopped ON session_history (user_id, stopped);"
        "CREATE INDEX idx_session_history_section_id ON session_history (section_id);"
        "CREATE INDEX idx_session_history_section_id_stopped ON session_history (section_id, "
        "stopped);"
        "CREATE INDEX idx_session_history_reference_id ON session_history (reference_id);"
        "CREATE INDEX idx_session_history_metadata_rating_key ON session_history_metadata "
        "(rating_key);"
        "CREATE INDEX idx_session_history_metadata_guid ON session_history_metadata (guid);"
        "CREATE INDEX idx_session_history_metadata_live ON session_history_metadata (live);"
        "CREATE INDEX idx_session_history_media_info_transcode_decision ON "
        "session_history_media_info"
        " (transcode_decision)";
    return maker->plan->schema >= SCHEMA_V2_7 ? run(maker, sql) : OK;
}

/* ---- rows ---- */

static void bind(sqlite3_stmt *insert, int at, const struct cell *cell)
{
    switch (cell->type) {
    case CELL_NULL:
        sqlite3_bind_null(insert, at);
        break;
    case CELL_INT:
        sqlite3_bind_int64(insert, at, cell->integer);
        break;
    case CELL_REAL:
        sqlite3_bind_double(insert, at, cell->real);
        break;
    case CELL_TEXT:
        sqlite3_bind_text(insert, at, cell->text, cell->bytes, SQLITE_STATIC);
        break;
    case CELL_BLOB:
        sqlite3_bind_blob(insert, at, cell->text, cell->bytes, SQLITE_STATIC);
        break;
    }
}

static enum err write_row(struct maker *maker, enum table table)
{
    sqlite3_stmt *insert = maker->insert[table];
    int count = 0;
    const struct column *columns = table_columns(table, &count);
    int at = 1;
    for (int i = 0; i < count; i++) {
        if (column_exists(&columns[i], maker->plan->schema)) {
            bind(insert, at++, &maker->row.cells[table][i]);
        }
    }
    int result = sqlite3_step(insert);
    sqlite3_reset(insert);
    return result == SQLITE_DONE ? OK : complain(maker, table_names[table]);
}

static enum err write_rows(struct maker *maker, struct dirt *dirt, int64_t from, int64_t to)
{
    enum err e = run(maker, "BEGIN");
    for (int64_t index = from; e == OK && index < to; index++) {
        row_fill(&maker->row, maker->plan, index);
        if (maker->plan->adjust != NULL) {
            maker->plan->adjust(&maker->row, index, maker->plan->context);
        }
        dirt_apply(dirt, &maker->row, index);
        for (enum table table = 0; e == OK && table < TABLE_COUNT; table++) {
            e = maker->row.absent[table] ? OK : write_row(maker, table);
        }
    }
    return e == OK ? run(maker, "COMMIT") : e;
}

static enum err write_orphans(struct maker *maker)
{
    char sql[256];
    long long last = (long long)row_id(maker->plan, maker->plan->rows);
    append(sql, 0,
           "INSERT INTO session_history_metadata (id, title) VALUES"
           " (%lld, 'nobody played this'), (%lld, 'nor this')",
           last + 1000, last + 1001);
    return maker->plan->dirty ? run(maker, sql) : OK;
}

/* ---- files ---- */

static enum err copy_file(const char *from, const char *to, const char *suffix)
{
    char source[4200];
    char target[4200];
    snprintf(source, sizeof source, "%s%s", from, suffix);
    snprintf(target, sizeof target, "%s%s", to, suffix);
    FILE *in = fopen(source, "rb");
    FILE *out = in != NULL ? fopen(target, "wb") : NULL;
    char bytes[65536];
    size_t length;
    while (out != NULL && (length = fread(bytes, 1, sizeof bytes, in)) > 0) {
        fwrite(bytes, 1, length, out);
    }
    bool good = out != NULL && !ferror(in) && !ferror(out);
    if (in != NULL) {
        fclose(in);
    }
    if (out != NULL && fclose(out) != 0) {
        good = false;
    }
    return good ? OK : ERR_SYSTEM;
}

static void remove_database(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        char name[4200];
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

/* A live file: copied while the connection that wrote its -wal is still open. */
static enum err write_tail_into_wal(struct maker *maker, struct dirt *dirt, int64_t from,
                                    const char *target)
{
    enum err e = run(maker, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0");
    e = e == OK ? write_rows(maker, dirt, from, maker->plan->rows) : e;
    e = e == OK ? copy_file(maker->plan->path, target, "") : e;
    e = e == OK ? copy_file(maker->plan->path, target, "-wal") : e;
    return e == OK ? copy_file(maker->plan->path, target, "-shm") : e;
}

static enum err open_new(struct maker *maker)
{
    remove_database(maker->plan->path);
    if (sqlite3_open(maker->plan->path, &maker->db) != SQLITE_OK) {
        return complain(maker, maker->plan->path);
    }
    enum err e = run(maker, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
                            "PRAGMA cache_size=-65536");
    e = e == OK ? create_tables(maker) : e;
    return e == OK ? prepare_inserts(maker) : e;
}

static enum err make(struct maker *maker, struct dirt *dirt, const char *wal_target)
{
    int64_t rows = maker->plan->rows;
    int64_t in_main = maker->plan->wal ? rows - rows / 4 : rows;
    enum err e = open_new(maker);
    e = e == OK ? write_rows(maker, dirt, 0, in_main) : e;
    e = e == OK ? write_orphans(maker) : e;
    e = e == OK ? create_indices(maker) : e;
    if (e == OK && maker->plan->wal) {
        return write_tail_into_wal(maker, dirt, in_main, wal_target);
    }
    return e == OK && !maker->plan->no_wal ? run(maker, "PRAGMA journal_mode=WAL") : e;
}

enum err tautulli_make(const struct tautulli_plan *plan, const char *manifest,
                       struct tautulli_expected *out_expected)
{
    char making[4160];
    snprintf(making, sizeof making, "%s.making", plan->path);
    struct tautulli_plan inner = *plan;
    inner.path = making;
    OWNED(dirt_destroy) struct dirt *dirt = dirt_new(plan);
    struct maker *maker = must_alloc(sizeof *maker);
    maker->plan = &inner;
    remove_database(plan->path);
    enum err e = make(maker, dirt, plan->path);
    maker_release(maker);
    free(maker);
    if (e == OK && !plan->wal && rename(making, plan->path) != 0) {
        e = ERR_SYSTEM;
    }
    remove_database(making);
    if (e == OK && out_expected != NULL) {
        dirt_expected(dirt, out_expected);
    }
    return e == OK && manifest != NULL ? dirt_manifest(dirt, manifest) : e;
}

enum err tautulli_append(const struct tautulli_plan *plan, int64_t index, int64_t *out_id)
{
    struct maker *maker = must_alloc(sizeof *maker);
    maker->plan = plan;
    enum err e = OK;
    if (sqlite3_open(plan->path, &maker->db) != SQLITE_OK) {
        e = complain(maker, plan->path);
    }
    sqlite3_busy_timeout(maker->db, 5000);
    e = e == OK ? prepare_inserts(maker) : e;
    row_fill(&maker->row, plan, index);
    for (enum table table = 0; e == OK && table < TABLE_COUNT; table++) {
        e = write_row(maker, table);
    }
    maker_release(maker);
    free(maker);
    if (e == OK) {
        *out_id = row_id(plan, index);
    }
    return e;
}
