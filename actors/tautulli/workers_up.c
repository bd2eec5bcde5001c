/* SPDX-License-Identifier: MIT
 * workers_up.c - names in no order. */
#include "actors/tautulli/workers_up.h"

#include <stdio.h>
#include <string.h>

#include "actors/shared/worker_key.h"

static size_t find(const struct workers_up *w, const char *name, size_t *out_alike)
{
    bool elsewhere = worker_is_elsewhere(name);
    size_t at = w->count;
    *out_alike = 0;
    for (size_t i = 0; i < w->count; i++) {
        *out_alike += worker_is_elsewhere(w->names[i]) == elsewhere;
        at = strcmp(w->names[i], name) == 0 ? i : at;
    }
    return at;
}

void workers_up_add(struct workers_up *w, const char *name)
{
    size_t alike = 0;
    if (find(w, name, &alike) == w->count && alike < WORKERS_MAX) {
        (void)snprintf(w->names[w->count++], LEASE_WORKER_SIZE, "%s", name);
    }
}

void workers_up_remove(struct workers_up *w, const char *name)
{
    size_t alike = 0;
    size_t at = find(w, name, &alike);
    if (at < w->count) {
        memmove(w->names[at], w->names[--w->count], LEASE_WORKER_SIZE);
    }
}
