/* SPDX-License-Identifier: MIT
 * reading.h - a row of a made source as the reader maps it, for the tests of that. */
#ifndef PLAYBUS_TESTS_UNIT_TAUTULLI_READING_H
#define PLAYBUS_TESTS_UNIT_TAUTULLI_READING_H

#include "actors/tautulli/plan.h"
#include "actors/tautulli/reader.h"
#include "actors/tautulli/schema.h"
#include "tests/unit/tautulli/fixture.h"

#define NOW_MS INT64_C(1790000000000)

struct reading {
    struct fixture *f;
    struct reader *reader;
    const struct mapped_row *row;
};

static inline struct reading open_reading(struct fixture *f)
{
    struct reading r = {.f = f};
    struct reader_settings settings = {
        .server_id = "server", .watched_percent = 85, .planned_at_ms = NOW_MS};
    assert_int_equal(fixture_open(f), OK);
    assert_int_equal(reader_open(f->source, &settings, &r.reader), OK);
    return r;
}

/* The row `id`, mapped; what the reader lends stays until the next call. */
static inline const struct mapped_row *read_id(struct reading *r, int64_t id)
{
    assert_int_equal(reader_begin(r->reader, id, id), OK);
    assert_int_equal(reader_next(r->reader, &r->row), OK);
    assert_non_null(r->row);
    return r->row;
}

static inline void close_reading(struct reading *r)
{
    reader_close(&r->reader);
    source_close(&r->f->source);
}

static inline bool has_note(const struct mapped_row *row, const char *code)
{
    for (size_t i = 0; i < row->note_count; i++) {
        if (strcmp(row->notes[i].code, code) == 0) {
            return true;
        }
    }
    return false;
}

/* A file with one plain movie, row 1, and the users ann (7) and bob (8). */
static inline void make_plain(struct fixture *f)
{
    (void)unlink(f->path);
    struct tautulli_plan plan = tautulli_plan_default(f->path);
    plan.rows = 1;
    assert_int_equal(tautulli_make(&plan, NULL, NULL), OK);
    fixture_sql(
        f->path,
        "DELETE FROM users;"
        "INSERT INTO users (user_id, username) VALUES (7, 'ann'), (8, 'bob');"
        "UPDATE session_history SET started = 1500000000, stopped = 1500003600, user_id = 7,"
        " user = 'ann', paused_counter = 60, view_offset = 3000000, media_type = 'movie',"
        " ip_address = '10.0.0.1', reference_id = 1, section_id = 3;"
        "UPDATE session_history_metadata SET duration = 6000000, live = 0, title = 'Plain',"
        " marker_credits_first = NULL;"
        "UPDATE session_history_media_info SET duration = 5000000");
}

#endif
