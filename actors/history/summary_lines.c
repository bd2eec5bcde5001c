/* SPDX-License-Identifier: MIT
 * summary_lines.c - a table by hash of the key, in the arena of the answer. */
#include "actors/history/summary_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "actors/history/columns.h"
#include "actors/history/play_filter.h"

enum { PART_MAX = 240, KEY_MAX = 512 };

#define BETWEEN '\x1f' /* the parts of a raw key */

/* The slot of the key, or the empty one where it belongs. */
static struct line *find_slot(const struct lines *lines, const char *key, size_t size)
{
    size_t at = XXH3_64bits(key, size) % lines->count;
    while (lines->slots[at].key != NULL &&
           (lines->slots[at].size != size || memcmp(lines->slots[at].key, key, size) != 0)) {
        at = (at + 1) % lines->count;
    }
    return &lines->slots[at];
}

static void grow(struct reader *r, struct lines *lines)
{
    struct lines more = {.count = lines->count > 0 ? 2 * lines->count : 64, .used = lines->used};
    more.slots = arena_alloc(r->arena, more.count * sizeof *more.slots);
    for (size_t i = 0; i < lines->count; i++) {
        const struct line *line = &lines->slots[i];
        if (line->key != NULL) {
            *find_slot(&more, line->key, line->size) = *line;
        }
    }
    *lines = more;
}

static void add(struct reader *r, struct lines *lines, const char *key, size_t size,
                const struct line *more)
{
    if (2 * lines->used >= lines->count && lines->used < LINES_MAX) {
        grow(r, lines);
    }
    struct line *line = find_slot(lines, key, size);
    if (line->key == NULL && lines->used == LINES_MAX) {
        return;
    }
    if (line->key == NULL) {
        lines->used++;
        line->key = arena_text(r->arena, key, size);
        line->size = size;
    }
    line->label = line->label != NULL ? line->label : more->label;
    line->plays += more->plays;
    line->long_plays += more->long_plays;
    line->seconds += more->seconds;
}

/* How much of an id or a name counts: both always have room in a key. Cut at a character. */
static int part_size(const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;
    if (size > PART_MAX) {
        for (size = PART_MAX; ((unsigned char)text[size] & 0xc0U) == 0x80; size--) {
        }
    }
    return (int)size;
}

static int parts(char out[static KEY_MAX], int64_t source_no, const char *id, const char *name)
{
    return snprintf(out, KEY_MAX, "%d%c%.*s%c%.*s", (int)source_no, BETWEEN, part_size(id),
                    id != NULL ? id : "", BETWEEN, part_size(name), name != NULL ? name : "");
}

static int time_part(char out[static KEY_MAX], const char *format, int64_t at_ms)
{
    time_t seconds = (time_t)(at_ms / 1000 - (at_ms % 1000 < 0));
    struct tm utc = {0};
    gmtime_r(&seconds, &utc);
    return (int)strftime(out, KEY_MAX, format, &utc);
}

static int raw_key(enum summary_by by, const struct summed *s, char out[static KEY_MAX])
{
    switch (by) {
    case summary_by_month:
        return time_part(out, "%Y-%m", s->started_at);
    case summary_by_hour:
        return time_part(out, "%H", s->started_at);
    case summary_by_weekday:
        return time_part(out, "%u", s->started_at);
    case summary_by_user:
    case summary_by_person:
        return parts(out, s->source_no, s->user_id, s->user);
    case summary_by_library:
        return parts(out, s->source_no, s->section_id, s->media_type);
    case summary_by_media_type:
        return parts(out, 0, s->media_type, NULL);
    default:
        return parts(out, s->source_no, NULL, NULL);
    }
}

void lines_add(struct reader *r, struct lines *lines, enum summary_by by, const struct summed *s)
{
    char key[KEY_MAX];
    int size = raw_key(by, s, key);
    const struct line more = {
        .plays = s->plays, .long_plays = s->long_plays, .seconds = s->seconds};
    add(r, lines, key, (size_t)size, &more);
}

#define NAME_OF_USER USER_NAME("?1", "?2")
#define SERVER_OF_SOURCE "(SELECT server_id FROM sources WHERE no = ?1)"

/* What turns the parts of a raw key into its name and its label. NULL: it is its own name. */
static const char *name_query(enum summary_by by)
{
    static const char *const queries[summary_by_COUNT] = {
        [summary_by_user] =
            "SELECT coalesce(" NAME_OF_USER ", nullif(?3, ''), nullif(?2, '')), NULL",
        [summary_by_library] = "SELECT coalesce(" LIBRARY_NAME(
            "?1", "?2", "?3", SERVER_OF_SOURCE) ", nullif(?2, '')), NULL",
        [summary_by_source] = "SELECT kind, NULL FROM sources WHERE no = ?1",
        [summary_by_server] = "SELECT " SERVER_OF_SOURCE ", NULL",
        [summary_by_media_type] = "SELECT ?2, NULL",
        [summary_by_person] = "SELECT " PERSON_ID(
            SERVER_OF_SOURCE, "?2") ", coalesce(" NAME_OF_USER ", nullif(?3, ''), nullif(?2, ''))",
    };
    return queries[by];
}

static enum err add_named(struct reader *r, enum summary_by by, sqlite3_stmt *find,
                          const struct line *raw, struct lines *out)
{
    const char *id = strchr(raw->key, BETWEEN) + 1;
    const char *name = strchr(id, BETWEEN) + 1;
    bool row = false;
    stmt_number(find, 1, strtoll(raw->key, NULL, 10));
    stmt_text(find, 2, arena_text(r->arena, id, (size_t)(name - id) - 1));
    stmt_text(find, 3, name);
    enum err e = stmt_row(find, &row);
    if (e == OK) {
        struct line more = *raw;
        const char *key = row ? column_text(find, 0, r->arena) : NULL;
        if (by == summary_by_source) {
            key = schema_enum_text(&enum_source_kind, row ? (int)row_number(find, 0) : -1);
        }
        key = key != NULL ? key : "";
        more.label = row ? column_text(find, 1, r->arena) : NULL;
        add(r, out, key, strlen(key), &more);
    }
    sqlite3_reset(find);
    return e;
}

enum err lines_name(struct reader *r, enum summary_by by, const struct lines *raw,
                    struct lines *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    const char *query = name_query(by);
    enum err e = query != NULL ? db_prepare(r->db, query, &find) : OK;
    for (size_t i = 0; e == OK && i < raw->count; i++) {
        const struct line *line = &raw->slots[i];
        if (line->key != NULL && query != NULL) {
            e = add_named(r, by, find, line, out);
        } else if (line->key != NULL) {
            add(r, out, line->key, line->size, line);
        }
    }
    return e;
}
