/* SPDX-License-Identifier: MIT
 * turns.c - one fair queue a lane. The history's long walks and the audit log's searches have one
 * place for each caller, so whoever comes waits for one question of each other at most; short
 * questions have many. Changes and stops have no lane: they never wait. */
#include "gateway/rest/turns.h"

#include <stdlib.h>

#include "gateway/rest/respond.h"
#include "proto/base/clock.h"

enum {
    WAIT_MS = 1500, /* ASK_MS and this are less than the 5 s in which every request is answered */
    SWEEP_MS = 100,
    OWN_RETRY_S = 1
};

struct turns {
    struct actor *actor; /* borrowed */
    struct fair_queue *lanes[LANE_COUNT];
    bool handing_out; /* a handler that answers at once comes back here while one is at it */
};

static void refuse_late(struct actor *a, void *context);

struct turns *turns_new(struct actor *actor)
{
    struct turns *turns = must_alloc(sizeof *turns);
    size_t each = (size_t)config_number(actor_config(actor), SETTING_limit_questions);
    turns->actor = actor;
    turns->lanes[LANE_SHORT] = fair_queue_new(&(struct fair_limits){
        .running = 64, .running_each = 16, .waiting = 1024, .waiting_each = 16 * each});
    turns->lanes[LANE_LONG] = fair_queue_new(&(struct fair_limits){
        .running = 4, .running_each = 1, .waiting = 256, .waiting_each = each});
    turns->lanes[LANE_AUDIT] = fair_queue_new(&(struct fair_limits){
        .running = 2, .running_each = 1, .waiting = 64, .waiting_each = each});
    (void)actor_every(actor, SWEEP_MS, refuse_late, turns);
    return turns;
}

void turns_close(struct turns *turns)
{
    turns->handing_out = true; /* for good */
}

void turns_destroy(struct turns **turns)
{
    struct turns *gone = TAKE(*turns);
    for (size_t i = 0; gone != NULL && i < LANE_COUNT; i++) {
        fair_queue_destroy(&gone->lanes[i]);
    }
    free(gone);
}

static struct fair_queue *queue_of(const struct request *r)
{
    return r->services->turns->lanes[r->lane];
}

static struct request *request_of(struct turn *turn)
{
    return (struct request *)((char *)turn - offsetof(struct request, turn));
}

/* A search among rejected rows walks through all of them; a page of plays without a filter looks
 * at no more than it gives, unless it is of some persons alone. The history goes by the same rule.
 */
static enum lane lane_of(const struct request *r)
{
    if (route_is(r->route, ROUTE_list_notes)) {
        const struct notes_list *asked = r->input;
        return asked->q != NULL ? LANE_LONG : r->route->lane;
    }
    if (route_is(r->route, ROUTE_list_history)) {
        const struct history_list *asked = r->input;
        bool filtered = asked->server != NULL || asked->user != NULL || asked->media_type != NULL ||
                        asked->library != NULL || asked->person != NULL || asked->q != NULL ||
                        r->caller.people[0] != '\0';
        return filtered ? LANE_LONG : LANE_SHORT;
    }
    return r->route->lane;
}

/* Walks alone are worth sharing, and files are made page by page. What an answer holds depends on
 * what was asked and on what its asker may see; it is never older than the question. */
static bool is_alike(const struct turn *waiting, const void *leader)
{
    const struct request *of = leader;
    const struct request *r = request_of((struct turn *)waiting);
    return r->route == of->route && !r->is_file &&
           (r->caller.role == ROLE_ADMIN) == (of->caller.role == ROLE_ADMIN) &&
           strcmp(r->caller.people, of->caller.people) == 0 && strcmp(r->target, of->target) == 0;
}

static void gather(struct request *r)
{
    struct turn *turn = NULL;
    if (r->lane != LANE_LONG || r->is_file || r->route->audit != AUDIT_NEVER) {
        return;
    }
    while ((turn = fair_queue_find(queue_of(r), is_alike, r)) != NULL) {
        fair_queue_leave(queue_of(r), turn);
        request_of(turn)->leader = r;
        LIST_INSERT_HEAD(&r->alike, request_of(turn), in_alike);
    }
}

static void hand_out(struct turns *turns)
{
    if (turns->handing_out) {
        return;
    }
    turns->handing_out = true;
    for (size_t i = LANE_SHORT; i < LANE_COUNT; i++) {
        struct turn *turn = NULL;
        while ((turn = fair_queue_next(turns->lanes[i])) != NULL) {
            struct request *r = request_of(turn);
            r->waited_ms = clock_monotonic_ms() - turn->since_ms;
            gather(r);
            r->go(r);
        }
    }
    turns->handing_out = false;
}

static void refuse(struct request *r, enum err code)
{
    r->outcome.retry_after_s = code == ERR_RATE_LIMITED ? OWN_RETRY_S : 0;
    respond_error(r, code, NULL, NULL);
}

void turns_take(struct request *r)
{
    r->lane = lane_of(r);
    if (r->lane == LANE_NONE) {
        r->go(r);
        return;
    }
    r->turn.patient = r->stage == STAGE_STREAMING;
    enum err e =
        fair_queue_join(queue_of(r), request_counted_as(r), &r->turn, clock_monotonic_ms());
    if (e != OK) {
        refuse(r, e);
        return;
    }
    hand_out(r->services->turns);
}

/* Each leaves its leader before it is answered, as it may be told to at any time. */
static void share(struct request *r)
{
    struct request *alike = NULL;
    while ((alike = LIST_FIRST(&r->alike)) != NULL) {
        LIST_REMOVE(alike, in_alike);
        alike->leader = NULL;
        respond_alike(alike, &r->outcome);
    }
}

void turns_leave(struct request *r)
{
    if (r->leader != NULL) {
        LIST_REMOVE(r, in_alike);
        r->leader = NULL;
    }
    if (r->turn.state != TURN_NONE) {
        fair_queue_leave(queue_of(r), &r->turn);
        share(r);
        hand_out(r->services->turns);
    }
}

static void refuse_late(struct actor *a, void *context)
{
    (void)a;
    struct turns *turns = context;
    int64_t since_ms = clock_monotonic_ms() - WAIT_MS;
    for (size_t i = LANE_SHORT; i < LANE_COUNT; i++) {
        struct turn *turn = NULL;
        while ((turn = fair_queue_late(turns->lanes[i], since_ms)) != NULL) {
            enum err code = fair_queue_own_fault(turn) ? ERR_RATE_LIMITED : ERR_BUSY;
            refuse(request_of(turn), code); /* which makes it leave */
        }
    }
}
