/* SPDX-License-Identifier: MIT
 * progress.c - percent, rate, elapsed and remaining time of a job. */
#include "actors/history/progress.h"

#include <math.h>
#include <string.h>

#include "actors/shared/database_path.h"
#include "proto/schema/operations.h"

static const double rate_span_ms = 10000; /* the mean's memory */
enum { RATE_MS = 100 };                   /* shorter spans are too noisy to measure */

void progress_update_rate(struct active_job *active, int64_t now)
{
    int64_t span = now - active->rate_at;
    if (span < RATE_MS) {
        return;
    }
    uint64_t processed = job_processed(&active->job);
    double rate = (double)(processed - active->rate_processed) * 1000 / (double)span;
    double share = 1 - exp(-(double)span / rate_span_ms);
    active->rate_sum += share * (rate - active->rate_sum);
    active->rate_weight += share * (1 - active->rate_weight);
    active->rate_at = now;
    active->rate_processed = processed;
}

double progress_rate(const struct active_job *active)
{
    return active->rate_weight > 0 ? active->rate_sum / active->rate_weight : 0;
}

int64_t progress_elapsed_ms(struct active_job *active, int64_t now)
{
    if (active->job.status == status_running && now > active->counted_to) {
        active->job.elapsed_ms += now - active->counted_to;
        active->counted_to = now;
    }
    return active->job.elapsed_ms;
}

/* More came than was planned, as of a server that does not say how much it has. */
static bool is_uncounted(const struct job *job)
{
    return job_processed(job) > job->total;
}

static double percent(const struct job *job)
{
    if (job->status == status_completed) {
        return 100;
    }
    if (!job->planned || job->total == 0 || (job->status == status_running && is_uncounted(job))) {
        return 0;
    }
    double part = (double)job_processed(job) * 100 / (double)job->total;
    return part < 99.99 ? part : 99.99;
}

static void fill_rate(const struct active_job *active, struct progress *out)
{
    const struct job *job = &active->job;
    if (job->status != status_running) {
        double seconds = (double)job->elapsed_ms / 1000;
        out->records_per_second = seconds > 0 ? (double)job_processed(job) / seconds : 0;
        return;
    }
    out->records_per_second = progress_rate(active);
    if (job->planned && out->records_per_second > 0 && job->total > job_processed(job)) {
        out->estimated_remaining_seconds =
            (double)(job->total - job_processed(job)) / out->records_per_second;
    }
}

static void fill_errors(const struct active_job *active, struct arena *arena, struct progress *out)
{
    size_t count = active->errors_count < ERRORS_SHOWN ? active->errors_count : ERRORS_SHOWN;
    out->errors = arena_alloc(arena, (count + 1) * sizeof *out->errors);
    out->errors_count = count;
    for (size_t i = 0; i < count; i++) {
        const struct shown_error *shown =
            &active->errors[(active->errors_count - 1 - i) % ERRORS_SHOWN];
        struct sync_error *error = &out->errors[i];
        error->timestamp = shown->at;
        struct native_id record = native_kept(&shown->record);
        PUT(error, record_id, native_own(&record, arena));
        error->message = arena_keep(arena, shown->message);
        error->recoverable = true;
    }
}

static void fill_phase(const struct active_job *active, struct progress *out)
{
    out->message = active->message != NULL ? active->message : active->notice;
    if (active->coordinator_away) {
        PUT(out, phase, phase_waiting);
        out->waiting_for = operations[active->job.operation].coordinator;
    } else if (active->has_phase) {
        PUT(out, phase, active->phase);
        out->waiting_for = active->waiting_for;
    } else {
        PUT(out, phase, active->job.planned ? phase_importing : phase_opening);
    }
}

static void fill_counters(const struct job *job, struct progress *out)
{
    out->total_records = !is_uncounted(job)              ? job->total
                         : job->status == status_running ? 0
                                                         : job_processed(job);
    out->processed_records = job_processed(job);
    out->imported_records = job->imported;
    out->skipped_records = job->duplicate + job->merged;
    out->error_count = job->errors;
    out->duplicate_records = job->duplicate;
    out->updated_records = job->updated;
    out->merged_records = job->merged;
    out->vanished_records = job->vanished;
    out->progress_percent = percent(job);
}

/* Where the sentence is another than the code's, as of a -wal that does not fit, no page is known
 * to be damaged. */
static const char *remedy(const struct job *job, struct arena *arena)
{
    const char *sentence = err_sentence(ERR_DATABASE_DAMAGED);
    if (!operations[job->operation].titled_by_path || job->error_code == NULL ||
        err_from_code(job->error_code) != ERR_DATABASE_DAMAGED || job->title == NULL ||
        strncmp(job->error_text, sentence, strlen(sentence)) != 0) {
        return NULL;
    }
    char words[MENDING_SIZE];
    mending_words(job->title, words);
    return arena_keep(arena, words);
}

void progress_fill(struct active_job *active, int64_t now, struct arena *arena,
                   struct progress *out)
{
    struct job *job = &active->job;
    *out = (struct progress){.operation = job->operation, .status = job->status};
    if (job->status == status_running) {
        job_raise_seq(job, now);
        fill_phase(active, out);
    }
    if (operations[job->operation].per_server) {
        out->server_id = job->server_id;
    }
    fill_counters(job, out);
    out->elapsed_seconds = (double)progress_elapsed_ms(active, now) / 1000;
    fill_rate(active, out);
    PUT(out, start_time, job->started_at);
    if (job->ended_at != 0) {
        PUT(out, end_time, job->ended_at);
    }
    if (job->has_last || (job->planned && job->next_id > job->first_id)) {
        PUT(out, last_processed_id, job->next_id - 1);
    }
    PUT(out, dry_run, job->dry_run);
    PUT(out, attempt, job->attempt);
    out->correlation_id = job->job_id;
    out->job_id = job->job_id;
    out->seq = job->seq;
    out->error = job->error_text;
    out->error_code = job->error_code;
    out->remedy = remedy(job, arena);
    fill_errors(active, arena, out);
}

void progress_own(struct progress *records, size_t count, struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        struct progress *p = &records[i];
        const char **texts[] = {&p->server_id, &p->correlation_id, &p->job_id,     &p->waiting_for,
                                &p->message,   &p->error,          &p->error_code, &p->remedy};
        for (size_t k = 0; k < COUNT_OF(texts); k++) {
            *texts[k] = arena_keep(arena, *texts[k]);
        }
    }
}
