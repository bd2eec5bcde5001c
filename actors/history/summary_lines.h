/* SPDX-License-Identifier: MIT
 * summary_lines.h - plays added up by key. What plays have in common (their source, user, library)
 * is a raw key first; names are looked up once a key, and keys of one name become one line. */
#ifndef PLAYBUS_ACTORS_HISTORY_SUMMARY_LINES_H
#define PLAYBUS_ACTORS_HISTORY_SUMMARY_LINES_H

#include "actors/history/query.h"

struct line {
    const char *key; /* in the arena; NULL: empty slot */
    size_t size;
    const char *label; /* in the arena; NULL: none */
    uint64_t plays, long_plays;
    double seconds;
};

enum { LINES_MAX = 16384 }; /* keys beyond that are left out */

struct lines {
    struct line *slots; /* in the arena; a power of two, twice as many as are used at least */
    size_t count, used;
};

/* What plays are added up by, of one play or of many that have it in common. */
struct summed {
    int64_t source_no, started_at; /* milliseconds; of many any of their month, day or hour */
    const char *user_id, *user, *section_id, *media_type; /* borrowed, may be NULL */
    uint64_t plays, long_plays;
    double seconds; /* of those that are not long */
};

/* To `lines`, which is zeroed at first. */
void lines_add(struct reader *r, struct lines *lines, enum summary_by by, const struct summed *s);
/* Raw keys become what people know, equal ones one line. */
enum err lines_name(struct reader *r, enum summary_by by, const struct lines *raw,
                    struct lines *out) NODISCARD;

#endif
