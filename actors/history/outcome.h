/* SPDX-License-Identifier: MIT
 * outcome.h - what became of a source row, as numbers kept in job_batches, job_counts and
 * play_sources: never renumbered. */
#ifndef PLAYBUS_ACTORS_HISTORY_OUTCOME_H
#define PLAYBUS_ACTORS_HISTORY_OUTCOME_H

enum outcome {
    OUTCOME_NEW = 0,       /* stored as a play of its own */
    OUTCOME_DUPLICATE = 1, /* stored before, or twice in the source */
    OUTCOME_UPDATED = 2,   /* a duplicate that completed the stored play */
    OUTCOME_MERGED = 3,    /* told of a play another source told of */
    OUTCOME_ERROR = 4,     /* rejected */
    OUTCOME_COUNT
};

/* What job_counts counts by. */
enum dimension {
    DIMENSION_USER = 0,
    DIMENSION_MONTH = 1,
    DIMENSION_LIBRARY = 2,
    DIMENSION_ERROR = 3,     /* key: the error code */
    DIMENSION_REPAIR = 4,    /* key: the repair's name */
    DIMENSION_COMPLETED = 5, /* key: the kind of changes.def that a duplicate completed */
    DIMENSION_CHANGED = 6,   /* key: the kind it says otherwise, or CHANGED_ANY for the row */
    DIMENSION_OWN = 7,       /* key: what a job that the history does itself did to the row */
    DIMENSION_WORKER = 8     /* key: of a worker on another machine; outcome NEW: rows planned */
};

#define CHANGED_ANY "any"

#endif
