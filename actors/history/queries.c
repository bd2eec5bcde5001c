/* SPDX-License-Identifier: MIT
 * queries.c - a query travels to a reading thread with its message and what the loop knows of
 * the newest jobs, and comes back with its answer.
 *
 * What looks at few rows and what walks through all of them go separate ways, each with a thread
 * and a connection of its own, so that jobs, rejected rows and pages stay quick whatever people
 * search for. A query whose asker has given up is not begun, and one at work ends then. */
#include "actors/history/queries.h"

#include "actors/history/people.h"
#include "actors/history/play_filter.h"
#include "actors/history/progress.h"
#include "actors/history/query.h"
#include "actors/history/undo.h"
#include "proto/base/clock.h"
#include "proto/base/give_way.h"
#include "proto/bus/deferred.h"

/* SQLite's instructions between two checks of the clock: less than a millisecond. */
enum { STEPS_BETWEEN_CHECKS = 10000 };

struct query {
    enum reading_lane lane;
    struct reader reader;
    union {
        struct jobs_listed jobs;
        struct job_got job;
        struct notes_listed notes;
        struct history_listed plays;
        struct play_got play;
        struct history_summarised summary;
        struct people_listed people;
        struct person_figured figures;
        struct undo_previewed undo;
    } reply;
};

static enum err run_query(const struct msg *m, struct query *q)
{
    struct reader *r = &q->reader;
    switch (msg_id(m)) {
    case MSG_jobs_list:
        return query_jobs(r, msg_jobs_list(m), &q->reply.jobs);
    case MSG_job_get:
        return query_job(r, msg_job_get(m), &q->reply.job);
    case MSG_notes_list:
        return query_notes(r, msg_notes_list(m), &q->reply.notes);
    case MSG_history_list:
        return query_plays(r, msg_history_list(m), &q->reply.plays);
    case MSG_play_get:
        return query_play(r, msg_play_get(m), &q->reply.play);
    case MSG_history_summary:
        return query_summary(r, msg_history_summary(m), &q->reply.summary);
    case MSG_people_list:
        return query_people(r, &q->reply.people);
    case MSG_person_figures:
        return query_person_figures(r, msg_person_figures(m), &q->reply.figures);
    case MSG_undo_preview:
        return query_undo(r, msg_undo_preview(m), &q->reply.undo);
    default:
        return ERR_BAD_MESSAGE;
    }
}

/* Jobs and rejected rows are told without regard to whose they are. */
static bool asks_who(const struct msg *m)
{
    switch (msg_id(m)) {
    case MSG_jobs_list:
    case MSG_job_get:
    case MSG_notes_list:
        return false;
    default:
        return true;
    }
}

static enum err know_people(struct reader *r)
{
    enum err e = people_load(r->db, &r->people);
    return e == OK ? people_functions(r->db, r->people) : e;
}

static int has_given_up(void *asked)
{
    return clock_monotonic_ms() >= msg_deadline_ms(asked);
}

static void work(struct deferred *d)
{
    struct query *q = d->context;
    if (q->lane == READING_LONG) {
        give_way(GIVE_WAY_LONG);
    }
    if (has_given_up(d->msg)) {
        d->result = ERR_TIMEOUT;
        return;
    }
    sqlite3_progress_handler(q->reader.db, STEPS_BETWEEN_CHECKS, has_given_up, d->msg);
    d->result = asks_who(d->msg) ? know_people(&q->reader) : OK;
    if (d->result == OK) {
        d->result = run_query(d->msg, q);
    }
    people_destroy(&q->reader.people);
    sqlite3_progress_handler(q->reader.db, 0, NULL, NULL);
    d->reply = &q->reply;
    d->why = (struct refusal){
        .field = q->reader.field, .text = q->reader.text, .remedy = q->reader.remedy};
}

/* Does it walk through plays or rejected rows to find few of them? */
static bool is_long(const struct msg *m)
{
    const struct history_list *plays = msg_id(m) == MSG_history_list ? msg_history_list(m) : NULL;
    const struct notes_list *notes = msg_id(m) == MSG_notes_list ? msg_notes_list(m) : NULL;
    const struct play_filter filter = plays != NULL ? PLAY_FILTER(plays) : (struct play_filter){0};
    return msg_id(m) == MSG_history_summary || msg_id(m) == MSG_people_list ||
           msg_id(m) == MSG_person_figures || msg_id(m) == MSG_undo_preview ||
           (notes != NULL && notes->q != NULL) || filter_narrows(&filter);
}

static void show_jobs(const struct history *h, struct reader *r)
{
    size_t count = 0;
    for (const struct active_job *active = h->active_jobs; active != NULL; active = active->next) {
        count++;
    }
    struct progress *records = arena_alloc(r->arena, (count + 1) * sizeof *records);
    for (struct active_job *active = h->active_jobs; active != NULL; active = active->next) {
        progress_fill(active, clock_steady_ms(), r->arena, &records[r->shown.count++]);
    }
    progress_own(records, count, r->arena);
    r->shown.records = records;
}

enum err queries_run(struct actor *a, const struct msg *m, const struct history *h,
                     sqlite3 *const *reader_dbs, struct undo_figures **undo,
                     struct found_titles **titles)
{
    struct deferred *d = deferred_new(a, m);
    struct query *q = arena_alloc(d->arena, sizeof *q);
    q->lane = is_long(m) ? READING_LONG : READING_SHORT;
    q->reader = (struct reader){.db = reader_dbs[q->lane],
                                .arena = d->arena,
                                .undo = undo,
                                .titles = q->lane == READING_LONG ? titles : NULL};
    show_jobs(h, &q->reader);
    d->context = q;
    d->work = work;
    return deferred_run(d, q->lane);
}
