/* SPDX-License-Identifier: MIT
 * stand_in_history.h - a history of one job for the tests of what talks to it: a real actor on the
 * bus that says what it was asked, and answers as it is told. It keeps its job in a file, so that
 * it may be killed and started again.
 *
 *   job ID ATTEMPT       a job runs
 *   ask ID               asks the coordinator to start one, and says what it was told
 *   refuse NAME CODE N   the next N commands of this name are refused
 *   keep NAME N          the next N of this name wait for …
 *   answer               … which answers the one that waits for longest
 *   runner               another coordinator adopted the job, says nobody
 *   commit N             the checkpoint is moved, and a record tells of it
 *   committed ID ATTEMPT N     rows.committed of some job
 *   end STATUS CODE      the same of the job's end; the code is that of an error
 *   silently N           the checkpoint is moved, or with -1 the job ended, and nobody told
 *   record ID ATTEMPT STATUS   tells of some job */
#ifndef PLAYBUS_TESTS_UNIT_SHARED_STAND_IN_HISTORY_H
#define PLAYBUS_TESTS_UNIT_SHARED_STAND_IN_HISTORY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/children.h"

#define STAND_IN_FILE "run/history/stand-in"
#define STAND_IN_KEPT_MAX 8
#define STAND_IN_LAST_ID 100

struct stand_in {
    struct { /* as in the file */
        char id[64];
        uint64_t attempt, seq, runner;
        int64_t next_id;
        bool running, planned;
    } job;
    char refused[64], keeping[64];
    char cursor[32]; /* what the job's task says */
    enum err refusal;
    long refuse_left, keep_left;
    struct msg *kept[STAND_IN_KEPT_MAX]; /* oldest first */
    size_t kept_count;
};

static inline void stand_in_save(const struct stand_in *h)
{
    FILE *file = fopen(STAND_IN_FILE, "wbe");
    if (file == NULL || fwrite(&h->job, sizeof(h->job), 1, file) != 1 || fclose(file) != 0) {
        abort();
    }
}

static inline struct progress stand_in_stats(const struct stand_in *h)
{
    struct progress p = {.operation = operation_tautulli_import,
                         .status = h->job.running ? status_running : status_cancelled,
                         .job_id = h->job.id,
                         .seq = h->job.seq};
    PUT(&p, attempt, h->job.attempt);
    return p;
}

static inline struct job_task stand_in_task(struct stand_in *h)
{
    struct job_task task = {.job_id = h->job.id,
                            .attempt = h->job.attempt,
                            .runner = h->job.runner,
                            .planned = h->job.planned};
    int size = snprintf(h->cursor, sizeof(h->cursor), "page %lld", (long long)h->job.next_id);
    task.cursor = (struct bytes){h->cursor, (size_t)size};
    if (h->job.planned) {
        PUT(&task, first_id, 1);
        PUT(&task, last_id, STAND_IN_LAST_ID);
        PUT(&task, next_id, h->job.next_id);
        PUT(&task, total, STAND_IN_LAST_ID);
        PUT(&task, planned_at, 1);
    }
    return task;
}

static inline void stand_in_begin(struct stand_in *h, const char *id, uint64_t attempt)
{
    snprintf(h->job.id, sizeof(h->job.id), "%s", id);
    h->job.attempt = attempt;
    h->job.seq++;
    h->job.next_id = 1;
    h->job.running = true;
    h->job.planned = false;
    stand_in_save(h);
}

static inline void stand_in_publish(struct actor *a, struct progress p)
{
    struct stand_in *h = actor_self(a);
    p.seq = ++h->job.seq;
    stand_in_save(h);
    struct sync_progress e = {.progress = p};
    PUT(&e, next_id, h->job.next_id);
    publish_sync_progress(a, &e, "tautulli_import", p.seq);
}

/* ---- commands ---- */

static inline enum err stand_in_create(struct actor *a, const struct msg *m)
{
    struct stand_in *h = actor_self(a);
    const struct job_create *body = msg_job_create(m);
    bool known = strcmp(body->job_id, h->job.id) == 0;
    bool resumed = body->has_resume && body->resume;
    if (!known) {
        stand_in_begin(h, body->job_id, resumed ? 2 : 1);
        h->job.planned = resumed;
    }
    const struct job_created made = {
        .known = known, .task = stand_in_task(h), .stats = stand_in_stats(h)};
    return reply_job_created(a, m, &made);
}

static inline enum err stand_in_plan(struct actor *a, const struct msg *m)
{
    struct stand_in *h = actor_self(a);
    const struct job_plan *body = msg_job_plan(m);
    if (!h->job.running || strcmp(body->job_id, h->job.id) != 0) {
        return ERR_NOT_RUNNING;
    }
    h->job.planned = true;
    stand_in_save(h);
    const struct job_planned planned = {.task = stand_in_task(h)};
    return reply_job_planned(a, m, &planned);
}

static inline enum err stand_in_fail(struct actor *a, const struct msg *m)
{
    struct stand_in *h = actor_self(a);
    if (!h->job.running || strcmp(msg_job_fail(m)->job_id, h->job.id) != 0) {
        return ERR_NOT_RUNNING;
    }
    h->job.running = false;
    stand_in_save(h);
    const struct job_state state = {.stats = stand_in_stats(h)};
    return reply_job_state(a, m, &state);
}

static inline enum err stand_in_answer(struct actor *a, const struct msg *m)
{
    struct stand_in *h = actor_self(a);
    struct job_task task = stand_in_task(h);
    switch (msg_id(m)) {
    case MSG_job_create:
        return stand_in_create(a, m);
    case MSG_job_plan:
        return stand_in_plan(a, m);
    case MSG_job_fail:
        return stand_in_fail(a, m);
    case MSG_job_phase: {
        const struct job_state state = {.stats = stand_in_stats(h)};
        return h->job.running ? reply_job_state(a, m, &state) : ERR_NOT_RUNNING;
    }
    case MSG_jobs_unfinished: {
        task.runner = h->job.runner += h->job.running && msg_jobs_unfinished(m)->adopt;
        stand_in_save(h);
        const struct jobs_unfinished_found found = {.tasks = &task, .tasks_count = h->job.running};
        return reply_jobs_unfinished_found(a, m, &found);
    }
    case MSG_batch_commit: {
        const struct batch_committed committed = {.next_id = msg_batch_commit(m)->last_id + 1};
        return reply_batch_committed(a, m, &committed);
    }
    default: {
        const struct source_samples none = {0};
        return reply_source_samples(a, m, &none);
    }
    }
}

static inline void stand_in_say(const struct msg *m)
{
    const struct job_phase *phase = msg_id(m) == MSG_job_phase ? msg_job_phase(m) : NULL;
    const struct job_fail *fail = msg_id(m) == MSG_job_fail ? msg_job_fail(m) : NULL;
    const struct batch_commit *batch = msg_id(m) == MSG_batch_commit ? msg_batch_commit(m) : NULL;
    const char *name = schema_messages[msg_id(m)].wire;
    if (phase != NULL) {
        say("%s %s %s", name, schema_enum_text(&enum_phase, phase->phase),
            phase->waiting_for != NULL ? phase->waiting_for : "nothing");
    } else if (fail != NULL) {
        say("%s %s %s", name, fail->code, fail->text != NULL ? fail->text : "");
    } else if (batch != NULL) {
        say("%s %llu plays of %zu bytes", name, (unsigned long long)batch->play_count,
            batch->plays.size);
    } else if (msg_id(m) == MSG_jobs_unfinished) {
        say("%s %s", name, msg_jobs_unfinished(m)->adopt ? "to adopt" : "to compare");
    } else {
        say("%s %s", name, msg_correlation_id(m));
    }
}

static inline enum err stand_in_on_command(struct actor *a, const struct msg *m)
{
    struct stand_in *h = actor_self(a);
    const char *name = schema_messages[msg_id(m)].wire;
    stand_in_say(m);
    if (strcmp(name, h->refused) == 0 && h->refuse_left > 0) {
        h->refuse_left--;
        struct refusal why = {
            .code = err_code(h->refusal), .has_stats = true, .stats = stand_in_stats(h)};
        PUT(&why.stats, last_processed_id, h->job.next_id - 1);
        return h->refusal == ERR_BATCH_STRADDLES ? actor_refuse(a, m, h->refusal, &why)
                                                 : h->refusal;
    }
    if (strcmp(name, h->keeping) == 0 && h->keep_left > 0) {
        h->keep_left--;
        h->kept[h->kept_count++] = msg_keep(m);
        return OK;
    }
    return stand_in_answer(a, m);
}

/* ---- what it is told ---- */

static inline void stand_in_started(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    (void)context;
    if (answer->code == OK) {
        say("started %s", msg_import_started(answer->reply)->job_id);
    } else {
        const char *text = answer->why != NULL ? answer->why->text : NULL;
        say("refused %s %s", err_code(answer->code), text != NULL ? text : "");
    }
}

static inline void stand_in_ask(struct actor *a, const char *id, bool resume)
{
    struct import_start body = {.job_id = id};
    PUT(&body, resume, resume);
    ask_import_start(a, "counter", &body, id, 30000, stand_in_started, NULL);
}

static inline void stand_in_answer_kept(struct actor *a)
{
    struct stand_in *h = actor_self(a);
    struct msg *m = h->kept[0];
    memmove(h->kept, h->kept + 1, --h->kept_count * sizeof(h->kept[0]));
    enum err e = stand_in_answer(a, m);
    if (e != OK) {
        (void)actor_refuse(a, m, e, NULL);
    }
}

static inline enum status stand_in_status(const char *text)
{
    return strcmp(text, "completed") == 0   ? status_completed
           : strcmp(text, "cancelled") == 0 ? status_cancelled
           : strcmp(text, "error") == 0     ? status_error
                                            : status_running;
}

static inline void stand_in_told(struct actor *a, const char *line)
{
    struct stand_in *h = actor_self(a);
    char word[64] = "";
    char first[64] = "";
    char second[64] = "";
    char third[64] = "";
    (void)sscanf(line, "%63s %63s %63s %63s", word, first, second, third);
    long number = strtol(first, NULL, 10);
    struct progress p = stand_in_stats(h);
    if (strcmp(word, "job") == 0) {
        stand_in_begin(h, first, strtoul(second, NULL, 10));
    } else if (strcmp(word, "ask") == 0) {
        stand_in_ask(a, first, strcmp(second, "resume") == 0);
    } else if (strcmp(word, "refuse") == 0) {
        memcpy(h->refused, first, sizeof(first));
        h->refusal = err_from_code(second);
        h->refuse_left = strtol(third, NULL, 10);
    } else if (strcmp(word, "keep") == 0) {
        memcpy(h->keeping, first, sizeof(first));
        h->keep_left = strtol(second, NULL, 10);
    } else if (strcmp(word, "answer") == 0) {
        stand_in_answer_kept(a);
    } else if (strcmp(word, "silently") == 0) {
        h->job.running = number >= 0;
        h->job.next_id = number >= 0 ? number : h->job.next_id;
        stand_in_save(h);
    } else if (strcmp(word, "runner") == 0) {
        h->job.runner++;
        stand_in_save(h);
    } else if (strcmp(word, "commit") == 0) {
        h->job.next_id = number;
        stand_in_publish(a, p);
    } else if (strcmp(word, "committed") == 0) {
        struct rows_committed e = {.job_id = first};
        PUT(&e, attempt, strtoul(second, NULL, 10));
        PUT(&e, next_id, strtol(third, NULL, 10));
        publish_rows_committed(a, &e, "tautulli_import", ++h->job.seq);
    } else if (strcmp(word, "end") == 0) {
        h->job.running = false;
        p.status = stand_in_status(first);
        p.error_code = p.status == status_error ? second : NULL;
        stand_in_publish(a, p);
    } else if (strcmp(word, "record") == 0) {
        p.job_id = first;
        p.status = stand_in_status(third);
        PUT(&p, attempt, strtoul(second, NULL, 10));
        stand_in_publish(a, p);
    }
    say("done %s", line);
}

/* ---- life ---- */

static inline enum err stand_in_start(struct actor *a)
{
    struct stand_in *h = actor_self(a);
    FILE *file = fopen(STAND_IN_FILE, "rbe");
    if (file != NULL) {
        (void)!fread(&h->job, sizeof(h->job), 1, file);
        (void)fclose(file);
    }
    hear(a, stand_in_told);
    return OK;
}

static inline void stand_in_stop(struct actor *a)
{
    struct stand_in *h = actor_self(a);
    for (size_t i = 0; i < h->kept_count; i++) {
        msg_destroy(&h->kept[i]);
    }
}

static const struct actor_spec stand_in_history = {
    .name = "history",
    .summary = "A history for tests",
    .self_size = sizeof(struct stand_in),
    .start = stand_in_start,
    .stop = stand_in_stop,
    .on = {[MSG_job_create] = stand_in_on_command,
           [MSG_job_plan] = stand_in_on_command,
           [MSG_job_phase] = stand_in_on_command,
           [MSG_job_fail] = stand_in_on_command,
           [MSG_jobs_unfinished] = stand_in_on_command,
           [MSG_source_samples_get] = stand_in_on_command,
           [MSG_batch_commit] = stand_in_on_command},
};

/* ---- the world of a test: a bus, this history and a coordinator that talks to it ---- */

struct world {
    char *data; /* owned */
    struct child broker, history, coordinator;
};

/* The coordinator is the test's to start. */
static inline struct world *world_open(void)
{
    struct world *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    w->data = children_folder();
    broker_start(&w->broker, w->data);
    child_start(&w->history, "history", w->data);
    return w;
}

/* Everybody ends in order, with nothing leaked where that is looked for. */
static inline int world_close(void **state)
{
    struct world *w = *state;
    int status = child_end(&w->coordinator) + child_end(&w->history);
    child_end(&w->broker);
    children_remove_folder(&w->data);
    free(w);
    return status;
}

/* Tells the history, and waits until it has done so. */
static inline void history_does(struct world *w, const char *line)
{
    char done[256];
    (void)snprintf(done, sizeof(done), "done %s", line);
    child_tell(&w->history, "%s", line);
    child_expect(&w->history, done);
}

#endif
