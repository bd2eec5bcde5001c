/* SPDX-License-Identifier: MIT
 * reader.h - reads id ranges of a source and maps each row to a play, its stream and its item.
 *
 * Nothing is lost in silence: a value that had to be repaired or dropped is a note with its raw
 * value, a row that cannot be placed in time or belongs to nobody is rejected with the whole raw
 * row. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_READER_H
#define PLAYBUS_ACTORS_TAUTULLI_READER_H

#include "actors/shared/row.h"
#include "actors/tautulli/recent.h"
#include "actors/tautulli/source.h"

struct reader;

struct reader_settings {
    const char *server_id;  /* part of an item's hash; copied */
    double watched_percent; /* 1..100 */
    int64_t planned_at_ms;  /* the plan's clock: what counts as future */
};

/* What begins or ends later lies in the future: a clock may be a day off. */
static inline int64_t reader_latest_s(const struct reader_settings *settings)
{
    return settings->planned_at_ms / 1000 + 86400;
}

/* Prepares once per opened source, which must outlive the reader. */
enum err reader_open(struct source *s, const struct reader_settings *settings,
                     struct reader **out) NODISCARD;
void reader_close(struct reader **r);

/* Begins one read transaction over first_id <= id <= last_id. */
enum err reader_begin(struct reader *r, int64_t first_id, int64_t last_id) NODISCARD;
/* The next row in id order, borrowed until the next call, or *out_row NULL after the last.
 * DATABASE_DAMAGED (bad pages), DATABASE_BUSY or TIMEOUT: the rows given out before stand. */
enum err reader_next(struct reader *r, const struct mapped_row **out_row) NODISCARD;
/* The same, unmapped: its raw values by column, borrowed; NULL after the last. ROW_TOO_LARGE where
 * reader_next would reject the row for it. `*out_reference`: its reference_id is another row's. */
enum err reader_next_raw(struct reader *r, const struct raw_value **out_raw,
                         bool *out_reference) NODISCARD;
/* After reader_begin: what the rows before the range told. */
const struct recent *reader_recent(const struct reader *r);
void reader_end(struct reader *r); /* of the transaction; harmless without one */

#endif
