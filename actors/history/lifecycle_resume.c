/* SPDX-License-Identifier: MIT
 * lifecycle_resume.c - which job a resume goes on with, and what a person hears if there is none.
 */
#include <string.h>

#include "actors/history/lifecycle_parts.h"
#include "actors/history/own_jobs.h"
#include "actors/history/sources.h"
#include "actors/shared/database_path.h"
#include "proto/base/clock.h"
#include "proto/schema/operations.h"

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Is this job, which could be resumed, about the subject and the rows that were asked for? By the
 * rows that its plan kept, else by the title, if both have one; the coordinator then looks for all
 * of them in the source. */
static enum err is_asked_for(const struct history *h, const struct job *job,
                             const struct job_create *ask, bool *out)
{
    enum kept_match match = KEPT_NONE_SHARED;
    *out = false;
    if (!is_of_subject(job, ask->operation, ask->server_id)) {
        return OK;
    }
    if (own_operation(ask->operation) != NULL) {
        *out = job->params.size == ask->params.size &&
               memcmp(job->params.data, ask->params.data, ask->params.size) == 0;
        return OK;
    }
    if (ask->has_whole && ask->whole && !job->whole) {
        return OK; /* it reads less */
    }
    enum err e = kept_compare(h->store->db, job, ask->samples, ask->samples_count, &match);
    bool same_title = same_text(job->title, ask->title);
    *out = match == KEPT_AGREE || (match == KEPT_NONE_SHARED && same_title);
    return e;
}

/* What a person hears where nothing of this database can be resumed: that its import completed,
 * where the newest one did. */
static enum err nothing_left(const struct history *h, const struct job_create *ask,
                             struct arena *arena, bool *out_told, struct refusal *out_why)
{
    OWNED(db_free)
    char *sql = job_sql_select("WHERE operation = ?1 AND planned ORDER BY seq DESC LIMIT 200");
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(h->store->db, sql, &find);
    stmt_number(find, 1, ask->operation);
    bool row = e == OK;
    bool same = false;
    *out_told = false;
    while (e == OK && !same && (e = stmt_row(find, &row)) == OK && row) {
        OWNED(job_release) struct job job;
        job_read(find, &job);
        bool other_kind = ask->has_dry_run && ask->dry_run != job.dry_run;
        e = other_kind ? OK : is_asked_for(h, &job, ask, &same);
        if (e == OK && same && job.status == status_completed) {
            const struct operation_desc *words = &operations[job.operation];
            *out_told = true;
            *out_why = (struct refusal){
                .code = err_code(ERR_NOTHING_TO_RESUME),
                .text = arena_format(
                    arena, "There is nothing to resume: the %s of this %s completed (job %.8s)",
                    job.dry_run ? "dry run" : words->noun, words->works_on, job.job_id),
                .remedy = arena_format(arena,
                                       "To take in what has come since, start a fresh %s: what is "
                                       "stored already is not stored twice",
                                       words->noun)};
        }
    }
    return e;
}

/* Why none can be resumed, by name: the one that could is of another database, `other` (owned by
 * the arena, NULL if unnamed), unless this one's import completed. */
static enum err none_resumable(const struct history *h, const struct job_create *ask, enum err none,
                               const char *other, struct arena *arena, struct refusal *out_why)
{
    bool told = false;
    enum err e = nothing_left(h, ask, arena, &told, out_why);
    if (e != OK || told) {
        return e != OK ? e : ERR_NOTHING_TO_RESUME;
    }
    const struct operation_desc *words = &operations[ask->operation];
    if (none == ERR_NOTHING_TO_RESUME && !words->titled_by_path) {
        *out_why = (struct refusal){
            .code = err_code(none),
            .text = arena_format(arena, "There is nothing to resume for this %s", words->works_on),
            .remedy = arena_format(arena, "Start a fresh %s", words->noun)};
    }
    if (none == ERR_RESUME_MISMATCH && other != NULL) {
        *out_why = (struct refusal){
            .code = err_code(none),
            .text = arena_format(arena, "The %s that can be resumed is of another %s: %s",
                                 words->noun, words->works_on, other),
            .remedy = arena_format(arena, "Resume that one, or start a fresh %s of this %s",
                                   words->noun, words->works_on)};
    }
    return none;
}

static enum err find_resumable(const struct history *h, const struct job_create *ask,
                               struct arena *arena, struct job *out, struct refusal *out_why)
{
    OWNED(db_free)
    char *sql = job_sql_select(
        "WHERE operation = ?1 AND resumable AND status IN (%d, %d)"
        " ORDER BY dry_run, seq DESC", /* unless told, a run that stores comes first */
        status_error, status_cancelled);
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(h->store->db, sql, &find);
    if (e != OK) {
        return e;
    }
    stmt_number(find, 1, ask->operation);
    enum err none = ERR_NOTHING_TO_RESUME;
    const char *other = NULL;
    for (;;) {
        bool row = false;
        e = stmt_row(find, &row);
        if (e != OK || !row) {
            return e != OK ? e : none_resumable(h, ask, none, other, arena, out_why);
        }
        OWNED(job_release) struct job job;
        job_read(find, &job);
        if (ask->has_dry_run && ask->dry_run != job.dry_run) {
            continue; /* who asks for a preview must not get a run that stores */
        }
        bool same = false;
        e = is_asked_for(h, &job, ask, &same);
        /* At its own path another one stands: then the sentence of the code is true. */
        if (none == ERR_NOTHING_TO_RESUME && !same_text(job.title, ask->title)) {
            bool path = job.title != NULL && operations[job.operation].titled_by_path;
            other = arena_keep(arena, path ? database_name(job.title) : job.title);
        }
        none = ERR_RESUME_MISMATCH;
        if (e != OK || same) {
            *out = job;
            job = (struct job){0};
            return e;
        }
    }
}

static enum err begin_attempt(struct job *job, const struct job_create *ask)
{
    if (!job_move(job, status_running)) {
        return ERR_NOTHING_TO_RESUME;
    }
    job->attempt++;
    job->attempt_at = clock_wall_ms();
    job->earlier_ms = job->elapsed_ms;
    job->ended_at = 0;
    job->scheduled = ask->has_scheduled && ask->scheduled;
    job_set_text(&job->start_id, ask->job_id);
    job_set_text(&job->error_code, NULL);
    job_set_text(&job->error_text, NULL);
    if (ask->title != NULL) { /* its source may have moved */
        job_set_text(&job->title, ask->title);
        job_set_bytes(&job->params, ask->params);
    }
    if (job->server_id == NULL && operations[job->operation].of_server) {
        job_set_text(&job->server_id, ask->server_id); /* versions before did not keep it */
    }
    return OK;
}

enum err lifecycle_resume(struct history *h, const struct job_create *ask, int64_t now,
                          struct arena *arena, struct active_job **out, struct refusal *out_why)
{
    OWNED(job_release) struct job job = {0};
    enum err e = find_resumable(h, ask, arena, &job, out_why);
    if (e != OK) {
        return e;
    }
    OWNED(free_text) char *ended_with = TAKE(job.error_text);
    e = begin_attempt(&job, ask);
    job.seq = active_job_next_seq(h, &job, now);
    e = e == OK ? store_begin(h->store, true) : e;
    if (e != OK) {
        return e;
    }
    e = store_end(h->store, job_update(h->store, &job));
    if (e != OK) {
        return e;
    }
    OWNED(active_job_destroy) struct active_job *loaded = NULL;
    e = active_job_load(h, &job, now, &loaded);
    if (e == OK) {
        *out = active_job_put(h, &loaded->job, now);
        memcpy((*out)->errors, loaded->errors, sizeof loaded->errors);
        (*out)->errors_count = loaded->errors_count;
        memset(loaded->errors, 0, sizeof loaded->errors);
        (*out)->ended_with = TAKE(ended_with);
    }
    return e;
}
