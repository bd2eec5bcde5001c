/* SPDX-License-Identifier: MIT
 * errand.c - the lane does errands one by one. An answer that is held back for slowing down guesses
 * waits in the bus thread's timers, not in the lane, so nobody else waits with it.
 *
 * An errand's memory is its request's. At the end the loop stops, then the lane is waited for, and
 * only then is what is left with the bus thread answered (handoff_close): no errand is at work by
 * then, and no timer fires any more. */
#include "gateway/rest/errand.h"

#include "gateway/rest/respond.h"
#include "gateway/rest/trail.h"
#include "gateway/ws/feed.h"
#include "proto/base/clock.h"

#define RETRY_AFTER_S 1 /* the queue is short: a second is several sign-ins */

static void answer(struct errand *errand)
{
    struct request *r = errand->r;
    if (errand->code == OK) {
        errand->done(errand);
        return;
    }
    const struct flaw *flaw = &errand->verdict.flaw;
    r->outcome.retry_after_s = errand->verdict.retry_after_s;
    respond_error(r, errand->code, flaw->code == errand->code ? flaw : NULL, NULL);
}

static void answer_held(struct actor *a, void *errand)
{
    (void)a;
    answer(errand);
}

static void came_back(struct actor *a, void *task)
{
    struct errand *errand = task;
    if (errand->takes_turn) {
        accounts_leave_turn(errand->access, errand->visit.counted_as);
    }
    errand->r->note.outcome_told = errand->verdict.told;
    feed_heed(errand->r->services->feed);
    if (errand->verdict.hold_ms > 0) {
        actor_after(a, errand->verdict.hold_ms, answer_held, errand);
    } else {
        answer(errand);
    }
}

static void do_work(void *task)
{
    struct errand *errand = task;
    /* What ended its caller's session or token may have been done just before it. */
    errand->code = request_caller_is_live(errand->r) ? errand->work(errand) : ERR_NOT_SIGNED_IN;
}

/* What the audit log will be told, with the change itself if it comes to that. */
static void prepare_entries(struct errand *errand)
{
    struct request *r = errand->r;
    struct audit_entry *entries = arena_alloc(r->arena, 2 * sizeof *entries);
    if (r->route->audit == AUDIT_NEVER) {
        return;
    }
    trail_entry(r, audit_phase_outcome, r->arena, &entries[0]);
    errand->visit.entry = &entries[0];
    trail_entry(r, audit_phase_requested, r->arena, &entries[1]);
    errand->visit.asked = &entries[1];
}

static struct errand *make(struct request *r, errand_work_fn *work, errand_done_fn *done)
{
    if (r->arena == NULL) {
        r->arena = arena_new();
    }
    struct errand *errand = arena_alloc(r->arena, sizeof *errand);
    errand->r = r;
    errand->access = r->services->access;
    errand->work = work;
    errand->done = done;
    errand->visit = (struct visit){.caller = &r->caller,
                                   .address = r->address,
                                   .counted_as = r->address_group,
                                   .user_agent = r->user_agent,
                                   .now = clock_wall_ms()};
    prepare_entries(errand);
    return errand;
}

static void offload(struct errand *errand)
{
    enum err e = actor_offload(errand->r->services->bus, ACCOUNTS_LANE, do_work, came_back, errand);
    if (e != OK) {
        if (errand->takes_turn) {
            accounts_leave_turn(errand->access, errand->visit.counted_as);
        }
        respond_error(errand->r, e, NULL, NULL);
    }
}

void errand_send(struct request *r, errand_work_fn *work, errand_done_fn *done)
{
    offload(make(r, work, done));
}

void errand_send_in_turn(struct request *r, errand_work_fn *work, errand_done_fn *done)
{
    struct errand *errand = make(r, work, done);
    if (!accounts_take_turn(errand->access, errand->visit.counted_as)) {
        r->outcome.retry_after_s = RETRY_AFTER_S;
        respond_error(r, ERR_RATE_LIMITED, NULL, NULL);
        return;
    }
    errand->takes_turn = true;
    offload(errand);
}

void errand_answer_done(struct errand *errand, const char *message)
{
    struct auth_done done = {.message = message};
    respond_record(errand->r, desc_auth_done(), &done);
}
