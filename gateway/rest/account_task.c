/* SPDX-License-Identifier: MIT
 * account_task.c - the lane does tasks one by one. An answer that is held back to slow down
 * guessing waits in the bus thread's timers, not in the lane, so nobody else waits with it.
 *
 * A task's memory is its request's. At the end the loop stops, then the lane is waited for, and
 * only then is what is left with the bus thread answered (handoff_close): no task is at work by
 * then, and no timer fires any more. */
#include "gateway/rest/account_task.h"

#include "gateway/rest/audit_recorder.h"
#include "gateway/rest/respond.h"
#include "gateway/ws/feed.h"
#include "proto/base/clock.h"

#define RETRY_AFTER_S 1 /* the queue is short: a second is several sign-ins */

static void answer(struct account_task *task)
{
    struct request *r = task->r;
    if (task->code == OK) {
        task->done(task);
        return;
    }
    const struct flaw *flaw = &task->verdict.flaw;
    r->outcome.retry_after_s = task->verdict.retry_after_s;
    respond_error(r, task->code, flaw->code == task->code ? flaw : NULL, NULL);
}

static void answer_held(struct actor *a, void *context)
{
    (void)a;
    answer(context);
}

static void came_back(struct actor *a, void *context)
{
    struct account_task *task = context;
    if (task->takes_turn) {
        accounts_leave_turn(task->access, task->visit.counted_as);
    }
    task->r->audit.outcome_recorded = task->verdict.recorded;
    feed_recheck(task->r->services->feed);
    if (task->verdict.hold_ms > 0) {
        actor_after(a, task->verdict.hold_ms, answer_held, task);
    } else {
        answer(task);
    }
}

static void do_work(void *context)
{
    struct account_task *task = context;
    /* What ended its caller's session or token may have been done just before it. */
    task->code = request_caller_is_live(task->r) ? task->work(task) : ERR_NOT_SIGNED_IN;
}

/* What the audit log will be told, with the change itself if it comes to that. */
static void prepare_entries(struct account_task *task)
{
    struct request *r = task->r;
    struct audit_entry *entries = arena_alloc(r->arena, 2 * sizeof *entries);
    if (r->route->audit == AUDIT_NEVER) {
        return;
    }
    audit_recorder_entry(r, audit_phase_outcome, r->arena, &entries[0]);
    task->visit.entry = &entries[0];
    audit_recorder_entry(r, audit_phase_requested, r->arena, &entries[1]);
    task->visit.asked = &entries[1];
}

static struct account_task *make(struct request *r, account_task_work_fn *work,
                                 account_task_done_fn *done)
{
    if (r->arena == NULL) {
        r->arena = arena_new();
    }
    struct account_task *task = arena_alloc(r->arena, sizeof *task);
    task->r = r;
    task->access = r->services->access;
    task->work = work;
    task->done = done;
    task->visit = (struct visit){.caller = &r->caller,
                                 .address = r->address,
                                 .counted_as = r->address_group,
                                 .shared = r->services->plain_lan,
                                 .user_agent = r->user_agent,
                                 .now = clock_wall_ms()};
    prepare_entries(task);
    return task;
}

static void offload(struct account_task *task)
{
    enum err e = actor_offload(task->r->services->bus, ACCOUNTS_LANE, do_work, came_back, task);
    if (e != OK) {
        if (task->takes_turn) {
            accounts_leave_turn(task->access, task->visit.counted_as);
        }
        respond_error(task->r, e, NULL, NULL);
    }
}

void account_task_send(struct request *r, account_task_work_fn *work, account_task_done_fn *done)
{
    offload(make(r, work, done));
}

void account_task_send_in_turn(struct request *r, account_task_work_fn *work,
                               account_task_done_fn *done)
{
    struct account_task *task = make(r, work, done);
    if (!accounts_take_turn(task->access, task->visit.counted_as)) {
        r->outcome.retry_after_s = RETRY_AFTER_S;
        respond_error(r, ERR_RATE_LIMITED, NULL, NULL);
        return;
    }
    task->takes_turn = true;
    offload(task);
}

void account_task_answer_done(struct account_task *task, const char *message)
{
    struct auth_done done = {.message = message};
    respond_record(task->r, desc_auth_done(), &done);
}
