/* SPDX-License-Identifier: MIT
 * playing.c - who is playing what, from a server's list of sessions. */
#include "actors/server_sync/jellyfin/told.h"

#include <stdlib.h>
#include <string.h>

static bool is_play(const json_t *session, struct playing_one *out)
{
    const json_t *item = json_object_get(session, "NowPlayingItem");
    return json_is_object(item) && told_text(item, "ExtraType") == NULL &&
           told_id(told_text(session, "UserId"), out->user) &&
           told_id(told_text(item, "Id"), out->item);
}

enum err playing_take(struct playing *p, const json_t *sessions)
{
    size_t i = 0;
    const json_t *session = NULL;
    playing_release(p);
    if (!json_is_array(sessions)) {
        return ERR_SERVER_FAILED;
    }
    p->items = must_alloc((json_array_size(sessions) + 1) * sizeof *p->items);
    json_array_foreach(sessions, i, session)
    {
        p->count += p->count < PLAYING_MAX && is_play(session, &p->items[p->count]);
    }
    return OK;
}

bool playing_has(const struct playing *p, const char *user, const char *item)
{
    for (size_t i = 0; i < p->count; i++) {
        if (strcmp(p->items[i].user, user) == 0 && strcmp(p->items[i].item, item) == 0) {
            return true;
        }
    }
    return false;
}

void playing_release(struct playing *p)
{
    void *memory = p->items;
    free_bytes(&memory);
    *p = (struct playing){0};
}
