/* SPDX-License-Identifier: MIT
 * lease.c - the book of ranges: a dozen entries in id order, so every search is a short walk. */
#include "actors/tautulli/lease.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void lease_book_init(struct lease_book *b, uint64_t after)
{
    *b = (struct lease_book){.numbers = after};
}

void lease_book_clear(struct lease_book *b)
{
    b->count = 0;
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

void lease_book_add_check(struct lease_book *b, uint64_t rows, uint64_t checksum)
{
    struct lease *l = &b->items[b->count - 1];
    l->checked = true;
    l->checked_from = l->first_id;
    l->checked_rows = rows;
    l->checksum = checksum;
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

bool lease_book_is_of(const struct lease_book *b, uint64_t number, const char *worker)
{
    for (size_t i = 0; number != 0 && i < b->count; i++) {
        if (b->items[i].number == number) {
            return strcmp(b->items[i].worker, worker) == 0;
        }
    }
    return false;
}

static void free_lease(struct lease *l)
{
    l->number = 0;
    l->reading = false;
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
        if (b->items[i].number == 0 && (!remote || b->items[i].checked)) {
            return &b->items[i];
        }
    }
    return NULL;
}

static bool must_keep_a_place(const struct lease_book *b, const char *worker)
{
    size_t held = 0;
    for (size_t i = 0; i < b->count; i++) {
        if (b->items[i].number != 0 && strcmp(b->items[i].worker, worker) == 0) {
            if (i == 0) {
                return false;
            }
            held++;
        }
    }
    return held + 1 >= LEASE_PLACES;
}

static const struct lease *grant(struct lease_book *b, const char *worker, uint64_t slot,
                                 int64_t now_ms, bool remote)
{
    struct lease *l = held_by(b, worker, slot);
    if (l == NULL) {
        l = lowest_free(b, remote);
    }
    bool reserved = l != NULL && l->number == 0 && l != b->items && must_keep_a_place(b, worker);
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

const struct lease *lease_book_grant_remote(struct lease_book *b, const char *worker, uint64_t slot,
                                            int64_t now_ms)
{
    return grant(b, worker, slot, now_ms, true);
}

void lease_book_renew(struct lease_book *b, const char *worker, uint64_t reading, int64_t now_ms)
{
    for (size_t i = 0; i < b->count; i++) {
        struct lease *l = &b->items[i];
        if (l->number != 0 && strcmp(l->worker, worker) == 0) {
            l->expires_ms = now_ms + LEASE_MS;
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

void lease_book_committed(struct lease_book *b, int64_t next_id)
{
    while (b->count > 0 && b->items[0].last_id < next_id) {
        remove_at(b, 0);
    }
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
 * worker on another machine it is not known whether it ended or the way there. */
static bool end_lease(struct lease *l)
{
    bool poison = l->reading && !l->remote && ++l->deaths >= LEASE_DEATHS_MAX;
    free_lease(l);
    return poison;
}

const struct lease *lease_book_worker_gone(struct lease_book *b, const char *worker)
{
    const struct lease *poison = NULL;
    for (size_t i = 0; i < b->count; i++) {
        struct lease *l = &b->items[i];
        if (l->number != 0 && strcmp(l->worker, worker) == 0 && end_lease(l)) {
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
        if (l->number != 0 && l->expires_ms <= now_ms && end_lease(l)) {
            poison = l;
        }
    }
    return poison;
}
