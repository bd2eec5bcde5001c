/* SPDX-License-Identifier: MIT
 * sources.c - within the plan's transaction: the source that a job's rows go under, its people and
 * libraries, and what a resume checks the file by. */
#include "actors/history/sources.h"

#include "actors/history/groups/regroup.h"

#include <string.h>

#include "actors/history/forgotten_rows.h"
#include "actors/history/people_fold.h"
#include "proto/schema/operations.h"

/* ---- what a resume checks the file by ---- */

static enum err keep_samples(struct store *s, const struct job *job, const struct job_plan *plan)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    enum err e = db_prepare_with(s->db, "INSERT OR REPLACE INTO job_keys VALUES (?1, ?2, ?3)",
                                 job->no, &put);
    for (size_t i = 0; e == OK && i < plan->samples_count; i++) {
        bool row = false;
        native_bind(put, 2, &plan->samples[i].native_id);
        stmt_number(put, 3, plan->samples[i].started_at);
        e = stmt_row(put, &row);
        sqlite3_reset(put);
    }
    return e;
}

enum err kept_rows(sqlite3 *db, int64_t job_no, struct arena *arena, struct row_key **out,
                   size_t *out_count)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = db_prepare_with(
        db, "SELECT native_id, started_at FROM job_keys WHERE job_no = ?1 LIMIT 64", job_no, &list);
    *out = arena_alloc(arena, SAMPLES_MAX * sizeof **out);
    *out_count = 0;
    bool row = true;
    while (e == OK && row) {
        e = stmt_row(list, &row);
        if (e == OK && row) {
            (*out)[(*out_count)++] = (struct row_key){.native_id = native_read(list, 0, arena),
                                                      .started_at = row_number(list, 1)};
        }
    }
    return e;
}

enum err kept_compare(sqlite3 *db, const struct job *job, const struct row_key *samples,
                      size_t count, enum kept_match *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare_with(
        db, "SELECT max(started_at = ?3) FROM job_keys WHERE job_no = ?1 AND native_id = ?2",
        job->no, &find);
    *out = KEPT_NONE_SHARED;
    for (size_t i = 0; e == OK && *out != KEPT_DIFFER && i < count; i++) {
        bool row = false;
        native_bind(find, 2, &samples[i].native_id);
        stmt_number(find, 3, samples[i].started_at);
        e = stmt_row(find, &row);
        if (e == OK && row && !row_is_null(find, 0)) {
            *out = row_number(find, 0) != 0 ? KEPT_AGREE : KEPT_DIFFER;
        }
        sqlite3_reset(find);
    }
    return e;
}

/* ---- people and libraries ---- */

/* Of accounts that are kept away not even the names. */
static enum err keep_people(struct store *s, const struct job *job, const struct job_plan *plan)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    const char *server_id = NULL;
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    enum err e = db_prepare_with(s->db,
                                 "INSERT INTO users (source_no, user_id, name, display_name,"
                                 " is_admin) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE"
                                 " SET name = coalesce(excluded.name, name),"
                                 " display_name = coalesce(excluded.display_name, display_name),"
                                 " is_admin = coalesce(excluded.is_admin, is_admin)",
                                 job->source_no, &put);
    e = e == OK ? forgotten_server(s, job, arena, &server_id) : e;
    for (size_t i = 0; e == OK && i < plan->people_count; i++) {
        const struct person *person = &plan->people[i];
        if (person->user_id != NULL && !people_forgot(s->people, server_id, person->user_id)) {
            bool row = false;
            stmt_text(put, 2, person->user_id);
            stmt_text(put, 3, person->name);
            stmt_text(put, 4, person->display_name);
            if (person->has_is_admin) {
                stmt_number(put, 5, person->is_admin);
            } else {
                (void)sqlite3_bind_null(put, 5);
            }
            e = stmt_row(put, &row);
            sqlite3_reset(put);
        }
    }
    return e;
}

static enum err keep_libraries(struct store *s, int64_t source_no, const struct job_plan *plan)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    enum err e = db_prepare_with(
        s->db,
        "INSERT INTO libraries VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT DO UPDATE SET rank = excluded.rank, name = coalesce(excluded.name, name),"
        " kind = coalesce(excluded.kind, kind)",
        source_no, &put);
    for (size_t i = 0; e == OK && i < plan->libraries_count; i++) {
        const struct library *library = &plan->libraries[i];
        bool row = false;
        stmt_text(put, 2, library->section_id);
        stmt_text(put, 3, library->server_id);
        stmt_text(put, 4, library->name);
        stmt_text(put, 5, library->kind);
        stmt_number(put, 6, (int64_t)i);
        e = stmt_row(put, &row);
        sqlite3_reset(put);
    }
    return e;
}

/* ---- the source ---- */

/* Of an operation per server the plan says it. */
static enum source_kind kind_of(const struct job *job, const struct job_plan *plan)
{
    const struct operation_desc *operation = &operations[job->operation];
    return operation->per_server ? plan->kind : operation->source;
}

/* The server that was asked for as sources call it; what is of the registry has an id of that. */
static const char *asked_server(const struct job *job)
{
    return operations[job->operation].of_server ? NULL : job->server_id;
}

/* A member of the family by one of its servers, lowest first; 0 if there is none. */
static enum err find_member(sqlite3 *db, const char *condition, const char *server_id,
                            const struct members *members, int64_t *out)
{
    OWNED(db_free)
    char *sql = sqlite3_mprintf("SELECT no FROM sources WHERE no = ?1 AND %s", condition);
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(db, sql, &find);
    *out = 0;
    for (size_t i = 0; e == OK && *out == 0 && i < members->count; i++) {
        bool row = false;
        stmt_number(find, 1, members->no[i]);
        stmt_text(find, 2, server_id);
        e = stmt_row(find, &row);
        *out = e == OK && row ? row_number(find, 0) : 0;
        sqlite3_reset(find);
    }
    return e;
}

/* The member that the file's rows go under: that of the server asked for, else the one that such
 * files were of before. A file that does not know its server is of the family's first; a member
 * whose server was made up takes the first real one. */
static enum err choose_member(sqlite3 *db, const struct job *job, const struct job_plan *plan,
                              const struct members *members, int64_t *out)
{
    enum err e = OK;
    *out = 0;
    if (asked_server(job) != NULL) {
        e = find_member(db, "server_id = ?2", asked_server(job), members, out);
    }
    if (e == OK && *out == 0 && plan->own_server_id == NULL) {
        *out = members->count > 0 ? members->no[0] : 0;
    } else if (e == OK && *out == 0) {
        e = find_member(db, "own_server_id = ?2", plan->own_server_id, members, out);
    }
    if (e == OK && *out == 0) {
        e = find_member(db, "?2 IS NOT NULL AND own_server_id IS NULL", plan->own_server_id,
                        members, out);
    }
    return e;
}

static enum err make_source(struct store *s, struct job *job, const struct job_plan *plan,
                            const struct members *members, int64_t now)
{
    OWNED(stmt_finalize) sqlite3_stmt *make = NULL;
    enum err e = db_prepare_with(s->db,
                                 "INSERT INTO sources (kind, server_id, own_server_id, server_name,"
                                 " created_at, family) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                                 kind_of(job, plan), &make);
    if (e != OK) {
        return e;
    }
    stmt_text(make, 2, plan->server_id);
    stmt_text(make, 3, plan->own_server_id);
    stmt_text(make, 4, plan->server_name);
    stmt_number(make, 5, now);
    stmt_number(make, 6, members->count > 0 ? members->no[0] : 0);
    e = stmt_run(make);
    if (e == OK) {
        job->source_no = sqlite3_last_insert_rowid(s->db);
    }
    return e == OK && members->count == 0
               ? db_exec(s->db, "UPDATE sources SET family = no WHERE family = 0")
               : e;
}

/* NULL: not known. */
static char *server_of(sqlite3 *db, int64_t source_no)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    bool found = db_prepare_with(db, "SELECT server_id FROM sources WHERE no = ?1", source_no,
                                 &find) == OK &&
                 stmt_row(find, &row) == OK && row && !row_is_null(find, 0);
    return found ? must_strdup(row_text(find, 0)) : NULL;
}

/* A server that was asked for by name replaces the one known so far, and a real one a made-up one.
 */
static enum err name_server(struct store *s, const struct job *job, const struct job_plan *plan)
{
    OWNED(free_text) char *before = server_of(s->db, job->source_no);
    OWNED(stmt_finalize) sqlite3_stmt *name = NULL;
    enum err e =
        db_prepare_with(s->db,
                        "UPDATE sources SET server_name = coalesce(?4, server_name),"
                        " server_id = CASE WHEN ?2 IS NOT NULL THEN ?2"
                        " WHEN own_server_id IS NULL AND ?3 IS NOT NULL"
                        " AND server_id GLOB 'tautulli-[0-9a-f]*' THEN ?3 ELSE server_id END,"
                        " own_server_id = coalesce(own_server_id, ?3) WHERE no = ?1",
                        job->source_no, &name);
    if (e == OK) {
        stmt_text(name, 2, asked_server(job));
        stmt_text(name, 3, plan->own_server_id);
        stmt_text(name, 4, plan->server_name);
        e = stmt_run(name);
    }
    OWNED(free_text) char *after = e == OK ? server_of(s->db, job->source_no) : NULL;
    bool moved = before != NULL && after != NULL && strcmp(before, after) != 0;
    e = e == OK && moved ? people_move_server(s, before, after) : e;
    return e == OK && moved ? regroup_mark(s) : e;
}

static enum err keep_warnings(struct store *s, const struct job *job, const struct job_plan *plan)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    enum err e = db_prepare_with(s->db, "INSERT OR REPLACE INTO job_warnings VALUES (?1, ?2, ?3)",
                                 job->no, &put);
    for (size_t i = 0; e == OK && i < plan->warnings_count; i++) {
        stmt_number(put, 1, job->no);
        stmt_number(put, 2, (int64_t)i);
        stmt_text(put, 3, plan->warnings[i]);
        e = stmt_run(put);
    }
    return e;
}

/* What a run does to the sources, and a dry run does not. */
static enum err adopt_source(struct store *s, struct job *job, const struct job_plan *plan,
                             struct members *members, int64_t now)
{
    enum err e = family_join(s->db, members);
    if (e == OK) {
        e = job->source_no == 0 ? make_source(s, job, plan, members, now)
                                : name_server(s, job, plan);
    }
    if (e == OK) {
        e = keep_people(s, job, plan);
    }
    if (e == OK) {
        e = keep_libraries(s, job->source_no, plan);
    }
    struct members own = {.count = 1, .no = {job->source_no}};
    return e == OK ? members_keep(s->db, job->no, &own) : e;
}

static enum err match_plan(struct store *s, const struct job *job, const struct job_plan *plan,
                           struct members *out)
{
    const struct file_rows file = {.samples = plan->samples,
                                   .samples_count = plan->samples_count,
                                   .found = plan->found,
                                   .found_count = plan->found_count};
    enum source_kind kind = kind_of(job, plan);
    return kind == source_kind_tautulli ? family_match(s->db, kind, &file, out)
                                        : family_of_server(s->db, kind, plan->server_id, out);
}

enum err source_check_again(struct store *s, const struct job *job, const struct job_plan *plan)
{
    struct members members;
    enum err e = match_plan(s, job, plan, &members);
    if (e == OK && !job->dry_run) {
        e = family_join(s->db, &members);
    }
    return e == OK ? members_keep(s->db, job->no, &members) : e;
}

/* Whose rows those of a dry run would be: of the source that is known, else as the plan says. */
static enum err keep_server(struct store *s, const struct job *job, const struct job_plan *plan)
{
    OWNED(stmt_finalize) sqlite3_stmt *keep = NULL;
    enum err e = db_prepare_with(s->db,
                                 "INSERT OR REPLACE INTO dry_servers VALUES (?1,"
                                 " coalesce((SELECT server_id FROM sources WHERE no = ?2), ?3))",
                                 job->no, &keep);
    if (e == OK) {
        stmt_number(keep, 2, job->source_no);
        stmt_text(keep, 3, plan->server_id);
        e = stmt_run(keep);
    }
    return e;
}

enum err source_adopt(struct store *s, struct job *job, const struct job_plan *plan, int64_t now)
{
    struct members members;
    int64_t before = job->source_no; /* of a job that begins anew, and brings its first plays */
    enum err e = match_plan(s, job, plan, &members);
    if (e == OK) {
        e = choose_member(s->db, job, plan, &members, &job->source_no);
    }
    job->source_no = job->source_no != 0 ? job->source_no : before;
    if (e == OK) {
        e = members_keep(s->db, job->no, &members);
    }
    if (e == OK) {
        e = keep_samples(s, job, plan);
    }
    if (e == OK) {
        e = keep_warnings(s, job, plan);
    }
    if (e == OK && job->dry_run) {
        e = keep_server(s, job, plan);
    }
    return e == OK && !job->dry_run ? adopt_source(s, job, plan, &members, now) : e;
}
