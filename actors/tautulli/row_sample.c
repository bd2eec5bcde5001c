/* SPDX-License-Identifier: MIT
 * row_sample.c - rows are drawn by their rank among those that are there, so that each is as likely
 * as any other, however the ids lie. */
#include "actors/tautulli/row_sample.h"

#include <sodium.h>
#include <stdlib.h>

#include "actors/shared/batch.h"
#include "actors/tautulli/source_db.h"

struct row_sampler {
    struct source *source; /* borrowed, as the key */
    const unsigned char *key;
    struct reader *reader;
    struct batch *batch;
};

enum err row_sampler_open(struct source *s, const struct reader_settings *settings,
                          const unsigned char *key, struct row_sampler **out)
{
    OWNED(row_sampler_close) struct row_sampler *r = must_alloc(sizeof(*r));
    *r = (struct row_sampler){.source = s, .key = key, .batch = batch_new()};
    enum err e = reader_open(s, settings, &r->reader);
    if (e == OK) {
        *out = TAKE(r);
    }
    return e;
}

void row_sampler_close(struct row_sampler **sampler)
{
    struct row_sampler *r = *sampler;
    if (r == NULL) {
        return;
    }
    reader_close(&r->reader);
    batch_destroy(&r->batch);
    free(r);
    *sampler = NULL;
}

static int by_rank(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

/* Rising ranks below `rows`; one that is drawn twice counts once. */
static size_t draw_ranks(uint64_t rows, uint32_t out[static LEASE_SAMPLE_MAX])
{
    uint64_t wanted = (rows + LEASE_SAMPLE_IN - 1) / LEASE_SAMPLE_IN;
    size_t count = wanted < LEASE_SAMPLE_MAX ? (size_t)wanted : LEASE_SAMPLE_MAX;
    for (size_t i = 0; i < count; i++) {
        out[i] = randombytes_uniform((uint32_t)rows);
    }
    qsort(out, count, sizeof(out[0]), by_rank);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || out[kept - 1] != out[i]) {
            out[kept++] = out[i];
        }
    }
    return kept;
}

static enum err find_places(sqlite3_stmt *ids, int64_t first_id, const uint32_t *ranks,
                            size_t count, struct lease_sample *out)
{
    enum err e = OK;
    bool row = true;
    int64_t from = first_id;
    for (uint32_t rank = 0; e == OK && row && out->count < count; rank++) {
        e = source_db_step(ids, &row);
        if (e == OK && row) {
            int64_t id = sqlite3_column_int64(ids, 0);
            if (rank == ranks[out->count]) {
                out->items[out->count++] = (struct sampled){.first_id = from, .last_id = id};
            }
            from = id + 1; /* the plan keeps its last id below INT64_MAX */
        }
    }
    return e;
}

static enum err draw_places(struct row_sampler *r, int64_t first_id, int64_t last_id,
                            const uint32_t *ranks, size_t count, struct lease_sample *out)
{
    sqlite3 *db = source_db(r->source);
    OWNED(stmt_finalize) sqlite3_stmt *ids = NULL;
    enum err e = source_db_prepare(
        db, "SELECT id FROM session_history WHERE id BETWEEN ?1 AND ?2 ORDER BY id", &ids);
    if (e != OK) {
        return e;
    }
    sqlite3_bind_int64(ids, 1, first_id);
    sqlite3_bind_int64(ids, 2, last_id);
    return find_places(ids, first_id, ranks, count, out);
}

enum err row_sampler_draw(struct row_sampler *r, int64_t first_id, int64_t last_id, uint64_t rows,
                          struct lease_sample *out)
{
    uint32_t ranks[LEASE_SAMPLE_MAX];
    out->count = 0;
    size_t count = draw_ranks(rows, ranks);
    if (count == 0) {
        return OK;
    }
    enum err e = source_db_begin(source_db(r->source));
    e = e == OK ? draw_places(r, first_id, last_id, ranks, count, out) : e;
    source_db_end(source_db(r->source));
    return e == OK ? row_sampler_map(r, out) : e;
}

/* Each by itself: a few wide rows have no room in one batch. */
static enum err map_place(struct row_sampler *r, struct sampled *place)
{
    enum err e = reader_begin(r->reader, place->first_id, place->last_id);
    const struct mapped_row *row = NULL;
    batch_reset(r->batch);
    while (e == OK) {
        e = reader_next(r->reader, &row);
        if (e != OK || row == NULL) {
            break;
        }
        e = batch_add(r->batch, row) ? OK : ERR_TOO_LARGE;
    }
    reader_end(r->reader);
    if (e != OK) {
        return e;
    }
    struct batch_commit commit = {0};
    struct lease_sample one = {.count = 1, .items = {*place}};
    batch_fill(r->batch, &commit);
    if (!lease_sample_digest(r->key, &commit, &one)) {
        return ERR_SYSTEM;
    }
    *place = one.items[0];
    return OK;
}

enum err row_sampler_map(struct row_sampler *r, struct lease_sample *places)
{
    enum err e = OK;
    for (size_t i = 0; e == OK && i < places->count; i++) {
        e = map_place(r, &places->items[i]);
    }
    return e;
}
