/* SPDX-License-Identifier: MIT
 * check.c - the log is read back from the disk on a connection of its own and held against the head
 * beside it. What the loop may read meanwhile is one counter. */
#include "actors/audit/check.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/shared/audit_verify.h"
#include "proto/base/clock.h"

enum { CHECK_LANE = 2, PAGE_ROWS = 500 };

struct check {
    bool running;
    int64_t started_at, ended_at; /* 0: never */
    uint64_t total;               /* entries when it began */
    _Atomic uint64_t checked;
    struct audit_head head;     /* of what was committed when it began */
    enum err result;            /* could it be done at all? */
    struct audit_report report; /* the thread's while it runs */
    char head_hash[AUDIT_HASH_TEXT_SIZE];
};

struct check *check_new(void)
{
    return must_alloc(sizeof(struct check));
}

void check_destroy(struct check **check)
{
    free(*check);
    *check = NULL;
}

bool check_running(const struct check *check)
{
    return check->running;
}

static void run(void *task)
{
    struct check *c = task;
    OWNED(audit_verifier_close) struct audit_verifier *v = NULL;
    OWNED(audit_keyring_release) struct audit_keyring ring = {0};
    struct audit_head head = c->head;
    struct audit_head beside;
    struct audit_claims claims = {.trusted = &ring, .head = &head, .at_least = head.n};
    c->result = audit_keyring_read(AUDIT_PUBLIC_FILE, &ring);
    if (c->result == OK && audit_head_read(AUDIT_HEAD_FILE, &beside) == OK) {
        head = beside; /* the one that will be there when the database is gone */
    }
    if (c->result == OK) {
        c->result = audit_verifier_open(AUDIT_DB_FILE, &claims, &v);
    }
    if (c->result != OK) {
        return;
    }
    while (audit_verifier_step(v, PAGE_ROWS)) {
        atomic_store(&c->checked, audit_verifier_report(v)->checked);
    }
    atomic_store(&c->checked, audit_verifier_report(v)->checked);
    c->report = *audit_verifier_report(v);
}

static void ended(struct actor *a, void *task)
{
    (void)a;
    struct check *c = task;
    c->running = false;
    c->ended_at = clock_wall_ms();
    if (c->result != OK) {
        c->report = (struct audit_report){0};
        (void)snprintf(c->report.message, sizeof c->report.message, "It could not be checked: %s",
                       err_sentence(c->result));
    }
    if (c->report.intact) {
        log_info("audit log checked intact_to=%llu", (unsigned long long)c->report.intact_to);
    } else {
        log_error("audit log checked, it is not intact bad_entry=%llu: %s",
                  (unsigned long long)c->report.bad_entry, c->report.message);
    }
}

enum err check_begin(struct check *check, struct actor *a, const struct audit_view *now)
{
    if (check->running) {
        return OK;
    }
    check->started_at = clock_wall_ms();
    check->ended_at = 0;
    check->total = now->head.n - now->sealed;
    check->head = now->head;
    check->report = (struct audit_report){0};
    atomic_store(&check->checked, 0);
    audit_hash_text(&now->head.hash, check->head_hash);
    check->running = true;
    enum err e = actor_offload(a, CHECK_LANE, run, ended, check);
    if (e != OK) {
        check->running = false;
        check->started_at = 0; /* never begun, which is not the same as damaged */
    }
    return e;
}

static void fill_report(const struct check *check, struct audit_verification *out)
{
    PUT(out, ended_at, check->ended_at);
    out->message = check->report.message;
    if (check->result == OK) {
        PUT(out, intact, check->report.intact);
        PUT(out, intact_to, check->report.intact_to);
    }
    if (check->report.bad_entry != 0) {
        PUT(out, bad_entry, check->report.bad_entry);
    }
}

void check_fill(struct check *check, struct audit_verification *out)
{
    out->running = check->running;
    out->checked = atomic_load(&check->checked);
    out->total = out->checked > check->total ? out->checked : check->total; /* some came since */
    out->message = "The log was not checked since playbus-audit began";
    if (check->started_at == 0) {
        return;
    }
    PUT(out, started_at, check->started_at);
    PUT(out, head_n, check->head.n);
    out->head_hash = check->head_hash;
    out->message = "The log is being checked";
    if (!check->running) {
        fill_report(check, out);
    }
}
