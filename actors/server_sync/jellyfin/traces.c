/* SPDX-License-Identifier: MIT
 * traces.c - when whom the server saw begin what: a start that it keeps with an item, and of which
 * there is no trace, was put there by hand or by a program. */
#include "actors/server_sync/jellyfin/told.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static uint64_t hash(const char *text)
{
    return text == NULL || text[0] == '\0' ? 0 : XXH3_64bits(text, strlen(text)) | 1U;
}

void traces_begin(struct traces *t)
{
    traces_release(t);
    t->covered_from = INT64_MAX;
}

void traces_add(struct traces *t, const char *user, const char *item, int64_t from, int64_t until)
{
    if (t->count == TRACES_MAX) {
        t->covered_from = INT64_MAX; /* too much is not known any more */
        return;
    }
    if (t->count == t->capacity) {
        t->capacity = t->capacity == 0 ? 256 : t->capacity * 2;
        t->items = must_realloc(t->items, t->capacity * sizeof *t->items);
    }
    t->items[t->count++] = (struct trace){hash(user), hash(item), from, until};
    t->sorted = false;
}

static int by_user(const void *a, const void *b)
{
    const struct trace *x = a;
    const struct trace *y = b;
    int order = (x->user > y->user) - (x->user < y->user);
    return order != 0 ? order : (x->from > y->from) - (x->from < y->from);
}

static size_t first_from(const struct traces *t, uint64_t user, int64_t from)
{
    const struct trace key = {.user = user, .from = from};
    size_t low = 0;
    size_t high = t->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_user(&t->items[middle], &key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool traces_allow(struct traces *t, const char *user, const char *item, int64_t at)
{
    uint64_t who = hash(user);
    uint64_t what = hash(item);
    if (at < t->covered_from) {
        return true;
    }
    if (!t->sorted && t->count > 1) {
        qsort(t->items, t->count, sizeof *t->items, by_user);
        t->sorted = true;
    }
    /* Nothing is played for longer than a day. */
    for (size_t i = first_from(t, who, at - TOLD_DAY_MS); i < t->count; i++) {
        const struct trace *trace = &t->items[i];
        if (trace->user != who || trace->from > at + TOLD_NEAR_MS) {
            return false;
        }
        if ((trace->item == what || trace->item == 0) && at <= trace->until + TOLD_NEAR_MS) {
            return true;
        }
    }
    return false;
}

void traces_release(struct traces *t)
{
    void *memory = t->items;
    free_bytes(&memory);
    *t = (struct traces){.covered_from = INT64_MAX};
}
