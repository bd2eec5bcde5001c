/* SPDX-License-Identifier: MIT
 * source_found.c - tries the candidates of the allowed folders, newest first. */
#include "actors/tautulli/source_found.h"

#include "actors/tautulli/candidates.h"
#include "actors/tautulli/rows_sum.h"
#include "proto/base/clock.h"

#define TRIED_MAX 32  /* files that are opened in one search */
#define CHECK_MS 5000 /* for the rows of one lease */

bool source_holds(struct source *s, const struct lease_taken *l)
{
    struct rows_sum here;
    if (!l->has_checksum || !l->has_checked_from || !l->has_checked_rows) {
        return false;
    }
    source_set_deadline(s, clock_monotonic_ms() + CHECK_MS);
    return rows_sum(s, l->checked_from, l->last_id, &here) == OK && here.rows == l->checked_rows &&
           here.sum == l->checksum;
}

enum err source_find(const struct config *config, const struct lease_taken *l, struct arena *arena,
                     struct source **out, struct refusal *out_why)
{
    struct import_candidates found;
    candidates_find(config, arena, &found);
    size_t tried = 0;
    for (size_t i = 0; i < found.items_count && tried < TRIED_MAX; i++) {
        OWNED(source_close) struct source *s = NULL;
        struct refusal why = {0};
        if (!found.items[i].looks_valid) {
            continue;
        }
        tried++;
        if (source_open(found.items[i].path, NULL, arena, &s, &why) == OK && source_holds(s, l)) {
            *out = TAKE(s);
            return OK;
        }
    }
    out_why->text = arena_format(
        arena, "None of %zu databases in the allowed folders of this machine holds these rows",
        tried);
    return ERR_ROWS_NOT_HERE;
}
