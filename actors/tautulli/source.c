/* SPDX-License-Identifier: MIT
 * source.c - a Tautulli database opened as what it is: somebody else's file, and hostile input.
 *
 * Nothing here can write: the file is opened read-only, through a VFS that knows no other file
 * (source_vfs.c), and hardened (source_harden.c); whoever may only be read through a copy is copied
 * first (source_stage.c, source_rebuild.c). */
#include "actors/tautulli/source.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/shared/database_path.h"
#include "actors/tautulli/refuse.h"
#include "actors/tautulli/source_check.h"
#include "actors/tautulli/source_db.h"
#include "actors/tautulli/source_facts.h"
#include "actors/tautulli/source_file.h"
#include "actors/tautulli/source_harden.h"
#include "actors/tautulli/source_journal.h"
#include "actors/tautulli/source_rebuild.h"
#include "actors/tautulli/source_stage.h"
#include "actors/tautulli/source_vfs.h"
#include "actors/tautulli/source_wal.h"
#include "proto/base/clock.h"

#define OPEN_STEPS_MS 1500 /* schema, facts, first and last row must be read within */
#define COPY_MS 600000     /* what a copy may take that reads every page */
#define WAL_HINT_S 60      /* a file this much newer than its newest row may lack a -wal */
#define FUTURE_S 86400     /* a clock may be a day off */

struct source {
    sqlite3 *db;
    struct arena *arena;
    const char *path;
    const char *given;  /* path before a copy took its place */
    struct place place; /* where the path led when it was opened */
    bool staged;
    bool live;                  /* a -wal is beside it */
    struct surroundings around; /* when it was opened */
    struct schema schema;
    struct source_facts facts;
    bool left_out[TABLE_COUNT]; /* their ids were not unique when it was rebuilt */
    int64_t deadline_ms;        /* monotonic; 0: none */
    atomic_bool cancelled;
    const struct staging *watched; /* whoever waits may cancel; NULL: see `cancelled` alone */
};

static int out_of_time(void *context)
{
    const struct source *s = context;
    return atomic_load(&s->cancelled) || (s->watched != NULL && stage_cancelled(s->watched)) ||
           (s->deadline_ms != 0 && clock_monotonic_ms() >= s->deadline_ms);
}

/* ---- opening ---- */

static struct source *source_new(const char *path)
{
    struct source *s = must_alloc(sizeof(*s));
    s->arena = arena_new();
    s->path = s->given = arena_keep(s->arena, path);
    s->place = PLACE_NONE;
    return s;
}

/* Goes to the folder of s->path, and stays there whatever happens to the path. */
static enum err find_place(struct source *s, struct refusal *out_why)
{
    place_release(&s->place);
    int error = place_open(s->path, &s->place);
    return error == 0 ? OK : file_refuse(error, out_why);
}

static enum err open_database(struct source *s, struct refusal *out_why)
{
    int result = source_vfs_open(&s->place, s->live ? VFS_LIVE : VFS_IMMUTABLE, 0, &s->db);
    if (result != SQLITE_OK) {
        return refuse(out_why, source_db_error(result), NULL);
    }
    source_harden(s->db, out_of_time, s);
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

/* Opens the file as it lies there. */
static enum err open_here(struct source *s, struct arena *arena, struct refusal *out_why)
{
    surroundings_read(&s->place, &s->around);
    s->live = surroundings_has_wal(&s->around);
    enum err e = open_database(s, out_why);
    return e == OK ? read_head(s, arena, out_why) : e;
}

/* A -wal without -shm belongs to nobody, and reading it in place would leave a -shm behind. */
static bool needs_copy(const struct surroundings *around)
{
    return (surroundings_has_wal(around) && !around->shm.there) || surroundings_has_journal(around);
}

static enum err open_staged(struct source *s, enum file_kind kind, const struct staging *staging,
                            struct arena *arena, struct refusal *out_why)
{
    if (staging == NULL) {
        return refuse(out_why, ERR_DATABASE_BUSY, NULL);
    }
    const char *copy = NULL;
    enum err e = kind == FILE_ZIP ? stage_archive(&s->place, staging, s->arena, &copy, out_why)
                                  : stage_copy(&s->place, staging, s->arena, &copy, out_why);
    if (e != OK) {
        /* its text may live in our own arena */
        out_why->text = arena_keep(arena, out_why->text);
        return e;
    }
    s->path = copy;
    s->staged = true;
    struct surroundings around;
    enum file_kind inner = FILE_ZIP;
    e = find_place(s, out_why);
    if (e == OK) {
        surroundings_read(&s->place, &around);
        e = file_sniff(&s->place, &around, arena, &inner, out_why);
    }
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

/* Can it be read without its -wal? */
static bool reads_alone(const char *path)
{
    OWNED(source_close) struct source *s = source_new(path);
    struct refusal why;
    return find_place(s, &why) == OK && open_database(s, &why) == OK &&
           read_head(s, s->arena, &why) == OK;
}

/* Nobody has it open, so nobody vouches for the -wal: nothing of the copy is used before each page
 * of it was looked at. */
static enum err open_mixture(struct source *s, const struct staging *staging, struct arena *arena,
                             struct refusal *out_why)
{
    const char *path = s->path;
    enum soundness found = SOUND;
    enum err e = open_staged(s, FILE_SQLITE, staging, arena, out_why);
    if (e == OK) {
        source_set_deadline(s, clock_monotonic_ms() + COPY_MS);
        e = source_check(s->db, &s->schema, s->arena, &found);
        e = e == OK ? OK : refuse(out_why, e, NULL);
        source_set_deadline(s, 0);
    }
    if (e == OK && found == TABLES_DAMAGED) {
        e = refuse(out_why, ERR_DATABASE_DAMAGED, NULL);
    }
    if (e != OK && s->staged) {
        source_vfs_close(&s->db);
        source_remove_staged(staging->dir, s->path);
    }
    return e == ERR_DATABASE_DAMAGED && reads_alone(path) ? wal_refuse(out_why) : e;
}

static enum err open_any(struct source *s, const struct staging *staging, struct arena *arena,
                         struct refusal *out_why)
{
    struct surroundings around;
    enum file_kind kind = FILE_SQLITE;
    surroundings_read(&s->place, &around);
    enum err e = file_sniff(&s->place, &around, arena, &kind, out_why);
    if (e != OK) {
        return e;
    }
    if (kind == FILE_SQLITE && journal_names_others(&s->place)) {
        return journal_refuse(out_why);
    }
    bool wal = kind == FILE_SQLITE && around.wal.there && around.wal.bytes > 0;
    if (wal && !wal_belongs(&s->place)) {
        return wal_refuse(out_why);
    }
    if (wal && needs_copy(&around)) {
        return open_mixture(s, staging, arena, out_why);
    }
    if (kind == FILE_ZIP || needs_copy(&around)) {
        return open_staged(s, kind, staging, arena, out_why);
    }
    e = open_here(s, arena, out_why);
    if (e == ERR_DATABASE_DAMAGED && wal && reads_alone(s->path)) {
        return wal_refuse(out_why);
    }
    /* The -shm cannot be locked here: read it elsewhere. */
    if (e == ERR_ACCESS_DENIED && s->live) {
        source_vfs_close(&s->db);
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
    source_set_deadline(s, clock_monotonic_ms() + COPY_MS);
    enum err e = source_rebuild(s->db, &s->schema, staging, source_bytes(s), s->arena, s->left_out,
                                &copy, out_why);
    source_vfs_close(&s->db);
    if (s->staged) {
        source_remove_staged(staging->dir, s->path);
    }
    if (e != OK) {
        out_why->text = arena_keep(arena, out_why->text);
        return e;
    }
    s->path = copy;
    s->staged = true;
    e = find_place(s, out_why);
    e = e == OK ? open_here(s, arena, out_why) : e;
    if (e != OK) {
        source_remove_staged(staging->dir, copy);
    }
    return e;
}

enum err source_open(const char *path, const struct staging *staging, struct arena *arena,
                     struct source **out, struct refusal *out_why)
{
    OWNED(source_close) struct source *s = source_new(path);
    s->watched = staging;
    enum err e = find_place(s, out_why);
    e = e == OK ? open_any(s, staging, arena, out_why) : e;
    if (e == OK && s->schema.needs_rebuild) {
        e = rebuild(s, staging, arena, out_why);
    }
    s->watched = NULL; /* from here on source_cancel tells */
    if (e == OK) {
        *out = TAKE(s);
    } else if (e == ERR_DATABASE_DAMAGED && out_why->remedy == NULL) {
        char words[MENDING_SIZE];
        mending_words(path, words);
        out_why->remedy = arena_keep(arena, words);
    }
    return e;
}

void source_close(struct source **s)
{
    if (*s != NULL) {
        source_vfs_close(&(*s)->db);
        place_release(&(*s)->place);
        arena_destroy(&(*s)->arena);
        free(*s);
        *s = NULL;
    }
}

/* Nobody but the schema knows whether the rows have to be copied into tables with keys. */
static bool has_to_be_rebuilt(struct source *s)
{
    struct refusal why;
    s->live = surroundings_has_wal(&s->around);
    source_set_deadline(s, clock_monotonic_ms() + OPEN_STEPS_MS);
    return open_database(s, &why) == OK && schema_load(s->db, s->arena, &s->schema, &why) == OK &&
           s->schema.needs_rebuild;
}

bool source_opens_slowly(const char *path)
{
    OWNED(source_close) struct source *s = source_new(path);
    struct refusal why;
    enum file_kind kind = FILE_SQLITE;
    if (find_place(s, &why) != OK) {
        return false;
    }
    surroundings_read(&s->place, &s->around);
    return file_sniff(&s->place, &s->around, s->arena, &kind, &why) == OK &&
           (kind == FILE_ZIP || needs_copy(&s->around) || has_to_be_rebuilt(s));
}

enum err source_check_archive(const char *path, struct arena *arena, struct refusal *out_why)
{
    OWNED(source_close) struct source *s = source_new(path);
    enum file_kind kind = FILE_SQLITE;
    enum err e = find_place(s, out_why);
    if (e != OK) {
        return e;
    }
    surroundings_read(&s->place, &s->around);
    e = file_sniff(&s->place, &s->around, arena, &kind, out_why);
    return e == OK && kind == FILE_ZIP ? archive_check(&s->place, arena, out_why) : e;
}

/* ---- what is known of it ---- */

const char *source_path(const struct source *s)
{
    return s->path;
}

const char *source_given_path(const struct source *s)
{
    return s->given;
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
    surroundings_read(&s->place, &now);
    return surroundings_equal(&s->around, &now);
}

void source_set_deadline(struct source *s, int64_t monotonic_ms)
{
    s->deadline_ms = monotonic_ms;
    atomic_store(&s->cancelled, false);
}

void source_watch(struct source *s, const struct staging *staging)
{
    s->watched = staging;
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

/* tautulli.backup-20240101000000.db, also .sched.db: made whole, whatever wrote meanwhile. */
static bool is_tautullis_backup(const struct source *s)
{
    const char *slash = strrchr(s->path, '/');
    const char *name = database_name(s->path);
    name = name == s->path && slash != NULL ? slash + 1 : name;
    return strncmp(name, "tautulli.backup", 15) == 0 || strncmp(name, "plexpy.backup", 13) == 0;
}

/* A stopped Tautulli, and a backup of another name, look like this too: it is a hint and no more.
 */
const char *source_missing_wal_hint(struct source *s)
{
    int64_t changed_s = s->around.main.mtime_ns / 1000000000;
    int64_t newest_s = 0;
    if (s->live || s->staged || is_tautullis_backup(s) || !file_says_wal(&s->place)) {
        return NULL;
    }
    OWNED(arena_destroy) struct arena *arena = arena_new();
    enum err e = source_newest_s(s->db, &s->schema, changed_s + FUTURE_S, arena, &newest_s);
    return e != OK || changed_s <= newest_s + WAL_HINT_S
               ? NULL
               : "No -wal file lies beside this database: right for a backup or a stopped "
                 "Tautulli, but a copy of a running one lacks the newest plays without it. If it "
                 "is such a copy, copy tautulli.db-wal as well, or take one of Tautulli's backups";
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
