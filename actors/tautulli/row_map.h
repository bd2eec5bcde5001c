/* SPDX-License-Identifier: MIT
 * row_map.h - what becomes of each raw value: the rules of one row. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_ROW_MAP_H
#define PLAYBUS_ACTORS_TAUTULLI_ROW_MAP_H

#include "actors/shared/row.h"
#include "actors/tautulli/names.h"
#include "actors/tautulli/recent.h"
#include "actors/tautulli/schema.h"

struct row_rules {
    const struct schema *schema;
    const struct names *names;
    double watched_percent;
    int64_t latest_s; /* starts and stops later than this lie in the future */
    /* Is there a row of that id? Asked for reference_id only. */
    bool (*has_row)(void *context, int64_t id);
    void *context;
    struct recent *recent; /* the rows before; NULL: they are not looked at */
};

/* Maps r->raw to r->out, but for the id and the hashes. */
void row_map(struct row *r, const struct row_rules *rules);
/* The part of it that session_history's brief columns are enough for: user, item, start and stop of
 * r->out.play, with their notes. STARTED_… or USER_MISSING where the row would be rejected. */
enum err row_map_brief(struct row *r, const struct row_rules *rules);

#endif
