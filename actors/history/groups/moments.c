/* SPDX-License-Identifier: MIT
 * moments.c - a sorted list of persons and times. */
#include "actors/history/groups/moments.h"

#include <stdlib.h>

#include "proto/base/own.h"

void moments_release(struct moments *m)
{
    void *memory = m->items;
    free_bytes(&memory);
    *m = (struct moments){0};
}

void moments_add(struct moments *m, uint64_t person, int64_t at)
{
    if (m->count == m->capacity) {
        m->capacity = m->capacity == 0 ? 256 : m->capacity * 2;
        m->items = must_realloc(m->items, m->capacity * sizeof *m->items);
    }
    m->items[m->count++] = (struct moment){person, at};
}

static int compare(const void *a, const void *b)
{
    const struct moment *x = a;
    const struct moment *y = b;
    int order = (x->person > y->person) - (x->person < y->person);
    return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

void moments_sort(struct moments *m)
{
    if (m->count > 1) {
        qsort(m->items, m->count, sizeof *m->items, compare);
    }
}

bool moments_near(const struct moments *m, uint64_t person, int64_t from, int64_t to)
{
    int64_t first = 0;
    int64_t last = 0;
    if (__builtin_sub_overflow(from, MOMENTS_NEAR_MS, &first) ||
        __builtin_add_overflow(to, MOMENTS_NEAR_MS, &last)) {
        return true; /* at the end of time: it is looked at */
    }
    const struct moment key = {person, first};
    size_t low = 0;
    size_t high = m->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&m->items[middle], &key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < m->count && m->items[low].person == person && m->items[low].at <= last;
}
