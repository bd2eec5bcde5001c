/* SPDX-License-Identifier: MIT
 * plex_row.c - the rules of one row.
 *
 * A row is rejected only if it has no number, no moment or no account. Whatever else it lacks is
 * unknown: its item, player or library may be gone for long. What the server says of an item now is
 * taken only for a row that tells of the same. */
#include "actors/shared/plex/plex_row.h"

#include <string.h>
#include <xxhash.h>

#include "actors/shared/plex/plex_json.h"
#include "proto/base/text.h"

#define LIBRARY_PATH "/library/metadata/"
#define TAGS_MAX 40

/* What a row may say: COLUMN(JSON key, is it part of what the row tells?). The number is: one that
 * says the same under another number is another play. Pictures are not, as
 * they change by themselves. */
#define COLUMNS(COLUMN)                 \
    COLUMN(historyKey, true)            \
    COLUMN(viewedAt, true)              \
    COLUMN(accountID, true)             \
    COLUMN(deviceID, true)              \
    COLUMN(type, true)                  \
    COLUMN(title, true)                 \
    COLUMN(parentTitle, true)           \
    COLUMN(grandparentTitle, true)      \
    COLUMN(index, true)                 \
    COLUMN(parentIndex, true)           \
    COLUMN(librarySectionID, true)      \
    COLUMN(ratingKey, true)             \
    COLUMN(key, false)                  \
    COLUMN(parentKey, true)             \
    COLUMN(grandparentKey, true)        \
    COLUMN(originallyAvailableAt, true) \
    COLUMN(live, true)                  \
    COLUMN(thumb, false)                \
    COLUMN(parentThumb, false)          \
    COLUMN(grandparentThumb, false)     \
    COLUMN(grandparentArt, false)

enum column {
#define NUMBER(name, told) COL_##name,
    COLUMNS(NUMBER)
#undef NUMBER
        COLUMN_COUNT
};

static const char *const column_names[] = {
#define NAME(name, told) #name,
    COLUMNS(NAME)
#undef NAME
};

static const bool is_told[] = {
#define TOLD(name, told) told,
    COLUMNS(TOLD)
#undef TOLD
};

void plex_row_init(struct row *r)
{
    row_init(r, COLUMN_COUNT, column_names);
}

/* ---- loading ---- */

static void load(struct row *r, enum column c, const json_t *value)
{
    struct raw_value *raw = &r->raw[c];
    *raw = (struct raw_value){.type = RAW_NULL};
    if (json_is_integer(value) || json_is_boolean(value)) {
        raw->type = RAW_INTEGER;
        raw->integer = json_is_boolean(value) ? json_is_true(value) : json_integer_value(value);
    } else if (json_is_real(value)) {
        raw->type = RAW_REAL;
        raw->real = json_real_value(value);
    } else if (json_is_string(value)) {
        raw->type = RAW_TEXT;
        raw->bytes = json_string_value(value);
        raw->size = (uint32_t)json_string_length(value);
    } else if (value != NULL && !json_is_null(value)) {
        OWNED(free_text) char *text = json_dumps(value, JSON_COMPACT);
        raw->type = RAW_TEXT;
        raw->bytes = row_copy(r, text != NULL ? text : "");
        raw->size = (uint32_t)strlen(raw->bytes);
    }
}

static void load_all(struct row *r, const json_t *from)
{
    for (enum column c = 0; c < COLUMN_COUNT; c++) {
        load(r, c, json_object_get(from, column_names[c]));
    }
}

/* ---- the item ---- */

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* What was broadcast has no item of the library, and of a trailer nobody asks. */
bool plex_is_passing(const json_t *from)
{
    int64_t live = 0;
    const char *key = plex_text(from, "key");
    return json_is_true(json_object_get(from, "live")) ||
           (plex_number(from, "live", &live) && live != 0) ||
           (key != NULL && strncmp(key, "/livetv/", 8) == 0);
}

const char *plex_row_item(const json_t *from, char out[static 24])
{
    return plex_is_passing(from) || same_text(plex_text(from, "type"), "clip")
               ? NULL
               : plex_key(from, "ratingKey", out);
}

/* Keys can be used again, so the item has to be what the row tells of: of its type and library, and
 * by its title, its place in the show, or its date. */
static bool is_same_item(const json_t *from, const json_t *item)
{
    int64_t of_row[2] = {0};
    int64_t of_item[2] = {0};
    char row_section[24];
    char item_section[24];
    const char *section = plex_key(from, "librarySectionID", row_section);
    const char *other = plex_key(item, "librarySectionID", item_section);
    if (!same_text(plex_text(from, "type"), plex_text(item, "type")) ||
        (section != NULL && other != NULL && strcmp(section, other) != 0)) {
        return false;
    }
    bool placed = plex_number(from, "index", &of_row[0]) &&
                  plex_number(item, "index", &of_item[0]) &&
                  plex_number(from, "parentIndex", &of_row[1]) &&
                  plex_number(item, "parentIndex", &of_item[1]) && of_row[0] == of_item[0] &&
                  of_row[1] == of_item[1];
    return same_text(plex_text(from, "title"), plex_text(item, "title")) ||
           (placed &&
            same_text(plex_text(from, "grandparentTitle"), plex_text(item, "grandparentTitle"))) ||
           same_text(plex_text(from, "originallyAvailableAt"),
                     plex_text(item, "originallyAvailableAt"));
}

static const json_t *find_item(const json_t *from, const struct plex_rules *rules)
{
    char key[24];
    const char *wanted = plex_row_item(from, key);
    const json_t *item = wanted != NULL ? json_object_get(rules->items, wanted) : NULL;
    return item != NULL && is_same_item(from, item) ? item : NULL;
}

/* The tags of a kind, separated as Tautulli does. */
static const char *tags_of(struct row *r, const json_t *item, const char *kind)
{
    OWNED(buffer_release) struct buffer all = {0};
    const json_t *list = json_object_get(item, kind);
    for (size_t i = 0; i < json_array_size(list) && i < TAGS_MAX; i++) {
        const char *tag = plex_text(json_array_get(list, i), "tag");
        if (tag != NULL) {
            buffer_append(&all, ";", all.size > 0);
            buffer_append(&all, tag, strlen(tag));
        }
    }
    buffer_append(&all, "", 1);
    r->arena_used = true;
    return plex_clean(all.data, TEXT_MAX, r->arena);
}

/* Longer ones are nothing that a server would say. */
static const char *text_of(struct row *r, const json_t *item, const char *name)
{
    const char *text = plex_text(item, name);
    r->arena_used = r->arena_used || text != NULL;
    return plex_clean(text, TEXT_MAX, r->arena);
}

static void map_numbers_of_item(const json_t *from, struct item *item)
{
    int64_t number = 0;
    if (plex_number(from, "addedAt", &number)) {
        PUT(item, added_at, number);
    }
    if (plex_number(from, "duration", &number) && number > 0) {
        PUT(item, duration, number);
    }
}

static void map_item(struct row *r, const json_t *from, const struct plex_rules *rules,
                     struct buffer *scratch)
{
    struct item *item = &r->out.item;
    const struct play *play = &r->out.play;
    *item = (struct item){.rating_key = play->rating_key,
                          .parent_rating_key = play->parent_rating_key,
                          .grandparent_rating_key = play->grandparent_rating_key,
                          .media_type = play->media_type,
                          .thumb = row_take_text(r, COL_thumb),
                          .parent_thumb = row_take_text(r, COL_parentThumb),
                          .grandparent_thumb = row_take_text(r, COL_grandparentThumb),
                          .art = row_take_text(r, COL_grandparentArt),
                          .originally_available_at = row_take_text(r, COL_originallyAvailableAt),
                          .content_rating = text_of(r, from, "contentRating"),
                          .summary = text_of(r, from, "summary"),
                          .tagline = text_of(r, from, "tagline"),
                          .studio = text_of(r, from, "studio"),
                          .directors = tags_of(r, from, "Director"),
                          .writers = tags_of(r, from, "Writer"),
                          .actors = tags_of(r, from, "Role"),
                          .genres = tags_of(r, from, "Genre"),
                          .labels = tags_of(r, from, "Label")};
    map_numbers_of_item(from, item);
    r->out.has_item = from != NULL || item->thumb != NULL || item->originally_available_at != NULL;
    buffer_reset(scratch);
    if (r->out.has_item && row_pack(desc_item(), item, scratch) == OK) {
        uint64_t server = XXH3_64bits(rules->server_id, strlen(rules->server_id));
        r->out.item_hash = (int64_t)XXH3_64bits_withSeed(scratch->data, scratch->size, server);
    }
}

/* ---- the play ---- */

static const char *user_name(const struct plex_rules *rules, int64_t account)
{
    const struct account *known = names_account(rules->names, account);
    return known != NULL ? known->name : NULL;
}

static enum err place(struct row *r, const json_t *from, const struct plex_rules *rules)
{
    int64_t moment = 0;
    int64_t account = 0;
    r->out.has_native_id = plex_row_number(from, &r->out.native_id.number);
    r->out.native_id.text = (struct bytes){0};
    bool has_moment =
        raw_number(&r->raw[COL_viewedAt], &moment) == 1 && moment > 0 && moment <= rules->latest_s;
    bool has_account = raw_number(&r->raw[COL_accountID], &account) == 1 && account >= 0;
    r->out.play.started_at = has_moment ? moment * 1000 : 0;
    r->out.play.user_id = has_account ? row_number_text(r, account) : NULL;
    r->out.play.user = has_account ? user_name(rules, account) : NULL;
    return !r->out.has_native_id ? ERR_HISTORY_KEY_INVALID
           : !has_moment         ? ERR_VIEWED_AT_INVALID
           : !has_account        ? ERR_USER_MISSING
                                 : OK;
}

static void map_facets(struct row *r, const struct plex_rules *rules)
{
    const struct play *play = &r->out.play;
    const struct library *library = names_library(rules->names, play->section_id);
    r->out.facet_user = play->user != NULL ? play->user : play->user_id;
    r->out.facet_library =
        library != NULL && library->name != NULL ? library->name : play->section_id;
    r->out.facet_month = play->started_at > 0 ? row_month(r, play->started_at / 1000) : NULL;
}

static const char *take_key(struct row *r, enum column c)
{
    int64_t key = 0;
    return raw_number(&r->raw[c], &key) == 1 && key >= 0 ? row_number_text(r, key) : NULL;
}

static void map_keys(struct row *r, const json_t *from)
{
    struct play *play = &r->out.play;
    char key[24];
    play->rating_key = row_copy(r, plex_row_item(from, key));
    if (!plex_is_passing(from)) {
        play->parent_rating_key = plex_path_key(plex_text(from, "parentKey"), LIBRARY_PATH);
        play->grandparent_rating_key =
            plex_path_key(plex_text(from, "grandparentKey"), LIBRARY_PATH);
    }
}

static void map_player(struct row *r, const struct plex_rules *rules)
{
    int64_t id = 0;
    const struct device *device =
        row_take_number(r, COL_deviceID, &id) ? names_device(rules->names, id) : NULL;
    if (device != NULL) {
        r->out.play.player = device->name;
        r->out.play.platform = device->platform;
        r->out.play.machine_id = device->machine_id;
    }
}

static void map_play(struct row *r, const json_t *from, const json_t *item)
{
    struct play *play = &r->out.play;
    int64_t number = 0;
    play->has_started_at = play->has_live = true;
    play->live = plex_is_passing(from);
    play->title = row_take_text(r, COL_title);
    play->parent_title = row_take_text(r, COL_parentTitle);
    play->grandparent_title = row_take_text(r, COL_grandparentTitle);
    play->has_media_index = row_take_number(r, COL_index, &play->media_index);
    play->has_parent_media_index = row_take_number(r, COL_parentIndex, &play->parent_media_index);
    play->parent_title =
        play->parent_title != NULL ? play->parent_title : text_of(r, item, "parentTitle");
    play->original_title = text_of(r, item, "originalTitle");
    play->guid = text_of(r, item, "guid");
    if (plex_number(item, "year", &number)) {
        PUT(play, year, number);
    }
    if (plex_number(item, "duration", &number) && number > 0) {
        PUT(play, duration_ms, number);
    }
}

/* ---- what it tells, as one number ---- */

static void add(XXH3_state_t *hash, const void *bytes, size_t size)
{
    const uint64_t length = size;
    (void)XXH3_64bits_update(hash, &length, sizeof(length));
    (void)XXH3_64bits_update(hash, size > 0 ? bytes : "", size);
}

static void add_text(XXH3_state_t *hash, const char *text)
{
    add(hash, text, text != NULL ? strlen(text) : 0);
}

/* Numbers count as they are written, so that 14 and "14" are the same. */
static void add_raw(struct row *r, XXH3_state_t *hash, enum column c)
{
    const struct raw_value *raw = &r->raw[c];
    int64_t number = 0;
    if (raw_number(raw, &number) == 1) {
        add_text(hash, row_number_text(r, number));
    } else {
        bool text = raw->type == RAW_TEXT;
        add(hash, text ? raw->bytes : NULL, text ? raw->size : 0);
    }
}

static void free_hash(XXH3_state_t **hash)
{
    (void)XXH3_freeState(*hash);
}

static void hash_content(struct row *r)
{
    OWNED(free_hash) XXH3_state_t *hash = XXH3_createState();
    struct play *play = &r->out.play;
    (void)XXH3_64bits_reset(hash);
    for (enum column c = 0; c < COLUMN_COUNT; c++) {
        if (is_told[c]) {
            add_raw(r, hash, c);
        }
    }
    const int64_t numbers[] = {play->year, play->duration_ms};
    add(hash, numbers, sizeof(numbers));
    add_text(hash, play->guid);
    add_text(hash, play->machine_id);
    if (r->out.native_id.text.data != NULL) { /* the number is not all that tells it apart */
        const int64_t times[] = {play->started_at, play->stopped_at, play->view_offset_ms};
        add(hash, r->out.native_id.text.data, r->out.native_id.text.size);
        add(hash, times, sizeof(times));
    }
    PUT(play, content_hash, (int64_t)XXH3_64bits_digest(hash));
}

void plex_row_map(struct row *r, const json_t *from, const struct plex_rules *rules,
                  struct buffer *scratch)
{
    static const bool there[COLUMN_COUNT] = {
#define THERE(name, told) true,
        COLUMNS(THERE)
#undef THERE
    };
    int64_t position = r->out.position;
    row_begin(r);
    r->out = (struct mapped_row){.position = position};
    load_all(r, from);
    enum err e = place(r, from, rules);
    const json_t *item = find_item(from, rules);
    r->out.play.section_id = take_key(r, COL_librarySectionID);
    const char *type = row_take_text(r, COL_type);
    r->out.play.media_type = type != NULL ? type : "unknown";
    map_facets(r, rules);
    if (e != OK) {
        row_reject(r, e, there);
        return;
    }
    map_keys(r, from);
    map_player(r, rules);
    map_play(r, from, item);
    PUT(&r->out.play, time_quality, time_quality_watched_at);
    PUT(&r->out.play, watched, true);
    map_item(r, item, rules, scratch);
    hash_content(r);
}

/* ---- a play that was seen ---- */

static void map_times(struct play *play, const struct plex_session *session)
{
    play->started_at = session->started_at;
    PUT(play, time_quality, session->has_stop ? time_quality_exact : time_quality_start_only);
    PUT(play, paused_s, session->paused_s);
    if (session->has_stop) {
        int64_t length_s = (session->stopped_at - session->started_at) / 1000;
        PUT(play, stopped_at, session->stopped_at);
        PUT(play, played_s, length_s > session->paused_s ? length_s - session->paused_s : 0);
    }
    PUT(play, watched, false);
    if (session->position_ms > 0) {
        PUT(play, view_offset_ms, session->position_ms);
    }
    if (session->position_ms > 0 && play->has_duration_ms) {
        double percent = 100.0 * (double)session->position_ms / (double)play->duration_ms;
        PUT(play, percent_complete, percent > 100.0 ? 100.0 : percent);
        PUT(play, watched, percent >= session->watched_percent);
    }
}

static const char *clean(struct row *r, const char *text)
{
    r->arena_used = r->arena_used || text != NULL;
    return plex_clean(text, TEXT_MAX, r->arena);
}

static void map_session(struct row *r, const struct plex_session *session,
                        const struct plex_rules *rules)
{
    struct play *play = &r->out.play;
    r->out.has_native_id = true;
    r->out.native_id.text = (struct bytes){session->native_id, strlen(session->native_id)};
    play->user_id = row_number_text(r, session->account);
    play->user = user_name(rules, session->account);
    play->player = clean(r, session->player);
    play->product = clean(r, session->product);
    play->product_version = clean(r, session->product_version);
    play->platform = clean(r, session->platform);
    play->machine_id = clean(r, session->machine_id);
    play->ip_address = clean(r, session->address);
    play->transcode_decision = session->decision;
}

void plex_row_map_session(struct row *r, const struct plex_session *session, const json_t *from,
                          const struct plex_rules *rules, struct buffer *scratch)
{
    int64_t position = r->out.position;
    row_begin(r);
    r->out = (struct mapped_row){.position = position};
    load_all(r, from);
    struct play *play = &r->out.play;
    const json_t *item = find_item(from, rules);
    map_session(r, session, rules);
    play->section_id = take_key(r, COL_librarySectionID);
    const char *type = row_take_text(r, COL_type);
    play->media_type = type != NULL ? type : "unknown";
    play->started_at = session->started_at;
    map_facets(r, rules);
    map_keys(r, from);
    map_play(r, from, item != NULL ? item : from);
    map_times(play, session);
    map_item(r, item, rules, scratch);
    hash_content(r);
}
