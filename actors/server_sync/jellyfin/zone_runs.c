/* SPDX-License-Identifier: MIT
 * zone_runs.c - runs of times that had one distance from UTC. A run grows by the days between rows
 * that follow each other, and not over what may lie in another season. */
#include "actors/server_sync/jellyfin/zone_runs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/own.h"

enum { AHEAD_MAX_S = 26 * 3600, GAP_MAX_S = 7 * 86400, LINE_MAX = 80 };
#define HEAD "zones 1\n"

/* The first run that ends then or later. */
static size_t place_of(const struct zone_runs *z, int64_t local_s)
{
    size_t low = 0;
    size_t high = z->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (z->runs[middle].until < local_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The oldest one gives way: its rows are the first that the plugin drops. */
static void insert(struct zone_runs *z, size_t at, int64_t local_s, int64_t ahead_s)
{
    if (z->count == ZONE_RUNS_MAX) {
        if (at == 0) {
            return;
        }
        memmove(z->runs, z->runs + 1, (z->count - 1) * sizeof *z->runs);
        z->count--;
        at--;
    }
    memmove(z->runs + at + 1, z->runs + at, (z->count - at) * sizeof *z->runs);
    z->runs[at] = (struct zone_run){.from = local_s, .until = local_s, .ahead_s = ahead_s};
    z->count++;
}

int64_t zone_runs_utc(struct zone_runs *z, int64_t local_s, int64_t utc_s)
{
    size_t at = place_of(z, local_s);
    int64_t ahead_s = local_s - utc_s;
    if (at < z->count && z->runs[at].from <= local_s) {
        return local_s - z->runs[at].ahead_s;
    }
    if (ahead_s > AHEAD_MAX_S || ahead_s < -AHEAD_MAX_S) {
        return utc_s; /* no zone */
    }
    struct zone_run *before = at > 0 ? &z->runs[at - 1] : NULL;
    if (before != NULL && before->ahead_s == ahead_s && local_s - before->until <= GAP_MAX_S) {
        before->until = local_s;
    } else {
        insert(z, at, local_s, ahead_s);
    }
    return utc_s;
}

/* ---- as text ---- */

static bool is_next(const struct zone_runs *z, const struct zone_run *run)
{
    return run->from <= run->until && run->ahead_s <= AHEAD_MAX_S && run->ahead_s >= -AHEAD_MAX_S &&
           (z->count == 0 || run->from > z->runs[z->count - 1].until);
}

/* "from until ahead". */
static bool read_run(const char *line, struct zone_run *out)
{
    char *end = NULL;
    int64_t *const numbers[] = {&out->from, &out->until, &out->ahead_s};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        const char *at = end != NULL ? end : line;
        *numbers[i] = strtoll(at, &end, 10);
        if (end == at) {
            return false;
        }
    }
    return *end == '\0';
}

void zone_runs_read(struct zone_runs *z, struct bytes text)
{
    char line[LINE_MAX];
    const char *at = text.data;
    size_t left = text.size;
    z->count = 0;
    if (left < strlen(HEAD) || memcmp(at, HEAD, strlen(HEAD)) != 0) {
        return;
    }
    at += strlen(HEAD);
    left -= strlen(HEAD);
    while (left > 0 && z->count < ZONE_RUNS_MAX) {
        struct zone_run run;
        const char *end = memchr(at, '\n', left);
        size_t size = end != NULL ? (size_t)(end - at) : left;
        (void)snprintf(line, sizeof line, "%.*s", (int)(size < LINE_MAX ? size : 0), at);
        if (!read_run(line, &run) || !is_next(z, &run)) {
            return;
        }
        z->runs[z->count++] = run;
        at += size + 1;
        left -= end != NULL ? size + 1 : size;
    }
}

size_t zone_runs_write(const struct zone_runs *z, char out[static ZONE_RUNS_TEXT_MAX])
{
    size_t size = z->count > 0 ? strlen(HEAD) : 0;
    (void)snprintf(out, ZONE_RUNS_TEXT_MAX, "%s", z->count > 0 ? HEAD : "");
    for (size_t i = 0; i < z->count; i++) {
        const struct zone_run *run = &z->runs[i];
        size += (size_t)snprintf(out + size, ZONE_RUNS_TEXT_MAX - size,
                                 "%" PRId64 " %" PRId64 " %" PRId64 "\n", run->from, run->until,
                                 run->ahead_s);
    }
    return size;
}
