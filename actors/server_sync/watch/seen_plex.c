/* SPDX-License-Identifier: MIT
 * seen_plex.c - the answer of a Plex server to /status/sessions: rows as those of its history, with
 * who plays them where. What a row says of its item goes with the play, as the item may be gone,
 * or its key be another's, when the play is stored.
 *
 * Trailers are clips, or have an extraType; what is broadcast may be a clip too. Photos are no
 * plays. */
#include <string.h>

#include "actors/server_sync/jellyfin/told.h"
#include "actors/server_sync/watch/seen.h"
#include "actors/shared/plex/plex_json.h"
#include "actors/shared/plex/plex_row.h"
#include "proto/base/text.h"

enum { ABOUT_TEXT_MAX = 4096 };

/* What the row of a history says of an item. */
static const char *const about_item[] = {"type",
                                         "title",
                                         "parentTitle",
                                         "grandparentTitle",
                                         "index",
                                         "parentIndex",
                                         "librarySectionID",
                                         "ratingKey",
                                         "key",
                                         "parentKey",
                                         "grandparentKey",
                                         "originallyAvailableAt",
                                         "live",
                                         "thumb",
                                         "parentThumb",
                                         "grandparentThumb",
                                         "grandparentArt",
                                         "duration",
                                         "year",
                                         "guid",
                                         "originalTitle"};

static const char *about(const json_t *row, struct arena *arena)
{
    OWNED(json_release) json_t *kept = json_object();
    for (size_t i = 0; i < COUNT_OF(about_item); i++) {
        json_t *value = json_object_get(row, about_item[i]);
        bool fits = json_is_string(value) ? json_string_length(value) <= ABOUT_TEXT_MAX
                                          : json_is_number(value) || json_is_boolean(value);
        if (fits) {
            (void)json_object_set(kept, about_item[i], value);
        }
    }
    OWNED(free_text) char *text = json_dumps(kept, JSON_COMPACT);
    return text != NULL && strlen(text) <= TEXT_MAX ? arena_keep(arena, text) : NULL;
}

static bool is(const char *text, const char *wanted)
{
    return text != NULL && strcmp(text, wanted) == 0;
}

static bool is_no_play(const json_t *row)
{
    const char *type = plex_text(row, "type");
    bool trailer = json_object_get(row, "extraType") != NULL;
    return type == NULL || is(type, "photo") || trailer ||
           (is(type, "clip") && !plex_is_passing(row));
}

/* Without a transcoder's session it is played as it is. */
static const char *method_of(const json_t *row)
{
    const json_t *session = json_object_get(row, "TranscodeSession");
    bool transcodes = is(plex_text(session, "videoDecision"), "transcode") ||
                      is(plex_text(session, "audioDecision"), "transcode");
    return transcodes ? "transcode" : json_is_object(session) ? "copy" : "direct play";
}

static bool read_row(const json_t *row, struct arena *arena, struct watched_play *out)
{
    char user[24];
    char item[24];
    int64_t position_ms = 0;
    int64_t duration_ms = 0;
    const json_t *player = json_object_get(row, "Player");
    bool somebody = plex_key(json_object_get(row, "User"), "id", user) != NULL && !is(user, "0");
    if (!somebody || is_no_play(row) || plex_key(row, "ratingKey", item) == NULL) {
        return false;
    }
    *out = (struct watched_play){.paused = is(plex_text(player, "state"), "paused"),
                                 .player = seen_text(player, "title"),
                                 .product = seen_text(player, "product"),
                                 .product_version = seen_text(player, "version"),
                                 .platform = seen_text(player, "platform"),
                                 .machine_id = seen_text(player, "machineIdentifier"),
                                 .address = seen_text(player, "address"),
                                 .method = method_of(row),
                                 .about = about(row, arena)};
    (void)plex_number(row, "viewOffset", &position_ms);
    (void)plex_number(row, "duration", &duration_ms);
    char number[24];
    const char *key = plex_key(row, "sessionKey", number);
    seen_name(out, arena, user, item, key != NULL ? key : out->machine_id);
    seen_place(out, position_ms, duration_ms);
    return out->about != NULL;
}

enum err seen_plex(const json_t *answer, struct arena *arena, struct seen *out)
{
    const json_t *container = json_object_get(answer, "MediaContainer");
    const json_t *list = NULL;
    size_t i = 0;
    const json_t *row = NULL;
    enum err e =
        json_is_object(container) ? plex_list(container, "Metadata", &list) : ERR_SERVER_FAILED;
    if (e != OK) {
        return e;
    }
    struct watched_play *plays = seen_begin(list, arena, out);
    json_array_foreach(list, i, row)
    {
        out->count += out->count < SEEN_MAX && read_row(row, arena, &plays[out->count]);
    }
    return OK;
}
