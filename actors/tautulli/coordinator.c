/* SPDX-License-Identifier: MIT
 * coordinator.c - the life of the one job that runs: open its source, plan, lease, end.
 *
 * The history decides what runs and how far it is; this actor holds nothing that outlives it. So it
 * may be killed anywhere: at its start, when the history comes back, and when a record tells of a
 * job it does not know, it asks for unfinished jobs and goes on. Commands about the job may be sent
 * twice: the history takes a plan once, and an end once. */
#include "actors/tautulli/coordinator.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "proto/base/clock.h"

#define TICK_MS 500
#define ASK_MS 5000
#define PLAN_ASK_MS 15000
#define WORKER_GRACE_TICKS 3
#define DOUBT_TICKS 4
#define PEOPLE_MAX 100000 /* as the schema has it */
#define LIBRARIES_MAX 10000

static const struct state_table moves = {
    .name = "import",
    .states = {[STATE_IDLE] = "idle",
               [STATE_OPENING] = "opening",
               [STATE_PLANNING] = "planning",
               [STATE_LEASING] = "leasing",
               [STATE_WAITING] = "waiting",
               [STATE_ENDING] = "ending"},
    .next = {[STATE_IDLE] =
                 STATE_BIT(STATE_OPENING) | STATE_BIT(STATE_PLANNING) | STATE_BIT(STATE_LEASING),
             [STATE_OPENING] = STATE_BIT(STATE_IDLE) | STATE_BIT(STATE_PLANNING) |
                               STATE_BIT(STATE_LEASING) | STATE_BIT(STATE_WAITING) |
                               STATE_BIT(STATE_ENDING),
             [STATE_PLANNING] = STATE_BIT(STATE_IDLE) | STATE_BIT(STATE_LEASING) |
                                STATE_BIT(STATE_OPENING) | STATE_BIT(STATE_ENDING),
             [STATE_LEASING] =
                 STATE_BIT(STATE_IDLE) | STATE_BIT(STATE_OPENING) | STATE_BIT(STATE_ENDING),
             [STATE_WAITING] = STATE_BIT(STATE_IDLE) | STATE_BIT(STATE_PLANNING) |
                               STATE_BIT(STATE_LEASING) | STATE_BIT(STATE_ENDING),
             [STATE_ENDING] = STATE_BIT(STATE_IDLE)},
};

static void move(struct coordinator *c, enum coordinator_state to)
{
    (void)state_move(&c->state, to, c->job != NULL ? c->job->task.job_id : NULL);
}

/* ---- answers about a job, told apart by its serial ---- */

static void *ticket(const struct job *job)
{
    return (void *)(uintptr_t)job->serial;
}

/* The job an answer is about; NULL if that job is no longer ours. */
static struct job *answered(struct coordinator *c, const void *context)
{
    struct job *job = c->job;
    if (job == NULL || job->serial != (uintptr_t)context) {
        return NULL;
    }
    job->asking = false;
    return job;
}

static bool is_transient(enum err e)
{
    return e == ERR_ACTOR_AWAY || e == ERR_TIMEOUT || e == ERR_BUSY;
}

static bool is_over(enum err e)
{
    return e == ERR_NOT_RUNNING || e == ERR_STALE_ATTEMPT || e == ERR_JOB_NOT_FOUND;
}

static const char *why_text(const struct refusal *why)
{
    return why != NULL ? why->text : NULL;
}

/* ---- work in the job's thread ---- */

static void on_closed(struct actor *a, void *work)
{
    (void)a;
    struct job *job = work;
    job_destroy(&job);
}

static void close_job(struct coordinator *c, struct job *job)
{
    if (actor_offload(c->actor, LANE_JOB, job_close_work, on_closed, job) != OK) {
        job_close_work(job);
        job_destroy(&job);
    }
}

bool coordinator_work_over(struct coordinator *c, struct job *job)
{
    job->working = false;
    if (job->ended) {
        close_job(c, job);
        return false;
    }
    return true;
}

void coordinator_work(struct coordinator *c, work_fn *fn, work_done_fn *done)
{
    c->job->working = actor_offload(c->actor, LANE_JOB, fn, done, c->job) == OK;
}

/* ---- phases ---- */

static void on_phase_told(struct actor *a, const struct answer *answer, void *context)
{
    struct coordinator *c = actor_self(a);
    if (c->job == NULL || c->job->serial != (uintptr_t)context) {
        return;
    }
    if (is_transient(answer->code)) {
        c->phase_told = false; /* the next tick tells it again */
    } else if (is_over(answer->code)) {
        coordinator_drop(c); /* stopped before we had it: no record will tell us */
    }
}

void coordinator_phase(struct coordinator *c, enum phase phase, const char *waiting_for)
{
    bool same = phase == c->phase && waiting_for == c->waiting;
    if (c->job == NULL || (same && c->phase_told)) {
        return;
    }
    c->phase = phase;
    c->waiting = waiting_for;
    c->phase_told = true;
    const struct job_phase body = {.job_id = c->job->task.job_id,
                                   .attempt = c->job->task.attempt,
                                   .phase = phase,
                                   .waiting_for = waiting_for,
                                   .message = phase == phase_importing ? c->job->warning : NULL};
    ask_job_phase(c->actor, HISTORY, &body, c->job->task.job_id, ASK_MS, on_phase_told,
                  ticket(c->job));
}

/* ---- ending ---- */

void coordinator_drop(struct coordinator *c)
{
    if (c->job == NULL) {
        return;
    }
    /* While it is being opened the source is the thread's alone. */
    bool open = c->state.now == STATE_PLANNING || c->state.now == STATE_LEASING;
    move(c, STATE_IDLE);
    struct job *job = TAKE(c->job);
    lease_book_clear(&c->book);
    job->ended = true;
    atomic_store(&job->cancelled, true); /* a copy being made ends, and leaves nothing */
    if (!job->working) {
        close_job(c, job);
    } else if (open) {
        source_cancel(job->source);
    }
}

static void on_failed(struct actor *a, const struct answer *answer, void *context)
{
    struct coordinator *c = actor_self(a);
    if (answered(c, context) == NULL || is_transient(answer->code)) {
        return; /* the next tick asks again */
    }
    if (answer->code != OK && !is_over(answer->code)) {
        log_error("job could not be ended code=%s correlation_id=%s", err_code(answer->code),
                  c->job->task.job_id);
    }
    coordinator_drop(c);
}

static void end_job(struct coordinator *c)
{
    struct job *job = c->job;
    const struct job_fail body = {.job_id = job->task.job_id,
                                  .attempt = job->task.attempt,
                                  .code = err_code(job->end_code),
                                  .text = job->end_text[0] != '\0' ? job->end_text : NULL};
    job->asking = true;
    ask_job_fail(c->actor, HISTORY, &body, job->task.job_id, ASK_MS, on_failed, ticket(job));
}

void coordinator_fail(struct coordinator *c, enum err code, const char *text)
{
    if (c->job == NULL || c->state.now == STATE_ENDING) {
        return;
    }
    c->job->end_code = code;
    (void)snprintf(c->job->end_text, sizeof(c->job->end_text), "%s", text != NULL ? text : "");
    log_error("job ends in error code=%s correlation_id=%s", err_code(code), c->job->task.job_id);
    lease_book_clear(&c->book);
    move(c, STATE_ENDING);
    coordinator_go_on(c);
}

/* ---- opening, planning ---- */

/* What may heal by itself: a share that is mounted again, a copy that is finished. */
static bool source_is_away(enum err e)
{
    return e == ERR_FILE_NOT_FOUND || e == ERR_DATABASE_BUSY;
}

static void wait_for_source(struct coordinator *c)
{
    struct job *job = c->job;
    if (job_waits_too_long(job, &job->away_since_ms, job->code)) {
        coordinator_fail(c, job->code, job->why.text);
        return;
    }
    move(c, STATE_WAITING);
    coordinator_phase(c, phase_waiting, "source");
}

static void on_opened(struct actor *a, void *task)
{
    struct coordinator *c = actor_self(a);
    struct job *job = task;
    if (!coordinator_work_over(c, job)) {
        return;
    }
    if (job->code == OK) {
        job->away_since_ms = 0;
        job->changed = false;
        move(c, STATE_PLANNING);
        coordinator_go_on(c);
    } else if (source_is_away(job->code)) {
        wait_for_source(c);
    } else {
        coordinator_fail(c, job->code, job->why.text);
    }
}

static void on_plan_kept(struct actor *a, const struct answer *answer, void *context)
{
    struct coordinator *c = actor_self(a);
    struct job *job = answered(c, context);
    if (job == NULL || c->state.now != STATE_PLANNING || is_transient(answer->code)) {
        return; /* the next tick plans again: the plan that is kept first stands */
    }
    if (answer->code == OK) {
        if (!job->task.planned) { /* else what is cut and leased already goes by it */
            job_keep_task(job, &msg_job_planned(answer->reply)->task);
        }
        move(c, STATE_LEASING);
        coordinator_go_on(c);
    } else if (is_over(answer->code)) {
        coordinator_drop(c);
    } else {
        coordinator_fail(c, answer->code, why_text(answer->why));
    }
}

static const char *own_server_id(const struct source *source)
{
    return source_server_is_made_up(source) ? NULL : source_server_id(source);
}

static void keep_plan(struct coordinator *c)
{
    struct job *job = c->job;
    size_t people = 0;
    size_t libraries = 0;
    struct job_plan body = {
        .job_id = job->task.job_id,
        .attempt = job->task.attempt,
        .first_id = job->plan.first_id,
        .last_id = job->plan.last_id,
        .total = job->plan.total,
        .planned_at = job->planned_at,
        .server_id = job_server_id(job),
        .own_server_id = own_server_id(job->source),
        .samples = job->samples,
        .samples_count = job->sample_count,
        .found = job->found,
        .found_count = job->found_count,
        .warnings = &job->warning,
        .warnings_count = job->warning != NULL,
        .people = (struct person *)source_people(job->source, &people),
        .libraries = (struct library *)source_libraries(job->source, &libraries),
    };
    body.people_count = people < PEOPLE_MAX ? people : PEOPLE_MAX;
    body.libraries_count = libraries < LIBRARIES_MAX ? libraries : LIBRARIES_MAX;
    job->asking = true;
    ask_job_plan(c->actor, HISTORY, &body, job->task.job_id, PLAN_ASK_MS, on_plan_kept,
                 ticket(job));
}

static void on_planned(struct actor *a, void *task)
{
    struct coordinator *c = actor_self(a);
    struct job *job = task;
    if (!coordinator_work_over(c, job)) {
        return;
    }
    if (job->code == OK) {
        keep_plan(c);
    } else if (source_is_away(job->code)) {
        move(c, STATE_OPENING);
        coordinator_go_on(c);
    } else {
        coordinator_fail(c, job->code, job->why.text);
    }
}

/* Rows of the known sources, to be looked for in this one. */
static void on_known_samples(struct actor *a, const struct answer *answer, void *context)
{
    struct coordinator *c = actor_self(a);
    struct job *job = answered(c, context);
    if (job == NULL || c->state.now != STATE_PLANNING || is_transient(answer->code)) {
        return; /* the next tick asks again */
    }
    if (answer->code != OK) {
        coordinator_fail(c, answer->code, why_text(answer->why));
        return;
    }
    job->known = msg_keep(answer->reply);
    coordinator_go_on(c);
}

static void plan(struct coordinator *c)
{
    coordinator_phase(c, phase_planning, NULL);
    if (c->job->known != NULL) {
        coordinator_work(c, job_plan_work, on_planned);
        return;
    }
    const struct source_samples_get body = {.operation = operation_tautulli_import};
    c->job->asking = true;
    ask_source_samples_get(c->actor, HISTORY, &body, c->job->task.job_id, ASK_MS, on_known_samples,
                           ticket(c->job));
}

/* ---- leasing ---- */

static void lease(struct coordinator *c)
{
    bool alone = c->worker_count == 0 && c->ticks_without_worker >= WORKER_GRACE_TICKS;
    coordinator_phase(c, alone ? phase_waiting : phase_importing, alone ? "import-worker" : NULL);
    coordinator_lease_more(c);
}

void coordinator_go_on(struct coordinator *c)
{
    struct job *job = c->job;
    if (job == NULL || job->working || job->asking) {
        if (job != NULL && c->state.now == STATE_LEASING) {
            lease(c); /* what is cut can be given out meanwhile */
        }
        return;
    }
    switch ((enum coordinator_state)c->state.now) {
    case STATE_OPENING:
        coordinator_phase(c, phase_opening, NULL);
        coordinator_work(c, job_open_work, on_opened);
        break;
    case STATE_WAITING:
        coordinator_work(c, job_open_work, on_opened);
        break;
    case STATE_PLANNING:
        plan(c);
        break;
    case STATE_LEASING:
        lease(c);
        break;
    case STATE_ENDING:
        end_job(c);
        break;
    case STATE_IDLE:
        break;
    }
}

/* ---- taking a job on ---- */

void coordinator_adopt(struct coordinator *c, const struct job_task *task, struct source **source,
                       uint64_t seq)
{
    coordinator_drop(c);
    struct job *job = job_new(task, actor_config(c->actor), &c->staging);
    job->serial = ++c->serial;
    job->seq = seq;
    job->source = TAKE(*source);
    c->job = job;
    c->phase_told = false;
    c->ticks_in_doubt = 0;
    lease_book_clear(&c->book);
    if (job->source == NULL) {
        move(c, STATE_OPENING);
    } else {
        move(c, STATE_PLANNING);
    }
    coordinator_go_on(c);
}

/* ---- time ---- */

/* Everything is leased and reported done, and still the job runs: ask what the history is missing.
 */
static void doubt(struct coordinator *c)
{
    bool idle = c->state.now == STATE_LEASING && c->book.count == 0 && c->job->cut_all;
    c->ticks_in_doubt = idle ? c->ticks_in_doubt + 1 : 0;
    if (c->ticks_in_doubt >= DOUBT_TICKS) {
        c->ticks_in_doubt = 0;
        coordinator_recover(c);
    }
}

static void on_tick(struct actor *a, void *context)
{
    (void)a;
    struct coordinator *c = context;
    c->ticks_without_worker = c->worker_count > 0 ? 0 : c->ticks_without_worker + 1;
    coordinator_lease_tick(c);
    if (c->job != NULL) {
        doubt(c);
    }
    if (c->job != NULL && c->state.now == STATE_LEASING && c->job->changed && !c->job->working) {
        const struct lease *lowest = lease_book_lowest(&c->book);
        c->job->cut_from = lowest != NULL ? lowest->first_id : c->job->cut_from;
        c->job->cut_all = c->job->cut_from > c->job->task.last_id;
        lease_book_clear(&c->book);
        move(c, STATE_OPENING);
    }
    coordinator_go_on(c);
}

static enum err open_staging(struct coordinator *c)
{
    const struct config *config = actor_config(c->actor);
    OWNED(free_text) char *dir = NULL;
    if (asprintf(&dir, "%s/staging", config_data_dir(config)) < 0) {
        return ERR_SYSTEM;
    }
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        log_error("cannot make the staging folder path=%s reason=%s", dir, strerror(errno));
        return ERR_SYSTEM;
    }
    c->staging_dir = TAKE(dir);
    c->staging.dir = c->staging_dir;
    c->staging.quota_bytes =
        (uint64_t)config_number(config, SETTING_staging_quota_mib) * 1024 * 1024;
    staging_sweep(c->staging_dir);
    return OK;
}

enum err coordinator_open(struct coordinator *c, struct actor *a)
{
    c->actor = a;
    c->state = (struct state){.table = &moves};
    /* Numbers of leases rise over restarts: an old worker's lease.done never meets a new lease. */
    lease_book_init(&c->book, (uint64_t)clock_wall_ms() * 1000);
    enum err e = open_staging(c);
    if (e != OK) {
        return e;
    }
    (void)actor_every(a, TICK_MS, on_tick, c);
    coordinator_recover(c);
    return OK;
}

void coordinator_close(struct coordinator *c)
{
    coordinator_ask_close(c);
    coordinator_start_close(c);
    for (size_t i = 0; i < c->take_count; i++) {
        msg_destroy(&c->takes[i].msg);
    }
    if (c->job != NULL) {
        job_close_work(c->job);
        job_destroy(&c->job);
    }
    free_text(&c->staging_dir);
}
