/* SPDX-License-Identifier: MIT
 * worker_read.c - reads the rows of a lease, in one short read transaction.
 *
 * Rows of a file that changed under an immutable source are never delivered: the file is looked at
 * before and after each lease, and a lease read across a change is read again from the reopened
 * file. Another file in its place (another inode than the coordinator planned) is not read at all:
 * the lease goes back, and the coordinator looks whose database it is. */
#include "actors/tautulli/worker_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/tautulli/reader.h"
#include "actors/tautulli/source.h"
#include "actors/tautulli/source_found.h"
#include "proto/base/clock.h"

#define TRIES_MAX 3 /* openings of a file that keeps changing */

struct input {
    char *job_id, *path; /* of what is open; NULL if nothing is */
    uint64_t attempt;
    struct source *source;
    struct reader *reader;
    struct arena *arena;            /* why an opening was refused */
    const struct config *elsewhere; /* of a worker on another machine; NULL: on the coordinator's */
};

struct input *input_new(const struct config *elsewhere)
{
    struct input *in = must_alloc(sizeof(*in));
    in->elsewhere = elsewhere;
    in->arena = arena_new();
    return in;
}

void input_close(struct input *in)
{
    reader_close(&in->reader);
    source_close(&in->source);
    free_text(&in->path);
    free_text(&in->job_id);
}

void input_destroy(struct input **input)
{
    struct input *in = *input;
    if (in == NULL) {
        return;
    }
    input_close(in);
    arena_destroy(&in->arena);
    free(in);
    *input = NULL;
}

static bool is_open_for(const struct input *in, const struct lease_taken *l)
{
    return in->reader != NULL && in->attempt == l->attempt && strcmp(in->job_id, l->job_id) == 0 &&
           strcmp(in->path, l->path) == 0;
}

static enum err open_source(struct input *in, struct reading *r)
{
    const struct lease_taken *l = r->lease;
    if (is_open_for(in, l) && source_still_same(in->source) &&
        (in->elsewhere == NULL || source_holds(in->source, l))) {
        return OK;
    }
    input_close(in);
    arena_reset(in->arena);
    struct refusal why = {0};
    enum err e = in->elsewhere != NULL ? source_find(in->elsewhere, l, in->arena, &in->source, &why)
                                       : source_open(l->path, NULL, in->arena, &in->source, &why);
    if (e != OK) {
        (void)snprintf(r->text, sizeof(r->text), "%s", why.text != NULL ? why.text : "");
        return e;
    }
    if (in->elsewhere == NULL && l->has_inode && l->inode != source_inode(in->source)) {
        input_close(in);
        return ERR_DATABASE_BUSY;
    }
    const struct reader_settings settings = {.server_id = l->server_id,
                                             .watched_percent = l->watched_percent,
                                             .planned_at_ms = l->planned_at};
    e = reader_open(in->source, &settings, &in->reader);
    if (e != OK) {
        input_close(in);
        return e;
    }
    in->job_id = must_strdup(l->job_id);
    in->path = must_strdup(l->path);
    in->attempt = l->attempt;
    return OK;
}

static enum err read_rows(struct input *in, struct reading *r)
{
    batch_reset(r->batch);
    r->whole = false;
    enum err e = reader_begin(in->reader, r->lease->first_id, r->lease->last_id);
    while (e == OK) {
        const struct mapped_row *row = NULL;
        e = reader_next(in->reader, &row);
        r->whole = e == OK && row == NULL;
        if (e != OK || row == NULL || !batch_add(r->batch, row)) {
            break;
        }
        if (batch_last(r->batch) == r->lease->last_id) {
            r->whole = true; /* a step further may meet the damage that it was sliced before */
            break;
        }
    }
    reader_end(in->reader);
    return e;
}

/* Adds the rows of a parcel to what is there. */
static void read_parcel(struct reading *r)
{
    const struct rows_sent *parcel = r->parcel;
    bool room = true;
    r->whole = false;
    r->code = rows_reader_begin(r->rows, parcel, r->from_id, r->lease->last_id);
    while (r->code == OK && room) {
        const struct mapped_row *row = NULL;
        r->code = rows_reader_next(r->rows, &row);
        if (r->code != OK || row == NULL) {
            break;
        }
        room = batch_add(r->batch, row);
    }
    r->whole = r->code == OK && room && parcel->whole;
    r->full = !room;
}

void input_read(struct input *in, struct reading *r)
{
    r->text[0] = '\0';
    if (r->parcel != NULL) {
        read_parcel(r);
        return;
    }
    bool reopened = false;
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        batch_reset(r->batch);
        r->whole = false;
        r->code = open_source(in, r);
        if (r->code != OK) {
            return;
        }
        source_set_deadline(in->source, clock_monotonic_ms() + LEASE_READ_MS);
        r->code = read_rows(in, r);
        if (r->code == ERR_DATABASE_BUSY && batch_rows(r->batch) == 0 && !reopened) {
            input_close(in); /* its tables may be others by now: Tautulli was upgraded */
            reopened = true;
        } else if (source_still_same(in->source)) {
            return;
        }
    }
    batch_reset(r->batch);
    r->whole = false;
    r->code = ERR_DATABASE_BUSY;
}
