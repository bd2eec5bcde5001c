/* SPDX-License-Identifier: MIT
 * job_runner_states.c - moves the one job that runs through its states.
 *
 * Commands about the job may be sent twice: the history takes a plan once, and an end once. So a
 * command that nobody answered is sent again with the next tick, out of the state. */
#include "actors/shared/job_runner_parts.h"

#include <stdio.h>
#include <string.h>

#include "actors/shared/retry.h"

#define PLAN_ASK_MS 15000

const struct state_table job_runner_moves = {
    .states = {[RUNNER_IDLE] = "idle",
               [RUNNER_OPENING] = "opening",
               [RUNNER_PLANNING] = "planning",
               [RUNNER_DELIVERING] = "delivering",
               [RUNNER_WAITING] = "waiting",
               [RUNNER_ENDING] = "ending"},
    .next = {[RUNNER_IDLE] = STATE_BIT(RUNNER_OPENING) | STATE_BIT(RUNNER_PLANNING),
             [RUNNER_OPENING] = STATE_BIT(RUNNER_IDLE) | STATE_BIT(RUNNER_PLANNING) |
                                STATE_BIT(RUNNER_WAITING) | STATE_BIT(RUNNER_ENDING),
             [RUNNER_PLANNING] = STATE_BIT(RUNNER_IDLE) | STATE_BIT(RUNNER_DELIVERING) |
                                 STATE_BIT(RUNNER_OPENING) | STATE_BIT(RUNNER_ENDING),
             [RUNNER_DELIVERING] =
                 STATE_BIT(RUNNER_IDLE) | STATE_BIT(RUNNER_OPENING) | STATE_BIT(RUNNER_ENDING),
             [RUNNER_WAITING] =
                 STATE_BIT(RUNNER_IDLE) | STATE_BIT(RUNNER_PLANNING) | STATE_BIT(RUNNER_ENDING),
             [RUNNER_ENDING] = STATE_BIT(RUNNER_IDLE)},
};

static void move(struct job_runner *r, enum runner_state to)
{
    (void)state_move(&r->state, to, r->job != NULL ? r->job->task.job_id : NULL);
}

/* ---- phases ---- */

static void on_phase_told(struct runner_job *job, const struct answer *answer)
{
    struct job_runner *r = job->runner;
    if (retry_is_due(answer->code)) {
        r->phase_told = false; /* the next tick tells it again */
    } else if (retry_job_is_over(answer->code)) {
        job_runner_drop(r); /* stopped before we had it: no record will tell us */
    }
}

void job_runner_phase(struct job_runner *r, enum phase phase, const char *waiting_for,
                      const char *message)
{
    bool same = phase == r->phase && waiting_for == r->waiting;
    if (r->job == NULL || (same && r->phase_told)) {
        return;
    }
    r->phase = phase;
    r->waiting = waiting_for;
    r->phase_told = true;
    const struct job_phase body = {.job_id = r->job->task.job_id,
                                   .attempt = r->job->task.attempt,
                                   .phase = phase,
                                   .waiting_for = waiting_for,
                                   .message = message};
    ask_job_phase(r->actor, HISTORY, &body, r->job->task.job_id, JOB_ASK_MS, job_ticket_answered,
                  job_ticket_aside(r->job, on_phase_told));
}

void job_runner_say(struct job_runner *r, const char *message)
{
    r->phase_told = false;
    job_runner_phase(r, r->phase, r->waiting, message);
}

/* ---- ending ---- */

void job_runner_drop(struct job_runner *r)
{
    if (r->job == NULL) {
        return;
    }
    /* While it is being opened the source is the thread's alone. */
    bool open = r->state.now == RUNNER_PLANNING || r->state.now == RUNNER_DELIVERING;
    move(r, RUNNER_IDLE);
    struct runner_job *job = TAKE(r->job);
    job_tickets_void(job);
    r->driver->recall(job);
    r->driver->ended(r, job->end_code, job->end_text);
    job->ended = true;
    atomic_store(&job->cancelled, true); /* a copy being made ends, and leaves nothing */
    if (!job->working) {
        runner_job_give_up(job);
    } else if (open) {
        r->driver->interrupt(job);
    }
}

static void on_failed(struct runner_job *job, const struct answer *answer)
{
    if (retry_is_due(answer->code)) {
        return; /* the next tick asks again */
    }
    if (answer->code == ERR_BAD_FIELD && job->end_text[0] != '\0') {
        job->end_text[0] = '\0'; /* it cannot be sent; the code says what is the matter */
        return;
    }
    if (answer->code != OK && !retry_job_is_over(answer->code)) {
        log_error("job could not be ended code=%s correlation_id=%s", err_code(answer->code),
                  job->task.job_id);
    }
    job_runner_drop(job->runner);
}

static void end_job(struct runner_job *job)
{
    const struct job_fail body = {.job_id = job->task.job_id,
                                  .attempt = job->task.attempt,
                                  .code = err_code(job->end_code),
                                  .text = job->end_text[0] != '\0' ? job->end_text : NULL};
    ask_job_fail(job->runner->actor, HISTORY, &body, job->task.job_id, JOB_ASK_MS,
                 job_ticket_answered, job_ticket_new(job, on_failed));
}

void job_runner_fail(struct job_runner *r, enum err code, const char *text)
{
    struct runner_job *job = job_runner_running(r);
    if (job == NULL) {
        return;
    }
    job->end_code = code;
    (void)snprintf(job->end_text, sizeof(job->end_text), "%s", text != NULL ? text : "");
    log_error("job ends in error code=%s correlation_id=%s", err_code(code), job->task.job_id);
    r->driver->recall(job);
    move(r, RUNNER_ENDING);
    job_runner_go_on(r);
}

/* ---- opening ---- */

static void wait_for_source(struct runner_job *job)
{
    struct job_runner *r = job->runner;
    if (job_runner_waited_too_long(job, &job->away_since_ms, job->code)) {
        job_runner_fail(r, job->code, job->why.text);
        return;
    }
    move(r, RUNNER_WAITING);
    job_runner_phase(r, phase_waiting, "source",
                     r->driver->wait_ms(job->code) > 0 ? err_sentence(job->code) : NULL);
}

static void on_opened(struct runner_job *job)
{
    struct job_runner *r = job->runner;
    if (job->code == OK) {
        job->away_since_ms = 0;
        job->reopen = false;
        move(r, RUNNER_PLANNING);
        job_runner_go_on(r);
    } else if (r->driver->is_away(job->code)) {
        wait_for_source(job);
    } else {
        job_runner_fail(r, job->code, job->why.text);
    }
}

static void open_work(struct runner_job *job)
{
    const struct job_driver *driver = job->runner->driver;
    arena_reset(job->work_arena);
    job->code = OK;
    job->why = (struct refusal){0};
    driver->close(job);
    driver->open(job);
    if (job->code == OK) {
        driver->check(job);
    }
}

static void open_source(struct runner_job *job)
{
    if (job->runner->driver->ready_to_open(job)) {
        job_runner_work(job, open_work, on_opened);
    }
}

/* ---- planning ---- */

static void on_plan_kept(struct runner_job *job, const struct answer *answer)
{
    struct job_runner *r = job->runner;
    if (r->state.now != RUNNER_PLANNING || retry_is_due(answer->code)) {
        return; /* the next tick plans again: the plan that is kept first stands */
    }
    if (answer->code == OK) {
        if (!job->task.planned) { /* else what is cut and given out already goes by it */
            runner_job_keep_task(job, &msg_job_planned(answer->reply)->task);
        }
        move(r, RUNNER_DELIVERING);
        job_runner_go_on(r);
    } else if (retry_job_is_over(answer->code)) {
        job_runner_drop(r);
    } else {
        job_runner_fail(r, answer->code, answer->why != NULL ? answer->why->text : NULL);
    }
}

static void on_planned(struct runner_job *job)
{
    struct job_runner *r = job->runner;
    if (job->code == OK) {
        struct job_plan body = {0};
        r->driver->fill_plan(job, &body);
        body.job_id = job->task.job_id;
        body.attempt = job->task.attempt;
        body.lease_key = r->driver->lease_key(r);
        ask_job_plan(r->actor, HISTORY, &body, job->task.job_id, PLAN_ASK_MS, job_ticket_answered,
                     job_ticket_new(job, on_plan_kept));
    } else if (r->driver->is_away(job->code)) {
        move(r, RUNNER_OPENING);
        job_runner_go_on(r);
    } else {
        job_runner_fail(r, job->code, job->why.text);
    }
}

static void plan_work(struct runner_job *job)
{
    arena_reset(job->work_arena);
    job->code = OK;
    job->why = (struct refusal){0};
    job->runner->driver->plan(job);
}

/* ---- going on ---- */

void job_runner_go_on(struct job_runner *r)
{
    struct runner_job *job = r->job;
    if (job == NULL) {
        return;
    }
    if (r->state.now == RUNNER_DELIVERING) {
        r->driver->deliver(job);
        return;
    }
    if (job->working || job->asking != NULL) {
        return;
    }
    switch ((enum runner_state)r->state.now) {
    case RUNNER_OPENING:
        job_runner_phase(r, phase_opening, NULL, NULL);
        open_source(job);
        break;
    case RUNNER_WAITING:
        open_source(job);
        break;
    case RUNNER_PLANNING:
        job_runner_phase(r, phase_planning, NULL, NULL);
        if (r->driver->ready_to_plan(job)) {
            job_runner_work(job, plan_work, on_planned);
        }
        break;
    case RUNNER_ENDING:
        end_job(job);
        break;
    case RUNNER_DELIVERING:
    case RUNNER_IDLE:
        break;
    }
}

struct runner_job *job_runner_delivering(const struct job_runner *r)
{
    return r->state.now == RUNNER_DELIVERING ? r->job : NULL;
}

struct runner_job *job_runner_running(const struct job_runner *r)
{
    return r->state.now != RUNNER_ENDING ? r->job : NULL;
}

void job_runner_adopt(struct job_runner *r, struct runner_job **job, uint64_t seq)
{
    job_runner_drop(r);
    r->job = TAKE(*job);
    r->job->seq = seq;
    r->phase_told = false;
    r->stalled_ticks = 0;
    move(r, r->job->open ? RUNNER_PLANNING : RUNNER_OPENING);
    job_runner_go_on(r);
}

void job_runner_reopen(struct job_runner *r)
{
    struct runner_job *job = r->job;
    int64_t from = r->driver->lowest(job);
    r->driver->recall(job);
    r->driver->begin_at(job, from);
    move(r, RUNNER_OPENING);
}

void job_runner_init(struct job_runner *r, struct actor *a, const struct job_driver *driver)
{
    *r = (struct job_runner){.actor = a, .table = job_runner_moves};
    r->whole = *driver;
    r->driver = &r->whole;
    r->table.name = driver->name;
    r->state.table = &r->table;
    LIST_INIT(&r->tickets);
}
