/* SPDX-License-Identifier: MIT
 * fold.c - the rules of the fold, one line a column that is not plain. */
#include "actors/history/fold.h"

#include <assert.h>
#include <string.h>

/* When a value counts as known. */
enum known { KNOWN_VALUE, KNOWN_NOT_ZERO, KNOWN_TRUE, KNOWN_TYPE };

static const char *const change_names[CHANGE_COUNT] = {
#define CHANGE(kind, completed, changed) #kind,
#include "proto/schema/changes.def"
#undef CHANGE
};

const char *change_name(enum change kind)
{
    return change_names[kind];
}

/* What a column is about; those that are not here are details of the record's own kind. */
static const struct {
    const char *record, *name;
    enum change kind;
    enum known known;
    bool with_stop;
} columns[] = {
    {"play", "stopped_at", CHANGE_time, KNOWN_VALUE, true},
    {"play", "paused_s", CHANGE_time, KNOWN_NOT_ZERO, true}, /* nothing said is 0, too */
    {"play", "view_offset_ms", CHANGE_time, KNOWN_VALUE, true},
    {"play", "user_id", CHANGE_user, KNOWN_VALUE, false},
    {"play", "user", CHANGE_user, KNOWN_VALUE, false},
    {"play", "media_type", CHANGE_type, KNOWN_TYPE, false},
    {"play", "live", CHANGE_type, KNOWN_TRUE, false}, /* false without metadata, too */
    {"play", "title", CHANGE_title, KNOWN_VALUE, false},
    {"play", "parent_title", CHANGE_title, KNOWN_VALUE, false},
    {"play", "grandparent_title", CHANGE_title, KNOWN_VALUE, false},
    {"play", "full_title", CHANGE_title, KNOWN_VALUE, false},
    {"play", "original_title", CHANGE_title, KNOWN_VALUE, false},
    {"play", "year", CHANGE_title, KNOWN_VALUE, false},
    {"play", "media_index", CHANGE_title, KNOWN_VALUE, false},
    {"play", "parent_media_index", CHANGE_title, KNOWN_VALUE, false},
    {"play", "guid", CHANGE_item, KNOWN_VALUE, false},
    {"play", "rating_key", CHANGE_item, KNOWN_VALUE, false},
    {"play", "parent_rating_key", CHANGE_item, KNOWN_VALUE, false},
    {"play", "grandparent_rating_key", CHANGE_item, KNOWN_VALUE, false},
    {"play", "section_id", CHANGE_library, KNOWN_VALUE, false},
    {"play", "quality_profile", CHANGE_stream, KNOWN_VALUE, false},
    {"play", "transcode_decision", CHANGE_stream, KNOWN_VALUE, false},
    {"play", "video_decision", CHANGE_stream, KNOWN_VALUE, false},
    {"play", "audio_decision", CHANGE_stream, KNOWN_VALUE, false},
    {"play", "duration_ms", CHANGE_detail, KNOWN_VALUE, false},
    {"play", "reference_id", CHANGE_detail, KNOWN_VALUE, false},
    {"play", "last_viewed_at", CHANGE_detail, KNOWN_VALUE, false},
    {"stream", "rating_key", CHANGE_item, KNOWN_VALUE, false},
    {"item", "rating_key", CHANGE_item, KNOWN_VALUE, false},
    {"item", "parent_rating_key", CHANGE_item, KNOWN_VALUE, false},
    {"item", "grandparent_rating_key", CHANGE_item, KNOWN_VALUE, false},
};

/* Of a play these are the batch's own, the row's key, or computed from the other columns. */
static bool is_kept(const char *record, const char *name)
{
    static const char *const others[] = {"position",     "facet",    "item",
                                         "content_hash", "stream",   "started_at",
                                         "time_quality", "played_s", "percent_complete",
                                         "watched",      "native_id"};
    for (size_t i = 0; strcmp(record, "play") == 0 && i < COUNT_OF(others); i++) {
        if (strcmp(name, others[i]) == 0) {
            return false;
        }
    }
    return true;
}

static enum change kind_of_record(const char *record)
{
    if (strcmp(record, "play") == 0) {
        return CHANGE_player;
    }
    return strcmp(record, "stream") == 0 ? CHANGE_stream : CHANGE_detail;
}

void fold_rules_init(struct fold_rules *rules, const struct record_desc *record)
{
    assert(record->count <= FOLD_COLUMNS_MAX);
    rules->record = record;
    for (size_t i = 0; i < record->count; i++) {
        const char *name = record->fields[i].name;
        struct fold_rule *rule = &rules->columns[i];
        *rule = (struct fold_rule){.kind = (uint8_t)kind_of_record(record->name),
                                   .kept = is_kept(record->name, name)};
        for (size_t j = 0; j < COUNT_OF(columns); j++) {
            if (strcmp(columns[j].record, record->name) == 0 &&
                strcmp(columns[j].name, name) == 0) {
                rule->kind = (uint8_t)columns[j].kind;
                rule->known = (uint8_t)columns[j].known;
                rule->with_stop = columns[j].with_stop;
            }
        }
    }
}

static bool is_known(const struct fold_rule *rule, const struct cell *cell)
{
    switch ((enum known)rule->known) {
    case KNOWN_NOT_ZERO:
        return cell->type == CELL_I64 && cell->i64 != 0;
    case KNOWN_TRUE:
        return cell->type == CELL_BOOL && cell->boolean;
    case KNOWN_TYPE:
        return cell->type == CELL_STR && !(cell->size == strlen("unknown") &&
                                           memcmp(cell->bytes, "unknown", cell->size) == 0);
    case KNOWN_VALUE:
        break;
    }
    return cell->type != CELL_NIL;
}

void fold_cells(const struct fold_rules *rules, struct cell *shown, const struct cell *fresh,
                enum ending ending, struct fold_result *result)
{
    for (size_t i = 0; i < rules->record->count; i++) {
        const struct fold_rule *rule = &rules->columns[i];
        bool unfinished = ending == ENDING_UNFINISHED && rule->with_stop;
        if (!rule->kept || unfinished || !is_known(rule, &fresh[i]) ||
            cell_equal(&shown[i], &fresh[i])) {
            continue;
        }
        if (!is_known(rule, &shown[i]) || (ending == ENDING_FIRST && rule->with_stop)) {
            shown[i] = fresh[i];
            result->completed |= 1U << rule->kind;
        } else {
            result->changed |= 1U << rule->kind;
        }
    }
}
