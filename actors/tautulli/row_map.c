/* SPDX-License-Identifier: MIT
 * row_map.c - what becomes of each raw value: the rules of one row.
 *
 * A row is rejected only if it cannot be placed in time or belongs to nobody. Every other bad value
 * becomes absent or is repaired, and is noted with its raw value. (A row that no message can hold
 * is rejected too: here, in reader.c and in shared/batch.c.) */
#include "actors/tautulli/row_map.h"

#include <string.h>

#include "proto/base/text.h"

#define LONG_PLAY_S 86400
#define CLOCK_SET_S 1199145600 /* 2008-01-01: no media server that Tautulli knows is older */
#define ROW_TEXT_MAX \
    (4U << 20) /* bytes of all texts of a row that fit one message with its notes */

/* ---- columns that go to one field each ---- */

enum kind { KIND_TEXT, KIND_NUMBER, KIND_FLAG, KIND_OWN };

struct place {
    enum kind kind;
    size_t value, has; /* offsets in struct mapped_row */
};

/* NOLINTBEGIN(bugprone-macro-parentheses): names of members */
#define AT(record, field) .value = offsetof(struct mapped_row, record.field)
#define HAS(record, field) .has = offsetof(struct mapped_row, record.has_##field)
#define PLACE_TEXT(record, field) AT(record, field)
#define PLACE_NUMBER(record, field) AT(record, field), HAS(record, field)
#define PLACE_FLAG(record, field) AT(record, field), HAS(record, field)
#define PLACE_OWN(record, field) .value = 0
/* NOLINTEND(bugprone-macro-parentheses) */

static const struct place places[COLUMN_COUNT] = {
#define COLUMN(table, name, how, record, field) {.kind = KIND_##how, PLACE_##how(record, field)},
#include "actors/tautulli/columns.def"
#undef COLUMN
};

static void map_column(struct row *r, enum column c)
{
    const struct place *place = &places[c];
    char *out = (char *)&r->out;
    int64_t number = 0;
    switch (place->kind) {
    case KIND_TEXT:
        *(const char **)(void *)(out + place->value) = row_take_text(r, c);
        break;
    case KIND_NUMBER:
        *(bool *)(out + place->has) = row_take_number(r, c, &number);
        *(int64_t *)(void *)(out + place->value) = number;
        break;
    case KIND_FLAG:
        *(bool *)(out + place->has) = row_take_number(r, c, &number);
        *(bool *)(out + place->value) = number != 0;
        break;
    case KIND_OWN:
        break;
    }
}

/* Nothing there, as in half of all columns. */
static void map_absence(struct row *r, const struct place *place)
{
    char *out = (char *)&r->out;
    if (place->kind == KIND_TEXT) {
        *(const char **)(void *)(out + place->value) = NULL;
    } else if (place->kind != KIND_OWN) {
        *(bool *)(out + place->has) = false;
    }
}

static void map_columns(struct row *r, const struct schema *schema)
{
    for (int c = 0; c < COLUMN_COUNT; c++) {
        const struct raw_value *v = &r->raw[c];
        if (!schema->has_column[c]) {
            continue;
        }
        if (v->type == RAW_NULL || (v->type >= RAW_TEXT && v->size == 0)) {
            map_absence(r, &places[c]);
        } else {
            map_column(r, (enum column)c);
        }
    }
}

/* ---- the play's own rules ---- */

static enum err map_start(struct row *r, const struct row_rules *rules)
{
    const struct raw_value *v = &r->raw[COL_HISTORY_started];
    int64_t start = 0;
    int found = raw_number(v, &start);
    if (found == 0) {
        return ERR_STARTED_MISSING;
    }
    if (found < 0) {
        return v->type == RAW_REAL ? ERR_STARTED_OUT_OF_RANGE : ERR_STARTED_INVALID;
    }
    if (start <= 0 || start > rules->latest_s) {
        return ERR_STARTED_OUT_OF_RANGE;
    }
    r->out.play.started_at = start * 1000;
    return OK;
}

static void map_stop(struct row *r, const struct row_rules *rules)
{
    struct play *play = &r->out.play;
    int64_t start = play->started_at / 1000;
    int64_t stop = 0;
    int found = raw_number(&r->raw[COL_HISTORY_stopped], &stop);
    play->has_stopped_at = found == 1 && stop >= start && stop <= rules->latest_s;
    play->stopped_at = play->has_stopped_at ? stop * 1000 : 0;
    play->time_quality = play->has_stopped_at ? time_quality_exact : time_quality_start_only;
    if (!play->has_stopped_at && found != 0 && !(found == 1 && stop == 0)) {
        row_note(r, REPAIR_stopped, COL_HISTORY_stopped);
    }
    if (play->has_stopped_at && stop - start > LONG_PLAY_S) {
        row_note(r, REPAIR_long_play, COL_HISTORY_stopped);
    }
}

static void map_pause(struct row *r)
{
    struct play *play = &r->out.play;
    int64_t length = (play->stopped_at - play->started_at) / 1000;
    int64_t paused = 0;
    int found = raw_number(&r->raw[COL_HISTORY_paused_counter], &paused);
    play->has_paused_s =
        found == 0 || (found == 1 && paused >= 0 && (!play->has_stopped_at || paused <= length));
    play->paused_s = play->has_paused_s ? paused : 0;
    if (!play->has_paused_s) {
        row_note(r, found < 0 ? REPAIR_number : REPAIR_paused, COL_HISTORY_paused_counter);
    }
    play->has_played_s = play->has_stopped_at;
    play->played_s = play->has_stopped_at ? length - play->paused_s : 0;
}

/* The item's length: metadata's, else media_info's; 0 and nothing mean the same. */
static int64_t length_of(struct row *r, int64_t number, bool *has, enum column c)
{
    if (*has && number < 0) {
        row_note(r, REPAIR_duration, c);
        *has = false;
    }
    return *has ? number : 0;
}

static void map_percent(struct row *r, const struct row_rules *rules)
{
    struct play *play = &r->out.play;
    struct item *item = &r->out.item;
    int64_t length = length_of(r, item->duration, &item->has_duration, COL_METADATA_duration);
    int64_t media =
        length_of(r, r->out.stream.duration, &r->out.stream.has_duration, COL_MEDIA_INFO_duration);
    length = length > 0 ? length : media;
    int64_t offset = 0;
    bool has_offset = row_take_number(r, COL_HISTORY_view_offset, &offset);
    if (has_offset && offset < 0) {
        row_note(r, REPAIR_view_offset, COL_HISTORY_view_offset);
        has_offset = false;
    }
    play->view_offset_ms = has_offset ? offset : 0;
    play->has_view_offset_ms = has_offset;
    play->duration_ms = length;
    play->has_duration_ms = length > 0;
    play->has_percent_complete = play->live || (has_offset && length > 0);
    double percent = has_offset && length > 0 ? (double)offset / (double)length * 100.0 : 0.0;
    play->percent_complete = play->live || percent > 100.0 ? 100.0 : percent;
    bool past_credits = has_offset && item->has_marker_credits_first &&
                        item->marker_credits_first > 0 && offset >= item->marker_credits_first;
    play->watched = past_credits || (play->has_percent_complete &&
                                     play->percent_complete >= rules->watched_percent);
}

static enum err map_user(struct row *r, const struct row_rules *rules)
{
    struct play *play = &r->out.play;
    int64_t id = 0;
    int found = raw_number(&r->raw[COL_HISTORY_user_id], &id);
    const char *name = row_take_text(r, COL_HISTORY_user);
    if (name != NULL && text_is_blank(name)) {
        name = NULL; /* blanks name nobody */
    }
    play->user = name;
    play->user_id = found == 1 ? row_number_text(r, id) : NULL;
    if (found != 1 && name == NULL) {
        return ERR_USER_MISSING;
    }
    if (found != 1) {
        const struct person *known = names_user_by_name(rules->names, name);
        play->user_id = known == NULL ? NULL : known->user_id;
        if (found < 0 ||
            (play->user_id != NULL && rules->schema->has_column[COL_HISTORY_user_id])) {
            row_note(r, REPAIR_user_id, COL_HISTORY_user_id);
        }
    } else if (name == NULL) {
        const struct person *known = names_user_by_id(rules->names, play->user_id);
        play->user = known == NULL ? NULL : known->name;
        if (play->user != NULL && rules->schema->has_column[COL_HISTORY_user]) {
            row_note(r, REPAIR_user, COL_HISTORY_user);
        }
    }
    return OK;
}

static void map_reference(struct row *r, const struct row_rules *rules)
{
    struct play *play = &r->out.play;
    int64_t id = 0;
    bool known = raw_number(&r->raw[COL_HISTORY_reference_id], &id) == 1 && id != 0 &&
                 (id == r->out.position || rules->has_row(rules->context, id));
    play->reference_id = known ? id : 0;
    play->has_reference_id = known;
}

/* A number that lost its type is the same id. */
static const char *take_id(struct row *r, enum column c)
{
    int64_t id = 0;
    return raw_number(&r->raw[c], &id) == 1 ? row_number_text(r, id) : row_take_text(r, c);
}

static void map_place(struct row *r)
{
    struct play *play = &r->out.play;
    const char *section = take_id(r, COL_HISTORY_section_id);
    play->section_id = section != NULL ? section : take_id(r, COL_METADATA_section_id);
    play->media_type = row_take_text(r, COL_HISTORY_media_type);
    if (play->media_type == NULL) {
        play->media_type = "unknown";
    }
    int64_t live = 0;
    play->live = raw_number(&r->raw[COL_METADATA_live], &live) == 1 && live == 1;
}

static void map_presence(struct row *r)
{
    r->out.has_item = r->raw[COL_METADATA_id].type != RAW_NULL;
    r->out.has_stream = r->raw[COL_MEDIA_INFO_id].type != RAW_NULL;
    if (!r->out.has_item) {
        row_note_missing(r, REPAIR_metadata_missing);
    }
    if (!r->out.has_stream) {
        row_note_missing(r, REPAIR_media_info_missing);
    }
}

/* A renamed person is one line: what the table users says now comes before what the row says. */
static const char *user_shown(const struct play *play, const struct names *names)
{
    const struct person *known =
        play->user_id == NULL ? NULL : names_user_by_id(names, play->user_id);
    const char *name = known == NULL ? NULL : names_display(known);
    if (name == NULL) {
        name = play->user != NULL ? play->user : play->user_id;
    }
    return name;
}

static void map_facets(struct row *r, const struct row_rules *rules, bool has_start)
{
    const struct play *play = &r->out.play;
    const char *library = play->section_id == NULL
                              ? NULL
                              : names_library(rules->names, play->section_id, play->media_type);
    r->out.facet_user = user_shown(play, rules->names);
    r->out.facet_library = library != NULL ? library : play->section_id;
    r->out.facet_month = has_start ? row_month(r, play->started_at / 1000) : NULL;
}

/* What is stored as it is, and yet has to be told. */
static void note_oddities(struct row *r, const struct row_rules *rules)
{
    const struct play *play = &r->out.play;
    if (play->started_at / 1000 < CLOCK_SET_S) {
        row_note(r, REPAIR_early_start, COL_HISTORY_started);
    }
    unsigned repeats = rules->recent == NULL ? 0 : recent_take(rules->recent, play);
    if ((repeats & REPEAT_STUCK) != 0) {
        row_note(r, REPAIR_stuck_session, COL_HISTORY_stopped);
    }
    if ((repeats & REPEAT_TWICE) != 0) {
        row_note(r, REPAIR_second_tautulli, COL_HISTORY_started);
    }
}

/* When it began and whose it is; a row without either is rejected. */
static enum err place(struct row *r, const struct row_rules *rules)
{
    enum err start = map_start(r, rules);
    enum err user = map_user(r, rules);
    if ((start != OK || user != OK) && rules->recent != NULL) {
        recent_skip(rules->recent);
    }
    return start != OK ? start : user;
}

enum err row_map_brief(struct row *r, const struct row_rules *rules)
{
    enum err e = place(r, rules);
    if (e == OK) {
        map_stop(r, rules);
        r->out.play.rating_key = row_take_text(r, COL_HISTORY_rating_key);
        r->out.play.machine_id = row_take_text(r, COL_HISTORY_machine_id);
        note_oddities(r, rules);
    }
    return e;
}

void row_map(struct row *r, const struct row_rules *rules)
{
    enum err e = place(r, rules);
    map_place(r);
    map_facets(r, rules, e == OK || e == ERR_USER_MISSING);
    if (e != OK) {
        row_reject(r, e, rules->schema->has_column);
        return;
    }
    map_columns(r, rules->schema);
    map_stop(r, rules);
    note_oddities(r, rules);
    map_pause(r);
    map_percent(r, rules);
    r->out.play.ip_address = row_take_address(r, COL_HISTORY_ip_address);
    map_reference(r, rules);
    map_presence(r);
    if (r->text_bytes > ROW_TEXT_MAX) {
        row_reject(r, ERR_ROW_TOO_LARGE, rules->schema->has_column);
        return;
    }
}
