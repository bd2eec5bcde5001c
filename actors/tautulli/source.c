/* SPDX-License-Identifier: MIT
 * source.c - a Tautulli database opened as what it is: somebody else's file, and hostile input.
 *
 * Nothing here can write: the file is opened read-only, an authorizer allows reading of six tables
 * alone, and whoever may only be read through a copy is copied first (source_stage.c). */
#include "actors/tautulli/source.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "actors/tautulli/refuse.h"
#include "actors/tautulli/source_db.h"
#include "actors/tautulli/source_facts.h"
#include "actors/tautulli/source_file.h"
#include "actors/tautulli/source_rebuild.h"
#include "actors/tautulli/source_stage.h"
#include "proto/base/clock.h"

#define VALUE_MAX (16 << 20)     /* bytes of one value; a row with a longer one is rejected */
#define HEAP_MAX (48LL << 20)    /* bytes of SQLite in this process, whatever a file promises */
#define OPEN_STEPS_MS 1500       /* schema, facts, first and last row must be read within */
#define STEPS_BETWEEN_LOOKS 2000 /* SQLite instructions between two looks at the clock */
#define BUSY_MS 1000

struct source {
    sqlite3 *db;
    struct arena *arena;
    const char *path;
    bool staged;
    bool live;                  /* a -wal is beside it */
    struct surroundings around; /* when it was opened */
    struct schema schema;
    struct source_facts facts;
    bool left_out[TABLE_COUNT]; /* their ids were not unique when it was rebuilt */
    int64_t deadline_ms;        /* monotonic; 0: none */
    atomic_bool cancelled;
};

/* ---- hardening ---- */

static int out_of_time(void *context)
{
    const struct source *s = context;
    return atomic_load(&s->cancelled) ||
           (s->deadline_ms != 0 && clock_monotonic_ms() >= s->deadline_ms);
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strcasecmp(name, *names) == 0) {
            return true;
        }
    }
    return false;
}

/* Of users only these columns: the table holds tokens and e-mails too. */
static bool may_read(const char *table, const char *column)
{
    static const char *const tables[] = {"session_history",
                                         "session_history_metadata",
                                         "session_history_media_info",
                                         "library_sections",
                                         "version_info",
                                         "sqlite_master",
                                         NULL};
    static const char *const of_users[] = {"user_id", "username", "friendly_name", "", NULL};
    return is_one_of(table, tables) ||
           (strcasecmp(table, "users") == 0 && is_one_of(column, of_users));
}

static int authorize(void *context, int action, const char *first, const char *second,
                     const char *database, const char *trigger)
{
    static const char *const pragmas[] = {"table_list",      "table_xinfo", "quick_check",
                                          "cell_size_check", "query_only",  "cache_size",
                                          "index_list",      NULL};
    static const char *const functions[] = {
        "count",           "min", "max", "ifnull", "typeof", "take_history", "take_metadata",
        "take_media_info", NULL};
    (void)context;
    (void)database;
    if (trigger != NULL) {
        return SQLITE_DENY; /* from inside a view or trigger */
    }
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_TRANSACTION:
        return SQLITE_OK;
    case SQLITE_READ:
        return may_read(first, second) ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_PRAGMA:
        return is_one_of(first, pragmas) ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_FUNCTION:
        return is_one_of(second, functions) ? SQLITE_OK : SQLITE_DENY;
    default:
        return SQLITE_DENY;
    }
}

static void harden(struct source *s)
{
    static const struct {
        int limit, value;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, VALUE_MAX},
        {SQLITE_LIMIT_SQL_LENGTH, 1 << 20},
        {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_VARIABLE_NUMBER, 16},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
        {SQLITE_LIMIT_WORKER_THREADS, 0},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 64},
        {SQLITE_LIMIT_COLUMN, 2000},
    };
    sqlite3 *db = s->db;
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        (void)sqlite3_limit(db, limits[i].limit, limits[i].value);
    }
    (void)sqlite3_hard_heap_limit64(HEAP_MAX);
    (void)sqlite3_busy_timeout(db, BUSY_MS);
    sqlite3_progress_handler(db, STEPS_BETWEEN_LOOKS, out_of_time, s);
    (void)sqlite3_set_authorizer(db, authorize, NULL);
    (void)sqlite3_exec(db,
                       "PRAGMA cell_size_check = ON; PRAGMA query_only = ON;"
                       "PRAGMA cache_size = -4000",
                       NULL, NULL, NULL);
}

/* ---- opening ---- */

/* As SQLite's URI rules want it: a path may hold ? # and %. */
static const char *file_uri(const char *path, const char *query, struct arena *arena)
{
    char *uri = arena_alloc(arena, 3 * strlen(path) + strlen(query) + 8);
    char *at = stpcpy(uri, "file:");
    for (const char *c = path; *c != '\0'; c++) {
        if (*c == '?' || *c == '#' || *c == '%') {
            at += sprintf(at, "%%%02X", (unsigned char)*c);
        } else {
            *at++ = *c;
        }
    }
    (void)stpcpy(at, query);
    return uri;
}

static enum err open_database(struct source *s, struct refusal *out_why)
{
    const char *query = s->live ? "?mode=ro" : "?immutable=1";
    int result =
        sqlite3_open_v2(file_uri(s->path, query, s->arena), &s->db,
                        SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
                            SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE,
                        NULL);
    if (result != SQLITE_OK) {
        return refuse(out_why, source_db_error(result), NULL);
    }
    harden(s);
    return OK;
}

/* The first and the last row can be read: what is cut off or overwritten shows here. */
static enum err check_ends(struct source *s)
{
    static const char *const ends[] = {
        "SELECT id, started FROM session_history ORDER BY id LIMIT 1",
        "SELECT id, started FROM session_history ORDER BY id DESC LIMIT 1",
    };
    enum err e = OK;
    for (size_t i = 0; e == OK && i < COUNT_OF(ends); i++) {
        OWNED(stmt_finalize) sqlite3_stmt *end = NULL;
        bool row = false;
        e = source_db_prepare(s->db, ends[i], &end);
        if (e == OK) {
            e = source_db_step(end, &row);
        }
    }
    return e;
}

static enum err read_head(struct source *s, struct arena *arena, struct refusal *out_why)
{
    source_set_deadline(s, clock_monotonic_ms() + OPEN_STEPS_MS);
    enum err e = schema_load(s->db, arena, &s->schema, out_why);
    if (e != OK || s->schema.needs_rebuild) {
        return e; /* what is rebuilt is looked at afterwards */
    }
    e = check_ends(s);
    if (e == OK) {
        e = source_facts_load(s->db, &s->schema, s->arena, &s->facts);
    }
    source_set_deadline(s, 0);
    return e == OK ? OK : refuse(out_why, e, NULL);
}

/* Opens s->path as it lies there. */
static enum err open_here(struct source *s, struct arena *arena, struct refusal *out_why)
{
    surroundings_look(s->path, &s->around);
    s->live = surroundings_has_wal(&s->around);
    enum err e = open_database(s, out_why);
    return e == OK ? read_head(s, arena, out_why) : e;
}

/* A -wal without -shm belongs to nobody, and reading it in place would leave a -shm behind. */
static bool needs_copy(const struct surroundings *around)
{
    return (surroundings_has_wal(around) && !around->shm) || surroundings_has_journal(around);
}

static enum err open_staged(struct source *s, enum file_kind kind, const struct staging *staging,
                            struct arena *arena, struct refusal *out_why)
{
    if (staging == NULL) {
        return refuse(out_why, ERR_DATABASE_BUSY, NULL);
    }
    const char *copy = NULL;
    enum err e = kind == FILE_ZIP ? stage_archive(s->path, staging, s->arena, &copy, out_why)
                                  : stage_copy(s->path, staging, s->arena, &copy, out_why);
    if (e != OK) {
        /* its text may live in our own arena */
        out_why->text = arena_keep(arena, out_why->text);
        return e;
    }
    s->path = copy;
    s->staged = true;
    struct surroundings around;
    surroundings_look(copy, &around);
    enum file_kind inner = FILE_ZIP;
    e = file_sniff(copy, &around, arena, &inner, out_why);
    if (e == OK && inner == FILE_ZIP) {
        e = refuse(out_why, ERR_ARCHIVE_REFUSED, NULL);
    }
    if (e == OK) {
        e = open_here(s, arena, out_why);
    }
    if (e != OK) {
        source_remove_staged(staging->dir, copy);
    }
    return e;
}

static enum err open_any(struct source *s, const struct staging *staging, struct arena *arena,
                         struct refusal *out_why)
{
    struct surroundings around;
    surroundings_look(s->path, &around);
    enum file_kind kind = FILE_SQLITE;
    enum err e = file_sniff(s->path, &around, arena, &kind, out_why);
    if (e != OK) {
        return e;
    }
    if (kind == FILE_ZIP || needs_copy(&around)) {
        return open_staged(s, kind, staging, arena, out_why);
    }
    e = open_here(s, arena, out_why);
    /* SQLite may not write the -shm here: read it elsewhere. */
    if (e == ERR_ACCESS_DENIED && s->live) {
        db_close(&s->db);
        e = open_staged(s, kind, staging, arena, out_why);
    }
    return e;
}

/* The copy takes the place of what was opened, which may be a copy itself. */
static enum err rebuild(struct source *s, const struct staging *staging, struct arena *arena,
                        struct refusal *out_why)
{
    if (staging == NULL) {
        return refuse(out_why, ERR_DATABASE_BUSY, NULL);
    }
    const char *copy = NULL;
    source_set_deadline(s, 0);
    enum err e = source_rebuild(s->db, &s->schema, staging, source_bytes(s), s->arena, s->left_out,
                                &copy, out_why);
    db_close(&s->db);
    if (s->staged) {
        source_remove_staged(staging->dir, s->path);
    }
    if (e != OK) {
        out_why->text = arena_keep(arena, out_why->text);
        return e;
    }
    s->path = copy;
    s->staged = true;
    e = open_here(s, arena, out_why);
    if (e != OK) {
        source_remove_staged(staging->dir, copy);
    }
    return e;
}

enum err source_open(const char *path, const struct staging *staging, struct arena *arena,
                     struct source **out, struct refusal *out_why)
{
    OWNED(source_close) struct source *s = must_alloc(sizeof(*s));
    s->arena = arena_new();
    s->path = arena_keep(s->arena, path);
    enum err e = open_any(s, staging, arena, out_why);
    if (e == OK && s->schema.needs_rebuild) {
        e = rebuild(s, staging, arena, out_why);
    }
    if (e == OK) {
        *out = TAKE(s);
    }
    return e;
}

void source_close(struct source **s)
{
    if (*s != NULL) {
        db_close(&(*s)->db);
        arena_destroy(&(*s)->arena);
        free(*s);
        *s = NULL;
    }
}

/* Nobody but the schema knows whether the rows have to be copied into tables with keys. */
static bool has_to_be_rebuilt(const char *path)
{
    OWNED(source_close) struct source *s = must_alloc(sizeof(*s));
    struct refusal why;
    s->arena = arena_new();
    s->path = path;
    surroundings_look(path, &s->around);
    s->live = surroundings_has_wal(&s->around);
    source_set_deadline(s, clock_monotonic_ms() + OPEN_STEPS_MS);
    return open_database(s, &why) == OK && schema_load(s->db, s->arena, &s->schema, &why) == OK &&
           s->schema.needs_rebuild;
}

bool source_opens_slowly(const char *path)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct surroundings around;
    struct refusal why;
    enum file_kind kind = FILE_SQLITE;
    surroundings_look(path, &around);
    return file_sniff(path, &around, arena, &kind, &why) == OK &&
           (kind == FILE_ZIP || needs_copy(&around) || has_to_be_rebuilt(path));
}

/* ---- what is known of it ---- */

const char *source_path(const struct source *s)
{
    return s->path;
}

bool source_is_staged(const struct source *s)
{
    return s->staged;
}

uint64_t source_inode(const struct source *s)
{
    return s->around.main.inode & INT64_MAX; /* a U64 of the bus holds no more */
}

bool source_still_same(const struct source *s)
{
    if (s->live || s->staged) {
        return true;
    }
    struct surroundings now;
    surroundings_look(s->path, &now);
    return surroundings_equal(&s->around, &now);
}

void source_set_deadline(struct source *s, int64_t monotonic_ms)
{
    s->deadline_ms = monotonic_ms;
    atomic_store(&s->cancelled, false);
}

void source_cancel(struct source *s)
{
    atomic_store(&s->cancelled, true);
}

sqlite3 *source_db(struct source *s)
{
    return s->db;
}

const struct schema *source_schema(const struct source *s)
{
    return &s->schema;
}

const bool *source_left_out(const struct source *s)
{
    return s->left_out;
}

bool source_is_live(const struct source *s)
{
    return s->live;
}

const char *source_server_id(const struct source *s)
{
    return s->facts.server_id;
}

bool source_server_is_made_up(const struct source *s)
{
    return s->facts.server_is_made_up;
}

const char *source_version(const struct source *s)
{
    return s->facts.version;
}

uint64_t source_bytes(const struct source *s)
{
    return (uint64_t)(s->around.main.bytes + (s->around.wal.there ? s->around.wal.bytes : 0));
}

const struct person *source_people(const struct source *s, size_t *out_count)
{
    *out_count = s->facts.people_count;
    return s->facts.people;
}

const struct library *source_libraries(const struct source *s, size_t *out_count)
{
    *out_count = s->facts.library_count;
    return s->facts.libraries;
}
