/* SPDX-License-Identifier: MIT
 * groups_parts.h - what groups.c and group_batch.c share. */
#ifndef PLAYBUS_ACTORS_HISTORY_GROUPS_GROUPS_PARTS_H
#define PLAYBUS_ACTORS_HISTORY_GROUPS_GROUPS_PARTS_H

#include "actors/history/groups/group_write.h"
#include "actors/history/groups/groups.h"

struct groups {
    struct store *s; /* borrowed */
    struct neighbour_loader *loader;
    struct group_writer *writer;
    struct server_sources sources;
    sqlite3_stmt *span, *mark, *fresh, *changed, *merged, *put_dry, *server, *servers; /* owned */
};

enum { STRETCH_TOUCHES = 512 };

/* The time that has to be known to decide what happened from `from` to `to`. */
struct stretch stretch_of(int64_t from, int64_t to, int64_t left_out);
/* Of these persons, which are reordered and stay the caller's. */
void stretch_persons(struct stretch *stretch, uint64_t *persons, size_t count);
/* Sets its times and persons; fills `persons` too, which has room for STRETCH_TOUCHES. */
enum err make_stretch(struct groups *g, const struct touch *touches, size_t count,
                      uint64_t *persons, struct stretch *stretch) NODISCARD;
/* groups_settle, once the sources are loaded; of `like` all but times, persons and touches. */
enum err settle_touches(struct groups *g, const struct stretch *like, struct touch *touches,
                        size_t count, int64_t *next_no) NODISCARD;
void touches_sort(struct touch *touches, size_t count);
/* How many of the touches, one at least, go into one stretch with the first. */
size_t stretch_end(const struct touch *touches, size_t count);
int64_t time_add(int64_t time, int64_t more); /* at most the largest time */

#endif
