/* SPDX-License-Identifier: MIT
 * sync_run.c - one server's schedule: the history is asked how far it is, the server whether it is
 * there and may be read, and only then a job is made. So a server that hangs or is away holds no
 * job, which others would have to wait for.
 *
 * Nothing is kept here: what a process forgets is asked for again with the next look. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "actors/server_sync/credentials.h"
#include "actors/server_sync/server_test.h"
#include "actors/server_sync/sync.h"
#include "actors/server_sync/sync_schedule.h"
#include "proto/base/clock.h"
#include "proto/base/ids.h"
#include "proto/wire/codec.h"

enum {
    STANDING_MS = 3000,
    STOP_MS = 5000,
    TEST_MS = 20000,
    PACE_WAIT_MAX_MS = 8000,
    SOON_MS = 2000,  /* what keeps it from a look has nothing to do with the server */
    BEGIN_MS = 5000, /* servers are spread over it where all are due at once */
    DAY_MINUTES = 1440,
    MINUTE_MS = 60000
};

struct sync_test {
    struct sync *sync; /* NULL: it is closed */
    struct server_view server;
    struct arena *arena; /* owned; of the server */
    struct server_sync_standing standing;
};

static double chance(void)
{
    return (double)randombytes_uniform(1000) / 1000;
}

static void rest(struct sync *sync, int64_t ms)
{
    sync->step = SYNC_RESTS;
    sync->next_ms = clock_monotonic_ms() + ms;
}

static void rest_after(struct sync *sync, enum sync_outcome outcome)
{
    double minutes = sync_wait_minutes(outcome, sync->interval_minutes, sync->failures);
    rest(sync, (int64_t)(sync_spread(minutes, chance()) * (double)sync->minute_ms));
}

/* After a try that began by schedule or by a person. */
static void settle(struct sync *sync, enum err code, const char *text)
{
    enum sync_outcome outcome = sync_outcome_of(code);
    enum err kept =
        outcome == SYNC_ABSENT ? OK : servers_synced(sync->servers, sync->id, code, text);
    if (kept != OK) {
        log_warn("what came of a sync could not be kept reason=%s, going on", err_code(kept));
    }
    sync->failures = servers_sync_failures(sync->servers, sync->id);
    sync->waits = outcome == SYNC_ABSENT || outcome == SYNC_FAILED;
    sync->by_itself = sync->by_itself && outcome != SYNC_FATAL;
    rest_after(sync, outcome);
    if (outcome != SYNC_WELL) {
        log_warn("a server could not be synced server_id=%s code=%s, %s", sync->id, err_code(code),
                 outcome == SYNC_FATAL ? "waiting for a person" : "trying again later");
    }
}

/* ---- how far it is ---- */

static void keep_standing(struct sync *sync, const struct server_sync_standing *standing)
{
    sync->standing_known = true;
    sync->checked_at = standing->has_checked_at ? standing->checked_at : 0;
    sync->newest_play_at = standing->has_newest_play_at ? standing->newest_play_at : 0;
}

static void ask_standing(struct sync *sync, answer_fn *done)
{
    const struct server_sync_standing_get get = {.server_id = sync->id};
    sync->asking++;
    ask_server_sync_standing_get(sync->runner.actor, HISTORY, &get, "", STANDING_MS, done, sync);
}

/* The first word of it says when the server is due. */
static void on_learned(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct sync *sync = context;
    bool first = !sync->standing_known;
    sync->asking--;
    if (answer->code != OK) {
        return;
    }
    keep_standing(sync, msg_server_sync_standing(answer->reply));
    if (first && sync->step == SYNC_RESTS) {
        int64_t interval = sync->interval_minutes * sync->minute_ms;
        int64_t left = sync->checked_at + interval - clock_wall_ms();
        bool ahead = sync->failures == 0 && left > 0 && left <= interval;
        int64_t begin = sync->minute_ms < BEGIN_MS ? sync->minute_ms : BEGIN_MS;
        rest(sync, (ahead ? left : 0) + (int64_t)(chance() * (double)begin));
    }
}

void sync_learn(struct sync *sync)
{
    ask_standing(sync, on_learned);
}

/* ---- the job ---- */

enum err sync_fill_create(const struct sync *sync, const struct server_view *server,
                          const struct server_sync_standing *standing, struct buffer *params,
                          struct job_create *out)
{
    bool whole = false;
    int64_t day_ms = DAY_MINUTES * (sync->minute_ms > 0 ? sync->minute_ms : MINUTE_MS);
    int64_t since = sync_since(standing, clock_wall_ms(), day_ms, &whole);
    struct server_sync_params body = {
        .server_id = server->id, .identity = server->identity, .cursor = standing->cursor};
    if (!whole) {
        PUT(&body, since, since);
    }
    *out = (struct job_create){
        .operation = operation_server_sync, .server_id = sync->id, .title = server->name};
    PUT(out, whole, whole);
    enum err e = record_pack(desc_server_sync_params(), &body, params, NULL);
    out->params = (struct bytes){params->data, params->size};
    return e;
}

static void begin_job(struct sync *sync, const struct sync_test *test)
{
    OWNED(buffer_release) struct buffer params = {0};
    char job_id[ID_SIZE];
    struct job_create create;
    struct server_sync_standing from = test->standing;
    /* What still fails would fail again. */
    from.has_whole_at = from.has_whole_at && (sync->partial || !sync_owes(&from, sync->missed_at));
    enum err e = sync_fill_create(sync, &test->server, &from, &params, &create);
    id_new(job_id);
    create.job_id = job_id;
    PUT(&create, scheduled, true);
    e = e == OK ? job_runner_start_unasked(&sync->runner, &create) : e;
    sync->step = SYNC_STARTS;
    sync->stopped = false;
    if (e != OK) {
        rest(sync, SOON_MS);
    }
}

/* Asked again with a later tick where it fails. */
static void on_stopped(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct sync *sync = context;
    bool done = answer->code == OK || answer->code == ERR_NOT_RUNNING;
    sync->asking--;
    sync->stopped = sync->stopped && !done; /* the runner hears of the end as of any other */
    if (!done) {
        log_line(log_seldom(&sync->not_stopped, LEVEL_WARN),
                 "a sync that was stopped while it began could not be stopped server_id=%s"
                 " code=%s, asking again",
                 sync->id, err_code(answer->code));
    }
}

static void ask_stop(struct sync *sync)
{
    const struct job_stop stop = {.operation = operation_server_sync, .server_id = sync->id};
    sync->asking++;
    ask_job_stop(sync->runner.actor, HISTORY, &stop, "", STOP_MS, on_stopped, sync);
}

/* What excludes it is waited for, and so is whoever could not make it; nobody has to hear of that.
 * Each try asks the server, which the other job may be reading: so they are a minute apart. One
 * that was stopped is not tried again; the history may make it late, and it is stopped then. */
static void on_started(struct job_runner *r, enum err code)
{
    struct sync *sync = sync_of(r);
    sync->waits = code != OK && !sync->stopped;
    if (code == OK) {
        sync->step = SYNC_RUNS;
        if (sync->stopped) {
            ask_stop(sync);
        }
    } else if (sync->stopped) {
        rest_after(sync, SYNC_WELL);
    } else {
        bool passes = code == ERR_TIMEOUT || code == ERR_ACTOR_AWAY;
        rest(sync,
             passes ? SOON_MS : (int64_t)(sync_spread(1, chance()) * (double)sync->minute_ms));
    }
}

static void on_ended(struct job_runner *r, enum err code, const char *text)
{
    struct sync *sync = sync_of(r);
    if (code == ERR_NOT_RUNNING) { /* a person stopped it, which says nothing of the server */
        rest_after(sync, SYNC_WELL);
    } else {
        settle(sync, code == OK ? sync->lacks : code, text);
    }
    sync->lacks = OK;
    sync_learn(sync);
}

/* ---- the test ---- */

static void test_destroy(struct sync_test *test)
{
    arena_destroy(&test->arena);
    free(test);
}

static void on_tested(struct actor *a, struct server_verdict *verdict, void *context)
{
    (void)a;
    struct sync_test *test = context;
    struct sync *sync = test->sync;
    enum err e = verdict->code;
    if (sync == NULL) {
        test_destroy(test);
        return;
    }
    sync->test = NULL;
    if (e == OK && test->server.identity == NULL) {
        e = servers_tested(sync->servers, &test->server, &verdict->facts);
    }
    if (sync->runner.job != NULL || !sync->by_itself) {
        rest(sync, SOON_MS); /* a person was quicker */
    } else if (e == OK) {
        begin_job(sync, test);
    } else {
        settle(sync, e, verdict->why.text);
    }
    test_destroy(test);
}

static enum err begin_test(struct sync *sync, struct sync_test *test)
{
    OWNED(secret_destroy) struct secret *token = NULL;
    struct server_credentials given;
    enum err e = servers_get(sync->servers, sync->id, test->arena, &test->server);
    e = e == OK ? credentials_read(sync->servers, sync->id, test->arena, &token, &given) : e;
    if (e != OK) {
        return e;
    }
    const struct server_test_subject subject = {.question = ASK_WHETHER_IT_WORKS,
                                                .kind = sync->kind,
                                                .address = given.address,
                                                .identity = given.identity,
                                                .certificate_sha256 = given.certificate_sha256,
                                                .client_id = given.client_id,
                                                .within_ms = TEST_MS};
    test->sync = sync;
    sync->test = test;
    sync->step = SYNC_TESTS;
    server_test_begin(sync->client, &subject, &token, on_tested, test);
    return OK;
}

static void on_standing(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct sync *sync = context;
    sync->asking--;
    if (sync->step != SYNC_ASKS_HISTORY) {
        return; /* a person stopped it */
    }
    if (answer->code != OK || sync->gone || sync->runner.job != NULL) {
        rest(sync, SOON_MS);
        return;
    }
    struct sync_test *test = must_alloc(sizeof *test);
    test->arena = arena_new();
    test->standing = *msg_server_sync_standing(answer->reply);
    struct bytes *cursor = &test->standing.cursor;
    cursor->data =
        cursor->data != NULL ? arena_text(test->arena, cursor->data, cursor->size) : NULL;
    keep_standing(sync, &test->standing);
    enum err e = begin_test(sync, test);
    if (e != OK) {
        test_destroy(test);
        settle(sync, e, NULL);
    }
}

/* ---- what is called ---- */

void sync_settings(struct sync *sync, const struct server_view *server)
{
    const struct server_sync_view *view = &server->sync;
    enum err code = view->has_error ? err_from_code(view->error.code) : OK;
    bool acted = sync->changed_at != 0 && sync->changed_at != server->changed_at;
    bool faster = view->interval_minutes < sync->interval_minutes;
    bool resumes = !sync->by_itself;
    sync->partial = code != OK && sync_outcome_of(code) == SYNC_WELL;
    sync->by_itself = server->enabled && server->has_token && view->scheduled &&
                      sync_outcome_of(code) != SYNC_FATAL;
    sync->interval_minutes = view->interval_minutes;
    sync->changed_at = server->changed_at;
    sync->failures = servers_sync_failures(sync->servers, sync->id);
    sync->missed_at = servers_sync_missed_at(sync->servers, sync->id);
    if (sync->step == SYNC_RESTS && ((acted && faster) || (resumes && sync->by_itself))) {
        sync->next_ms = clock_monotonic_ms();
    }
}

/* Whoever answers the test then finds nobody. */
static void leave_test(struct sync *sync)
{
    if (sync->test != NULL) {
        sync->test->sync = NULL;
        sync->test = NULL;
    }
}

bool sync_stop_looking(struct sync *sync)
{
    bool looks = sync->step == SYNC_ASKS_HISTORY || sync->step == SYNC_TESTS;
    if (looks) {
        leave_test(sync);
        rest_after(sync, SYNC_WELL);
    }
    bool starts = sync->step == SYNC_STARTS;
    sync->stopped = sync->stopped || starts;
    return (looks || starts) && sync->runner.job == NULL;
}

void sync_tick(struct sync *sync)
{
    bool runs = sync->runner.job != NULL;
    if (runs && sync->step == SYNC_RESTS) {
        sync->step = SYNC_RUNS; /* begun by a person, or found unfinished */
    }
    if (runs && sync->stopped && sync->step != SYNC_STARTS && sync->asking == 0) {
        ask_stop(sync);
    }
    if (!sync->standing_known && sync->asking == 0) {
        sync_learn(sync);
    }
    if (sync->step == SYNC_RESTS && sync->standing_known && sync->asking == 0 && sync->by_itself &&
        !sync->gone && sync->minute_ms > 0 && clock_monotonic_ms() >= sync->next_ms) {
        sync->step = SYNC_ASKS_HISTORY;
        ask_standing(sync, on_standing);
    }
}

void sync_open(struct sync *sync, struct actor *a)
{
    struct job_driver driver = *sync_readers[sync->kind];
    driver.started = on_started;
    driver.ended = on_ended;
    sync->pace.wait_max_ms = PACE_WAIT_MAX_MS;
    job_runner_open_for(&sync->runner, a, &driver, sync->id);
}

bool sync_is_at_rest(const struct sync *sync)
{
    return sync->asking == 0 && job_runner_is_at_rest(&sync->runner);
}

void sync_close(struct sync *sync)
{
    leave_test(sync);
    job_runner_close(&sync->runner);
}

void sync_view(const struct sync *sync, struct server_sync_view *out)
{
    const struct runner_job *job = sync->runner.job;
    bool reads = job != NULL && sync->runner.state.now != RUNNER_WAITING;
    bool looks = sync->step == SYNC_TESTS || sync->step == SYNC_STARTS;
    out->state = job != NULL        ? (reads ? sync_state_running : sync_state_waiting)
                 : !sync->by_itself ? sync_state_stopped
                 : looks            ? sync_state_running
                 : sync->waits      ? sync_state_waiting
                 : sync->partial    ? sync_state_partial
                                    : sync_state_idle;
    if (sync->checked_at > 0) {
        PUT(out, last_checked_at, sync->checked_at);
    }
    if (sync->newest_play_at > 0) {
        PUT(out, newest_play_at, sync->newest_play_at);
    }
    bool rests = out->state == sync_state_idle || out->state == sync_state_partial ||
                 (out->state == sync_state_waiting && job == NULL);
    if (rests && sync->minute_ms > 0) {
        int64_t left = sync->next_ms - clock_monotonic_ms();
        PUT(out, next_at, clock_wall_ms() + (left > 0 ? left : 0));
    }
}
