/* SPDX-License-Identifier: MIT
 * test_outbox_relay.c - entries on their way from an outbox to the audit log, over the real bus: an
 * answer that comes late, twice or never loses none of them and drops none too early. Each test is
 * done twice: with the outbox in a thread of its own, and in the loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/clock.h"
#include "proto/store/outbox_relay.h"
#include "tests/support/children.h"

#define KEPT_MAX 8

/* ---- an owner of an outbox: "add NAME N" adds N entries, "left" says how many wait ---- */

struct owner {
    sqlite3 *db, *of_relay; /* a connection of the relay's own, as its thread needs */
    struct outbox_relay *relay;
};

/* In the loop beside the lane: WAL lets both write, one after the other. */
static void owner_add(struct owner *o, const char *name, int count)
{
    enum err e = db_begin(o->db);
    for (int i = 0; e == OK && i < count; i++) {
        char id[64];
        snprintf(id, sizeof id, "%s.%d", name, i);
        struct audit_entry entry = {
            .entry_id = id, .at = 1, .phase = audit_phase_outcome, .action = "sign_in"};
        e = outbox_add(o->db, &entry, 0);
    }
    if (db_end(o->db, e) != OK) {
        abort();
    }
}

static int64_t owner_left(struct owner *o)
{
    OWNED(stmt_finalize) sqlite3_stmt *count = NULL;
    bool row = false;
    if (db_prepare(o->db, "SELECT count(*) FROM audit_outbox", &count) != OK ||
        stmt_row(count, &row) != OK || !row) {
        abort();
    }
    return row_number(count, 0);
}

static void owner_told(struct actor *a, const char *line)
{
    struct owner *o = actor_self(a);
    char name[32];
    int count = 0;
    if (sscanf(line, "add %31s %d", name, &count) == 2) {
        owner_add(o, name, count);
        outbox_relay_wake(o->relay);
    } else {
        say("left %lld", (long long)owner_left(o));
    }
}

static enum err owner_begin(struct actor *a, int lane)
{
    struct owner *o = actor_self(a);
    enum err e = db_open_writer("run/owner/outbox.db", &o->db);
    e = e == OK ? db_open_writer("run/owner/outbox.db", &o->of_relay) : e;
    (void)sqlite3_exec(o->db, OUTBOX_TABLE, NULL, NULL, NULL); /* it is there at a second start */
    o->relay = outbox_relay_new(a, o->of_relay, lane);
    hear(a, owner_told);
    return e;
}

static enum err start_in_lane(struct actor *a)
{
    return owner_begin(a, 0);
}

static enum err start_in_loop(struct actor *a)
{
    return owner_begin(a, RELAY_IN_LOOP);
}

static void owner_stop(struct actor *a)
{
    struct owner *o = actor_self(a);
    outbox_relay_destroy(&o->relay);
    db_close(&o->of_relay);
    db_close(&o->db);
}

static const struct actor_spec in_lane = {.name = "owner",
                                          .summary = "Has an outbox in a thread",
                                          .self_size = sizeof(struct owner),
                                          .start = start_in_lane,
                                          .stop = owner_stop};
static const struct actor_spec in_loop = {.name = "owner",
                                          .summary = "Has an outbox in its loop",
                                          .self_size = sizeof(struct owner),
                                          .start = start_in_loop,
                                          .stop = owner_stop};

/* ---- an audit log: "keep N" the next N, "answer" the oldest kept, "twice N", "refuse N" ---- */

struct log {
    struct msg *kept[KEPT_MAX]; /* oldest first */
    size_t kept_count;
    int keep, twice, refuse;
};

static enum err acknowledge(struct actor *a, const struct msg *m)
{
    const struct audit_recorded recorded = {0};
    return reply_audit_recorded(a, m, &recorded);
}

static enum err on_record(struct actor *a, const struct msg *m)
{
    struct log *log = actor_self(a);
    const struct audit_record *record = msg_audit_record(m);
    say("record %s %zu", record->entries[0].entry_id, record->entries_count);
    if (log->refuse > 0) {
        log->refuse--;
        return ERR_DISK_FULL;
    }
    if (log->keep > 0) {
        log->keep--;
        log->kept[log->kept_count++] = msg_keep(m);
        return OK;
    }
    if (log->twice > 0) {
        log->twice--;
        (void)acknowledge(a, msg_keep(m));
    }
    return acknowledge(a, m);
}

static void log_told(struct actor *a, const char *line)
{
    struct log *log = actor_self(a);
    (void)sscanf(line, "keep %d", &log->keep);
    (void)sscanf(line, "twice %d", &log->twice);
    (void)sscanf(line, "refuse %d", &log->refuse);
    if (strcmp(line, "answer") == 0) {
        struct msg *oldest = log->kept[0];
        memmove(log->kept, log->kept + 1, --log->kept_count * sizeof(log->kept[0]));
        (void)acknowledge(a, oldest);
    }
    say("done");
}

static enum err log_start(struct actor *a)
{
    hear(a, log_told);
    return OK;
}

static void log_stop(struct actor *a)
{
    struct log *log = actor_self(a);
    for (size_t i = 0; i < log->kept_count; i++) {
        msg_destroy(&log->kept[i]);
    }
}

static const struct actor_spec audit = {.name = "audit",
                                        .summary = "An audit log for tests",
                                        .self_size = sizeof(struct log),
                                        .start = log_start,
                                        .stop = log_stop,
                                        .on = {[MSG_audit_record] = on_record}};

static const struct role roles[] = {{"audit", &audit, NULL},
                                    {"in_lane", &in_lane, NULL},
                                    {"in_loop", &in_loop, NULL},
                                    {NULL, NULL, NULL}};

/* ---- the world of a test ---- */

struct world {
    char *data; /* owned */
    const char *role;
    struct child broker, audit, owner;
};

static int open_world(void **state, const char *role)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->data = children_folder();
    w->role = role;
    broker_start(&w->broker, w->data);
    child_start(&w->audit, "audit", w->data);
    child_start(&w->owner, role, w->data);
    *state = w;
    return 0;
}

static int open_in_lane(void **state)
{
    return open_world(state, "in_lane");
}

static int open_in_loop(void **state)
{
    return open_world(state, "in_loop");
}

static int close_world(void **state)
{
    struct world *w = *state;
    int status = child_end(&w->owner) + child_end(&w->audit);
    child_end(&w->broker);
    children_remove_folder(&w->data);
    free(w);
    return status;
}

static void log_does(struct world *w, const char *line)
{
    child_tell(&w->audit, "%s", line);
    child_expect(&w->audit, "done");
}

static long left(struct world *w)
{
    child_tell(&w->owner, "left");
    return child_expect_number(&w->owner, "left ");
}

static void expect_all_gone(struct world *w)
{
    int64_t until_ms = clock_monotonic_ms() + 10000;
    while (left(w) > 0) {
        assert_true(clock_monotonic_ms() < until_ms);
    }
}

/* ---- the tests ---- */

static void what_is_acknowledged_leaves_the_outbox(void **state)
{
    struct world *w = *state;
    child_tell(&w->owner, "add one 3");
    child_expect(&w->audit, "record one.0 3");
    expect_all_gone(w);
}

static void many_entries_are_several_deliveries_in_order(void **state)
{
    struct world *w = *state;
    child_tell(&w->owner, "add many 250");
    child_expect(&w->audit, "record many.0 100");
    child_expect(&w->audit, "record many.100 100");
    child_expect(&w->audit, "record many.200 50");
    expect_all_gone(w);
}

static void what_is_refused_stays_and_is_delivered_again(void **state)
{
    struct world *w = *state;
    log_does(w, "refuse 1");
    child_tell(&w->owner, "add one 1");
    child_expect(&w->audit, "record one.0 1");
    child_expect(&w->audit, "record one.0 1");
    expect_all_gone(w);
}

static void an_answer_that_never_comes_is_not_waited_for_and_a_late_one_drops_nothing(void **state)
{
    struct world *w = *state;
    log_does(w, "keep 2");
    child_tell(&w->owner, "add one 1");
    child_expect(&w->audit, "record one.0 1");
    child_expect(&w->audit, "record one.0 1"); /* again, after its deadline */
    log_does(w, "answer");                     /* the first one, too late */
    assert_int_equal(left(w), 1);
    log_does(w, "answer");
    expect_all_gone(w);
}

static void an_answer_that_comes_twice_is_not_taken_for_that_of_the_next_delivery(void **state)
{
    struct world *w = *state;
    log_does(w, "twice 1");
    child_tell(&w->owner, "add one 1");
    child_expect(&w->audit, "record one.0 1");
    expect_all_gone(w);
    log_does(w, "keep 1");
    child_tell(&w->owner, "add two 1");
    child_expect(&w->audit, "record two.0 1");
    assert_int_equal(left(w), 1);
    log_does(w, "answer");
    expect_all_gone(w);
}

static void what_comes_meanwhile_is_in_the_next_delivery(void **state)
{
    struct world *w = *state;
    log_does(w, "keep 1");
    child_tell(&w->owner, "add one 1");
    child_expect(&w->audit, "record one.0 1");
    child_tell(&w->owner, "add two 1");
    assert_int_equal(left(w), 2);
    log_does(w, "answer");
    child_expect(&w->audit, "record two.0 1");
    expect_all_gone(w);
}

static void an_owner_that_is_killed_delivers_what_was_not_acknowledged(void **state)
{
    struct world *w = *state;
    log_does(w, "keep 1");
    child_tell(&w->owner, "add one 1");
    child_expect(&w->audit, "record one.0 1");
    child_kill(&w->owner);
    child_start(&w->owner, w->role, w->data);
    child_expect(&w->audit, "record one.0 1");
    expect_all_gone(w);
}

#define BOTH(name)                                                    \
    cmocka_unit_test_setup_teardown(name, open_in_lane, close_world), \
        cmocka_unit_test_setup_teardown(name, open_in_loop, close_world)

int main(int argc, char **argv)
{
    int status = 0;
    if (child_plays(argc, argv, roles, &status)) {
        return status;
    }
    const struct CMUnitTest tests[] = {
        BOTH(what_is_acknowledged_leaves_the_outbox),
        BOTH(many_entries_are_several_deliveries_in_order),
        BOTH(what_is_refused_stays_and_is_delivered_again),
        BOTH(an_answer_that_never_comes_is_not_waited_for_and_a_late_one_drops_nothing),
        BOTH(an_answer_that_comes_twice_is_not_taken_for_that_of_the_next_delivery),
        BOTH(what_comes_meanwhile_is_in_the_next_delivery),
        BOTH(an_owner_that_is_killed_delivers_what_was_not_acknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
