/* SPDX-License-Identifier: MIT
 * rows_pack.h - rows of a source as they are sent to a worker that has no file with them: read and
 * packed once, only the columns that the mapping knows, a bounded parcel at a time.
 *
 * A parcel says all that its rows become a play by: with the names (rows_names) nothing else of the
 * file is needed, so that they are mapped there as here. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_ROWS_PACK_H
#define PLAYBUS_ACTORS_TAUTULLI_ROWS_PACK_H

#include "actors/tautulli/reader.h"
#include "actors/tautulli/schema.h"
#include "proto/wire/codec.h"

#define PARCEL_ENOUGH (1536 * 1024) /* bytes of rows; the last one may go beyond, … */
#define PARCEL_MAX (1900 * 1024)    /* … but not beyond these */
#define PARCEL_NAMES_ENOUGH (512 * 1024)
#define PARCEL_NAMES_MAX 5000

struct parcel {
    int64_t from_id, to_id; /* what is wanted */
    struct reader_settings settings;
    struct buffer rows, before, kept; /* owned, kept from one to the next */
    size_t count;                     /* of rows */
    int64_t last_id;                  /* with a row or a wide one, also one without room even so */
    bool whole;
    bool has_wide;
    struct wide_row wide; /* in the arena and in `kept` */
    struct arena *arena;  /* owned */
};

void parcel_release(struct parcel *p);
/* Reads and packs. What was read before an error stands: it is told where nothing was.
 * ROW_TOO_LARGE for a row, the last_id, that no worker on another machine can deliver. */
enum err parcel_read(struct parcel *p, struct source *s) NODISCARD;
/* All but its `opened`. */
void parcel_fill(const struct parcel *p, struct rows_sent *out);

/* The users and libraries after the first `from`, of both together, and how many there are.
 * Borrowed from the source. */
void rows_names_fill(const struct source *s, uint64_t from, struct rows_names *out);
/* A byte a column; room for COLUMN_COUNT. */
void rows_columns(const struct schema *schema, unsigned char *out);

#endif
