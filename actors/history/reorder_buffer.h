/* SPDX-License-Identifier: MIT
 * reorder_buffer.h - batches that arrived before their turn. Bounded in bytes and in number; the
 * one that is due always fits. */
#ifndef PLAYBUS_ACTORS_HISTORY_REORDER_BUFFER_H
#define PLAYBUS_ACTORS_HISTORY_REORDER_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/schema/schema.h"

enum {
    REORDER_BUFFER_BATCHES = 64,
    REORDER_BUFFER_BYTES = 32 * 1024 * 1024,
    GROUP_BATCHES = 8,
    GROUP_ROWS = 10000
};

struct waiting {
    const struct batch_commit *batch; /* owned by whoever the token stands for */
    void *token;                      /* what the answer needs: the kept message */
    size_t bytes;                     /* what it holds in memory, about */
};

struct reorder_buffer {
    struct waiting entries[REORDER_BUFFER_BATCHES];
    size_t count;
    size_t bytes;
};

/* False if it is full; a batch that begins at `next_id` is let in while there is an entry left. */
bool reorder_buffer_add(struct reorder_buffer *b, int64_t next_id, const struct batch_commit *batch,
                        void *token);
/* Consecutive batches from `next_id` on, as many as one transaction should hold; does not remove.
 */
size_t reorder_buffer_group(const struct reorder_buffer *b, int64_t next_id,
                            struct waiting out[GROUP_BATCHES], uint64_t *out_rows);
/* The token of an earlier copy of this batch; NULL if none waits. */
void *reorder_buffer_copy_of(const struct reorder_buffer *b, const struct batch_commit *batch);
/* Takes out any one entry that begins below `before`; false if there is none. */
bool reorder_buffer_take_before(struct reorder_buffer *b, int64_t before, struct waiting *out);
/* Takes out any one entry. */
bool reorder_buffer_take_any(struct reorder_buffer *b, struct waiting *out);
/* Takes out the entry of this token; false if it is not there. */
bool reorder_buffer_take(struct reorder_buffer *b, const void *token);

#endif
