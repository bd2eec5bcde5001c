/* SPDX-License-Identifier: MIT
 * audit_recorder.c - where requests pass by on their way in and out. What is recorded is decided
 * here; outbox_writer.c gets it to the disk, and refusals.c keeps a flood small. */
#include "gateway/rest/audit_recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/deferred_refusals.h"
#include "gateway/audit/outbox_writer.h"
#include "gateway/audit/refusals.h"
#include "gateway/rest/respond.h"
#include "proto/base/clock.h"
#include "proto/store/outbox.h"

enum {
    REQUESTED_MS = 2500, /* every request is answered within 5 s */
    COUNTS_EVERY_MS = 1000
};

struct audit_recorder {
    struct actor *actor;                /* borrowed */
    struct outbox_writer *writer;       /* owned */
    struct refusals *refusals;          /* owned */
    struct deferred_refusals *deferred; /* owned */
};

/* ---- refusals ---- */

static const enum err recorded_refusals[] = {
    ERR_FOREIGN_HOST,     ERR_FOREIGN_ORIGIN,         ERR_RATE_LIMITED,     ERR_NOT_SIGNED_IN,
    ERR_SIGN_IN_FAILED,   ERR_ROLE_TOO_LOW,           ERR_CSRF_FAILED,      ERR_PASSWORD_NEEDED,
    ERR_SETUP_CODE_WRONG, ERR_PASSWORD_CHANGE_NEEDED, ERR_PATH_NOT_ALLOWED, ERR_SETUP_REQUIRED,
    ERR_SETUP_DONE,       ERR_STAGING_FULL,
};

/* The cookie shows that it was signed in before; a stranger's request is recorded. */
static bool is_left_over(const struct request *r, enum err code)
{
    return code == ERR_NOT_SIGNED_IN && r->caller.ended && r->route != NULL &&
           (r->route->passive || route_is(r->route, ROUTE_sign_out));
}

/* A page or a command that waits asks again and again. */
static bool is_waiting(const struct request *r, enum err code)
{
    return code == ERR_RATE_LIMITED && r->route != NULL && r->route->passive &&
           r->caller.kind != CALLER_NOBODY;
}

bool audit_recorder_covers(const struct request *r, enum err code)
{
    if (is_left_over(r, code) || is_waiting(r, code)) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(recorded_refusals); i++) {
        if (recorded_refusals[i] == code) {
            return true;
        }
    }
    return r->upload_removed; /* else the log would have it that it is still there */
}

void audit_recorder_defer(struct audit_recorder *recorder, const struct request *r)
{
    struct deferred_refusal one = {.code = r->refused,
                                   .at = clock_wall_ms(),
                                   .role = r->caller.role,
                                   .action = audit_recorder_action(r)};
    snprintf(one.actor, sizeof one.actor, "%s", r->caller.name);
    snprintf(one.address, sizeof one.address, "%s", r->address);
    snprintf(one.group, sizeof one.group, "%s", r->address_group);
    snprintf(one.request_id, sizeof one.request_id, "%s", r->correlation_id);
    deferred_refusals_put(recorder->deferred, &one);
}

/* What could not be written is kept (gap.h): the call is over all the same. */
static void go_on(void *request, enum err written)
{
    (void)written;
    struct request *r = request;
    r->audit.next(r);
}

/* `r` goes on when it is written; NULL: nobody waits. */
static void write_count(struct audit_recorder *recorder, const struct refusal_count *count,
                        struct request *r)
{
    struct outbox_batch *batch = outbox_batch_new();
    bool everybody = strcmp(count->group, REFUSALS_EVERYBODY) == 0;
    struct audit_entry *entry = &batch->entries[batch->count++];
    *entry =
        (struct audit_entry){.entry_id = arena_keep(batch->arena, count->entry_id),
                             .at = count->at,
                             .phase = audit_phase_refused,
                             .action = AUDIT_ACTION(refusals),
                             .address = everybody ? NULL : arena_keep(batch->arena, count->group),
                             .outcome = err_code(count->code)};
    PUT(entry, count, count->count);
    batch->ready_at[0] = count->ready_at;
    batch->done = r != NULL ? go_on : NULL;
    batch->context = r;
    outbox_writer_add(recorder->writer, &batch);
}

static void write_refusal(struct audit_recorder *recorder, struct request *r)
{
    struct outbox_batch *batch = outbox_batch_new();
    struct audit_entry *entry = &batch->entries[batch->count++];
    audit_recorder_entry(r, audit_phase_refused, batch->arena, entry);
    entry->outcome = err_code(r->outcome.code);
    batch->done = go_on;
    batch->context = r;
    outbox_writer_add(recorder->writer, &batch);
}

static void record_refusal(struct audit_recorder *recorder, struct request *r)
{
    struct refusal_count *count = NULL;
    switch (refusals_add(recorder->refusals, r->address_group, r->outcome.code, clock_wall_ms(),
                         &count)) {
    case REFUSAL_ALONE:
        write_refusal(recorder, r);
        break;
    case REFUSAL_FIRST:
        write_count(recorder, count, r);
        break;
    case REFUSAL_COUNTED: /* its entry is there, its number follows within a second */
        r->audit.next(r);
        break;
    }
}

static void write_deferred(struct audit_recorder *recorder, const struct deferred_refusal *one)
{
    struct outbox_batch *batch = outbox_batch_new();
    struct audit_entry *entry = &batch->entries[batch->count++];
    *entry = (struct audit_entry){.at = one->at,
                                  .phase = audit_phase_refused,
                                  .action = one->action,
                                  .outcome = err_code(one->code)};
    if (one->actor[0] != '\0') {
        entry->actor = arena_keep(batch->arena, one->actor);
        entry->role = one->role == ROLE_ADMIN ? "admin" : "viewer";
    }
    if (one->address[0] != '\0') {
        entry->address = arena_keep(batch->arena, one->address);
    }
    entry->request_id = arena_keep(batch->arena, one->request_id);
    outbox_writer_add(recorder->writer, &batch);
}

static void record_deferred(struct audit_recorder *recorder)
{
    struct deferred_refusals_taken deferred;
    deferred_refusals_take(recorder->deferred, &deferred);
    for (size_t i = 0; i < deferred.count; i++) {
        const struct deferred_refusal *one = &deferred.ones[i];
        struct refusal_count *count = NULL;
        enum refusal_way way =
            refusals_add(recorder->refusals, one->group, one->code, one->at, &count);
        if (way == REFUSAL_ALONE) {
            write_deferred(recorder, one);
        } else if (way == REFUSAL_FIRST) {
            write_count(recorder, count, NULL);
        }
    }
    for (int code = 0; code < ERR_COUNT; code++) {
        if (deferred.more[code] > 0) {
            struct refusal_count *count = refusals_add_many(recorder->refusals, (enum err)code,
                                                            clock_wall_ms(), deferred.more[code]);
            write_count(recorder, count, NULL);
        }
    }
}

static void write_counts(struct actor *a, void *context)
{
    (void)a;
    struct audit_recorder *recorder = context;
    record_deferred(recorder);
    for (const struct refusal_count *grown = refusals_grown(recorder->refusals); grown != NULL;
         grown = refusals_grown(recorder->refusals)) {
        write_count(recorder, grown, NULL);
    }
}

/* ---- what is done ---- */

/* Whoever asked may have been signed out meanwhile. */
static void start(struct request *r)
{
    if (r->route->role != ROLE_PUBLIC && !request_caller_is_live(r)) {
        respond_error(r, ERR_NOT_SIGNED_IN, NULL, NULL);
    } else {
        r->audit.next(r);
    }
}

static void requested(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct request *r = context;
    if (answer->code == OK) {
        start(r);
        return;
    }
    log_warn("the audit log does not answer code=%s, refusing correlation_id=%s",
             err_code(answer->code), r->correlation_id);
    respond_error(r, answer->code == ERR_DISK_FULL ? ERR_DISK_FULL : ERR_AUDIT_AWAY, NULL, NULL);
}

/* What was not written down is not done, but for a stop, which must always work: what could not be
 * written is kept, and stands in the log as soon as it can be (gap.h). */
static void held(void *request, enum err written)
{
    struct request *r = request;
    if (written != OK && r->route->audit != AUDIT_BESIDE) {
        respond_error(r, written, NULL, NULL);
        return;
    }
    if (r->route->audit != AUDIT_FIRST) {
        start(r);
        return;
    }
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct audit_entry entry;
    struct audit_record record = {.entries = &entry, .entries_count = 1};
    audit_recorder_entry(r, audit_phase_requested, arena, &entry);
    ask_audit_record(r->services->bus, "audit", &record, r->correlation_id, REQUESTED_MS, requested,
                     r);
}

/* Both entries of a call. HELD: they are told only if nothing better becomes known. */
static void write_both(struct audit_recorder *recorder, struct request *r, const char *result,
                       int64_t ready_at, outbox_batch_done_fn *done)
{
    struct outbox_batch *batch = outbox_batch_new();
    audit_recorder_entry(r, audit_phase_requested, batch->arena, &batch->entries[0]);
    audit_recorder_entry(r, audit_phase_outcome, batch->arena, &batch->entries[1]);
    batch->entries[1].outcome = result;
    batch->ready_at[0] = batch->ready_at[1] = ready_at;
    batch->count = 2;
    batch->done_anyway = r->route->audit == AUDIT_BESIDE;
    batch->done = done;
    batch->context = r;
    outbox_writer_add(recorder->writer, &batch);
}

/* Held in the outbox first, and nothing is told or done before: whatever is killed, the log has
 * both entries of a call or none. That `requested` gets there twice does not count: its entry_id is
 * the same. Only a stop is done even where the outbox cannot be written. */
void audit_recorder_begin(struct audit_recorder *recorder, struct request *r, request_fn *next)
{
    r->audit.asked_at = clock_wall_ms();
    if (r->route->audit == AUDIT_NEVER && !r->is_file) {
        next(r);
        return;
    }
    id_new(r->audit.entry_id);
    if (r->route->audit == AUDIT_WITHIN) {
        next(r);
        return;
    }
    id_new(r->audit.outcome_id);
    r->audit.next = next;
    r->audit.requested = true;
    write_both(recorder, r, "INTERRUPTED", OUTBOX_HELD, held);
}

static const char *result_of(const struct request *r)
{
    if (r->is_file && r->outcome.code == ERR_UPLOAD_CUT) {
        return "INTERRUPTED"; /* its client has not got all of it */
    }
    return r->outcome.code == OK ? "ok" : err_code(r->outcome.code);
}

void audit_recorder_end(struct audit_recorder *recorder, struct request *r, request_fn *next)
{
    r->audit.ended = true;
    r->audit.next = next;
    bool reached = r->route != NULL && r->audit.asked_at != 0;
    bool within = reached && r->route->audit == AUDIT_WITHIN;
    bool refused = !r->audit.requested && audit_recorder_covers(r, r->outcome.code);
    if (refused && !r->audit.outcome_recorded) {
        record_refusal(recorder, r);
    } else if ((r->audit.requested || within) && !r->audit.outcome_recorded) {
        write_both(recorder, r, result_of(r), 0, go_on);
    } else {
        next(r);
    }
}

/* ---- begin and end ---- */

struct audit_recorder *audit_recorder_new(struct actor *actor, struct access *access)
{
    struct audit_recorder *recorder = must_alloc(sizeof *recorder);
    recorder->actor = actor;
    recorder->writer = outbox_writer_new(actor, access_db(access), ACCOUNTS_LANE);
    recorder->refusals = refusals_new();
    recorder->deferred = deferred_refusals_new();
    (void)actor_every(actor, COUNTS_EVERY_MS, write_counts, recorder);
    return recorder;
}

void audit_recorder_close(struct audit_recorder *recorder)
{
    outbox_writer_close(recorder->writer);
    write_counts(recorder->actor, recorder);
}

void audit_recorder_destroy(struct audit_recorder **recorder)
{
    struct audit_recorder *gone = TAKE(*recorder);
    if (gone != NULL) {
        outbox_writer_destroy(&gone->writer);
        deferred_refusals_destroy(&gone->deferred);
        refusals_destroy(&gone->refusals);
        free(gone);
    }
}
