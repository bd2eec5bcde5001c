/* SPDX-License-Identifier: MIT
 * reading.c - pages of a history that grows and shrinks while it is read. */
#include "actors/shared/plex/reading.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "actors/shared/plex/plex_json.h"
#include "proto/base/own.h"

enum {
    SECOND_OVERLAP = 200, /* rows of a second that are asked for again */
    MORE_MAX = 10000,     /* rows beyond twice what was expected */
    BARREN_MAX = 300,
    LESS_ROWS = 8 /* fewer rows are not asked for: then the time is cut */
};

void reading_begin(struct reading *r, int64_t since, const char *const *libraries, size_t count)
{
    *r = (struct reading){.libraries = libraries,
                          .library_count = count,
                          .since = since,
                          .floor = since,
                          .second = since,
                          .page_rows = READING_PAGE_ROWS};
}

void reading_release(struct reading *r)
{
    json_decref(r->page);
    r->page = NULL;
}

/* ---- the question ---- */

static const char *library_asked(const struct reading *r)
{
    return r->whole || r->library_count == 0 ? NULL : r->libraries[r->pass];
}

/* With an overlap, which a server that gives short pages is led through step by step. */
static uint64_t first_asked(const struct reading *r)
{
    uint64_t overlap = r->by_offset ? r->page_rows : SECOND_OVERLAP;
    if (r->barren > 0) {
        return r->start + r->count;
    }
    return r->offset > overlap ? r->offset - overlap : 0;
}

void reading_question(struct reading *r, char out[static READING_QUESTION_SIZE])
{
    const char *library = library_asked(r);
    char window[48] = "";
    r->start = first_asked(r);
    bool windowed = r->window_s > 0 && r->second + r->window_s < r->until;
    r->window_to = windowed ? r->second + r->window_s : 0;
    if (windowed) {
        (void)snprintf(window, sizeof(window), "&viewedAt%%3C=%" PRId64, r->window_to);
    }
    uint64_t again = r->offset > r->start ? r->offset - r->start : 0;
    (void)snprintf(out, READING_QUESTION_SIZE,
                   "/status/sessions/history/all?sort=viewedAt:asc&viewedAt%%3E=%" PRId64
                   "%s%s%.20s&X-Plex-Container-Start=%" PRIu64 "&X-Plex-Container-Size=%" PRIu64,
                   r->by_offset ? r->floor : r->second, window,
                   library != NULL ? "&librarySectionID=" : "", library != NULL ? library : "",
                   r->start, (uint64_t)r->page_rows + again);
}

/* ---- rows ---- */

static bool viewed_at(const json_t *row, int64_t *out)
{
    return plex_number(row, "viewedAt", out) && *out > 0 && *out < INT64_C(1) << 40;
}

/* What a row is remembered by: its number, or what it says, below zero, if it has none. */
static int64_t id_of(const json_t *row)
{
    int64_t id = 0;
    if (plex_row_number(row, &id)) {
        return id;
    }
    OWNED(free_text) char *text = json_dumps(row, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    return text == NULL ? -1 : (int64_t)(XXH3_64bits(text, strlen(text)) | (UINT64_C(1) << 63));
}

static bool is_known(const struct reading *r, int64_t id)
{
    for (size_t i = 0; i < r->id_count; i++) {
        if (r->ids[i] == id) {
            return true;
        }
    }
    return false;
}

static void remember(struct reading *r, int64_t id)
{
    r->ids[r->id_next] = id;
    r->id_next = (r->id_next + 1) % READING_IDS;
    r->id_count += r->id_count < READING_IDS;
    r->fresh++;
    r->seen++;
}

/* A row that does not say which library it is of may come with a question for one; by offset nobody
 * knows whether that was heard. */
static bool is_of_library(const struct reading *r, const json_t *row)
{
    char key[24];
    const char *asked = library_asked(r);
    const char *library = plex_key(row, "librarySectionID", key);
    if (asked != NULL) {
        return library == NULL ? !r->by_offset : strcmp(library, asked) == 0;
    }
    for (size_t i = 0; library != NULL && i < r->library_count; i++) {
        if (strcmp(library, r->libraries[i]) == 0) {
            return true;
        }
    }
    return r->library_count == 0;
}

/* The row counts as read, wanted or not. */
static void move_behind(struct reading *r, size_t at, bool has_time, int64_t time)
{
    if (!r->by_offset && has_time && time > r->second) {
        r->second = time;
        r->second_at = at;
        r->second_of = 0;
        r->offset = 0;
    }
    uint64_t behind = r->second_of + (at - r->second_at) + 1;
    r->offset = behind > r->offset ? behind : r->offset;
}

void reading_go_by_offset(struct reading *r, uint64_t from)
{
    r->by_offset = true;
    r->floor = r->second;
    r->offset = from;
    r->window_s = 0;
    r->barren = 0;
}

void reading_begin_pass(struct reading *r)
{
    r->by_offset = false;
    r->floor = r->second = r->since;
    r->offset = 0;
    r->window_s = 0;
    size_t of = r->whole ? r->library_count : r->pass;
    if (r->starts != NULL && r->starts[of] != READ_BY_TIME) {
        reading_go_by_offset(r, r->starts[of]);
    }
}

static void end_pass(struct reading *r)
{
    r->done = r->whole || r->pass + 1 >= r->library_count;
    r->pass += !r->done;
    reading_begin_pass(r);
}

/* The next window begins with the last second of this one, whose rows are known. */
static void end_window(struct reading *r)
{
    r->second = r->window_to;
    r->offset = 0;
}

static void end_page(struct reading *r)
{
    reading_release(r);
    bool barren = r->fresh == 0 && !r->ends;
    r->barren = barren ? r->barren + 1 : 0;
    r->repeats = barren && r->start >= r->behind ? r->repeats + 1 : 0;
    if (r->ends && r->window_to > 0) {
        end_window(r);
    } else if (r->ends) {
        end_pass(r);
    }
}

const json_t *reading_next_row(struct reading *r)
{
    while (r->page != NULL && r->at < r->count) {
        const json_t *row = json_array_get(r->page, r->at);
        int64_t time = 0;
        bool has_time = viewed_at(row, &time);
        int64_t id = id_of(row);
        bool known = is_known(r, id);
        move_behind(r, r->at++, has_time, time);
        if (!known) {
            remember(r, id);
        }
        if (known || (has_time && time < r->floor)) {
            continue;
        }
        if (is_of_library(r, row)) {
            return row;
        }
        r->unwanted++;
    }
    if (r->page != NULL) {
        end_page(r);
    }
    return NULL;
}

/* ---- pages ---- */

/* Is the page what was asked for: in order of time, from the second that was named on? */
static bool is_as_asked(const struct reading *r, const json_t *rows)
{
    int64_t before = r->second;
    size_t i = 0;
    const json_t *row = NULL;
    json_array_foreach(rows, i, row)
    {
        int64_t time = 0;
        if (viewed_at(row, &time)) {
            if (time < before) {
                return false;
            }
            before = time;
        }
    }
    return true;
}

/* Far more rows than there are, or the same ones again and again: more of them than are remembered
 * were met. */
static bool has_no_end(const struct reading *r)
{
    return r->seen > 2 * r->expected + MORE_MAX || r->barren > BARREN_MAX ||
           r->repeats * r->count > 2 * (size_t)READING_IDS;
}

enum err reading_take_page(struct reading *r, const json_t *rows, int64_t total)
{
    reading_release(r);
    if (!r->by_offset && !is_as_asked(r, rows)) {
        reading_go_by_offset(r, 0); /* what was read in order stays read */
        return OK;
    }
    r->start = total < 0 ? 0 : r->start; /* all came */
    if (r->start == 0 && total > 0 && (uint64_t)total > r->expected) {
        r->expected = (uint64_t)total;
    }
    if (has_no_end(r)) {
        return ERR_SERVER_FLOODS;
    }
    r->page = rows != NULL ? json_incref((json_t *)(uintptr_t)rows) : json_array();
    r->count = json_array_size(r->page);
    r->at = r->fresh = r->second_at = 0;
    r->second_of = r->start;
    r->behind = r->offset;
    r->ends = r->count == 0 || total < 0 || r->start + r->count >= (uint64_t)total;
    return OK;
}

bool reading_ask_less(struct reading *r, int64_t now_s)
{
    if (r->page_rows > LESS_ROWS) {
        r->page_rows /= 4;
        return true;
    }
    if (r->by_offset || r->window_s == 1) {
        return false;
    }
    r->until = now_s;
    int64_t left_s = now_s > r->second ? now_s - r->second : 1;
    r->window_s = (r->window_s > 0 ? r->window_s : left_s) / 2 + 1;
    r->window_s -= r->window_s == 2; /* or it would stay two seconds */
    return true;
}

/* ---- the cursor ---- */

enum err reading_pack(const struct reading *r, struct buffer *out)
{
    uint64_t ids[READING_IDS];
    size_t first = r->id_count < READING_IDS ? 0 : r->id_next;
    for (size_t i = 0; i < r->id_count; i++) {
        ids[i] = htole64((uint64_t)r->ids[(first + i) % READING_IDS]);
    }
    const struct plex_cursor cursor = {.pass = r->pass,
                                       .has_whole = true,
                                       .whole = r->whole,
                                       .by_offset = r->by_offset,
                                       .floor = r->floor,
                                       .second = r->second,
                                       .offset = r->offset,
                                       .ids = {(const char *)ids, r->id_count * sizeof(ids[0])}};
    buffer_reset(out);
    return record_pack(desc_plex_cursor(), &cursor, out, NULL);
}

enum err reading_unpack(struct reading *r, struct bytes packed)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct plex_cursor cursor;
    enum err e = record_unpack(desc_plex_cursor(), packed.data, packed.size, arena, &cursor, NULL);
    size_t count = cursor.ids.size / sizeof(uint64_t);
    if (e != OK || count > READING_IDS ||
        cursor.pass >= (r->library_count > 0 ? r->library_count : 1)) {
        return e != OK ? e : ERR_BAD_FIELD;
    }
    r->pass = cursor.pass;
    r->whole = cursor.has_whole && cursor.whole;
    r->by_offset = cursor.by_offset;
    r->floor = cursor.floor;
    r->second = cursor.second;
    r->offset = cursor.offset;
    for (size_t i = 0; i < count; i++) {
        uint64_t id = 0;
        memcpy(&id, (const char *)cursor.ids.data + i * sizeof(id), sizeof(id));
        r->ids[i] = (int64_t)le64toh(id);
    }
    r->id_count = count;
    r->id_next = count % READING_IDS;
    return OK;
}
