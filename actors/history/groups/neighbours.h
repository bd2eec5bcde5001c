/* SPDX-License-Identifier: MIT
 * neighbours.h - the rows around what changed, of one server: those that stand alone, as their play
 * has them, and those of groups, with all of their group. */
#ifndef PLAYBUS_ACTORS_HISTORY_GROUPS_NEIGHBOURS_H
#define PLAYBUS_ACTORS_HISTORY_GROUPS_NEIGHBOURS_H

#include "actors/history/groups/match.h"
#include "actors/history/groups/moments.h"
#include "actors/history/groups/row_body.h"
#include "actors/history/groups/server_sources.h"

/* What is known of a row beside what matching looks at; lives as long as its neighbourhood. */
struct neighbour {
    int64_t no, play_id, job_no, item_id;
    int64_t source_no, started_at, content_hash;
    struct native_id native_id;
    int64_t link_no; /* as stored; 0: it stands for itself */
    enum row_reason reason;
    bool member;       /* it stands in play_sources */
    bool core;         /* what it is joined to may have changed */
    struct bytes body; /* of a member */
    int64_t position;  /* of a row of a dry run */
    size_t set;        /* union-find: index of another row, or its own */
};

struct neighbourhood {
    struct arena *arena;
    struct match_row *rows; /* owned; `owner` is a struct neighbour */
    size_t count, capacity;
};

/* Intervals are most of what there is, and few have company: a point, or an interval of another
 * source, that they could be joined to. Of which source intervals without company are left out. */
enum { EVERY_INTERVAL_COUNTS = -1, OF_NO_SOURCE_ALONE = 0 /* else of this source */ };

#define NO_FRESH INT64_MAX

/* A stretch of time and the persons in it; the window is what has to be known to decide the core.
 */
struct stretch {
    int64_t core_from, core_to, from, to; /* ms, inclusive */
    const uint64_t *persons;              /* rising; NULL: everybody */
    size_t persons_count;
    int64_t left_out; /* a source's number, or one of the above */
    /* That source's rows from this number on came just now; these touches, in order of their start,
     * are of all that may have company. Else NO_FRESH. */
    int64_t fresh_no;
    const struct touch *touches;
    size_t touches_count;
};

struct neighbour_loader; /* its statements */
enum err neighbour_loader_open(sqlite3 *db, const struct versions *v,
                               struct neighbour_loader **out) NODISCARD;
void neighbour_loader_close(struct neighbour_loader **loader);

enum err neighbours_load(struct neighbour_loader *l, const struct server_sources *sources,
                         const struct stretch *stretch, struct neighbourhood *out) NODISCARD;
/* Adds those of the rows that an interval could be joined to, in the window; not sorted. */
enum err moments_load(struct neighbour_loader *l, const struct server_sources *sources,
                      const struct stretch *stretch, struct moments *out) NODISCARD;
/* All rows of one group, whoever's they are. */
enum err neighbours_load_group(struct neighbour_loader *l, const struct server_sources *sources,
                               int64_t play_id, struct neighbourhood *out) NODISCARD;
/* The row says this instead, which lives as long as the neighbourhood. */
void neighbour_says(const struct neighbour_loader *l, const struct server_sources *sources,
                    struct arena *arena, struct bytes body, struct match_row *row);
/* The rows that a dry run would have stored, numbered from NEIGHBOUR_DRY_NO in the order of their
 * positions. */
#define NEIGHBOUR_DRY_NO (INT64_MAX / 2)
enum err neighbours_load_dry(struct neighbour_loader *l, const struct server_sources *sources,
                             int64_t job_no, enum source_kind kind, const struct stretch *stretch,
                             struct neighbourhood *out) NODISCARD;
void neighbourhood_release(struct neighbourhood *n);

#endif
