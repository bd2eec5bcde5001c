/* SPDX-License-Identifier: MIT
 * told_row.c - the rules of one row. Whatever is not said is unknown: the item may be gone for
 * long. */
#include "actors/server_sync/jellyfin/told_row.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "proto/base/text.h"
#include "proto/wire/json.h"

enum { TICKS_PER_MS = 10000, ADDRESS_MAX = 64 };

static const char *const providers[] = {"Imdb", "Tmdb", "Tvdb"};

static void keep_values(const json_t *from, const char *const *names, size_t count, json_t *out)
{
    for (size_t i = 0; i < count; i++) {
        json_t *value = json_object_get(from, names[i]);
        bool fits = json_is_string(value) ? json_string_length(value) <= TEXT_MAX
                                          : value != NULL && json_object_size(value) == 0 &&
                                                json_array_size(value) == 0;
        if (fits) {
            (void)json_object_set(out, names[i], value);
        }
    }
}

json_t *told_about(const json_t *item)
{
    static const char *const values[] = {"Id",
                                         "Type",
                                         "Name",
                                         "Album",
                                         "SeasonName",
                                         "SeriesId",
                                         "AlbumArtist",
                                         "SeriesName",
                                         "OriginalTitle",
                                         "AlbumId",
                                         "SeasonId",
                                         "ProductionYear",
                                         "IndexNumber",
                                         "ParentIndexNumber",
                                         "RunTimeTicks",
                                         "Overview",
                                         "PremiereDate",
                                         "OfficialRating",
                                         "Path"};
    static const char *const data[] = {"Played", "LastPlayedDate", "PlaybackPositionTicks"};
    json_t *about = json_object();
    json_t *ids = json_object();
    json_t *user = json_object();
    keep_values(item, values, COUNT_OF(values), about);
    keep_values(json_object_get(item, "ProviderIds"), providers, COUNT_OF(providers), ids);
    keep_values(json_object_get(item, "UserData"), data, COUNT_OF(data), user);
    (void)json_object_set_new(about, "ProviderIds", ids);
    (void)json_object_set_new(about, "UserData", user);
    return about;
}

void told_row_init(struct row *r)
{
    static const char *const columns[] = {"row"};
    row_init(r, COUNT_OF(columns), columns);
}

/* A copy without control characters; NULL of what no server would say. */
static const char *clean(struct row *r, const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;
    if (size == 0 || size > TEXT_MAX) {
        return NULL;
    }
    r->arena_used = true;
    if (text_is_clean(text, size)) {
        return arena_text(r->arena, text, size);
    }
    OWNED(free_text) char *repaired = must_alloc(TEXT_MAX + 1);
    (void)text_repair(text, size, repaired, &size);
    return size > 0 ? arena_text(r->arena, repaired, size) : NULL;
}

static const char *text_of(struct row *r, const json_t *about, const char *name)
{
    return clean(r, told_text(about, name));
}

static const char *first_of(const char *a, const char *b)
{
    return a != NULL ? a : b;
}

static const char *media_type(struct row *r, const char *type)
{
    static const struct {
        const char *theirs, *ours;
    } types[] = {{"Movie", "movie"},     {"Episode", "episode"}, {"Audio", "track"},
                 {"MusicVideo", "clip"}, {"Video", "clip"},      {"Trailer", "clip"},
                 {"TvChannel", "live"},  {"Photo", "photo"}};
    for (size_t i = 0; type != NULL && i < COUNT_OF(types); i++) {
        if (strcmp(type, types[i].theirs) == 0) {
            return types[i].ours;
        }
    }
    return type != NULL ? first_of(clean(r, type), "unknown") : "unknown";
}

/* Of the ids that others know the item by, the first of these. */
static const char *guid_of(struct row *r, const json_t *about)
{
    const json_t *ids = json_object_get(about, "ProviderIds");
    for (size_t i = 0; i < COUNT_OF(providers); i++) {
        const char *id = told_text(ids, providers[i]);
        if (id != NULL && strlen(id) < 64) {
            r->arena_used = true;
            return clean(r, arena_format(r->arena, "%c%s://%s", providers[i][0] + ('a' - 'A'),
                                         providers[i] + 1, id));
        }
    }
    return NULL;
}

/* "10.0.0.7:52011" and "[::1]:52011" without the port. */
static const char *address_of(struct row *r, const char *text)
{
    const char *last = text != NULL ? strrchr(text, ':') : NULL;
    const char *end = text != NULL && text[0] == '[' ? strchr(text, ']') : NULL;
    size_t size = 0;
    if (end != NULL) {
        text++;
        size = (size_t)(end - text);
    } else if (last != NULL && strchr(text, ':') == last) {
        size = (size_t)(last - text);
    }
    if (size == 0 || size > ADDRESS_MAX) {
        return clean(r, text);
    }
    r->arena_used = true;
    return clean(r, arena_text(r->arena, text, size));
}

static const char *user_name(const struct told_rules *rules, const char *user)
{
    for (size_t i = 0; i < rules->user_count; i++) {
        if (strcmp(rules->users[i].user_id, user) == 0) {
            return rules->users[i].name;
        }
    }
    return NULL;
}

/* ---- the item ---- */

static void map_item(struct row *r, const json_t *about, const struct told_rules *rules,
                     struct buffer *scratch)
{
    struct item *item = &r->out.item;
    const struct play *play = &r->out.play;
    *item = (struct item){.rating_key = play->rating_key,
                          .parent_rating_key = play->parent_rating_key,
                          .grandparent_rating_key = play->grandparent_rating_key,
                          .media_type = play->media_type,
                          .originally_available_at = text_of(r, about, "PremiereDate"),
                          .content_rating = text_of(r, about, "OfficialRating"),
                          .summary = text_of(r, about, "Overview")};
    if (play->has_duration_ms) {
        PUT(item, duration, play->duration_ms);
    }
    r->out.has_item = about != NULL;
    buffer_reset(scratch);
    if (r->out.has_item && row_pack(desc_item(), item, scratch) == OK) {
        uint64_t server = XXH3_64bits(rules->server_id, strlen(rules->server_id));
        r->out.item_hash = (int64_t)XXH3_64bits_withSeed(scratch->data, scratch->size, server);
    }
}

/* ---- the play ---- */

static void map_titles(struct row *r, const json_t *about, const struct told *told)
{
    struct play *play = &r->out.play;
    bool track = strcmp(play->media_type, "track") == 0;
    int64_t number = 0;
    play->title = text_of(r, about, "Name");
    play->full_title = about == NULL ? clean(r, told->name) : NULL;
    play->parent_title = text_of(r, about, track ? "Album" : "SeasonName");
    play->grandparent_title = text_of(r, about, track ? "AlbumArtist" : "SeriesName");
    play->original_title = text_of(r, about, "OriginalTitle");
    play->parent_rating_key = text_of(r, about, track ? "AlbumId" : "SeasonId");
    play->grandparent_rating_key = track ? NULL : text_of(r, about, "SeriesId");
    play->guid = guid_of(r, about);
    if (told_number(about, "ProductionYear", &number)) {
        PUT(play, year, number);
    }
    if (told_number(about, "IndexNumber", &number)) {
        PUT(play, media_index, number);
    }
    if (told_number(about, "ParentIndexNumber", &number)) {
        PUT(play, parent_media_index, number);
    }
    if (told_number(about, "RunTimeTicks", &number) && number > 0) {
        PUT(play, duration_ms, number / TICKS_PER_MS);
    }
}

/* DirectPlay, DirectStream, "Transcode (v:h264 a:direct)". */
static void map_method(struct row *r, const struct told *told)
{
    struct play *play = &r->out.play;
    const char *method = told->method;
    bool transcoded = method != NULL && strncmp(method, "Transcode", strlen("Transcode")) == 0;
    play->transcode_decision = transcoded                                            ? "transcode"
                               : method != NULL && strcmp(method, "DirectPlay") == 0 ? "direct play"
                               : method != NULL && strcmp(method, "DirectStream") == 0 ? "copy"
                                                                                       : NULL;
    play->product = clean(r, told->product);
    play->product_version = clean(r, told->product_version);
    play->player = clean(r, told->player);
    play->machine_id = clean(r, told->machine_id);
}

static void map_library(struct row *r, const json_t *about, const struct told_rules *rules)
{
    const struct library *library = folders_library(rules->folders, told_text(about, "Path"));
    if (library != NULL) {
        r->out.play.section_id = library->section_id;
        r->out.facet_library = library->name != NULL ? library->name : library->section_id;
    }
}

static void map_times(struct play *play, const struct told *told, double watched_percent)
{
    play->has_started_at = play->has_time_quality = play->has_watched = play->has_live = true;
    play->started_at = told->started_at;
    play->time_quality = told->has_stop ? time_quality_exact : time_quality_start_only;
    play->watched = told->watched;
    if (told->has_stop) {
        int64_t length_s = (told->stopped_at - told->started_at) / 1000;
        int64_t paused_s = told->has_paused ? told->paused_s : 0;
        PUT(play, stopped_at, told->stopped_at);
        PUT(play, played_s, length_s > paused_s ? length_s - paused_s : 0);
    }
    if (told->has_paused) {
        PUT(play, paused_s, told->paused_s);
    }
    if (told->has_position) {
        PUT(play, view_offset_ms, told->position_ms);
    }
    if (told->has_position && play->has_duration_ms) {
        double percent = 100.0 * (double)told->position_ms / (double)play->duration_ms;
        PUT(play, percent_complete, percent > 100.0 ? 100.0 : percent);
        play->watched = play->watched || percent >= watched_percent;
    }
}

static void hash_content(struct row *r, struct buffer *scratch)
{
    struct play *play = &r->out.play;
    buffer_reset(scratch);
    PUT(play, content_hash, 0);
    play->has_position = play->has_facet = true;
    if (row_pack(desc_play(), play, scratch) == OK) {
        XXH64_hash_t hash = XXH3_64bits(scratch->data, scratch->size);
        play->content_hash = (int64_t)XXH3_64bits_withSeed(r->out.native_id.text.data,
                                                           r->out.native_id.text.size, hash);
    }
}

void told_row_map(struct row *r, const struct told *told, const struct told_rules *rules,
                  struct buffer *scratch)
{
    int64_t position = r->out.position;
    const json_t *known = json_object_get(rules->items, told->item);
    const json_t *about = told->about != NULL ? told->about : json_is_object(known) ? known : NULL;
    row_begin(r);
    r->out = (struct mapped_row){.position = position,
                                 .has_native_id = true,
                                 .native_id = {.text = {told->native_id, strlen(told->native_id)}}};
    struct play *play = &r->out.play;
    const char *type = told_text(about, "Type");
    play->user_id = told->user;
    play->user = user_name(rules, told->user);
    play->rating_key = told->item;
    play->media_type = media_type(r, type != NULL ? type : told->type);
    play->ip_address = address_of(r, told->address);
    map_titles(r, about, told);
    map_library(r, about, rules);
    map_method(r, told);
    map_times(play, told, rules->watched_percent);
    r->out.facet_user = play->user != NULL ? play->user : play->user_id;
    r->out.facet_month = row_month(r, play->started_at / 1000);
    map_item(r, about, rules, scratch);
    hash_content(r, scratch);
}
