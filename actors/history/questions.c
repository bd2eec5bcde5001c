/* SPDX-License-Identifier: MIT
 * questions.c - a question travels to a reading thread with its message and what the loop knows of
 * the newest jobs, and comes back with its answer.
 *
 * What looks at few rows and what walks through all of them go separate ways, each with a thread
 * and a connection of its own, so that jobs, rejected rows and pages stay quick whatever people
 * search for. A question whose asker has given up is not begun, and one at work ends then. */
#include "actors/history/questions.h"

#include <sys/resource.h>
#include <unistd.h>

#include "actors/history/progress.h"
#include "actors/history/question.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"

/* SQLite's instructions between two looks at the clock: less than a millisecond. */
enum { STEPS_BETWEEN_LOOKS = 10000 };

/* How much a thread that walks through everything gives way to imports and to short questions. */
enum { LONG_NICE = 10 };

struct task {
    struct msg *m; /* owned: the kept command */
    enum reading_lane lane;
    enum msg_id asked, answered;
    struct arena *arena; /* owned */
    struct reader reader;
    enum err result;
    union {
        struct jobs_listed jobs;
        struct job_got job;
        struct notes_listed notes;
        struct history_listed plays;
        struct history_summarised summary;
    } reply;
};

static enum err run_question(struct task *t)
{
    struct reader *r = &t->reader;
    switch (t->asked) {
    case MSG_jobs_list:
        t->answered = MSG_jobs_listed;
        return question_jobs(r, msg_jobs_list(t->m), &t->reply.jobs);
    case MSG_job_get:
        t->answered = MSG_job_got;
        return question_job(r, msg_job_get(t->m), &t->reply.job);
    case MSG_notes_list:
        t->answered = MSG_notes_listed;
        return question_notes(r, msg_notes_list(t->m), &t->reply.notes);
    case MSG_history_list:
        t->answered = MSG_history_listed;
        return question_plays(r, msg_history_list(t->m), &t->reply.plays);
    case MSG_history_summary:
        t->answered = MSG_history_summarised;
        return question_summary(r, msg_history_summary(t->m), &t->reply.summary);
    default:
        return ERR_BAD_MESSAGE;
    }
}

static int has_given_up(void *task)
{
    const struct task *t = task;
    return clock_monotonic_ms() >= msg_deadline_ms(t->m);
}

static void give_way(void)
{
    static _Thread_local bool done;
    if (!done && setpriority(PRIO_PROCESS, (id_t)gettid(), LONG_NICE) != 0) {
        log_warn("long questions run at the priority of all others error=%m");
    }
    done = true;
}

static void work(void *task)
{
    struct task *t = task;
    if (t->lane == READING_LONG) {
        give_way();
    }
    if (has_given_up(t)) {
        t->result = ERR_TIMEOUT;
        return;
    }
    sqlite3_progress_handler(t->reader.db, STEPS_BETWEEN_LOOKS, has_given_up, t);
    t->result = run_question(t);
    sqlite3_progress_handler(t->reader.db, 0, NULL, NULL);
}

/* Does it walk through plays or rejected rows to find few of them? */
static bool is_long(const struct msg *m)
{
    const struct history_list *plays = msg_id(m) == MSG_history_list ? msg_history_list(m) : NULL;
    const struct notes_list *notes = msg_id(m) == MSG_notes_list ? msg_notes_list(m) : NULL;
    return msg_id(m) == MSG_history_summary || (notes != NULL && notes->q != NULL) ||
           (plays != NULL &&
            (plays->server != NULL || plays->user != NULL || plays->media_type != NULL ||
             plays->library != NULL || plays->q != NULL));
}

static void release(struct task *t)
{
    void *memory = t;
    arena_destroy(&t->arena);
    free_bytes(&memory);
}

static void answer(struct actor *a, void *task)
{
    struct task *t = task;
    if (t->result == OK) {
        (void)actor_reply(a, t->m, t->answered, &t->reply);
    } else {
        struct refusal why = {
            .code = err_code(t->result), .field = t->reader.field, .text = t->reader.text};
        (void)actor_refuse(a, t->m, t->result, &why);
    }
    release(t);
}

static void show_jobs(const struct history *h, struct task *t)
{
    size_t count = 0;
    for (const struct live *live = h->lives; live != NULL; live = live->next) {
        count++;
    }
    struct progress *records = arena_alloc(t->arena, (count + 1) * sizeof *records);
    for (struct live *live = h->lives; live != NULL; live = live->next) {
        progress_fill(live, clock_steady_ms(), t->arena, &records[t->reader.shown.count++]);
    }
    progress_own(records, count, t->arena);
    t->reader.shown.records = records;
}

enum err questions_ask(struct actor *a, const struct msg *m, const struct history *h,
                       sqlite3 *const *reader_dbs)
{
    enum reading_lane lane = is_long(m) ? READING_LONG : READING_SHORT;
    struct task *t = must_alloc(sizeof *t);
    t->arena = arena_new();
    t->asked = msg_id(m);
    t->lane = lane;
    t->reader = (struct reader){.db = reader_dbs[lane], .arena = t->arena};
    show_jobs(h, t);
    t->m = msg_keep(m);
    enum err e = actor_offload(a, lane, work, answer, t);
    if (e != OK) {
        e = actor_refuse(a, t->m, e, NULL);
        release(t);
    }
    return e;
}
