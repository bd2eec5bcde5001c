/* SPDX-License-Identifier: MIT
 * commit.h - consecutive batches of a job in one transaction: plays, items, sources, notes, counts,
 * the job's counters and its next_id, all or nothing. */
#ifndef PLAYBUS_ACTORS_HISTORY_COMMIT_H
#define PLAYBUS_ACTORS_HISTORY_COMMIT_H

#include "actors/history/active_jobs.h"

/* What stopped a commit. */
struct commit_flaw {
    size_t batch;   /* position of the batch that was refused */
    char text[160]; /* a sentence for a person */
};

/* The first batch begins at the job's next_id, each other where the one before ends. OK: all are
 * committed and `active` says so; the job may be completed by it. BATCH_REFUSED: nothing was
 * stored, *out_flaw names the batch. Anything else: nothing was stored. */
enum err commit_batches(struct history *h, struct active_job *active,
                        const struct batch_commit *const *batches, size_t count, int64_t now,
                        struct commit_flaw *out_flaw) NODISCARD;

#endif
