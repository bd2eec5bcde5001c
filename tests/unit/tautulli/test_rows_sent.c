/* SPDX-License-Identifier: MIT
 * test_rows_sent.c - rows that are sent in parcels become the very batches that rows of the file
 * become, hostile ones too, wherever the parcels are cut; and what is no parcel is refused. */
#include "actors/tautulli/rows_pack.h"
#include "actors/tautulli/rows_read.h"
#include "actors/tautulli/worker_read.h"
#include "proto/wire/codec.h"
#include "tests/unit/tautulli/fixture.h"

#include "actors/tautulli/source_db.h"

#define NOW_MS INT64_C(1790000000000)
static const struct reader_settings settings = {
    .server_id = "server", .watched_percent = 85, .planned_at_ms = NOW_MS};

/* ---- both ways ---- */

static void read_here(struct fixture *f, int64_t first, int64_t last, struct batch *batch)
{
    struct reader *r = NULL;
    const struct mapped_row *row = NULL;
    batch_reset(batch);
    assert_int_equal(reader_open(f->source, &settings, &r), OK);
    assert_int_equal(reader_begin(r, first, last), OK);
    while (reader_next(r, &row) == OK && row != NULL) {
        assert_true(batch_add(batch, row));
    }
    reader_close(&r);
}

struct sent {
    struct parcel parcel;
    struct rows_reader *reader;
    unsigned char columns[COLUMN_COUNT];
    size_t parcels;
};

static void open_sent(struct fixture *f, struct sent *s)
{
    *s = (struct sent){0};
    struct rows_file file = {.columns = {s->columns, sizeof(s->columns)}};
    file.people = source_people(f->source, &file.people_count);
    file.libraries = source_libraries(f->source, &file.library_count);
    rows_columns(source_schema(f->source), s->columns);
    assert_int_equal(rows_reader_open(&file, &settings, &s->reader), OK);
}

static void close_sent(struct sent *s)
{
    parcel_release(&s->parcel);
    rows_reader_close(&s->reader);
}

/* As through the wire: what comes out of the message is what was read. */
static void send_parcel(struct sent *s, struct arena *arena, int64_t last, struct batch *batch,
                        struct rows_sent *out)
{
    struct buffer wire = {0};
    struct rows_sent sent = {.opened = 1};
    struct reading r = {.batch = batch, .rows = s->reader, .from_id = s->parcel.from_id};
    const struct lease_taken lease = {.last_id = last};
    parcel_fill(&s->parcel, &sent);
    assert_int_equal(record_pack(desc_rows_sent(), &sent, &wire, NULL), OK);
    assert_in_range(wire.size, 1, 2 * 1024 * 1024 - 1024);
    assert_int_equal(record_unpack(desc_rows_sent(), wire.data, wire.size, arena, out, NULL), OK);
    r.lease = &lease;
    r.parcel = out;
    input_read(NULL, &r);
    assert_int_equal(r.code, OK);
    assert_int_equal(r.whole, out->whole);
    buffer_release(&wire);
    s->parcels++;
}

static void read_sent(struct fixture *f, struct sent *s, int64_t first, int64_t last,
                      struct batch *batch)
{
    struct rows_sent sent = {0};
    s->parcel.from_id = first;
    s->parcel.to_id = last;
    s->parcel.settings = settings;
    batch_reset(batch);
    while (!sent.whole) {
        OWNED(arena_destroy) struct arena *arena = arena_new();
        assert_int_equal(parcel_read(&s->parcel, f->source), OK);
        sent = (struct rows_sent){0};
        send_parcel(s, arena, last, batch, &sent);
        s->parcel.from_id = sent.whole ? last : sent.last_id + 1;
    }
}

static void packed(struct batch *b, struct buffer *out)
{
    struct batch_commit commit = {.job_id = "job", .first_id = 1, .last_id = INT64_MAX};
    batch_fill(b, &commit);
    buffer_reset(out);
    assert_int_equal(record_pack(desc_batch_commit(), &commit, out, NULL), OK);
}

static void assert_same(struct fixture *f, struct sent *s, int64_t first, int64_t last)
{
    struct buffer here = {0};
    struct buffer there = {0};
    struct batch *batch = batch_new();
    read_here(f, first, last, batch);
    packed(batch, &here);
    read_sent(f, s, first, last, batch);
    packed(batch, &there);
    assert_int_equal(here.size, there.size);
    assert_memory_equal(here.data, there.data, here.size);
    batch_destroy(&batch);
    buffer_release(&here);
    buffer_release(&there);
}

/* ---- tests ---- */

static void make_dirty(struct fixture *f, enum tautulli_schema schema, int64_t rows)
{
    struct tautulli_plan plan = tautulli_plan_default(f->path);
    plan.schema = schema;
    plan.rows = rows;
    plan.dirty = true;
    plan.seed = 11;
    assert_int_equal(tautulli_make(&plan, NULL, NULL), OK);
}

static void dirty_rows_become_the_same_wherever_they_are_cut(void **state)
{
    struct fixture *f = *state;
    static const enum tautulli_schema schemas[] = {SCHEMA_V2_17_2, SCHEMA_V2_2};
    for (size_t i = 0; i < COUNT_OF(schemas); i++) {
        struct sent s;
        (void)unlink(f->path);
        make_dirty(f, schemas[i], 3000);
        assert_int_equal(fixture_open(f), OK);
        open_sent(f, &s);
        for (int64_t first = 1; first < 3000; first += 613) {
            assert_same(f, &s, first, first + 700);
        }
        close_sent(&s);
        source_close(&f->source);
    }
}

static void what_is_stored_as_anything_arrives_as_that(void **state)
{
    struct fixture *f = *state;
    struct sent s;
    fixture_make(f, SCHEMA_V2_17_2, 12);
    fixture_sql(f->path,
                "UPDATE session_history SET user = x'00ff41', player = 12345678901234567, "
                "product = 1.5, platform = CAST(x'c328' AS TEXT) WHERE id = 2;"
                "UPDATE session_history SET started = '1500000000', stopped = 1500000100.0, "
                "reference_id = 1 WHERE id = 3;"
                "UPDATE session_history SET reference_id = 99999 WHERE id = 4;"
                "UPDATE session_history_metadata SET title = 'a' || char(0) || 'b', tagline = '', "
                "summary = x'', year = '00123' WHERE id = 5;"
                "DELETE FROM session_history_metadata WHERE id = 6;"
                "DELETE FROM session_history_media_info WHERE id = 7;"
                "UPDATE session_history SET user = NULL, user_id = NULL WHERE id = 8;"
                "UPDATE session_history SET started = -1 WHERE id = 9");
    assert_int_equal(fixture_open(f), OK);
    open_sent(f, &s);
    assert_same(f, &s, INT64_MIN, INT64_MAX);
    assert_same(f, &s, 2, 5);
    close_sent(&s);
}

static void wide_rows_come_in_parcels_of_their_own(void **state)
{
    struct fixture *f = *state;
    struct sent s;
    fixture_make(f, SCHEMA_V2_17_2, 8);
    fixture_sql(f->path, "UPDATE session_history_metadata SET summary = zeroblob(20000000) "
                         "WHERE id = 2;" /* beyond what is read at all */
                         "UPDATE session_history_metadata SET summary = replace(hex(zeroblob("
                         "300000)), '0', 'x'), tagline = hex(zeroblob(250000)) WHERE id IN (4, 5);"
                         "UPDATE session_history_metadata SET summary = hex(zeroblob(1500000)) "
                         "WHERE id IN (3, 8);" /* too wide as it is, not with what is kept of it */
                         "UPDATE session_history SET started = 'never', user = hex(zeroblob("
                         "1500000)) WHERE id = 7"); /* too wide to be sent, and rejected here */
    assert_int_equal(fixture_open(f), OK);
    open_sent(f, &s);
    assert_same(f, &s, 1, 8);
    assert_in_range(s.parcels, 7, 9);
    close_sent(&s);
}

static void a_row_too_wide_even_when_mapped_is_told(void **state)
{
    struct fixture *f = *state;
    struct parcel p = {.from_id = 1, .to_id = 4, .settings = settings};
    fixture_make(f, SCHEMA_V2_17_2, 4);
    for (int c = 0; c < COLUMN_COUNT; c++) {
        char sql[256];
        if (column_table((enum column)c) == TABLE_MEDIA_INFO && c != COL_MEDIA_INFO_id) {
            (void)snprintf(sql, sizeof(sql),
                           "UPDATE session_history_media_info SET %s = hex(zeroblob(32000)) "
                           "WHERE id = 2",
                           column_name((enum column)c));
            fixture_sql(f->path, sql);
        }
    }
    assert_int_equal(fixture_open(f), OK);
    assert_int_equal(parcel_read(&p, f->source), OK);
    assert_int_equal(p.last_id, 1);
    assert_false(p.whole);
    p.from_id = 2;
    assert_int_equal(parcel_read(&p, f->source), ERR_ROW_TOO_LARGE);
    assert_int_equal(p.last_id, 2);
    p.from_id = 3;
    assert_int_equal(parcel_read(&p, f->source), OK);
    assert_true(p.whole);
    parcel_release(&p);
}

static void names_come_in_parts(void **state)
{
    struct fixture *f = *state;
    size_t people = 0;
    size_t libraries = 0;
    size_t parts = 0;
    fixture_make(f, SCHEMA_V2_17_2, 4);
    fixture_sql(f->path, "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n "
                         "WHERE i < 11000) INSERT INTO users (user_id, username, friendly_name) "
                         "SELECT 5000000 + i, 'user' || i, 'User ' || i FROM n");
    assert_int_equal(fixture_open(f), OK);
    struct rows_names names = {0};
    const struct person *all = source_people(f->source, &(size_t){0});
    do {
        names = (struct rows_names){0};
        rows_names_fill(f->source, people + libraries, &names);
        assert_true(names.people_count == 0 || names.people == &all[people]);
        people += names.people_count;
        libraries += names.libraries_count;
        assert_true(names.people_count + names.libraries_count > 0);
        parts++;
    } while (people + libraries < names.total);
    assert_in_range(people, 11000, 12000);
    assert_in_range(libraries, 1, 100);
    assert_in_range(parts, 3, 6);
}

static void what_is_no_parcel_is_refused(void **state)
{
    struct fixture *f = *state;
    struct sent s;
    struct batch *batch = batch_new();
    struct rows_sent sent = {.opened = 1};
    struct lease_taken lease = {.last_id = 10};
    struct reading r = {.lease = &lease, .batch = batch, .parcel = &sent, .from_id = 3};
    fixture_make(f, SCHEMA_V2_17_2, 10);
    assert_int_equal(fixture_open(f), OK);
    open_sent(f, &s);
    r.rows = s.reader;
    s.parcel.from_id = 1;
    s.parcel.to_id = 10;
    s.parcel.settings = settings;
    assert_int_equal(parcel_read(&s.parcel, f->source), OK);
    parcel_fill(&s.parcel, &sent);
    input_read(NULL, &r); /* rows below what was asked for */
    assert_int_equal(r.code, ERR_BAD_MESSAGE);
    r.from_id = 1;
    lease.last_id = 5; /* … and beyond the lease */
    input_read(NULL, &r);
    assert_int_equal(r.code, ERR_BAD_MESSAGE);
    lease.last_id = 10;
    sent.rows.size--; /* cut */
    input_read(NULL, &r);
    assert_int_equal(r.code, ERR_BAD_MESSAGE);
    const struct rows_file none = {.columns = {s.columns, 3}};
    struct rows_reader *other = NULL;
    assert_int_equal(rows_reader_open(&none, &settings, &other), ERR_BAD_MESSAGE);
    batch_destroy(&batch);
    close_sent(&s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(dirty_rows_become_the_same_wherever_they_are_cut),
        TEST(what_is_stored_as_anything_arrives_as_that),
        TEST(wide_rows_come_in_parcels_of_their_own),
        TEST(a_row_too_wide_even_when_mapped_is_told),
        TEST(names_come_in_parts),
        TEST(what_is_no_parcel_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
