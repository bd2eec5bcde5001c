/* SPDX-License-Identifier: MIT
 * copied.h - starts that a program copied from one media server to another are no plays.
 *
 * Such programs keep "watched" alike on several servers: they put a time of a play on one with
 * the item of another, where nobody played it. A row of an item (started only, no stop) is taken
 * for such a copy if a play of the same person and work, which a provider's id tells, was under way
 * on another server then, give or take five minutes, and nothing else of its own server has a trace
 * of a play. It is told again with each sync and stays away for as long as that other play is
 * there; a row that was stored before the other server told of the play stays.
 */
#ifndef PLAYBUS_ACTORS_HISTORY_COPIED_H
#define PLAYBUS_ACTORS_HISTORY_COPIED_H

#include "actors/history/classify.h"

#define COPIED_APART_MS (300 * INT64_C(1000))

/* A row as far as this looks at it; texts are borrowed, NULL: not said. */
struct copied_row {
    int64_t person; /* people.h; 0: nobody's */
    const char *server_id, *guid, *rating_key;
    int64_t started_at, stopped_at; /* ms */
    bool has_stop;
    bool of_item; /* what a server keeps with an item, and no more */
};

/* Is the row a copy, by those of that time? */
bool copied_is(const struct copied_row *row, const struct copied_row *others, size_t count);
/* Are the ids of one work? Those of Plex's older agents name the same providers. */
bool copied_same_work(const char *a, const char *b);

/* Before the rows of a batch are judged: which are copies; they are kept away as forgotten ones. */
enum err copied_rows_skip(struct store *s, const struct job *job, struct verdicts *v,
                          uint64_t *out_count) NODISCARD;

#endif
