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

bool reorder_buffer_add(struct reorder_buffer *b, int64_t next_id, const struct batch_commit *batch,
                        void *token)
{
    bool due = batch->first_id == next_id;
    size_t bytes = b->bytes + batch_bytes(batch);
    size_t free_entries = REORDER_BUFFER_BATCHES - b->count;
    /* One entry is kept for the batch that is due: without it a full reorder buffer could never
     * move. */
    if (free_entries == 0 || (!due && (free_entries == 1 || bytes > REORDER_BUFFER_BYTES))) {
        return false;
    }
    b->entries[b->count++] = (struct waiting){batch, token, bytes - b->bytes};
    b->bytes = bytes;
    return true;
}

static const struct waiting *beginning_at(const struct reorder_buffer *b, int64_t first_id)
{
    for (size_t i = 0; i < b->count; i++) {
        if (b->entries[i].batch->first_id == first_id) {
            return &b->entries[i];
        }
    }
    return NULL;
}

size_t reorder_buffer_group(const struct reorder_buffer *b, int64_t next_id,
                            struct waiting out[GROUP_BATCHES], uint64_t *out_rows)
{
    size_t count = 0;
    uint64_t rows = 0;
    const struct waiting *found = beginning_at(b, next_id);
    while (found != NULL && count < GROUP_BATCHES && rows < GROUP_ROWS) {
        out[count++] = *found;
        rows += found->batch->play_count;
        int64_t last = found->batch->last_id;
        found = last < INT64_MAX && !found->batch->last ? beginning_at(b, last + 1) : NULL;
    }
    *out_rows = rows;
    return count;
}

static void take_at(struct reorder_buffer *b, size_t at, struct waiting *out)
{
    *out = b->entries[at];
    b->bytes -= out->bytes;
    b->entries[at] = b->entries[--b->count];
}

void *reorder_buffer_copy_of(const struct reorder_buffer *b, const struct batch_commit *batch)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct batch_commit *held = b->entries[i].batch;
        if (held->first_id == batch->first_id && held->attempt == batch->attempt) {
            return b->entries[i].token;
        }
    }
    return NULL;
}

bool reorder_buffer_take_before(struct reorder_buffer *b, int64_t before, struct waiting *out)
{
    for (size_t i = 0; i < b->count; i++) {
        if (b->entries[i].batch->first_id < before) {
            take_at(b, i, out);
            return true;
        }
    }
    return false;
}

bool reorder_buffer_take_any(struct reorder_buffer *b, struct waiting *out)
{
    if (b->count == 0) {
        return false;
    }
    take_at(b, b->count - 1, out);
    return true;
}

bool reorder_buffer_take(struct reorder_buffer *b, const void *token)
{
    for (size_t i = 0; i < b->count; i++) {
        if (b->entries[i].token == token) {
            struct waiting taken;
            take_at(b, i, &taken);
            return true;
        }
    }
    return false;
}
