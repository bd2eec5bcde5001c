/* SPDX-License-Identifier: MIT
 * samples.c - when a job's points are as many as it may have, every second one goes and the time
 * between two of them doubles. */
#include "actors/history/samples.h"

#include "actors/history/progress.h"

enum { SAMPLES_PER_JOB = 600 };

static enum err thin(struct store *s, struct job *job)
{
    stmt_number(s->stmts[STMT_SAMPLES_THIN], 1, job->no);
    stmt_number(s->stmts[STMT_SAMPLES_RENUMBER], 1, job->no);
    enum err e = stmt_run(s->stmts[STMT_SAMPLES_THIN]);
    if (e == OK) {
        e = stmt_run(s->stmts[STMT_SAMPLES_RENUMBER]);
    }
    job->samples = (job->samples + 1) / 2;
    job->sample_step_ms *= 2;
    return e;
}

enum err sample_store(struct store *s, const struct active_job *active, struct job *job)
{
    if (job->elapsed_ms < active->sample_due && job->status == status_running) {
        return OK;
    }
    enum err e = job->samples >= SAMPLES_PER_JOB ? thin(s, job) : OK;
    sqlite3_stmt *put = s->stmts[STMT_SAMPLE_INSERT];
    stmt_number(put, 1, job->no);
    stmt_number(put, 2, job->samples++);
    stmt_number(put, 3, job->elapsed_ms);
    stmt_number(put, 4, (int64_t)job_processed(job));
    sqlite3_bind_double(put, 5, progress_rate(active));
    return e == OK ? stmt_run(put) : e;
}

void sample_stored(struct active_job *active)
{
    if (active->job.elapsed_ms >= active->sample_due) {
        active->sample_due = active->job.elapsed_ms + active->job.sample_step_ms;
    }
}
