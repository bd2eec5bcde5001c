/* SPDX-License-Identifier: MIT
 * test_reader.c - what becomes of each row: every oddity that real files hold, by its rule. */
#include "tests/unit/tautulli/reading.h"

#define START INT64_C(1500000000)

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
        assert_int_equal(row->notes[0].position, 1);
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
    const struct mapped_row *row = read_id(&r, 1);
    const struct play *play = &row->play;
    assert_int_equal(row->position, 1);
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
    const struct mapped_row *row = read_id(&r, 1);
    const struct play *play = &row->play;
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
        const struct mapped_row *row = read_id(&r, 1);
        const struct play *play = &row->play;
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

static void a_note_keeps_the_raw_value_and_a_rejection_the_row_but_its_nulls(void **state)
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
    assert_in_range(note->raw_count, 10, 144);
    for (size_t i = 0; i < note->raw_count; i++) {
        assert_string_not_equal(note->raw[i].type, "null"); /* most of a row is */
    }
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

/* A field that nothing fills is null for ever, and nobody is told. */
static void each_field_of_a_play_is_filled_by_a_column_or_computed(void **state)
{
    static const char *const filled[] = {
        "play.native_id",        "play.facet",        "play.item",        "play.content_hash",
        "play.stream",           "play.time_quality", "play.played_s",    "play.watched",
        "play.percent_complete", "play.live",         "play.duration_ms",
#define COLUMN(table, name, kind, record, field) #record "." #field,
#include "actors/tautulli/columns.def"
#undef COLUMN
    };
    (void)state;
    const struct record_desc *play = desc_play();
    for (size_t i = 0; i < play->count; i++) {
        char name[64];
        bool found = false;
        (void)snprintf(name, sizeof(name), "play.%s", play->fields[i].name);
        for (size_t k = 0; k < COUNT_OF(filled); k++) {
            found = found || strcmp(filled[k], name) == 0;
        }
        if (!found) {
            fail_msg("no column of columns.def goes to %s", name);
        }
    }
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
        TEST(a_note_keeps_the_raw_value_and_a_rejection_the_row_but_its_nulls),
        TEST(both_places_of_the_section_are_asked),
        TEST(each_field_of_a_play_is_filled_by_a_column_or_computed),
        TEST(each_of_the_145_columns_comes_out_where_columns_def_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
