/* SPDX-License-Identifier: MIT
 * batch_table.h - a batch's play rows as a read-only table of SQLite, named `batch`, so that one
 * INSERT…SELECT stores them all. Its columns are the fields of `play`, its rowid the row's
 * index. Rows without a native id have their position in that column.
 *
 * A scan checks what it passes and stops at the first row that must not be stored: positions that
 * do not rise or leave the batch's range, a native id that was not announced, an index beyond the
 * facets or items, a value of the wrong type.
 */
#ifndef PLAYBUS_ACTORS_HISTORY_BATCH_TABLE_H
#define PLAYBUS_ACTORS_HISTORY_BATCH_TABLE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "actors/shared/batch_limits.h"
#include "proto/base/error.h"
#include "proto/base/own.h"
#include "proto/schema/schema.h"
#include "proto/wire/codec.h"

enum { BATCH_COLUMNS_MAX = 64 };

/* An item of a batch. */
struct item_ref {
    int64_t hash, id;  /* id 0: not stored, in a dry run */
    struct bytes body; /* borrowed from the batch */
};

struct batch_table {
    /* set by batch_table_show */
    const struct batch_commit *batch; /* borrowed */
    const struct item_ref *items;     /* borrowed; by index in the batch's items */
    bool skip[BATCH_ROWS_MAX];        /* rows that scans pass over; may be set between scans */
    /* learned by a scan, by index */
    size_t count;
    int64_t position[BATCH_ROWS_MAX];
    struct native_id native_id[BATCH_ROWS_MAX]; /* if the batch has any; see batch_table_id */
    int64_t started_at[BATCH_ROWS_MAX];
    int64_t content_hash[BATCH_ROWS_MAX];
    int64_t reference_id[BATCH_ROWS_MAX];
    bool has_reference[BATCH_ROWS_MAX];
    uint16_t facet[BATCH_ROWS_MAX];
    char flaw[160]; /* why the scan stopped; empty if it did not */
    /* fixed at registration */
    enum field_type kinds[BATCH_COLUMNS_MAX];
    uint8_t required[BATCH_COLUMNS_MAX]; /* indexes of columns that may not be null */
    size_t columns, required_count;
    size_t at_position, at_native, at_facet, at_item, at_hash, at_started, at_reference;
};

/* What the source calls a row that was scanned. A text lies in the batch. */
static inline struct native_id batch_table_id(const struct batch_table *t, size_t row)
{
    return t->batch->native_ids ? t->native_id[row]
                                : (struct native_id){.number = t->position[row]};
}

/* Makes the table `batch` known to `db`. `table` must outlive the connection. */
enum err batch_table_register(sqlite3 *db, struct batch_table *table) NODISCARD;
/* Is each value of the type that its field has, and no text too long? */
bool cells_fit(const struct record_desc *record, const struct cell *cells);
/* Says why a row must not be stored; the batch is then refused. */
enum err batch_table_flaw(struct batch_table *table, size_t row, const char *what);
/* What the next scans show. */
void batch_table_show(struct batch_table *table, const struct batch_commit *batch,
                      const struct item_ref *items);

#endif
