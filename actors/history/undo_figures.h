/* SPDX-License-Identifier: MIT
 * undo_figures.h - what undoing a job would do, counted by the code that does it. Of a large job
 * that takes longer than a question may: each question goes on where the last one ended, unless
 * any job did something in between. */
#ifndef PLAYBUS_ACTORS_HISTORY_UNDO_FIGURES_H
#define PLAYBUS_ACTORS_HISTORY_UNDO_FIGURES_H

#include "actors/history/query.h"

struct undo_figures;

/* What is asked for. */
struct undo_ask {
    const struct job *job; /* that would be undone */
    int64_t below;         /* it is undone from there on */
    int64_t undo_no;       /* by this job; 0: it is whole */
    bool split;            /* how many plays come apart is to be counted too */
};

/* Counts for some seconds. *kept is at first NULL, and of the reader's connection. */
enum err undo_figures_count(struct reader *r, const struct undo_ask *ask,
                            struct undo_figures **kept, struct undo_previewed *out) NODISCARD;
void undo_figures_close(struct undo_figures **figures);

#endif
