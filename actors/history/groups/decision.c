/* SPDX-License-Identifier: MIT
 * decision.c - links become sets. What a row is joined to is decided anew for the rows within reach
 * of a change, the core; the others keep the link that stands with them. */
#include "actors/history/groups/decision.h"

#include <stdlib.h>

static size_t find_set(const struct decision *d, size_t at)
{
    while (decision_row(d, at)->set != at) {
        decision_row(d, at)->set = decision_row(d, decision_row(d, at)->set)->set;
        at = decision_row(d, at)->set;
    }
    return at;
}

struct by_no {
    int64_t no;
    size_t at;
};

static int compare_no(const void *a, const void *b)
{
    int64_t x = ((const struct by_no *)a)->no;
    int64_t y = ((const struct by_no *)b)->no;
    return (x > y) - (x < y);
}

/* Decided anew in the core, as it stands beyond. */
static void join_linked(struct decision *d)
{
    size_t count = d->near.count;
    struct by_no *index = arena_alloc(d->near.arena, (count + 1) * sizeof *index);
    for (size_t i = 0; i < count; i++) {
        index[i] = (struct by_no){decision_row(d, i)->no, i};
        decision_row(d, i)->set = i;
    }
    qsort(index, count, sizeof *index, compare_no);
    for (size_t i = 0; i < count; i++) {
        const struct match_row *row = &d->near.rows[i];
        const struct neighbour *of = row->owner;
        if (of->core && row->link != MATCH_NONE) {
            decision_row(d, find_set(d, i))->set = find_set(d, (size_t)row->link);
        } else if (!of->core && of->link_no != 0) {
            const struct by_no key = {.no = of->link_no};
            const struct by_no *to = bsearch(&key, index, count, sizeof *index, compare_no);
            if (to != NULL) {
                decision_row(d, find_set(d, i))->set = find_set(d, to->at);
            }
        }
    }
}

static int by_set_and_rank(const void *a, const void *b, void *context)
{
    const struct decision *d = context;
    size_t x = *(const size_t *)a;
    size_t y = *(const size_t *)b;
    size_t in_x = decision_row(d, x)->set;
    size_t in_y = decision_row(d, y)->set;
    if (in_x != in_y) {
        return (in_x > in_y) - (in_x < in_y);
    }
    int order = match_rank(&d->near.rows[x], &d->near.rows[y]);
    return order != 0 ? order
                      : (decision_row(d, x)->no > decision_row(d, y)->no) -
                            (decision_row(d, x)->no < decision_row(d, y)->no);
}

static void make_sets(struct decision *d)
{
    size_t count = d->near.count;
    d->order = arena_alloc(d->near.arena, (count + 1) * sizeof *d->order);
    d->sets = arena_alloc(d->near.arena, (count + 1) * sizeof *d->sets);
    for (size_t i = 0; i < count; i++) {
        d->order[i] = i;
        decision_row(d, i)->set = find_set(d, i);
    }
    qsort_r(d->order, count, sizeof *d->order, by_set_and_rank, d);
    for (size_t i = 0; i < count; i++) {
        const struct neighbour *of = decision_row(d, d->order[i]);
        bool begins = i == 0 || decision_row(d, d->order[i - 1])->set != of->set;
        if (begins) {
            d->sets[d->sets_count++] = (struct set){.first = i};
        }
        d->sets[d->sets_count - 1].count++;
    }
    /* From here on a row knows its set by its place in `sets`. */
    for (size_t s = 0; s < d->sets_count; s++) {
        for (size_t i = 0; i < d->sets[s].count; i++) {
            decision_row(d, d->order[d->sets[s].first + i])->set = s;
        }
    }
}

static int by_play(const void *a, const void *b, void *context)
{
    const struct decision *d = context;
    const struct neighbour *x = decision_row(d, *(const size_t *)a);
    const struct neighbour *y = decision_row(d, *(const size_t *)b);
    int order = (x->play_id > y->play_id) - (x->play_id < y->play_id);
    return order != 0 ? order : (x->no > y->no) - (x->no < y->no);
}

/* A play goes on in the first set, by its rows' numbers, that is no other play yet. */
static void hand_on(struct decision *d, const size_t *rows, size_t first, size_t end)
{
    int64_t play_id = decision_row(d, rows[first])->play_id;
    struct set *heir = NULL;
    for (size_t i = first; i < end && heir == NULL; i++) {
        struct set *set = &d->sets[decision_row(d, rows[i])->set];
        heir = set->play_id == 0 ? set : NULL;
    }
    if (heir == NULL) {
        d->dropped[d->dropped_count++] = play_id;
        return;
    }
    heir->play_id = play_id;
    for (size_t i = first; i < end; i++) {
        heir->lost = heir->lost || &d->sets[decision_row(d, rows[i])->set] != heir;
    }
}

static void hand_on_all(struct decision *d)
{
    size_t count = d->near.count;
    size_t *rows = arena_alloc(d->near.arena, (count + 1) * sizeof *rows);
    d->dropped = arena_alloc(d->near.arena, (count + 1) * sizeof *d->dropped);
    for (size_t i = 0; i < count; i++) {
        rows[i] = i;
    }
    qsort_r(rows, count, sizeof *rows, by_play, d);
    for (size_t first = 0, end = 0; first < count; first = end) {
        end = first + 1;
        while (end < count &&
               decision_row(d, rows[end])->play_id == decision_row(d, rows[first])->play_id) {
            end++;
        }
        hand_on(d, rows, first, end);
    }
}

void decision_make(struct decision *d)
{
    match_rows(d->near.rows, d->near.count);
    join_linked(d);
    make_sets(d);
    hand_on_all(d);
}

void decision_release(struct decision *d)
{
    neighbourhood_release(&d->near);
}
