/* SPDX-License-Identifier: MIT
 * sources.c - one file is one source under every name, path, version and server it is given. */
#include "actors/history/sources.h"

#include <string.h>

/* How samples compare with what is stored under one number. */
struct tally {
    size_t inside;  /* ids within the stored range */
    size_t matched; /* of these, stored with the same start, user and item */
};

static bool agrees(const char *stored, const char *given)
{
    return stored == NULL || given == NULL || strcmp(stored, given) == 0;
}

static enum err prepare_lookup(sqlite3 *db, const char *sql, int64_t no, sqlite3_stmt **out)
{
    enum err e = db_prepare(db, sql, out);
    if (e == OK) {
        stmt_number(*out, 1, no);
    }
    return e;
}

/* `sql` finds (user, item) of ?1 = number, ?2 = id, ?3 = start. */
static enum err tally_rows(sqlite3 *db, const char *sql, int64_t no, const struct row_key *samples,
                           size_t count, struct tally *tally)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = prepare_lookup(db, sql, no, &find);
    for (size_t i = 0; e == OK && i < count; i++) {
        stmt_number(find, 2, samples[i].native_id);
        stmt_number(find, 3, samples[i].started_at);
        bool row = false;
        e = stmt_row(find, &row);
        if (e == OK && row && agrees(row_text(find, 0), samples[i].user_id) &&
            agrees(row_text(find, 1), samples[i].rating_key)) {
            tally->matched++;
        }
        sqlite3_reset(find);
    }
    return e;
}

/* `sql` gives the lowest and highest id of ?1 = number. */
static enum err tally_inside(sqlite3 *db, const char *sql, int64_t no,
                             const struct row_key *samples, size_t count, struct tally *tally)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = prepare_lookup(db, sql, no, &find);
    bool row = false;
    if (e == OK) {
        e = stmt_row(find, &row);
    }
    if (e != OK || !row || row_is_null(find, 0)) {
        return e;
    }
    for (size_t i = 0; i < count; i++) {
        int64_t id = samples[i].native_id;
        tally->inside += id >= row_number(find, 0) && id <= row_number(find, 1);
    }
    return OK;
}

static bool is_same(const struct tally *tally)
{
    return tally->matched > 0 && tally->matched * 2 >= tally->inside;
}

static enum err tally_source(sqlite3 *db, int64_t no, const struct row_key *samples, size_t count,
                             struct tally *out)
{
    enum err e =
        tally_inside(db, "SELECT min(native_id), max(native_id) FROM plays WHERE source_id = ?1",
                     no, samples, count, out);
    if (e == OK) {
        e = tally_rows(db,
                       "SELECT user_id, rating_key FROM plays"
                       " WHERE source_id = ?1 AND native_id = ?2 AND started_at = ?3",
                       no, samples, count, out);
    }
    if (e == OK) {
        e = tally_rows(db,
                       "SELECT NULL, NULL FROM play_sources"
                       " WHERE source_id = ?1 AND native_id = ?2 AND started_at = ?3",
                       no, samples, count, out);
    }
    return e;
}

enum err source_match_rows(sqlite3 *db, const struct row_key *samples, size_t count,
                           int64_t *out_no)
{
    OWNED(stmt_finalize) sqlite3_stmt *sources = NULL;
    enum err e = db_prepare(db, "SELECT no FROM sources ORDER BY no DESC", &sources);
    int64_t best_no = 0;
    size_t best = 0;
    bool row = true;
    while (e == OK && row) {
        e = stmt_row(sources, &row);
        if (e == OK && row) {
            struct tally tally = {0};
            e = tally_source(db, row_number(sources, 0), samples, count, &tally);
            if (is_same(&tally) && tally.matched > best) {
                best = tally.matched;
                best_no = row_number(sources, 0);
            }
        }
    }
    if (e == OK) {
        *out_no = best_no;
    }
    return e;
}

enum err source_describe(sqlite3 *db, const struct row_key *samples, size_t count,
                         struct arena *arena, struct source_matched *out)
{
    int64_t no = 0;
    enum err e = source_match_rows(db, samples, count, &no);
    if (e != OK || no == 0) {
        return e;
    }
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    e = prepare_lookup(db, "SELECT server_id, plays FROM sources WHERE no = ?1", no, &find);
    bool row = false;
    if (e == OK) {
        e = stmt_row(find, &row);
    }
    if (e == OK && row) {
        out->known = true;
        out->server_id = arena_keep(arena, row_text(find, 0));
        out->plays = (uint64_t)row_number(find, 1);
    }
    return e;
}

/* By the samples kept with the plan: of the ids both have, at least half must have the same start.
 */
static enum err is_by_keys(sqlite3 *db, const struct job *job, const struct row_key *samples,
                           size_t count, bool *out)
{
    struct tally tally = {0};
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = prepare_lookup(
        db, "SELECT started_at FROM job_keys WHERE job_no = ?1 AND native_id = ?2", job->no, &find);
    for (size_t i = 0; e == OK && i < count; i++) {
        stmt_number(find, 2, samples[i].native_id);
        bool row = false;
        e = stmt_row(find, &row);
        tally.inside += row;
        tally.matched += row && row_number(find, 0) == samples[i].started_at;
        sqlite3_reset(find);
    }
    if (e == OK) {
        *out = is_same(&tally) || (count == 0 && job->total == 0);
    }
    return e;
}

static enum err tally_dry(sqlite3 *db, const struct job *job, const struct row_key *samples,
                          size_t count, struct tally *out)
{
    enum err e =
        tally_inside(db, "SELECT min(native_id), max(native_id) FROM dry_keys WHERE job_no = ?1",
                     job->no, samples, count, out);
    if (e == OK) {
        e = tally_rows(db,
                       "SELECT NULL, NULL FROM dry_keys"
                       " WHERE job_no = ?1 AND native_id = ?2 AND started_at = ?3",
                       job->no, samples, count, out);
    }
    return e;
}

enum err source_is_jobs(sqlite3 *db, const struct job *job, const struct row_key *samples,
                        size_t count, bool *out)
{
    enum err e = OK;
    if (job->source_no != 0) {
        int64_t no = 0;
        e = source_match_rows(db, samples, count, &no);
        if (e != OK || no != 0) {
            *out = no == job->source_no;
            return e;
        }
    } else if (job->dry_run) {
        struct tally tally = {0};
        e = tally_dry(db, job, samples, count, &tally);
        if (e != OK || is_same(&tally)) {
            *out = true;
            return e;
        }
    }
    return is_by_keys(db, job, samples, count, out);
}

static enum err keep_samples(struct store *s, const struct job *job, const struct job_plan *plan)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    enum err e =
        prepare_lookup(s->db, "INSERT OR REPLACE INTO job_keys VALUES (?1, ?2, ?3)", job->no, &put);
    for (size_t i = 0; e == OK && i < plan->samples_count; i++) {
        bool row = false;
        stmt_number(put, 2, plan->samples[i].native_id);
        stmt_number(put, 3, plan->samples[i].started_at);
        e = stmt_row(put, &row);
        sqlite3_reset(put);
    }
    return e;
}

static enum err keep_people(struct store *s, int64_t source_no, const struct job_plan *plan)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    enum err e = prepare_lookup(s->db,
                                "INSERT INTO users VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE"
                                " SET name = coalesce(excluded.name, name),"
                                " display_name = coalesce(excluded.display_name, display_name)",
                                source_no, &put);
    for (size_t i = 0; e == OK && i < plan->people_count; i++) {
        const struct person *person = &plan->people[i];
        if (person->user_id != NULL) {
            bool row = false;
            stmt_text(put, 2, person->user_id);
            stmt_text(put, 3, person->name);
            stmt_text(put, 4, person->display_name);
            e = stmt_row(put, &row);
            sqlite3_reset(put);
        }
    }
    return e;
}

static enum err keep_libraries(struct store *s, int64_t source_no, const struct job_plan *plan)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    enum err e = prepare_lookup(s->db,
                                "INSERT INTO libraries VALUES (?1, ?2, ?3, ?4, ?5)"
                                " ON CONFLICT DO UPDATE SET name = coalesce(excluded.name, name),"
                                " kind = coalesce(excluded.kind, kind)",
                                source_no, &put);
    for (size_t i = 0; e == OK && i < plan->libraries_count; i++) {
        const struct library *library = &plan->libraries[i];
        bool row = false;
        stmt_text(put, 2, library->section_id);
        stmt_text(put, 3, library->server_id);
        stmt_text(put, 4, library->name);
        stmt_text(put, 5, library->kind);
        e = stmt_row(put, &row);
        sqlite3_reset(put);
    }
    return e;
}

static enum source_kind kind_of(enum operation operation)
{
    return operation == operation_tautulli_import ? source_kind_tautulli : source_kind_plex;
}

static enum err make_source(struct store *s, struct job *job, const struct job_plan *plan,
                            int64_t now)
{
    OWNED(stmt_finalize) sqlite3_stmt *make = NULL;
    enum err e = db_prepare(s->db,
                            "INSERT INTO sources (kind, server_id, server_name, created_at)"
                            " VALUES (?1, ?2, ?3, ?4)",
                            &make);
    if (e != OK) {
        return e;
    }
    stmt_number(make, 1, kind_of(job->operation));
    stmt_text(make, 2, plan->server_id);
    stmt_text(make, 3, plan->server_name);
    stmt_number(make, 4, now);
    e = stmt_run(make);
    if (e == OK) {
        job->source_no = sqlite3_last_insert_rowid(s->db);
    }
    return e;
}

/* A server that was asked for by name replaces the one known so far. */
static enum err name_server(struct store *s, const struct job *job, const struct job_plan *plan)
{
    OWNED(stmt_finalize) sqlite3_stmt *name = NULL;
    enum err e = prepare_lookup(s->db,
                                "UPDATE sources SET server_id = ?2,"
                                " server_name = coalesce(?3, server_name) WHERE no = ?1",
                                job->source_no, &name);
    if (e == OK) {
        stmt_text(name, 2, plan->server_id);
        stmt_text(name, 3, plan->server_name);
        e = stmt_run(name);
    }
    return e;
}

enum err source_adopt(struct store *s, struct job *job, const struct job_plan *plan, int64_t now)
{
    int64_t known = 0;
    enum err e = source_match_rows(s->db, plan->samples, plan->samples_count, &known);
    if (e == OK) {
        job->source_no = known;
        e = keep_samples(s, job, plan);
    }
    if (e != OK || job->dry_run) {
        return e;
    }
    if (known == 0) {
        e = make_source(s, job, plan, now);
    } else if (job->server_id != NULL) {
        e = name_server(s, job, plan);
    }
    if (e == OK) {
        e = keep_people(s, job->source_no, plan);
    }
    if (e == OK) {
        e = keep_libraries(s, job->source_no, plan);
    }
    return e;
}
