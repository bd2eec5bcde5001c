/* SPDX-License-Identifier: MIT
 * lease.c - the book of ranges: a dozen entries in id order, so every search is a short walk. */
#include "actors/tautulli/lease.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "actors/tautulli/far_workers.h"

#define NO_SLOT UINT64_MAX /* of what its worker is done with */

void lease_book_init(struct lease_book *b, uint64_t after)
{
    *b = (struct lease_book){.numbers = after, .next_id = INT64_MIN, .places = LEASE_PLACES};
}

void lease_book_clear(struct lease_book *b)
{
    b->count = 0;
    b->next_id = INT64_MIN;
}

size_t lease_book_room(const struct lease_book *b)
{
    return LEASES_MAX - b->count;
}

void lease_book_add(struct lease_book *b, int64_t first_id, int64_t last_id, uint64_t rows)
{
    assert(b->count < LEASES_MAX);
    assert(b->count == 0 || b->items[b->count - 1].last_id < first_id);
    b->items[b->count++] = (struct lease){.first_id = first_id, .last_id = last_id, .rows = rows};
}

void lease_book_add_check(struct lease_book *b, uint64_t rows, uint64_t checksum,
                          const struct lease_sample *sample)
{
    struct lease *l = &b->items[b->count - 1];
    l->checked = true;
    l->checked_from = l->first_id;
    l->checked_rows = rows;
    l->checksum = checksum;
    l->sample = *sample;
}

void lease_book_add_damaged(struct lease_book *b, int64_t first_id, int64_t last_id)
{
    lease_book_add(b, first_id, last_id, 0);
    b->items[b->count - 1].damaged = true;
}

const struct lease *lease_book_lowest(const struct lease_book *b)
{
    return b->count > 0 ? &b->items[0] : NULL;
}

static void remove_at(struct lease_book *b, size_t at)
{
    b->count--;
    memmove(&b->items[at], &b->items[at + 1], (b->count - at) * sizeof(b->items[0]));
}

static struct lease *find(struct lease_book *b, uint64_t number)
{
    for (size_t i = 0; number != 0 && i < b->count; i++) {
        if (b->items[i].number == number) {
            return &b->items[i];
        }
    }
    return NULL;
}

const struct lease *lease_book_of(const struct lease_book *b, uint64_t number, const char *worker)
{
    for (size_t i = 0; number != 0 && i < b->count; i++) {
        const struct lease *l = &b->items[i];
        if (l->number == number && !l->said && strcmp(l->worker, worker) == 0) {
            return l;
        }
    }
    return NULL;
}

static void free_lease(struct lease *l)
{
    l->number = 0;
    l->reading = false;
    l->said = false;
    l->lowest_from = 0;
    l->worker[0] = '\0';
}

static struct lease *held_by(struct lease_book *b, const char *worker, uint64_t slot)
{
    for (size_t i = 0; i < b->count; i++) {
        struct lease *l = &b->items[i];
        if (l->number != 0 && l->slot == slot && strcmp(l->worker, worker) == 0) {
            return l;
        }
    }
    return NULL;
}

static struct lease *lowest_free(struct lease_book *b, bool remote)
{
    for (size_t i = 0; i < b->count && i < LEASES_OUT_MAX; i++) {
        if (b->items[i].damaged) {
            return NULL;
        }
        if (b->items[i].number == 0 && !b->items[i].uncounted && (!remote || b->items[i].checked)) {
            return &b->items[i];
        }
    }
    return NULL;
}

void lease_book_share(struct lease_book *b, size_t workers)
{
    workers = workers > 0 ? workers : 1;
    size_t places = 1 + (LEASES_OUT_MAX + workers - 1) / workers;
    places = places < LEASE_PLACES ? places : LEASE_PLACES;
    b->places = places > LEASE_PLACES_MIN ? places : LEASE_PLACES_MIN;
}

size_t lease_book_held(const struct lease_book *b, const char *worker)
{
    size_t held = 0;
    for (size_t i = 0; i < b->count; i++) {
        const struct lease *l = &b->items[i];
        held += l->number != 0 && !l->said && strcmp(l->worker, worker) == 0;
    }
    return held;
}

bool lease_book_reads(const struct lease_book *b, const char *worker)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct lease *l = &b->items[i];
        if (l->number != 0 && l->reading && strcmp(l->worker, worker) == 0) {
            return true;
        }
    }
    return false;
}

/* With the place that is kept for the lowest range. */
static bool has_its_share(const struct lease_book *b, const char *worker)
{
    const struct lease *lowest = b->items;
    bool has_lowest =
        b->count > 0 && lowest->number != 0 && !lowest->said && strcmp(lowest->worker, worker) == 0;
    return lease_book_held(b, worker) + (has_lowest ? 0 : 1) >= b->places;
}

static const struct lease *grant(struct lease_book *b, const char *worker, uint64_t slot,
                                 int64_t now_ms, bool remote)
{
    struct lease *l = held_by(b, worker, slot);
    if (l == NULL) {
        l = lowest_free(b, remote);
    }
    bool reserved = l != NULL && l->number == 0 && l != b->items && has_its_share(b, worker);
    if (l == NULL || reserved) {
        return NULL;
    }
    if (l->number == 0) {
        l->number = ++b->numbers;
        l->slot = slot;
        l->remote = remote;
        (void)snprintf(l->worker, sizeof(l->worker), "%s", worker);
    }
    l->expires_ms = now_ms + LEASE_MS;
    return l;
}

const struct lease *lease_book_grant(struct lease_book *b, const char *worker, uint64_t slot,
                                     int64_t now_ms)
{
    return grant(b, worker, slot, now_ms, false);
}

static bool is_of_key(const struct lease *l, const char *worker)
{
    return l->number != 0 && l->remote && worker_key_same(l->worker, worker);
}

static bool holds_one(const struct lease_book *b, const char *worker)
{
    for (size_t i = 0; i < b->count; i++) {
        if (is_of_key(&b->items[i], worker)) {
            return true;
        }
    }
    return false;
}

void lease_book_far_gone(struct lease_book *b, const char *worker)
{
    for (size_t i = 0; i < b->count; i++) {
        if (is_of_key(&b->items[i], worker)) {
            free_lease(&b->items[i]);
        }
    }
}

/* What all wait for, and what the history keeps until then: nobody else may be there to read it. */
static bool lowest_waits(const struct lease_book *b)
{
    const struct lease *l = b->items;
    return b->count > 0 && l->number == 0 && l->checked && !l->uncounted && !l->damaged;
}

const struct lease *lease_book_grant_remote(struct lease_book *b, const char *worker, uint64_t slot,
                                            bool many, int64_t now_ms)
{
    bool one_more =
        many || held_by(b, worker, slot) != NULL || !holds_one(b, worker) || lowest_waits(b);
    return one_more ? grant(b, worker, slot, now_ms, true) : NULL;
}

static bool is_named(const struct lease *l, const struct held_lease *held, size_t held_count)
{
    for (size_t i = 0; i < held_count; i++) {
        if (held[i].lease == l->number) {
            return true;
        }
    }
    return false;
}

void lease_book_renew(struct lease_book *b, const char *worker, const struct held_lease *held,
                      size_t held_count, uint64_t reading, int64_t now_ms)
{
    for (size_t i = 0; i < b->count; i++) {
        struct lease *l = &b->items[i];
        if (l->number != 0 && !l->said && strcmp(l->worker, worker) == 0) {
            l->expires_ms = is_named(l, held, held_count) ? now_ms + LEASE_MS : l->expires_ms;
            l->reading = l->number == reading;
        }
    }
}

static void shorten(struct lease *l, int64_t last_id, uint64_t rows_left)
{
    if (last_id >= l->first_id && last_id < l->last_id) {
        l->first_id = last_id + 1;
        l->rows = rows_left;
        l->deaths = 0;
        l->tries = 0;
        l->refusers = (struct refusers){0};
    }
}

bool lease_book_done(struct lease_book *b, uint64_t number, int64_t last_id, uint64_t rows_left)
{
    struct lease *l = find(b, number);
    if (l == NULL) {
        return false;
    }
    if (last_id >= l->last_id) {
        remove_at(b, (size_t)(l - b->items));
        return true;
    }
    shorten(l, last_id, rows_left);
    free_lease(l);
    return true;
}

void lease_book_shorten(struct lease_book *b, uint64_t number, int64_t last_id, uint64_t rows_left)
{
    struct lease *l = find(b, number);
    if (l != NULL) {
        shorten(l, last_id, rows_left);
    }
}

/* What a worker elsewhere says, as far as the history says it too: nobody here has counted the
 * rest.
 */
static void settle(struct lease_book *b)
{
    struct lease *l = b->items;
    if (b->count > 0 && l->said && l->first_id < b->next_id) {
        shorten(l, b->next_id - 1, 0);
        l->uncounted = true;
        l->far_ends = 0;
        free_lease(l);
    }
}

void lease_book_committed(struct lease_book *b, int64_t next_id)
{
    b->next_id = next_id > b->next_id ? next_id : b->next_id;
    while (b->count > 0 && b->items[0].last_id < next_id) {
        remove_at(b, 0);
    }
    settle(b);
}

void lease_book_said(struct lease_book *b, uint64_t number)
{
    struct lease *l = find(b, number);
    if (l != NULL) {
        l->said = true;
        l->reading = false;
        l->slot = NO_SLOT;
        settle(b);
    }
}

const struct lease *lease_book_uncounted(const struct lease_book *b)
{
    for (size_t i = 0; i < b->count; i++) {
        if (b->items[i].uncounted) {
            return &b->items[i];
        }
    }
    return NULL;
}

void lease_book_counted(struct lease_book *b, int64_t first_id, uint64_t rows)
{
    for (size_t i = 0; i < b->count; i++) {
        if (b->items[i].uncounted && b->items[i].first_id == first_id) {
            b->items[i].uncounted = false;
            b->items[i].rows = rows;
        }
    }
}

static bool has_read_all(const struct lease_book *b, const char *worker, size_t places)
{
    size_t held = 0;
    for (size_t i = 0; i < b->count; i++) {
        held += b->items[i].number != 0 && strcmp(b->items[i].worker, worker) == 0;
    }
    return held >= places && !lease_book_reads(b, worker);
}

bool lease_book_others_full(const struct lease_book *b, const char *worker, size_t places)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct lease *l = &b->items[i];
        if (l->number != 0 && !worker_key_same(l->worker, worker) &&
            has_read_all(b, l->worker, places)) {
            return true;
        }
    }
    return false;
}

unsigned lease_book_give_back(struct lease_book *b, uint64_t number)
{
    struct lease *l = find(b, number);
    if (l == NULL) {
        return 0;
    }
    free_lease(l);
    return ++l->tries;
}

void lease_book_decline(struct lease_book *b, uint64_t number)
{
    struct lease *l = find(b, number);
    if (l != NULL) {
        free_lease(l);
    }
}

void lease_book_refuse(struct lease_book *b, uint64_t number, enum err said)
{
    struct lease *l = find(b, number);
    if (l != NULL) {
        refusers_add(&l->refusers, l->worker, said);
        free_lease(l);
    }
}

void lease_book_keep_here(struct lease_book *b, uint64_t number)
{
    struct lease *l = find(b, number);
    if (l != NULL) {
        l->checked = false;
    }
}

bool lease_book_damaged(struct lease_book *b, uint64_t number)
{
    struct lease *l = find(b, number);
    if (l == NULL) {
        return false;
    }
    free_lease(l);
    l->damaged = true;
    return true;
}

/* Only the range being read is blamed: the others its worker held are innocent of its end. Of a
 * worker on another machine it is not known whether it ended or the way there: a range at which
 * that happens again and again is read here, if anybody does. */
static bool end_lease(const struct lease_book *b, struct lease *l)
{
    if (l->reading && l->remote && ++l->far_ends >= LEASE_FAR_ENDS_MAX && !b->far_alone) {
        l->checked = false;
    }
    bool poison = l->reading && !l->remote && ++l->deaths >= LEASE_DEATHS_MAX;
    free_lease(l);
    return poison;
}

const struct lease *lease_book_worker_gone(struct lease_book *b, const char *worker)
{
    const struct lease *poison = NULL;
    for (size_t i = 0; i < b->count; i++) {
        struct lease *l = &b->items[i];
        if (l->number != 0 && strcmp(l->worker, worker) == 0 && end_lease(b, l)) {
            poison = l;
        }
    }
    return poison;
}

const struct lease *lease_book_expire(struct lease_book *b, int64_t now_ms)
{
    const struct lease *poison = NULL;
    for (size_t i = 0; i < b->count; i++) {
        struct lease *l = &b->items[i];
        if (l->number != 0 && l->expires_ms <= now_ms && end_lease(b, l)) {
            poison = l;
        }
    }
    return poison;
}

static enum lease_fault fault_of(struct lease_book *b, struct lease *l, int64_t now_ms)
{
    if (l->number == 0 || !l->remote) {
        return LEASE_FAULT_NONE;
    }
    if (l == b->items && l->lowest_from == 0) {
        l->lowest_from = now_ms;
    }
    if (l == b->items && now_ms - l->lowest_from >= LEASE_LOWEST_MS) {
        return LEASE_FAULT_IN_THE_WAY;
    }
    if (l->expires_ms > now_ms) {
        return LEASE_FAULT_NONE;
    }
    return l->said ? LEASE_FAULT_IN_THE_WAY : LEASE_FAULT_SILENT;
}

enum lease_fault lease_book_far_fault(struct lease_book *b, int64_t now_ms,
                                      char out_worker[static LEASE_WORKER_SIZE])
{
    for (size_t i = 0; i < b->count; i++) {
        enum lease_fault fault = fault_of(b, &b->items[i], now_ms);
        if (fault != LEASE_FAULT_NONE) {
            memcpy(out_worker, b->items[i].worker, LEASE_WORKER_SIZE);
            for (size_t k = 0; k < b->count; k++) {
                struct lease *l = &b->items[k];
                if (l->number != 0 && strcmp(l->worker, out_worker) == 0) {
                    l->reading = l->reading && fault == LEASE_FAULT_SILENT;
                    (void)end_lease(b, l);
                }
            }
            return fault;
        }
    }
    return LEASE_FAULT_NONE;
}
