/* SPDX-License-Identifier: MIT
 * seen.c - what the readers of lists of sessions share. */
#include "actors/server_sync/watch/seen.h"

#include <string.h>

#include "actors/server_sync/jellyfin/told.h"

#define LONGEST_MS (INT64_C(31) * TOLD_DAY_MS)

struct watched_play *seen_begin(const json_t *list, struct arena *arena, struct seen *out)
{
    size_t count = json_array_size(list);
    count = count < SEEN_MAX ? count : SEEN_MAX;
    *out = (struct seen){.plays = arena_alloc(arena, (count + 1) * sizeof *out->plays)};
    return out->plays;
}

void seen_name(struct watched_play *play, struct arena *arena, const char *user, const char *item,
               const char *session)
{
    play->user = arena_keep(arena, user);
    play->item = arena_keep(arena, item);
    play->key =
        arena_format(arena, "%.64s:%.64s:%.64s", user, item, session != NULL ? session : "");
}

void seen_place(struct watched_play *play, int64_t position_ms, int64_t duration_ms)
{
    play->position_ms = position_ms > 0 && position_ms <= LONGEST_MS ? position_ms : 0;
    play->duration_ms = duration_ms > 0 && duration_ms <= LONGEST_MS ? duration_ms : 0;
}

const char *seen_text(const json_t *object, const char *name)
{
    const char *text = told_text(object, name);
    return text != NULL && strlen(text) <= TOLD_TEXT_MAX ? text : NULL;
}
