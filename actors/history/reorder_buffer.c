/* SPDX-License-Identifier: MIT
 * reorder_buffer.c - a small unordered set of waiting batches; it is short, so it is searched. */
#include "actors/history/reorder_buffer.h"

#include <string.h>

static size_t batch_bytes(const struct batch_commit *b)
{
    size_t bytes = b->plays.size + b->items.size;
    for (size_t i = 0; i < b->notes_count; i++) {
        bytes += sizeof b->notes[i];
        for (size_t k = 0; k < b->notes[i].raw_count; k++) {
            const struct raw_cell *cell = &b->notes[i].raw[k];
            const char *value = cell->text != NULL ? cell->text : cell->base64;
            bytes += sizeof *cell + (value != NULL ? strlen(value) : 0);
        }
    }
    return bytes;
}

bool reorder_buffer_add(struct reorder_buffer *w, int64_t next_id, const struct batch_commit *batch,
                        void *token)
{
    bool due = batch->first_id == next_id;
    size_t bytes = w->bytes + batch_bytes(batch);
    size_t free_entries = REORDER_BUFFER_BATCHES - w->count;
    /* One entry is kept for the batch that is due: without it a full reorder buffer could never
     * move. */
    if (free_entries == 0 || (!due && (free_entries == 1 || bytes > REORDER_BUFFER_BYTES))) {
        return false;
    }
    w->entries[w->count++] = (struct waiting){batch, token, bytes - w->bytes};
    w->bytes = bytes;
    return true;
}

static const struct waiting *beginning_at(const struct reorder_buffer *w, int64_t first_id)
{
    for (size_t i = 0; i < w->count; i++) {
        if (w->entries[i].batch->first_id == first_id) {
            return &w->entries[i];
        }
    }
    return NULL;
}

size_t reorder_buffer_group(const struct reorder_buffer *w, int64_t next_id,
                            struct waiting out[GROUP_BATCHES], uint64_t *out_rows)
{
    size_t count = 0;
    uint64_t rows = 0;
    const struct waiting *found = beginning_at(w, next_id);
    while (found != NULL && count < GROUP_BATCHES && rows < GROUP_ROWS) {
        out[count++] = *found;
        rows += found->batch->play_count;
        int64_t last = found->batch->last_id;
        found = last < INT64_MAX && !found->batch->last ? beginning_at(w, last + 1) : NULL;
    }
    *out_rows = rows;
    return count;
}

static void take_at(struct reorder_buffer *w, size_t at, struct waiting *out)
{
    *out = w->entries[at];
    w->bytes -= out->bytes;
    w->entries[at] = w->entries[--w->count];
}

void *reorder_buffer_copy_of(const struct reorder_buffer *w, const struct batch_commit *batch)
{
    for (size_t i = 0; i < w->count; i++) {
        const struct batch_commit *held = w->entries[i].batch;
        if (held->first_id == batch->first_id && held->attempt == batch->attempt) {
            return w->entries[i].token;
        }
    }
    return NULL;
}

bool reorder_buffer_take_before(struct reorder_buffer *w, int64_t before, struct waiting *out)
{
    for (size_t i = 0; i < w->count; i++) {
        if (w->entries[i].batch->first_id < before) {
            take_at(w, i, out);
            return true;
        }
    }
    return false;
}

bool reorder_buffer_take_any(struct reorder_buffer *w, struct waiting *out)
{
    if (w->count == 0) {
        return false;
    }
    take_at(w, w->count - 1, out);
    return true;
}

bool reorder_buffer_take(struct reorder_buffer *w, const void *token)
{
    for (size_t i = 0; i < w->count; i++) {
        if (w->entries[i].token == token) {
            struct waiting taken;
            take_at(w, i, &taken);
            return true;
        }
    }
    return false;
}
