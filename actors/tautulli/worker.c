/* SPDX-License-Identifier: MIT
 * worker.c - takes leases, has them read and delivered, and says what became of them.
 *
 * Losing everything here is harmless: the lease runs out and another worker reads the same rows. */
#include "actors/tautulli/worker.h"

#include <stdio.h>
#include <string.h>

#include "actors/shared/retry.h"
#include "proto/base/give_way.h"

#define COORDINATOR "tautulli"
#define TAKE_MS 10000
#define RENEW_EVERY_MS 2000
#define RENEW_MS 2000
#define REPORT_MS 5000
#define REPORT_TRIES 5
#define PAUSE_MS 300

static void take(struct slot *s);
static void read_next(struct worker *w);

/* ---- renewals ---- */

static void drop(struct slot *s);

static bool is_of(const struct slot *s, const struct lease_renewed *now)
{
    return now->job_id != NULL && now->attempt == s->lease.attempt &&
           strcmp(now->job_id, s->lease.job_id) == 0;
}

static void on_renewed(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct worker *w = context;
    if (answer->code != OK) {
        return; /* the coordinator is away; what is held stays worth delivering */
    }
    const struct lease_renewed *now = msg_lease_renewed(answer->reply);
    for (size_t i = 0; i < WORKER_SLOTS; i++) {
        struct slot *s = &w->slots[i];
        if (s->step >= SLOT_LEASED && s->step <= SLOT_SENDING && !is_of(s, now)) {
            drop(s);
        }
    }
}

static void renew(struct worker *w)
{
    struct held_lease held[WORKER_SLOTS];
    struct lease_renew body = {.worker = actor_instance(w->actor), .held = held};
    for (size_t i = 0; i < WORKER_SLOTS; i++) {
        if (w->slots[i].step >= SLOT_LEASED) {
            held[body.held_count++] = (struct held_lease){.lease = w->slots[i].lease.lease};
        }
    }
    if (w->reading != NULL) {
        PUT(&body, reading, w->reading->lease.lease);
    }
    ask_lease_renew(w->actor, COORDINATOR, &body, "", RENEW_MS, on_renewed, w);
}

static void on_renew_time(struct actor *a, void *context)
{
    (void)a;
    struct worker *w = context;
    for (size_t i = 0; i < WORKER_SLOTS; i++) {
        if (w->slots[i].step >= SLOT_LEASED) {
            renew(w);
            return;
        }
    }
}

/* ---- asking for a lease ---- */

static void on_pause_over(struct actor *a, void *context)
{
    (void)a;
    take(context);
}

/* Gives the place free after a moment, so that a refusal cannot become a storm. */
static void slot_pause(struct slot *s)
{
    worker_rows_let_go(s);
    s->step = SLOT_FREE;
    (void)actor_after(s->worker->actor, PAUSE_MS, on_pause_over, s);
}

static void drop(struct slot *s)
{
    s->dropped = true;
    if (s->step == SLOT_LEASED || s->step == SLOT_FETCHED) {
        slot_pause(s);
    } else if (s->step == SLOT_SENDING) {
        delivery_drop(&s->delivery);
    }
}

static const char *keep_text(struct slot *s, const char *text)
{
    return text == NULL ? "" : arena_keep(s->arena, text);
}

static void keep_lease(struct slot *s, const struct lease_taken *l)
{
    arena_reset(s->arena);
    s->lease = *l;
    s->lease.job_id = keep_text(s, l->job_id);
    s->lease.path = keep_text(s, l->path);
    s->lease.server_id = keep_text(s, l->server_id);
    if (l->seal.data != NULL) {
        s->lease.seal.data = arena_text(s->arena, l->seal.data, l->seal.size);
    }
    if (l->sample.data != NULL) {
        s->lease.sample.data = arena_text(s->arena, l->sample.data, l->sample.size);
    }
    s->dropped = false;
    s->delivered = false;
    s->from_id = l->first_id;
    s->fetches = 0;
    s->step = SLOT_LEASED;
}

/* Without work nothing is kept open: not the source's locks, nor the room of a copy. */
static void rest(struct worker *w)
{
    for (size_t i = 0; i < WORKER_SLOTS; i++) {
        if (w->slots[i].step >= SLOT_LEASED) {
            return;
        }
    }
    input_close(w->input);
    worker_rows_rest(w);
}

static void on_taken(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct slot *s = context;
    if (answer->code != OK) {
        slot_pause(s);
        rest(s->worker);
        return;
    }
    const struct lease_taken *l = msg_lease_taken(answer->reply);
    if (l->job_id == NULL) {
        rest(s->worker);
        take(s);
        return;
    }
    keep_lease(s, l);
    read_next(s->worker);
}

static void take(struct slot *s)
{
    struct lease_take body = {.worker = actor_instance(s->worker->actor)};
    PUT(&body, slot, s->index);
    s->step = SLOT_ASKING;
    ask_lease_take(s->worker->actor, COORDINATOR, &body, "", TAKE_MS, on_taken, s);
}

/* ---- saying what became of it ---- */

static void report(struct slot *s);

static void on_report_again(struct actor *a, void *context)
{
    (void)a;
    report(context);
}

static void on_noted(struct actor *a, const struct answer *answer, void *context)
{
    struct slot *s = context;
    if (retry_is_due(answer->code) && s->tries < REPORT_TRIES) {
        (void)actor_after(a, retry_backoff_ms(s->tries++), on_report_again, s);
    } else if (s->code != NULL) {
        slot_pause(s);
    } else {
        take(s);
    }
}

static uint64_t rows_left(const struct slot *s)
{
    uint64_t planned = s->lease.planned_rows;
    uint64_t rows = batch_rows_up_to(s->batch, s->reached);
    return s->reached >= s->lease.last_id || rows >= planned ? 0 : planned - rows;
}

static void report(struct slot *s)
{
    struct lease_done body = {.worker = actor_instance(s->worker->actor),
                              .job_id = s->lease.job_id,
                              .attempt = s->lease.attempt,
                              .lease = s->lease.lease,
                              .code = s->code,
                              .text = s->text[0] != '\0' ? s->text : NULL};
    if (s->delivered) {
        PUT(&body, last_id, s->reached);
        PUT(&body, rows_left, rows_left(s));
        PUT(&body, rows, batch_rows(s->batch));
        PUT(&body, bytes, batch_bytes(s->batch));
    }
    if (s->reading.rows != NULL) {
        PUT(&body, sent, true);
    }
    s->step = SLOT_REPORTING;
    ask_lease_done(s->worker->actor, COORDINATOR, &body, s->lease.job_id, REPORT_MS, on_noted, s);
}

static void slot_report(struct slot *s, enum err code, const char *text)
{
    s->code = code == OK ? NULL : err_code(code);
    s->tries = 0;
    (void)snprintf(s->text, sizeof(s->text), "%s", text != NULL ? text : "");
    report(s);
}

/* ---- delivering ---- */

static struct slot *slot_of(struct delivery *d)
{
    return (struct slot *)(void *)((char *)d - offsetof(struct slot, delivery));
}

static void committed(struct slot *s, int64_t next_id)
{
    /* Lower where an earlier worker delivered less of the same range. */
    int64_t last_id = s->delivery.commit.last_id;
    s->reached = next_id > last_id ? last_id : next_id - 1;
    s->delivered = true;
    enum err code = s->reading.code;
    bool readable_again = code == ERR_TIMEOUT || code == ERR_DATABASE_BUSY;
    slot_report(s, readable_again ? OK : code, s->reading.text);
}

static void on_delivered(struct delivery *d, enum err code, int64_t next_id, const char *text)
{
    struct slot *s = slot_of(d);
    if (code == OK || code == ERR_BATCH_STRADDLES) {
        committed(s, next_id);
    } else if (retry_job_is_over(code)) {
        slot_pause(s);
    } else {
        slot_report(s, code, text);
    }
}

static void slot_send(struct slot *s)
{
    const struct lease_taken *l = &s->lease;
    bool whole = s->reading.whole;
    struct batch_commit *commit = &s->delivery.commit;
    *commit = (struct batch_commit){
        .job_id = l->job_id,
        .attempt = l->attempt,
        .first_id = l->first_id,
        .last_id = whole ? l->last_id : batch_last(s->batch),
        .planned_rows = whole ? l->planned_rows : batch_rows(s->batch),
    };
    commit->runner = l->runner;
    if (whole && l->last) {
        PUT(commit, last, true);
    }
    PUT(commit, watched_percent, l->watched_percent);
    if (l->seal.data != NULL) {
        commit->has_lease = true;
        commit->lease = (struct lease_seal){
            .last_id = l->last_id, .rows = l->planned_rows, .seal = l->seal, .sample = l->sample};
        PUT(&commit->lease, last, l->last);
    }
    batch_fill(s->batch, commit);
    s->step = SLOT_SENDING;
    delivery_begin(&s->delivery, s->worker->actor, on_delivered);
}

/* ---- reading ---- */

static void read_work(void *task)
{
    struct slot *s = task;
    give_way(GIVE_WAY_IMPORT);
    input_read(s->worker->input, &s->reading);
}

static void on_read(struct actor *a, void *task)
{
    (void)a;
    struct slot *s = task;
    struct worker *w = s->worker;
    w->reading = NULL;
    if (s->dropped) {
        slot_pause(s);
    } else if (s->reading.parcel != NULL) {
        worker_rows_read(s);
    } else if (s->reading.code == ERR_ROWS_NOT_HERE) {
        worker_rows_begin(s);
    } else if (s->reading.whole || batch_rows(s->batch) > 0) {
        slot_send(s);
    } else {
        slot_report(s, s->reading.code, s->reading.text);
    }
    read_next(w);
    if (w->reading == NULL) {
        renew(w); /* nothing is being read: whatever ends this worker now, no rows are to blame */
    }
}

/* Leases of a job whose rows are sent wait for these. */
static struct slot *next_to_read(struct worker *w)
{
    struct slot *fetched = worker_lowest(w, SLOT_FETCHED);
    struct slot *leased = worker_lowest(w, SLOT_LEASED);
    return fetched != NULL || leased == NULL || worker_rows_are_sent(w, &leased->lease) ? fetched
                                                                                        : leased;
}

static void read_next(struct worker *w)
{
    worker_rows_fetch(w);
    struct slot *s = w->reading == NULL ? next_to_read(w) : NULL;
    if (s == NULL) {
        return;
    }
    s->reading = (struct reading){.lease = &s->lease, .batch = s->batch};
    if (s->step == SLOT_FETCHED) {
        worker_rows_fill(s);
    }
    if (actor_offload(w->actor, 0, read_work, on_read, s) != OK) {
        slot_pause(s);
        return;
    }
    s->step = SLOT_READING;
    w->reading = s;
    renew(w);
}

/* ---- life ---- */

static const struct slot_ends ends = {
    .pause = slot_pause, .report = slot_report, .send = slot_send, .read_next = read_next};

void worker_start(struct worker *w, struct actor *a)
{
    w->actor = a;
    w->rows.ends = &ends;
    const struct config *config = actor_config(a);
    bool elsewhere = strncmp(config_text(config, SETTING_bus_endpoint), "tcp://", 6) == 0;
    w->input = input_new(elsewhere ? config : NULL);
    for (size_t i = 0; i < WORKER_SLOTS; i++) {
        struct slot *s = &w->slots[i];
        *s = (struct slot){.worker = w, .index = i, .arena = arena_new(), .batch = batch_new()};
        take(s);
    }
    (void)actor_every(a, RENEW_EVERY_MS, on_renew_time, w);
}

void worker_stop(struct worker *w)
{
    worker_rows_release(w);
    for (size_t i = 0; i < WORKER_SLOTS; i++) {
        arena_destroy(&w->slots[i].arena);
        batch_destroy(&w->slots[i].batch);
    }
    input_destroy(&w->input);
}
