/* SPDX-License-Identifier: MIT
 * seen_jellyfin.c - the answer of a Jellyfin or Emby server to /Sessions. Who looks at photos or
 * reads a book plays nothing. */
#include <string.h>

#include "actors/server_sync/jellyfin/told.h"
#include "actors/server_sync/watch/seen.h"

enum { TICKS_PER_MS = 10000 };

static int64_t ms_of(const json_t *object, const char *name)
{
    int64_t ticks = 0;
    return told_number(object, name, &ticks) ? ticks / TICKS_PER_MS : 0;
}

static bool is_no_play(const json_t *item)
{
    static const char *const types[] = {"Photo", "Book", "Trailer"};
    const char *type = told_text(item, "Type");
    bool no_play = told_text(item, "ExtraType") != NULL;
    for (size_t i = 0; type != NULL && i < COUNT_OF(types); i++) {
        no_play = no_play || strcmp(type, types[i]) == 0;
    }
    return no_play;
}

static bool read_session(const json_t *session, struct arena *arena, struct watched_play *out)
{
    char user[TOLD_ID_SIZE];
    char item[TOLD_ID_SIZE];
    const json_t *playing = json_object_get(session, "NowPlayingItem");
    const json_t *state = json_object_get(session, "PlayState");
    if (!json_is_object(playing) || is_no_play(playing) ||
        !told_id(told_text(session, "UserId"), user) || !told_id(told_text(playing, "Id"), item)) {
        return false;
    }
    *out = (struct watched_play){.paused = json_is_true(json_object_get(state, "IsPaused")),
                                 .player = seen_text(session, "DeviceName"),
                                 .product = seen_text(session, "Client"),
                                 .product_version = seen_text(session, "ApplicationVersion"),
                                 .machine_id = seen_text(session, "DeviceId"),
                                 .address = seen_text(session, "RemoteEndPoint"),
                                 .method = seen_text(state, "PlayMethod")};
    seen_name(out, arena, user, item, told_text(session, "Id"));
    seen_place(out, ms_of(state, "PositionTicks"), ms_of(playing, "RunTimeTicks"));
    return true;
}

enum err seen_jellyfin(const json_t *answer, struct arena *arena, struct seen *out)
{
    size_t i = 0;
    const json_t *session = NULL;
    if (!json_is_array(answer)) {
        return ERR_SERVER_FAILED;
    }
    struct watched_play *plays = seen_begin(answer, arena, out);
    json_array_foreach(answer, i, session)
    {
        out->count += out->count < SEEN_MAX && read_session(session, arena, &plays[out->count]);
    }
    return OK;
}
