/* SPDX-License-Identifier: MIT
 * commit_context.h - what one transaction of batches works with. */
#ifndef PLAYBUS_ACTORS_HISTORY_COMMIT_CONTEXT_H
#define PLAYBUS_ACTORS_HISTORY_COMMIT_CONTEXT_H

#include <stdio.h>

#include "actors/history/active_jobs.h"
#include "actors/history/classify.h"

enum { FLAW_SIZE = 160 };

/* What one transaction works with. */
struct commit_context {
    struct history *h;
    const struct active_job *active;
    struct job job;  /* its next state; shares texts with active->job, but for a batch's cursor */
    int64_t now;     /* steady clock, ms */
    int64_t at;      /* wall clock, ms */
    char *flaw;      /* room for FLAW_SIZE bytes */
    int64_t next_no; /* the number of the next row */
    struct members members;
    struct item_ref items[BATCH_ROWS_MAX];
    struct verdicts verdicts;
    int64_t rejected[BATCH_NOTES_MAX]; /* positions */
    size_t rejected_count;
    const char *server_id;    /* while accounts are kept away: of the job's rows, or NULL */
    uint64_t undone_rows;     /* of the batch: they were undone, and no person asks for them */
    uint64_t copied_rows;     /* of the batch: no plays, see copied.h */
    uint64_t known_notes;     /* of the rejected ones an earlier sync of the server told */
    uint64_t forgotten_notes; /* of these rejected ones are of accounts that are kept away */
    struct arena *arena;      /* of the transaction */
    uint16_t facets[BATCH_ROWS_MAX][OUTCOME_COUNT];
};

/* What the source calls the row of a note. */
static inline struct native_id row_note_id(const struct row_note *note)
{
    return note->has_native_id ? note->native_id : (struct native_id){.number = note->position};
}

/* BATCH_REFUSED, with the reason in context->flaw. */
static inline enum err commit_refuse(struct commit_context *c, const char *what)
{
    (void)snprintf(c->flaw, FLAW_SIZE, "%s", what);
    return ERR_BATCH_REFUSED;
}

/* Fills items: what is not known yet is stored. A dry run only checks. */
enum err commit_items(struct commit_context *c, const struct batch_commit *b) NODISCARD;
/* Is it about a row of an account that is kept away, by its raw values or by its play? */
bool note_is_forgotten(const struct commit_context *c, const struct row_note *note);
/* Keeps the notes, counts them, fills `rejected` in rising order. */
enum err commit_notes(struct commit_context *c, const struct batch_commit *b) NODISCARD;

#endif
