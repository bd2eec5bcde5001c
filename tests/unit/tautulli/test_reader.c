/* SPDX-License-Identifier: MIT
 * test_reader.c - what becomes of each row: every oddity that real files hold, by its rule. */
#include "actors/tautulli/plan.h"
#include "actors/tautulli/reader.h"
#include "actors/tautulli/schema.h"
#include "tests/unit/tautulli/fixture.h"

#define NOW_MS INT64_C(1790000000000)
#define START INT64_C(1500000000)

/* ---- one row, changed by a statement ---- */

struct reading {
    struct fixture *f;
    struct reader *reader;
    const struct mapped_row *row;
};

static struct reading open_reading(struct fixture *f)
{
    struct reading r = {.f = f};
    struct reader_settings settings = {
        .server_id = "server", .watched_percent = 85, .planned_at_ms = NOW_MS};
    assert_int_equal(fixture_open(f), OK);
    assert_int_equal(reader_open(f->source, &settings, &r.reader), OK);
    return r;
}

/* The row `id`, mapped; what the reader lends stays until the next call. */
static const struct mapped_row *read_id(struct reading *r, int64_t id)
{
    assert_int_equal(reader_begin(r->reader, id, id), OK);
    assert_int_equal(reader_next(r->reader, &r->row), OK);
    assert_non_null(r->row);
    return r->row;
}

static void close_reading(struct reading *r)
{
    reader_close(&r->reader);
    source_close(&r->f->source);
}

static bool has_note(const struct mapped_row *row, const char *code)
{
    for (size_t i = 0; i < row->note_count; i++) {
        if (strcmp(row->notes[i].code, code) == 0) {
            return true;
        }
    }
    return false;
}

/* A file with one plain movie, row 1, and the users ann (7) and bob (8). */
static void make_plain(struct fixture *f)
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

/* ---- the table of oddities ---- */

struct oddity {
    const char *change; /* after UPDATE */
    const char *note;   /* code of the error or repair; NULL: none at all */
    bool rejected;
};

#define HISTORY "session_history SET "
#define METADATA "session_history_metadata SET "

static const struct oddity oddities[] = {
    {HISTORY "started = NULL", "STARTED_MISSING", true},
    {HISTORY "started = ''", "STARTED_MISSING", true},
    {HISTORY "started = 'yesterday'", "STARTED_INVALID", true},
    {HISTORY "started = '2017-07-14T02:40:00'", "STARTED_INVALID", true},
    {HISTORY "started = 0", "STARTED_OUT_OF_RANGE", true},
    {HISTORY "started = -1", "STARTED_OUT_OF_RANGE", true},
    {HISTORY "started = 1500000000000", "STARTED_OUT_OF_RANGE", true},
    {HISTORY "started = 32503680000", "STARTED_OUT_OF_RANGE", true},
    {HISTORY "started = 1e300", "STARTED_OUT_OF_RANGE", true},
    {HISTORY "started = 1500000000.75", NULL, false},
    {HISTORY "stopped = NULL", NULL, false},
    {HISTORY "stopped = 0", NULL, false},
    {HISTORY "stopped = ''", NULL, false},
    {HISTORY "stopped = 1499999999", "stopped", false},
    {HISTORY "stopped = 9223372036854775807", "stopped", false},
    {HISTORY "stopped = 'never'", "stopped", false},
    {HISTORY "stopped = 1502592000", "long_play", false},
    {HISTORY "paused_counter = NULL", NULL, false},
    {HISTORY "paused_counter = ''", NULL, false},
    {HISTORY "paused_counter = -1", "paused", false},
    {HISTORY "paused_counter = 3601", "paused", false},
    {HISTORY "view_offset = NULL", NULL, false},
    {HISTORY "view_offset = '12abc'", "number", false},
    {HISTORY "view_offset = -5", "view_offset", false},
    {HISTORY "user_id = NULL", "user_id", false},
    {HISTORY "user_id = 'abc'", "user_id", false},
    {HISTORY "user = NULL", "user", false},
    {HISTORY "user = ''", "user", false},
    {HISTORY "user = NULL, user_id = NULL", "USER_MISSING", true},
    {HISTORY "user = '', user_id = 'abc'", "USER_MISSING", true},
    {HISTORY "user_id = 999, user = 'ghost'", NULL, false},
    {HISTORY "ip_address = NULL", NULL, false},
    {HISTORY "ip_address = ''", NULL, false},
    {HISTORY "ip_address = 'unknown'", "ip_address", false},
    {HISTORY "ip_address = '10.0.0.1:32400'", "ip_stripped", false},
    {HISTORY "ip_address = 'fe80::1%eth0'", "ip_stripped", false},
    {HISTORY "ip_address = '::ffff:10.0.0.1'", NULL, false},
    {HISTORY "bandwidth = '', secure = '', relayed = ''", NULL, false},
    {HISTORY "reference_id = NULL", NULL, false},
    {HISTORY "reference_id = 0", NULL, false},
    {HISTORY "reference_id = 12345", NULL, false},
    {HISTORY "media_type = NULL", NULL, false},
    {HISTORY "media_type = 'hologram'", NULL, false},
    {METADATA "title = CAST(x'61ff62' AS TEXT)", "text_utf8", false},
    {METADATA "title = x'6162ff'", "text_utf8", false},
    {METADATA "title = CAST(x'610062' AS TEXT)", "text_control", false},
    {METADATA "title = 'a' || char(7)", "text_control", false},
    {METADATA "summary = hex(zeroblob(40000))", "text_cut", false},
    {METADATA "title = '<b>', full_title = '=1+1'", NULL, false},
    {METADATA "year = 'MMXX'", "number", false},
    {METADATA "year = '', media_index = '', duration = ''", NULL, false},
    {METADATA "duration = -1", "duration", false},
    {METADATA "id = 2", "metadata_missing", false},
    {"session_history_media_info SET id = 2", "media_info_missing", false},
};

static void assert_oddity(struct fixture *f, const struct oddity *oddity)
{
    char sql[256];
    make_plain(f);
    (void)snprintf(sql, sizeof(sql), "UPDATE %s", oddity->change);
    fixture_sql(f->path, sql);
    struct reading r = open_reading(f);
    const struct mapped_row *row = read_id(&r, 1);
    size_t notes = oddity->note == NULL ? 0 : 1;
    if (row->rejected != oddity->rejected || row->note_count != notes ||
        (notes == 1 && !has_note(row, oddity->note))) {
        fail_msg("%s: %s, %zu notes, first %s", oddity->change,
                 row->rejected ? "rejected" : "stored", row->note_count,
                 row->note_count == 0 ? "none" : row->notes[0].code);
    }
    if (notes == 1) {
        assert_int_equal(row->notes[0].record_id, 1);
        assert_int_equal(row->notes[0].repair, !oddity->rejected);
        assert_non_null(row->notes[0].message);
    }
    close_reading(&r);
}

static void every_oddity_is_stored_repaired_or_rejected_by_its_rule(void **state)
{
    for (size_t i = 0; i < COUNT_OF(oddities); i++) {
        assert_oddity(*state, &oddities[i]);
    }
}

/* ---- values ---- */

static void a_plain_row_becomes_a_play(void **state)
{
    make_plain(*state);
    struct reading r = open_reading(*state);
    const struct play *play = &read_id(&r, 1)->play;
    assert_int_equal(play->native_id, 1);
    assert_int_equal(play->started_at, START * 1000);
    assert_int_equal(play->stopped_at, (START + 3600) * 1000);
    assert_int_equal(play->time_quality, time_quality_exact);
    assert_int_equal(play->paused_s, 60);
    assert_int_equal(play->played_s, 3540);
    assert_true(play->has_percent_complete && play->percent_complete == 50.0);
    assert_false(play->watched);
    assert_false(play->live);
    assert_string_equal(play->user_id, "7");
    assert_string_equal(play->user, "ann");
    assert_string_equal(play->title, "Plain");
    assert_string_equal(play->section_id, "3");
    assert_int_equal(play->reference_id, 1);
    assert_string_equal(r.row->facet_user, "ann");
    assert_string_equal(r.row->facet_month, "2017-07");
    close_reading(&r);
}

static void absent_stop_and_length_leave_what_follows_from_them_open(void **state)
{
    struct fixture *f = *state;
    make_plain(f);
    fixture_sql(f->path, "UPDATE session_history SET stopped = NULL;"
                         "UPDATE session_history_metadata SET duration = 0;"
                         "UPDATE session_history_media_info SET duration = ''");
    struct reading r = open_reading(f);
    const struct play *play = &read_id(&r, 1)->play;
    assert_false(play->has_stopped_at || play->has_played_s);
    assert_int_equal(play->time_quality, time_quality_start_only);
    assert_false(play->has_percent_complete || play->has_duration_ms);
    close_reading(&r);
}

static void the_length_is_the_metadatas_else_the_medias(void **state)
{
    struct fixture *f = *state;
    make_plain(f);
    fixture_sql(f->path, "UPDATE session_history_metadata SET duration = 0");
    struct reading r = open_reading(f);
    assert_true(read_id(&r, 1)->play.percent_complete == 60.0);
    close_reading(&r);
}

static void watched_follows_the_threshold_the_credits_and_live_tv(void **state)
{
    static const struct {
        const char *change;
        bool watched;
        double percent;
    } cases[] = {
        {"UPDATE session_history SET view_offset = 5100000", true, 85.0},
        {"UPDATE session_history SET view_offset = 5099999", false, 84.99998333333334},
        {"UPDATE session_history SET view_offset = 99999999", true, 100.0},
        {"UPDATE session_history_metadata SET marker_credits_first = 2000000", true, 50.0},
        {"UPDATE session_history_metadata SET live = 1", true, 100.0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture *f = *state;
        make_plain(f);
        fixture_sql(f->path, cases[i].change);
        struct reading r = open_reading(f);
        const struct play *play = &read_id(&r, 1)->play;
        assert_int_equal(play->watched, cases[i].watched);
        assert_true(play->percent_complete - cases[i].percent < 1e-9 &&
                    cases[i].percent - play->percent_complete < 1e-9);
        close_reading(&r);
    }
}

static void a_user_is_found_by_name_where_the_id_is_no_number(void **state)
{
    struct fixture *f = *state;
    make_plain(f);
    fixture_sql(f->path, "UPDATE session_history SET user_id = 'abc', user = 'bob'");
    struct reading r = open_reading(f);
    assert_string_equal(read_id(&r, 1)->play.user_id, "8");
    close_reading(&r);
    fixture_sql(f->path, "UPDATE session_history SET user_id = NULL, user = 'stranger'");
    r = open_reading(f);
    assert_null(read_id(&r, 1)->play.user_id);
    assert_string_equal(r.row->play.user, "stranger");
    close_reading(&r);
    fixture_sql(f->path, "UPDATE session_history SET user_id = 0, user = NULL");
    r = open_reading(f);
    assert_string_equal(read_id(&r, 1)->play.user_id, "0");
    close_reading(&r);
}

static void a_note_keeps_the_raw_value_and_a_rejection_the_whole_row(void **state)
{
    struct fixture *f = *state;
    make_plain(f);
    fixture_sql(f->path, "UPDATE session_history_metadata SET title = CAST(x'edA080' AS TEXT)");
    struct reading r = open_reading(f);
    const struct row_note *note = &read_id(&r, 1)->notes[0];
    assert_string_equal(r.row->play.title, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    assert_int_equal(note->raw_count, 1);
    assert_string_equal(note->raw[0].column, "session_history_metadata.title");
    assert_string_equal(note->raw[0].base64, "7aCA");
    close_reading(&r);
    fixture_sql(f->path, "UPDATE session_history SET started = 'soon'");
    r = open_reading(f);
    note = &read_id(&r, 1)->notes[0];
    assert_int_equal(note->raw_count, 145);
    assert_string_equal(note->raw[2].column, "session_history.started");
    assert_string_equal(note->raw[2].text, "soon");
    assert_string_equal(note->raw[2].type, "text");
    close_reading(&r);
}

static void both_places_of_the_section_are_asked(void **state)
{
    struct fixture *f = *state;
    make_plain(f);
    fixture_sql(f->path, "ALTER TABLE session_history_metadata ADD COLUMN section_id INTEGER;"
                         "UPDATE session_history_metadata SET section_id = 5;"
                         "UPDATE session_history SET section_id = NULL");
    struct reading r = open_reading(f);
    assert_string_equal(read_id(&r, 1)->play.section_id, "5");
    close_reading(&r);
}

/* ---- nothing of the three tables is lost ---- */

/* A value of its own for each column, as text: a number where a number belongs. */
static void fill_columns(struct fixture *f)
{
    char sql[256];
    for (int c = 0; c < COLUMN_COUNT; c++) {
        const char *name = column_name((enum column)c);
        if (strcmp(name, "id") != 0 && c != COL_METADATA_section_id &&
            c != COL_HISTORY_reference_id) {
            (void)snprintf(sql, sizeof(sql), "UPDATE %s SET %s = %d",
                           table_name(column_table((enum column)c)), name, 1000 + c);
            fixture_sql(f->path, sql);
        }
    }
    fixture_sql(f->path, "UPDATE session_history SET started = 1500000000, stopped = 1500001000 "
                         "+ 5000, ip_address = '10.9.8.7'; UPDATE session_history_metadata SET "
                         "live = 1");
}

static bool says(const struct field *field, const void *record, int64_t wanted)
{
    const char *at = (const char *)record + field->offset;
    bool has = field->aux_offset == 0 || *((const bool *)record + field->aux_offset);
    switch (field->type) {
    case TYPE_STR:
        return *(const char *const *)(const void *)at != NULL &&
               strtoll(*(const char *const *)(const void *)at, NULL, 10) == wanted;
    case TYPE_I64:
        return has && *(const int64_t *)(const void *)at == wanted;
    case TYPE_BOOL:
        return has && *(const bool *)at;
    default:
        return false;
    }
}

static bool field_says(const struct record_desc *r, const char *name, const void *record,
                       int64_t wanted)
{
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(r->fields[i].name, name) == 0) {
            return says(&r->fields[i], record, wanted);
        }
    }
    return false;
}

/* Columns with a rule of their own; what they become is asserted by hand. */
static bool has_own_rule(enum column c)
{
    static const enum column own[] = {
        COL_HISTORY_id,         COL_METADATA_id,         COL_MEDIA_INFO_id,
        COL_HISTORY_started,    COL_HISTORY_stopped,     COL_HISTORY_reference_id,
        COL_HISTORY_ip_address, COL_METADATA_section_id, COL_METADATA_live};
    for (size_t i = 0; i < COUNT_OF(own); i++) {
        if (own[i] == c) {
            return true;
        }
    }
    return false;
}

static void each_of_the_145_columns_comes_out_where_columns_def_says(void **state)
{
    static const struct {
        const char *record, *field;
    } places[] = {
#define COLUMN(table, name, kind, record, field) {#record, #field},
#include "actors/tautulli/columns.def"
#undef COLUMN
    };
    make_plain(*state);
    fill_columns(*state);
    struct reading r = open_reading(*state);
    const struct mapped_row *row = read_id(&r, 1);
    assert_false(row->rejected);
    assert_int_equal(row->note_count, 0);
    for (int c = 0; c < COLUMN_COUNT; c++) {
        const char *record = places[c].record;
        bool found = strcmp(record, "play") == 0
                         ? field_says(desc_play(), places[c].field, &row->play, 1000 + c)
                     : strcmp(record, "item") == 0
                         ? field_says(desc_item(), places[c].field, &row->item, 1000 + c)
                         : field_says(desc_stream(), places[c].field, &row->stream, 1000 + c);
        if (!found && !has_own_rule((enum column)c)) {
            fail_msg("%s did not come out as %s.%s", column_full_names[c], record, places[c].field);
        }
    }
    assert_string_equal(row->play.ip_address, "10.9.8.7");
    assert_true(row->play.live);
    close_reading(&r);
}

/* ---- hashes ---- */

static void rows_that_say_the_same_have_one_hash_whatever_their_ids(void **state)
{
    struct fixture *f = *state;
    make_plain(f);
    fixture_sql(f->path,
                "CREATE TEMP TABLE t AS SELECT * FROM session_history; UPDATE t SET id = 2, "
                "reference_id = 2; INSERT INTO session_history SELECT * FROM t; DROP TABLE t;"
                "CREATE TEMP TABLE t AS SELECT * FROM session_history_metadata; UPDATE t SET "
                "id = 2; INSERT INTO session_history_metadata SELECT * FROM t; DROP TABLE t;"
                "CREATE TEMP TABLE t AS SELECT * FROM session_history_media_info; UPDATE t SET "
                "id = 2; INSERT INTO session_history_media_info SELECT * FROM t;");
    struct reading r = open_reading(f);
    int64_t content = read_id(&r, 1)->play.content_hash;
    int64_t item = r.row->item_hash;
    assert_int_equal(read_id(&r, 2)->play.content_hash, content);
    assert_int_equal(r.row->item_hash, item);
    close_reading(&r);
    fixture_sql(f->path, "UPDATE session_history_media_info SET container = x'6d6b76' WHERE id = 2;"
                         "UPDATE session_history_media_info SET container = 'mkv' WHERE id = 1;"
                         "UPDATE session_history_metadata SET last_viewed_at = 5 WHERE id = 2");
    r = open_reading(f);
    content = read_id(&r, 1)->play.content_hash;
    assert_int_not_equal(read_id(&r, 2)->play.content_hash, content); /* another storage class */
    assert_int_equal(r.row->item_hash, item); /* a view of it is no new version */
    close_reading(&r);
}

static void a_column_that_is_absent_hashes_like_null(void **state)
{
    struct fixture *f = *state;
    make_plain(f);
    fixture_sql(f->path, "UPDATE session_history_media_info SET subtitle_forced = NULL;"
                         "UPDATE session_history_metadata SET channel_vcn = NULL");
    struct reading r = open_reading(f);
    int64_t content = read_id(&r, 1)->play.content_hash;
    int64_t item = r.row->item_hash;
    close_reading(&r);
    fixture_sql(f->path, "ALTER TABLE session_history_media_info DROP COLUMN subtitle_forced;"
                         "ALTER TABLE session_history_metadata DROP COLUMN channel_vcn");
    r = open_reading(f);
    assert_int_equal(read_id(&r, 1)->play.content_hash, content);
    assert_int_equal(r.row->item_hash, item);
    close_reading(&r);
}

/* ---- sizes and damage ---- */

static void a_value_beyond_every_limit_rejects_its_row_alone(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 3);
    fixture_sql(f->path, "UPDATE session_history_metadata SET summary = zeroblob(20000000) "
                         "WHERE id = 2; UPDATE session_history SET started = 1500000000 + id, "
                         "stopped = NULL");
    struct reading r = open_reading(f);
    size_t rows = 0;
    assert_int_equal(reader_begin(r.reader, 1, 3), OK);
    while (reader_next(r.reader, &r.row) == OK && r.row != NULL) {
        rows++;
        assert_int_equal(r.row->rejected, r.row->id == 2);
        assert_true(r.row->id != 2 || has_note(r.row, "ROW_TOO_LARGE"));
    }
    assert_int_equal(rows, 3);
    close_reading(&r);
}

static void the_lowest_id_there_is_can_be_a_range_of_its_own(void **state)
{
    struct fixture *f = *state;
    make_plain(f);
    fixture_sql(f->path, "UPDATE session_history SET id = -9223372036854775808;"
                         "UPDATE session_history_metadata SET id = -9223372036854775808");
    struct reading r = open_reading(f);
    assert_int_equal(read_id(&r, INT64_MIN)->id, INT64_MIN);
    assert_int_equal(reader_next(r.reader, &r.row), OK);
    assert_null(r.row);
    close_reading(&r);
    fixture_sql(f->path, "UPDATE session_history_metadata SET summary = zeroblob(20000000)");
    r = open_reading(f);
    assert_true(has_note(read_id(&r, INT64_MIN), "ROW_TOO_LARGE"));
    close_reading(&r);
}

static void damaged_pages_end_the_range_where_they_begin(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 2000);
    fixture_damage(f, 20);

    struct reading r = open_reading(f);
    struct plan plan;
    int64_t cut = 0;
    int64_t reached = 0;
    uint64_t rows = 0;
    assert_int_equal(plan_make(f->source, NOW_MS, &plan), OK);
    assert_int_equal(plan_cut(f->source, plan.first_id, plan.last_id, 2000, &cut, &rows), OK);
    assert_in_range(rows, 100, 1999);
    assert_int_equal(reader_begin(r.reader, plan.first_id, cut), OK);
    do {
        assert_int_equal(reader_next(r.reader, &r.row), OK);
        rows -= r.row != NULL;
        reached = r.row != NULL ? r.row->id : reached;
    } while (r.row != NULL);
    assert_int_equal(rows, 0);
    assert_int_equal(reached, cut);
    reader_end(r.reader);
    assert_int_equal(reader_begin(r.reader, cut + 1, plan.last_id), OK);
    assert_int_equal(reader_next(r.reader, &r.row), ERR_DATABASE_DAMAGED);
    reader_end(r.reader);
    assert_int_equal(plan_cut(f->source, cut + 1, plan.last_id, 2000, &cut, &rows),
                     ERR_DATABASE_DAMAGED);
    close_reading(&r);
}

static void a_dirty_file_of_each_generation_maps_as_its_maker_foretold(void **state)
{
    struct fixture *f = *state;
    for (enum tautulli_schema schema = 0; schema < SCHEMA_COUNT; schema++) {
        struct tautulli_plan plan = tautulli_plan_default(f->path);
        struct tautulli_expected expected;
        plan.schema = schema;
        plan.dirty = true;
        plan.future_columns = true;
        plan.rows = 1500;
        assert_int_equal(tautulli_make(&plan, NULL, &expected), OK);
        struct reading r = open_reading(f);
        int64_t rows = 0;
        int64_t errors = 0;
        assert_int_equal(reader_begin(r.reader, INT64_MIN, INT64_MAX - 1), OK);
        while (reader_next(r.reader, &r.row) == OK && r.row != NULL) {
            rows++;
            errors += r.row->rejected;
        }
        assert_int_equal(rows, expected.total);
        assert_int_equal(errors, expected.errors);
        close_reading(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(every_oddity_is_stored_repaired_or_rejected_by_its_rule),
        TEST(a_plain_row_becomes_a_play),
        TEST(absent_stop_and_length_leave_what_follows_from_them_open),
        TEST(the_length_is_the_metadatas_else_the_medias),
        TEST(watched_follows_the_threshold_the_credits_and_live_tv),
        TEST(a_user_is_found_by_name_where_the_id_is_no_number),
        TEST(a_note_keeps_the_raw_value_and_a_rejection_the_whole_row),
        TEST(both_places_of_the_section_are_asked),
        TEST(each_of_the_145_columns_comes_out_where_columns_def_says),
        TEST(rows_that_say_the_same_have_one_hash_whatever_their_ids),
        TEST(a_column_that_is_absent_hashes_like_null),
        TEST(a_value_beyond_every_limit_rejects_its_row_alone),
        TEST(the_lowest_id_there_is_can_be_a_range_of_its_own),
        TEST(damaged_pages_end_the_range_where_they_begin),
        TEST(a_dirty_file_of_each_generation_maps_as_its_maker_foretold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
