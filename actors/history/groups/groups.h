/* SPDX-License-Identifier: MIT
 * groups.h - plays that several rows tell of. After every change of rows the rows around it decide
 * again (match.h), so the plays are a function of the rows that are there, never of the order in
 * which they came.
 *
 * A play of one row is that row, and stands in `plays` alone. Of a play of several each row stands
 * whole in play_sources, and the play is their fold (plays.grouped = 1): rows in the order of
 * match_rank, for each column the first value that is known. A play keeps its number while a row of
 * it is there; one that is split off gets a new one. Rows that are kept by their key alone (the
 * same content twice in a source) follow the row that they repeat. */
#ifndef PLAYBUS_ACTORS_HISTORY_GROUPS_GROUPS_H
#define PLAYBUS_ACTORS_HISTORY_GROUPS_GROUPS_H

#include "actors/history/classify.h"

struct groups;

/* Where rows of a person were added, changed or removed. */
struct touch {
    int64_t from, to; /* ms: from the start to the stop */
    uint64_t person;  /* person_of */
    int64_t play_id;  /* a group of which a row was changed or removed; 0: none */
    int64_t no;       /* of a row that came just now, an interval; 0: another */
};

enum err groups_open(struct store *s, struct groups **out) NODISCARD;
void groups_close(struct groups **groups);

/* Decides anew around the touches, all of the server of one source, which are reordered; in the
 * transaction that made the changes. *next_no is the next number for a play that is split off. */
enum err groups_settle(struct groups *g, int64_t source_no, struct touch *touches, size_t count,
                       int64_t *next_no) NODISCARD;

/* The same for everybody and every server where rows may be joined, from one moment to another. */
enum err groups_regroup(struct groups *g, int64_t from, int64_t to, int64_t *next_no) NODISCARD;

/* The same after a batch was stored, whose rows have the numbers from first_no: new rows that tell
 * of a play which was there become OUTCOME_MERGED. Nothing is done where the server has no other
 * source. A dry run only judges. */
enum err groups_take_batch(struct store *s, const struct job *job, int64_t first_no,
                           struct verdicts *verdicts, int64_t *next_no) NODISCARD;

#endif
