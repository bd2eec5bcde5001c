/* SPDX-License-Identifier: MIT
 * batch.h - packs mapped rows into the body of a batch.commit: rows positional and concatenated,
 * items and facets once each. Its memory is kept from batch to batch and does not grow with rows.
 */
#ifndef PLAYBUS_ACTORS_SHARED_BATCH_H
#define PLAYBUS_ACTORS_SHARED_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "actors/shared/batch_limits.h"
#include "actors/shared/row.h"

/* Of a batch with more than one row: with what is around it, the message stays below 2 MiB. */
#define BATCH_BYTES_MAX (1800 * 1024)
#define BATCH_ROW_MAX (4 * 1024 * 1024) /* a larger row is rejected as ROW_TOO_LARGE */

struct batch;

struct batch *batch_new(void);
void batch_destroy(struct batch **b);
void batch_reset(struct batch *b);

/* False if the row has no room beside those that are there; the batch is then unchanged and to be
 * delivered short. A first row always has room. */
bool batch_add(struct batch *b, const struct mapped_row *row);
size_t batch_rows(const struct batch *b);  /* taken since batch_reset, rejected ones too */
size_t batch_bytes(const struct batch *b); /* their encoded size, nearly */
int64_t batch_last(const struct batch *b); /* position of the last row taken; 0 without one */
size_t batch_rows_up_to(const struct batch *b, int64_t position); /* of these, it included */
/* Sets facets, notes, plays, items and their counts, borrowed until the next batch_reset. */
void batch_fill(struct batch *b, struct batch_commit *out);

#endif
