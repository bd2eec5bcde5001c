/* SPDX-License-Identifier: MIT
 * own_step.c - what the steps of the history's own jobs use; apart from the table that names them.
 */
#include "actors/history/own_jobs.h"

enum err own_step_count(struct own_step *step, const char *name, uint64_t n)
{
    return n == 0 ? OK
                  : counts_add(step->h->counts, step->h->store, step->job->no, DIMENSION_OWN, name,
                               OUTCOME_DUPLICATE, n);
}
