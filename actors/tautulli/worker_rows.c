/* SPDX-License-Identifier: MIT
 * worker_rows.c - first what the file says of itself, then parcel after parcel. What a lost
 * connection or a busy coordinator leaves unanswered is asked again; after too many tries what is
 * there is delivered, and others read the rest. */
#include "actors/tautulli/worker_rows.h"

#include <stdio.h>
#include <string.h>

#include "actors/shared/retry.h"
#include "actors/tautulli/worker.h"
#include "proto/base/clock.h"

#define COORDINATOR "tautulli"
#define PARCELS_AHEAD 2 /* asked for, or here and not read yet */
#define SENT_MS 600000  /* before a file is looked for again */
#define FETCH_MS 15000
#define FETCHES_MAX 10
#define ENTRIES_MAX 110000 /* users and libraries: as many as a file is read for */

static bool is_for(const struct worker_rows *r, const struct lease_taken *l)
{
    return r->attempt == l->attempt && strcmp(r->job_id, l->job_id) == 0;
}

bool worker_rows_are_sent(const struct worker *w, const struct lease_taken *l)
{
    return is_for(&w->rows, l) && clock_monotonic_ms() < w->rows.until_ms;
}

/* Not while a parcel is being read. */
static void forget_names(struct worker_rows *r)
{
    rows_reader_close(&r->reader);
    arena_destroy(&r->arena);
    r->people = NULL;
    r->libraries = NULL;
    r->people_count = 0;
    r->library_count = 0;
    r->opened = 0;
}

void worker_rows_begin(struct slot *s)
{
    struct worker_rows *r = &s->worker->rows;
    if (!is_for(r, &s->lease)) {
        forget_names(r);
        log_info("the rows of a job are not on this machine, they are sent job=%s reason=%s",
                 s->lease.job_id, s->reading.text);
    }
    (void)snprintf(r->job_id, sizeof(r->job_id), "%s", s->lease.job_id);
    r->attempt = s->lease.attempt;
    r->until_ms = clock_monotonic_ms() + SENT_MS;
    s->step = SLOT_LEASED;
}

struct slot *worker_lowest(struct worker *w, int step)
{
    struct slot *lowest = NULL;
    for (size_t i = 0; i < WORKER_SLOTS; i++) {
        struct slot *s = &w->slots[i];
        if ((int)s->step == step &&
            (lowest == NULL || s->lease.first_id < lowest->lease.first_id)) {
            lowest = s;
        }
    }
    return lowest;
}

/* ---- what the file says of itself ---- */

static void ask_names(struct worker *w, const struct lease_taken *l);

static void on_ask_names_again(struct actor *a, void *context)
{
    (void)a;
    struct worker *w = context;
    w->rows.asking = false;
    w->rows.ends->read_next(w);
}

static void *grown(struct arena *arena, const void *list, size_t count, size_t more, size_t size)
{
    char *both = arena_alloc(arena, (count + more + 1) * size);
    if (count > 0) {
        memcpy(both, list, count * size);
    }
    return both;
}

static void add_names(struct worker_rows *r, const struct rows_names *names)
{
    r->people =
        grown(r->arena, r->people, r->people_count, names->people_count, sizeof(*r->people));
    for (size_t i = 0; i < names->people_count; i++) {
        struct person *to = &r->people[r->people_count++];
        *to = names->people[i];
        to->user_id = arena_keep(r->arena, to->user_id);
        to->name = arena_keep(r->arena, to->name);
        to->display_name = arena_keep(r->arena, to->display_name);
    }
    r->libraries = grown(r->arena, r->libraries, r->library_count, names->libraries_count,
                         sizeof(*r->libraries));
    for (size_t i = 0; i < names->libraries_count; i++) {
        struct library *to = &r->libraries[r->library_count++];
        *to = names->libraries[i];
        to->server_id = arena_keep(r->arena, to->server_id);
        to->section_id = arena_keep(r->arena, to->section_id);
        to->name = arena_keep(r->arena, to->name);
        to->kind = arena_keep(r->arena, to->kind);
    }
}

static enum err open_reader(struct worker_rows *r, const struct lease_taken *l,
                            const struct rows_names *names)
{
    const struct rows_file file = {.people = r->people,
                                   .people_count = r->people_count,
                                   .libraries = r->libraries,
                                   .library_count = r->library_count,
                                   .columns = names->columns};
    const struct reader_settings settings = {.server_id = l->server_id,
                                             .watched_percent = l->watched_percent,
                                             .planned_at_ms = l->planned_at};
    return rows_reader_open(&file, &settings, &r->reader);
}

/* When all are here, rows can be read. */
static enum err take_names(struct worker_rows *r, const struct lease_taken *l,
                           const struct rows_names *names)
{
    size_t had = r->people_count + r->library_count;
    bool same = had == 0 || r->opened == names->opened;
    size_t more = names->people_count + names->libraries_count;
    if (!same) {
        forget_names(r); /* from the start again */
        return OK;
    }
    if (names->total > ENTRIES_MAX || had + more > names->total ||
        (more == 0 && had < names->total)) {
        return ERR_BAD_MESSAGE;
    }
    r->arena = r->arena != NULL ? r->arena : arena_new();
    r->opened = names->opened;
    add_names(r, names);
    return had + more == names->total ? open_reader(r, l, names) : OK;
}

/* A lease of the job whose rows are sent; NULL: none is held any more. */
static struct slot *any_of(struct worker *w)
{
    struct slot *s = worker_lowest(w, SLOT_LEASED);
    return s != NULL && worker_rows_are_sent(w, &s->lease) ? s : NULL;
}

static void on_names(struct actor *a, const struct answer *answer, void *context)
{
    struct worker *w = context;
    struct worker_rows *r = &w->rows;
    struct slot *s = any_of(w);
    enum err e = answer->code;
    r->asking = false;
    if (s == NULL) {
        return;
    }
    e = e == OK ? take_names(r, &s->lease, msg_rows_names(answer->reply)) : e;
    if (e == OK) {
        r->tries = 0;
        r->ends->read_next(w);
    } else if (e == ERR_ROWS_NOT_LEASED) {
        r->ends->pause(s);
        r->ends->read_next(w);
    } else if (retry_is_due(e) && r->tries < FETCHES_MAX) {
        r->asking = true;
        (void)actor_after(a, retry_backoff_ms(r->tries++), on_ask_names_again, w);
    } else {
        r->tries = 0;
        forget_names(r);
        r->ends->report(s, e, NULL);
        r->ends->read_next(w);
    }
}

static void ask_names(struct worker *w, const struct lease_taken *l)
{
    const struct worker_rows *r = &w->rows;
    struct rows_names_get body = {.worker = actor_instance(w->actor),
                                  .job_id = l->job_id,
                                  .attempt = l->attempt,
                                  .lease = l->lease,
                                  .from = r->people_count + r->library_count};
    w->rows.asking = true;
    ask_rows_names_get(w->actor, COORDINATOR, &body, l->job_id, FETCH_MS, on_names, w);
}

/* ---- parcels ---- */

static void ask_rows(struct slot *s);

static void on_ask_rows_again(struct actor *a, void *context)
{
    (void)a;
    struct slot *s = context;
    if (s->dropped) {
        s->worker->rows.ends->pause(s);
    } else {
        ask_rows(s);
    }
}

/* What was read before stands. */
static void end_short(struct slot *s, enum err code)
{
    s->reading =
        (struct reading){.lease = &s->lease, .batch = s->batch, .rows = s->worker->rows.reader};
    if (s->from_id != s->lease.first_id && batch_rows(s->batch) > 0) {
        s->worker->rows.ends->send(s);
    } else {
        s->worker->rows.ends->report(s, code, NULL);
    }
}

static void take_parcel(struct slot *s, const struct answer *answer)
{
    const struct worker_rows *r = &s->worker->rows;
    const struct rows_sent *sent = msg_rows_sent(answer->reply);
    bool ahead =
        sent->has_last_id && sent->last_id >= s->from_id && sent->last_id <= s->lease.last_id;
    if (sent->opened != r->opened) {
        s->worker->rows.opened = 0; /* another file by now: all of the lease anew, with its names */
        s->from_id = s->lease.first_id;
        s->step = SLOT_LEASED;
    } else if (!sent->whole && (!ahead || sent->last_id == s->lease.last_id)) {
        end_short(s, ERR_BAD_MESSAGE);
    } else {
        s->parcel = msg_keep(answer->reply);
        s->step = SLOT_FETCHED;
    }
}

static void on_rows(struct actor *a, const struct answer *answer, void *context)
{
    struct slot *s = context;
    if (s->dropped || answer->code == ERR_ROWS_NOT_LEASED) {
        s->worker->rows.ends->pause(s);
    } else if (answer->code == OK) {
        s->fetches = 0;
        take_parcel(s, answer);
    } else if (retry_is_due(answer->code) && s->fetches < FETCHES_MAX) {
        (void)actor_after(a, retry_backoff_ms(s->fetches++), on_ask_rows_again, s);
        return;
    } else {
        end_short(s, answer->code);
    }
    s->worker->rows.ends->read_next(s->worker);
}

static void ask_rows(struct slot *s)
{
    const struct rows_ask body = {.worker = actor_instance(s->worker->actor),
                                  .job_id = s->lease.job_id,
                                  .attempt = s->lease.attempt,
                                  .lease = s->lease.lease,
                                  .from_id = s->from_id};
    s->step = SLOT_FETCHING;
    ask_rows_ask(s->worker->actor, COORDINATOR, &body, s->lease.job_id, FETCH_MS, on_rows, s);
}

static size_t parcels_ahead(const struct worker *w)
{
    size_t count = 0;
    for (size_t i = 0; i < WORKER_SLOTS; i++) {
        count += w->slots[i].step == SLOT_FETCHING || w->slots[i].step == SLOT_FETCHED ? 1 : 0;
    }
    return count;
}

/* Of another opening of the file than what is known, or before all of that is: its lease begins
 * anew. */
static void drop_stale(struct worker *w)
{
    const struct worker_rows *r = &w->rows;
    for (size_t i = 0; i < WORKER_SLOTS; i++) {
        struct slot *s = &w->slots[i];
        if (s->step == SLOT_FETCHED &&
            (r->reader == NULL || msg_rows_sent(s->parcel)->opened != r->opened)) {
            worker_rows_let_go(s);
            s->from_id = s->lease.first_id;
            s->step = SLOT_LEASED;
        }
    }
}

void worker_rows_fetch(struct worker *w)
{
    struct worker_rows *r = &w->rows;
    drop_stale(w);
    struct slot *s = any_of(w);
    if (s == NULL || r->asking) {
        return;
    }
    if (r->reader != NULL && r->opened == 0 && w->reading == NULL) {
        forget_names(r);
    }
    if (r->reader == NULL) {
        ask_names(w, &s->lease);
        return;
    }
    while (r->opened != 0 && s != NULL && parcels_ahead(w) < PARCELS_AHEAD) {
        ask_rows(s);
        s = any_of(w);
    }
}

void worker_rows_fill(struct slot *s)
{
    if (s->from_id == s->lease.first_id) {
        batch_reset(s->batch);
    }
    s->reading.parcel = msg_rows_sent(s->parcel);
    s->reading.rows = s->worker->rows.reader;
    s->reading.from_id = s->from_id;
}

void worker_rows_read(struct slot *s)
{
    const struct rows_sent *parcel = s->reading.parcel;
    int64_t next_id = parcel->whole ? s->lease.last_id : parcel->last_id + 1;
    enum err code = s->reading.code;
    s->reading.parcel = NULL;
    worker_rows_let_go(s);
    if (code != OK) {
        s->worker->rows.ends->report(s, code, NULL);
    } else if (s->reading.whole || s->reading.full) {
        s->worker->rows.ends->send(s);
    } else {
        s->from_id = next_id;
        ask_rows(s);
    }
}

/* ---- life ---- */

void worker_rows_let_go(struct slot *s)
{
    msg_destroy(&s->parcel);
}

void worker_rows_rest(struct worker *w)
{
    if (!w->rows.asking) {
        forget_names(&w->rows);
    }
}

void worker_rows_release(struct worker *w)
{
    for (size_t i = 0; i < WORKER_SLOTS; i++) {
        worker_rows_let_go(&w->slots[i]);
    }
    forget_names(&w->rows);
}
