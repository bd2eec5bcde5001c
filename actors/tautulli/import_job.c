/* SPDX-License-Identifier: MIT
 * import_job.c - what an import does with its source, and what it tells the history of it. Every
 * piece of work has a deadline, so a hostile file cannot hold the thread. */
#include "actors/tautulli/import_job.h"

#include <stdlib.h>
#include <string.h>

#include "actors/shared/retry.h"
#include "actors/tautulli/path.h"
#include "proto/base/clock.h"
#include "proto/wire/codec.h"

#define ASK_MS 5000
#define PROBE_MS 2000
#define CHECK_MS 5000
#define PLAN_MS 600000
#define SLICE_MS 30000
#define PACK_MS 2000      /* a parcel; what was read by then is sent */
#define PEOPLE_MAX 100000 /* as the schema has it */
#define LIBRARIES_MAX 10000

/* ---- life ---- */

void import_job_init(struct runner_job *job)
{
    fetch_init(&import_job_of(job)->fetch, job);
}

void import_job_release(struct runner_job *job)
{
    struct import_job *j = import_job_of(job);
    fetch_release(&j->fetch);
    msg_destroy(&j->known);
    parcel_release(&j->parcel);
}

void import_job_begin_at(struct runner_job *job, int64_t position)
{
    struct import_job *j = import_job_of(job);
    j->slice_from = position;
    j->sliced_all = job->task.planned && position > job->task.last_id;
}

bool import_job_has_own_workers(const struct import_job *j)
{
    return config_number(j->config, SETTING_import_workers) >= 0;
}

bool import_job_is_away(enum err e)
{
    return e == ERR_FILE_NOT_FOUND || e == ERR_DATABASE_BUSY || e == ERR_PATH_NOT_ALLOWED ||
           fetch_may_heal(e);
}

const char *import_job_server_id(const struct import_job *j)
{
    const char *asked = j->job.task.server_id;
    if (asked != NULL && asked[0] != '\0') {
        return asked;
    }
    bool by_fetch = source_server_is_made_up(j->source) && j->fetch.identity != NULL;
    return by_fetch ? j->fetch.identity : source_server_id(j->source);
}

/* ---- opening and closing ---- */

void close_and_unstage(struct source **source, const struct staging *staging)
{
    if (*source == NULL) {
        return;
    }
    OWNED(free_text)
    char *staged = source_is_staged(*source) ? must_strdup(source_path(*source)) : NULL;
    source_close(source);
    if (staged != NULL) {
        source_remove_staged(staging->dir, staged);
    }
}

void import_job_close(struct runner_job *job)
{
    struct import_job *j = import_job_of(job);
    close_and_unstage(&j->source, &j->staging);
    if (j->fetched != NULL) {
        source_remove_staged(j->staging.dir, j->fetched);
        free_text(&j->fetched);
    }
    job->open = false;
}

void import_job_interrupt(struct runner_job *job)
{
    source_cancel(import_job_of(job)->source);
}

/* *out_real NULL: it is no file, but imported from its address. */
static enum err resolve(struct import_job *j, const char **out_real)
{
    struct runner_job *job = &j->job;
    struct import_params params;
    struct bytes packed = job->task.params;
    enum err e = record_unpack(desc_import_params(), packed.data, packed.size, job->work_arena,
                               &params, NULL);
    if (e != OK || params.tautulli_id != NULL) {
        return e;
    }
    return path_resolve(j->config, params.db_path, job->work_arena, out_real, &job->why);
}

static enum err open_source(struct import_job *j, const char *real)
{
    struct runner_job *job = &j->job;
    enum err e = source_open(real, &j->staging, job->work_arena, &j->source, &job->why);
    job->open = e == OK;
    j->opened = (uint64_t)clock_wall_ms();
    return e;
}

bool import_job_ready_to_open(struct runner_job *job)
{
    struct import_job *j = import_job_of(job);
    struct import_params params;
    struct bytes packed = job->task.params;
    if (j->tautulli_id == NULL && record_unpack(desc_import_params(), packed.data, packed.size,
                                                job->arena, &params, NULL) == OK) {
        j->tautulli_id = params.tautulli_id;
    }
    return j->tautulli_id == NULL || fetch_ready(&j->fetch, j->tautulli_id);
}

/* What was brought is ours, and goes when it is closed. */
static void open_fetched(struct import_job *j)
{
    struct runner_job *job = &j->job;
    const char *said = j->fetch.text[0] != '\0' ? j->fetch.text : NULL;
    job->code = j->fetch.code;
    job->why =
        (struct refusal){.code = err_code(job->code), .text = arena_keep(job->work_arena, said)};
    j->fetched = fetch_take(&j->fetch);
    if (job->code == OK) {
        job->code = open_source(j, j->fetched);
    }
}

void import_job_open(struct runner_job *job)
{
    struct import_job *j = import_job_of(job);
    const char *real = NULL;
    if (j->tautulli_id != NULL) {
        open_fetched(j);
        return;
    }
    job->code = resolve(j, &real);
    if (job->code == OK) {
        job->code = open_source(j, real);
    }
}

/* An archive has to be unpacked, which takes long: here only its list is read. */
void import_job_probe(struct runner_job *job)
{
    struct import_job *j = import_job_of(job);
    const char *real = NULL;
    job->code = resolve(j, &real);
    if (job->code == OK && real == NULL) {
        return; /* nobody is asked before there is a job */
    }
    if (job->code == OK && source_opens_slowly(real)) {
        job->code = source_check_archive(real, job->work_arena, &job->why);
        return;
    }
    if (job->code != OK) {
        return;
    }
    job->code = open_source(j, real);
    if (job->code == OK) {
        source_set_deadline(j->source, clock_monotonic_ms() + PROBE_MS);
        job->code = sample_take(j->source, j->samples, &j->sample_count);
    }
}

/* Stricter than recognition: what a job goes on with must be what it began with. */
void import_job_check(struct runner_job *job)
{
    struct import_job *j = import_job_of(job);
    const struct job_task *task = &job->task;
    bool same = true;
    source_set_deadline(j->source, clock_monotonic_ms() + CHECK_MS);
    enum err e = sample_check(j->source, task->kept, task->kept_count, &same);
    if (e == OK && same && task->has_last_committed) {
        e = sample_stands(j->source, &task->last_committed, &same);
    }
    job->code = e == OK && !same ? ERR_RESUME_MISMATCH : e;
}

void import_job_fill_create(struct runner_job *job, struct job_create *out)
{
    struct import_job *j = import_job_of(job);
    out->samples = j->samples;
    out->samples_count = j->sample_count;
}

/* ---- planning ---- */

static void on_known_samples(struct runner_job *job, const struct answer *answer)
{
    struct job_runner *r = job->runner;
    if (r->state.now != RUNNER_PLANNING || retry_is_due(answer->code)) {
        return; /* the next tick asks again */
    }
    if (answer->code != OK) {
        job_runner_fail(r, answer->code, answer->why != NULL ? answer->why->text : NULL);
        return;
    }
    import_job_of(job)->known = msg_keep(answer->reply);
    job_runner_go_on(r);
}

/* Rows of the known sources, to be looked for in this one. */
bool import_job_ready_to_plan(struct runner_job *job)
{
    if (import_job_of(job)->known != NULL) {
        return true;
    }
    const struct source_samples_get body = {.operation = operation_tautulli_import};
    ask_source_samples_get(job->runner->actor, HISTORY, &body, job->task.job_id, ASK_MS,
                           job_ticket_answered, job_ticket_new(job, on_known_samples));
    return false;
}

/* Of one that was fetched no -wal is missing that was not asked for. */
static void note_warnings(struct import_job *j)
{
    const char *hint = j->plan.partly       ? PLAN_PARTLY_WARNING
                       : j->fetched == NULL ? source_missing_wal_hint(j->source)
                                            : NULL;
    j->warnings_count = 0;
    if (hint != NULL) {
        j->warnings[j->warnings_count++] = arena_keep(j->job.arena, hint);
    }
    for (size_t i = 0; i < j->fetch.warnings_count; i++) {
        j->warnings[j->warnings_count++] = arena_keep(j->job.arena, j->fetch.warnings[i]);
    }
}

void import_job_plan(struct runner_job *job)
{
    struct import_job *j = import_job_of(job);
    j->planned_at = clock_wall_ms();
    j->sample_count = 0;
    source_set_deadline(j->source, clock_monotonic_ms() + PLAN_MS);
    /* The first plan stands; offered again, it tells the history what the source is by now. */
    if (!job->task.planned) {
        job->code = plan_make(j->source, j->planned_at, &j->plan);
    }
    if (job->code == OK) {
        job->code = sample_take(j->source, j->samples, &j->sample_count);
    }
    if (job->code == OK) {
        note_warnings(j);
        job->code = sample_find(j->source, msg_source_samples(j->known), job->work_arena, &j->found,
                                &j->found_count);
    }
}

void import_job_fill_plan(struct runner_job *job, struct job_plan *out)
{
    struct import_job *j = import_job_of(job);
    size_t people = 0;
    size_t libraries = 0;
    *out = (struct job_plan){
        .first_id = j->plan.first_id,
        .last_id = j->plan.last_id,
        .total = j->plan.total,
        .planned_at = j->planned_at,
        .server_id = import_job_server_id(j),
        .own_server_id =
            source_server_is_made_up(j->source) ? j->fetch.identity : source_server_id(j->source),
        .samples = j->samples,
        .samples_count = j->sample_count,
        .found = j->found,
        .found_count = j->found_count,
        .warnings = j->warnings,
        .warnings_count = j->warnings_count,
        .people = (struct person *)source_people(j->source, &people),
        .libraries = (struct library *)source_libraries(j->source, &libraries),
    };
    out->people_count = people < PEOPLE_MAX ? people : PEOPLE_MAX;
    out->libraries_count = libraries < LIBRARIES_MAX ? libraries : LIBRARIES_MAX;
}

/* ---- slicing ---- */

static enum err begin_sampling(struct import_job *j, const unsigned char *key,
                               struct row_sampler **out)
{
    const struct reader_settings settings = {
        .server_id = import_job_server_id(j),
        .watched_percent = (double)config_number(j->config, SETTING_import_watched),
        .planned_at_ms = j->job.task.planned_at};
    return row_sampler_open(j->source, &settings, key, out);
}

/* What a worker elsewhere needs to be given the slice, which begins at `from`. */
static enum err check_slice(struct import_job *j, struct row_sampler *sampler, int64_t from,
                            struct slice *slice)
{
    enum err e = rows_sum(j->source, from, slice->last_id, &slice->check);
    e = e == OK ? row_sampler_draw(sampler, from, slice->last_id, slice->rows, &slice->sample) : e;
    slice->checked = e == OK;
    return e;
}

/* Where only workers elsewhere read, a slice that none may be given is none; others do without. */
static enum err make_slice(struct import_job *j, struct row_sampler *sampler, int64_t from,
                           struct slice *slice)
{
    enum err e = plan_slice(j->source, from, j->job.task.last_id, j->slice_rows, &slice->last_id,
                            &slice->rows);
    slice->checked = false;
    enum err checked = e == OK && sampler != NULL ? check_slice(j, sampler, from, slice) : OK;
    return e == OK && j->slice_far_only ? checked : e;
}

void import_job_slice(struct runner_job *job)
{
    struct import_job *j = import_job_of(job);
    j->slice_count = 0;
    job->code = source_still_same(j->source) ? OK : ERR_DATABASE_BUSY;
    source_set_deadline(j->source, clock_monotonic_ms() + SLICE_MS);
    OWNED(row_sampler_close) struct row_sampler *sampler = NULL;
    bool far = j->slice_checked && config_text(j->config, SETTING_bus_remote)[0] != '\0';
    enum err begun = far && job->code == OK ? begin_sampling(j, j->lease_key, &sampler) : OK;
    job->code = job->code == OK && j->slice_far_only ? begun : job->code;
    int64_t from = j->slice_from;
    while (job->code == OK && j->slice_count < j->slices_wanted && from <= job->task.last_id) {
        struct slice *slice = &j->slices[j->slice_count];
        job->code = make_slice(j, sampler, from, slice);
        if (job->code == OK) {
            j->slice_count++;
            from = slice->last_id + 1; /* the plan keeps its last id below INT64_MAX */
        }
    }
}

void import_job_judge(struct runner_job *job)
{
    struct import_job *j = import_job_of(job);
    OWNED(row_sampler_close) struct row_sampler *sampler = NULL;
    job->code = source_still_same(j->source) ? OK : ERR_DATABASE_BUSY;
    source_set_deadline(j->source, clock_monotonic_ms() + SLICE_MS);
    job->code = job->code == OK ? begin_sampling(j, j->judged_key, &sampler) : job->code;
    job->code = job->code == OK ? row_sampler_map(sampler, &j->judged) : job->code;
}

void import_job_count(struct runner_job *job)
{
    struct import_job *j = import_job_of(job);
    int64_t last_id = j->count_to;
    job->code = source_still_same(j->source) ? OK : ERR_DATABASE_BUSY;
    source_set_deadline(j->source, clock_monotonic_ms() + SLICE_MS);
    if (job->code == OK) {
        job->code =
            plan_slice(j->source, j->count_from, j->count_to, INT64_MAX, &last_id, &j->counted);
    }
}

void import_job_pack(struct runner_job *job)
{
    struct import_job *j = import_job_of(job);
    job->code = source_still_same(j->source) ? OK : ERR_DATABASE_BUSY;
    source_set_deadline(j->source, clock_monotonic_ms() + PACK_MS);
    job->code = job->code == OK ? parcel_read(&j->parcel, j->source) : job->code;
    if (!source_still_same(j->source)) {
        job->code = ERR_DATABASE_BUSY;
    }
}
