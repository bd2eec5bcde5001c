/* SPDX-License-Identifier: MIT
 * counts.c - a list of those who hold something: as many as there are connections at most. */
#include "gateway/guard/counts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct held {
    char who[64];
    size_t count;
    struct held *next;
};

struct counts {
    struct held *first;
};

struct counts *counts_new(void)
{
    return must_alloc(sizeof(struct counts));
}

void counts_destroy(struct counts **counts)
{
    struct counts *gone = TAKE(*counts);
    while (gone != NULL && gone->first != NULL) {
        struct held *held = gone->first;
        gone->first = held->next;
        free(held);
    }
    free(gone);
}

static struct held **place_of(struct counts *counts, const char *who)
{
    struct held **at = &counts->first;
    while (*at != NULL && strcmp((*at)->who, who) != 0) {
        at = &(*at)->next;
    }
    return at;
}

bool counts_take(struct counts *counts, const char *who, size_t most)
{
    struct held **at = place_of(counts, who);
    if (*at == NULL) {
        *at = must_alloc(sizeof **at);
        snprintf((*at)->who, sizeof(*at)->who, "%s", who);
    }
    bool more = (*at)->count < most;
    (*at)->count += more ? 1 : 0;
    return more;
}

void counts_give_back(struct counts *counts, const char *who)
{
    struct held **at = place_of(counts, who);
    struct held *held = *at;
    if (held != NULL && --held->count == 0) {
        *at = held->next;
        free(held);
    }
}
