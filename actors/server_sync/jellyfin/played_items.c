/* SPDX-License-Identifier: MIT
 * played_items.c - pages of items by the time at which they were last begun. */
#include "actors/server_sync/jellyfin/played_items.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "actors/server_sync/jellyfin/told_row.h"
#include "proto/wire/json.h"

enum {
    MARKED_MS = 5 * TOLD_SECOND_MS,
    MARKED_LEAST = 3,
    TICKS_PER_MS = 10000,
    NO_LENGTH_MS = 4 * 3600 * TOLD_SECOND_MS
};

static const char *const types[] = {"Movie", "Episode", "Audio", "MusicVideo", "Video"};

void items_begin(struct item_reading *r, const struct dialect *dialect, int64_t since, int64_t now,
                 const struct playing *playing, struct traces *traces)
{
    items_release(r);
    r->dialect = *dialect;
    r->since = since;
    r->now = now;
    r->playing = playing;
    r->traces = traces;
    r->user = r->type = 0;
    r->start = 0;
    r->first[0] = '\0';
}

void items_begin_users(struct item_reading *r, const struct person *users, size_t count)
{
    r->users = users;
    r->user_count = count;
    r->done = count == 0;
}

void items_release(struct item_reading *r)
{
    for (size_t i = 0; i < r->held_count; i++) {
        json_release(&r->held[i].item);
    }
    r->held_count = 0;
}

size_t items_lists(const struct item_reading *r)
{
    return r->user_count * COUNT_OF(types);
}

void items_question(const struct item_reading *r, char out[static ITEMS_QUESTION_SIZE])
{
    const char *user = r->users[r->user].user_id;
    const char *type = types[r->type];
    if (r->dialect.source == source_kind_emby) {
        (void)snprintf(out, ITEMS_QUESTION_SIZE,
                       "/Users/%s/Items?Recursive=true&IncludeItemTypes=%s&SortBy=DatePlayed"
                       "&SortOrder=Descending&StartIndex=%" PRId64 "&Limit=%d&Fields="
                       "UserDataLastPlayedDate,UserDataPlayCount,ProviderIds,ProductionYear,Path",
                       user, type, r->start, ITEMS_PAGE);
    } else {
        (void)snprintf(out, ITEMS_QUESTION_SIZE,
                       "/Items?userId=%s&recursive=true&includeItemTypes=%s&sortBy=DatePlayed"
                       "&sortOrder=Descending&startIndex=%" PRId64 "&limit=%d"
                       "&fields=ProviderIds,Path&enableUserData=true&collapseBoxSetItems=false",
                       user, type, r->start, ITEMS_PAGE);
    }
}

/* ---- what was begun within seconds ---- */

/* 0: it has none. */
static uint64_t series_of(const json_t *item)
{
    const char *series = told_text(item, "SeriesId");
    series = series != NULL ? series : told_text(item, "AlbumId");
    return series != NULL ? XXH3_64bits(series, strlen(series)) | 1U : 0;
}

static bool is_marked(const struct item_reading *r, size_t at)
{
    const struct held *one = &r->held[at];
    size_t same = 0;
    for (size_t i = 0; one->series != 0 && i < r->held_count && same < MARKED_LEAST; i++) {
        int64_t apart = r->held[i].at - one->at;
        same += r->held[i].series == one->series && apart <= MARKED_MS && apart >= -MARKED_MS;
    }
    return same >= MARKED_LEAST;
}

/* A start takes "Played" back. */
static bool takes_back(const struct item_reading *r)
{
    return r->dialect.source == source_kind_emby || r->dialect.major < 12;
}

/* What "Played" says of this play: before 12 a start took it back, so that it was played to its
 * end, and since then nothing. A track has it from its start on. */
static void fill_end(const struct item_reading *r, const json_t *item, struct told *told)
{
    const json_t *data = json_object_get(item, "UserData");
    const char *type = told_text(item, "Type");
    bool video = type != NULL && strcmp(type, "Audio") != 0;
    bool played = json_is_true(json_object_get(data, "Played"));
    int64_t ticks = 0;
    told->watched = played && takes_back(r) && video;
    told->has_position =
        told_number(told->watched ? item : data,
                    told->watched ? "RunTimeTicks" : "PlaybackPositionTicks", &ticks) &&
        ticks > 0 && ticks / TICKS_PER_MS < TOLD_DAY_MS;
    told->position_ms = told->has_position ? ticks / TICKS_PER_MS : 0;
}

/* It may only be paused, for as long as it cannot have come to its end: what is told now stays. */
static bool may_go_on(const struct item_reading *r, const struct held *held)
{
    const json_t *data = json_object_get(held->item, "UserData");
    int64_t ticks = 0;
    bool ended = json_is_true(json_object_get(data, "Played")) && takes_back(r);
    bool has_length = told_number(held->item, "RunTimeTicks", &ticks) && ticks > 0 &&
                      ticks / TICKS_PER_MS < TOLD_DAY_MS;
    int64_t length_ms = has_length ? ticks / TICKS_PER_MS : NO_LENGTH_MS;
    return r->now - held->at < TOLD_REST_MS + (ended ? 0 : length_ms);
}

static void tell(struct item_reading *r, size_t at, struct told_list *out)
{
    const struct held *held = &r->held[at];
    const char *user = r->users[r->user].user_id;
    char item[TOLD_ID_SIZE];
    if (!told_id(told_text(held->item, "Id"), item)) {
        return;
    }
    if (playing_has(r->playing, user, item) || may_go_on(r, held)) {
        out->later++;
    } else if (is_marked(r, at)) {
        out->marked++;
    } else if (!traces_allow(r->traces, user, item, held->at)) {
        out->copied++;
    } else {
        struct told *told = told_add(out);
        (void)snprintf(told->native_id, sizeof told->native_id, "item:%s:%s", user, item);
        (void)snprintf(told->user, sizeof told->user, "%s", user);
        (void)snprintf(told->item, sizeof told->item, "%s", item);
        told->started_at = held->at;
        told->about = json_incref(held->item);
        fill_end(r, held->item, told);
    }
}

static void let_go(struct item_reading *r, struct told_list *out)
{
    for (size_t i = 0; i < r->held_count; i++) {
        tell(r, i, out);
    }
    items_release(r);
}

static void hold(struct item_reading *r, const json_t *item, int64_t at, struct told_list *out)
{
    bool apart = r->held_count > 0 && r->held[r->held_count - 1].at - at > MARKED_MS;
    if (apart || r->held_count == ITEMS_HELD_MAX) {
        let_go(r, out);
    }
    r->held[r->held_count++] = (struct held){told_about(item), at, series_of(item)};
}

/* ---- pages ---- */

void items_pass_over(struct item_reading *r, struct told_list *out)
{
    let_go(r, out);
    r->start = 0;
    r->first[0] = '\0';
    r->type++;
    if (r->type == COUNT_OF(types)) {
        r->type = 0;
        r->user++;
    }
    r->done = r->user == r->user_count;
}

/* False: it is older than wanted, or was never begun. A date in the future was never
 * reached by playing. */
static bool take_item(struct item_reading *r, const json_t *item, struct told_list *out)
{
    int64_t at = 0;
    if (!told_time(json_object_get(item, "UserData"), "LastPlayedDate", &at) || at < r->since) {
        return false;
    }
    if (at <= r->now + TOLD_DAY_MS) {
        hold(r, item, at, out);
    }
    return true;
}

enum err items_take(struct item_reading *r, const json_t *page, struct told_list *out)
{
    json_t *items = json_object_get(page, "Items");
    char first[TOLD_ID_SIZE] = "";
    size_t i = 0;
    json_t *item = NULL;
    if (!json_is_array(items)) {
        return ERR_SERVER_FAILED;
    }
    if (r->start >= TOLD_ROWS_MAX) {
        return ERR_SERVER_FLOODS;
    }
    (void)told_id(told_text(json_array_get(items, 0), "Id"), first);
    bool goes_on = first[0] != '\0' && strcmp(first, r->first) != 0;
    bool wanted = false; /* any of them: some are out of order */
    json_array_foreach(items, i, item)
    {
        wanted = (goes_on && take_item(r, item, out)) || wanted;
    }
    (void)snprintf(r->first, sizeof r->first, "%s", first);
    r->start += (int64_t)json_array_size(items);
    if (!goes_on || !wanted) {
        items_pass_over(r, out);
    }
    return OK;
}
