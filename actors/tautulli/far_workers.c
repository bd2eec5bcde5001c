/* SPDX-License-Identifier: MIT
 * far_workers.c - a short table; where it is full, whoever is barred for the shortest time and was
 * heard of least lately gives way. */
#include "actors/tautulli/far_workers.h"

#include <stdio.h>
#include <string.h>

#define DOUBLINGS_MAX 16
#define FADING 0.99 /* half of it in half a minute, by ticks of half a second */

void far_workers_begin(struct far_workers *f, const char *job_id, uint64_t attempt)
{
    if (f->attempt != attempt || strcmp(f->job_id, job_id) != 0) {
        *f = (struct far_workers){.attempt = attempt, .changes = f->changes + 1};
        (void)snprintf(f->job_id, sizeof(f->job_id), "%s", job_id);
    }
}

static const struct far_worker *find(const struct far_workers *f, const char *worker)
{
    for (size_t i = 0; i < f->count; i++) {
        if (worker_key_same(f->items[i].key, worker)) {
            return &f->items[i];
        }
    }
    return NULL;
}

static bool gives_way_before(const struct far_worker *a, const struct far_worker *b)
{
    return a->barred_until_ms != b->barred_until_ms ? a->barred_until_ms < b->barred_until_ms
                                                    : a->heard_ms < b->heard_ms;
}

static struct far_worker *get(struct far_workers *f, const char *worker, int64_t now_ms)
{
    struct far_worker *w = (struct far_worker *)find(f, worker);
    if (w == NULL && f->count < FAR_WORKERS_MAX) {
        w = &f->items[f->count++];
        *w = (struct far_worker){0};
    } else if (w == NULL) {
        w = &f->items[0];
        for (size_t i = 1; i < f->count; i++) {
            w = gives_way_before(&f->items[i], w) ? &f->items[i] : w;
        }
        *w = (struct far_worker){0};
        f->changes++;
    }
    (void)snprintf(w->key, sizeof(w->key), "%.*s", (int)worker_key_size(worker), worker);
    w->heard_ms = now_ms;
    return w;
}

static void bar(struct far_workers *f, struct far_worker *w, int64_t until_ms,
                enum idle_reason because)
{
    w->barred_until_ms = until_ms;
    w->because = because;
    f->changes++;
}

int64_t far_workers_strike_ms(enum err said)
{
    switch (said) {
    case ERR_TIMEOUT:
    case ERR_BUSY:
    case ERR_ACTOR_AWAY:
    case ERR_DATABASE_BUSY:
    case ERR_BATCH_NOT_LEASED:
    case ERR_SAMPLE_DIFFERS:
        return FAR_FAILED_MS;
    default:
        return FAR_NO_ROWS_MS;
    }
}

bool far_workers_strike(struct far_workers *f, const char *worker, int64_t first_ms, int64_t now_ms)
{
    struct far_worker *w = get(f, worker, now_ms);
    bool longer = first_ms >= FAR_IN_THE_WAY_MS;
    if (now_ms < w->barred_until_ms && (!longer || w->barred_until_ms == INT64_MAX)) {
        return false;
    }
    unsigned doublings = w->strikes < DOUBLINGS_MAX ? w->strikes : DOUBLINGS_MAX;
    int64_t ms = first_ms << doublings;
    bar(f, w, now_ms + (ms < FAR_BARRED_MAX_MS ? ms : FAR_BARRED_MAX_MS),
        first_ms == FAR_NO_ROWS_MS ? idle_reason_cannot_read : idle_reason_not_delivered);
    w->strikes++;
    w->delivered = false;
    return true;
}

void far_workers_bar(struct far_workers *f, const char *worker, int64_t now_ms)
{
    bar(f, get(f, worker, now_ms), INT64_MAX, idle_reason_differs);
}

bool far_workers_waited(struct far_workers *f, const char *worker, double rows, int64_t now_ms)
{
    struct far_worker *w = get(f, worker, now_ms);
    w->cost += rows;
    if (w->cost <= w->brought + FAR_COST_ROWS || now_ms < w->barred_until_ms) {
        return false;
    }
    w->cost = w->brought = 0;
    int64_t ms = (int64_t)FAR_IDLE_MS << (w->idled < DOUBLINGS_MAX ? w->idled : DOUBLINGS_MAX);
    bar(f, w, now_ms + (ms < FAR_BARRED_MAX_MS ? ms : FAR_BARRED_MAX_MS), idle_reason_slower);
    w->idled++;
    return true;
}

void far_workers_fade(struct far_workers *f)
{
    for (size_t i = 0; i < f->count; i++) {
        f->items[i].cost *= FADING;
        f->items[i].brought *= FADING;
    }
}

void far_workers_said(struct far_workers *f, const char *worker, int64_t now_ms)
{
    get(f, worker, now_ms)->delivered = true;
}

void far_workers_brought(struct far_workers *f, const char *worker, double rows, int64_t now_ms)
{
    struct far_worker *w = get(f, worker, now_ms);
    w->brought += rows;
    w->delivered = true;
    w->strikes = 0;
}

bool far_workers_is_barred(const struct far_workers *f, const char *worker, int64_t now_ms)
{
    const struct far_worker *w = find(f, worker);
    return w != NULL && now_ms < w->barred_until_ms;
}

bool far_workers_has_rows(const struct far_workers *f, const char *worker)
{
    const struct far_worker *w = find(f, worker);
    return w != NULL && w->delivered;
}
