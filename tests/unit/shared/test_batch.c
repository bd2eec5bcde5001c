/* SPDX-License-Identifier: MIT
 * test_batch.c - what a batch holds after rows went in, read back with the codec. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "actors/shared/batch.h"
#include "proto/wire/codec.h"

static struct mapped_row a_row(int64_t id, const char *user, int64_t item_hash)
{
    struct mapped_row row = {.position = id, .item_hash = item_hash, .facet_user = user};
    row.play.position = id;
    row.play.started_at = 1700000000000 + id * 1000;
    row.play.media_type = "movie";
    row.has_item = item_hash != 0;
    row.item.summary = "A summary";
    row.has_stream = true;
    row.stream.container = "mkv";
    return row;
}

static const struct field *field_of(const struct record_desc *record, const char *name)
{
    for (size_t i = 0; i < record->count; i++) {
        if (strcmp(record->fields[i].name, name) == 0) {
            return &record->fields[i];
        }
    }
    fail_msg("%s has no %s", record->name, name);
    return NULL;
}

static void what_a_batch_may_hold_is_what_its_message_may(void **state)
{
    (void)state;
    const struct record_desc *record = desc_batch_commit();
    assert_int_equal(field_of(record, "play_count")->high, BATCH_ROWS_MAX);
    assert_int_equal(field_of(record, "item_count")->high, BATCH_ROWS_MAX);
    assert_int_equal(field_of(record, "facets")->max, BATCH_ROWS_MAX);
    assert_int_equal(field_of(record, "notes")->max, BATCH_NOTES_MAX);
}

static void destroy_all(struct batch **b, struct arena **arena)
{
    batch_destroy(b);
    arena_destroy(arena);
}

/* Decodes play number `at` of a filled batch, through the same bytes the history gets. */
static struct play play_at(const struct batch_commit *filled, size_t at, struct arena *arena)
{
    struct row_cursor c;
    struct cell cells[8];
    struct play play = {0};
    struct flaw flaw;
    row_cursor_init(&c, filled->plays.data, filled->plays.size);
    const unsigned char *begin = c.at;
    for (size_t i = 0; i <= at; i++) {
        begin = c.at;
        assert_int_equal(row_cursor_next(&c, cells, COUNT_OF(cells)), OK);
    }
    assert_int_equal(row_unpack(desc_play(), begin, (size_t)(c.at - begin), arena, &play, &flaw),
                     OK);
    return play;
}

static void facets_and_items_are_sent_once_and_rows_point_to_them(void **state)
{
    (void)state;
    struct batch *b = batch_new();
    struct arena *arena = arena_new();
    const struct mapped_row rows[] = {a_row(1, "ann", 7), a_row(2, "bob", 8), a_row(3, "ann", 7),
                                      a_row(4, NULL, 0)};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_true(batch_add(b, &rows[i]));
    }
    struct batch_commit filled = {0};
    batch_fill(b, &filled);
    assert_int_equal(filled.play_count, 4);
    assert_int_equal(filled.item_count, 2);
    assert_int_equal(filled.facets_count, 3);
    struct play third = play_at(&filled, 2, arena);
    assert_int_equal(third.position, 3);
    assert_int_equal(third.facet, 0);
    assert_true(third.has_item);
    assert_int_equal(third.item, 0);
    assert_int_equal(play_at(&filled, 1, arena).item, 1);
    assert_false(play_at(&filled, 3, arena).has_item);
    assert_null(filled.facets[2].user);
    destroy_all(&b, &arena);
}

static void the_stream_of_a_row_comes_back_out_of_its_bytes(void **state)
{
    (void)state;
    struct batch *b = batch_new();
    struct arena *arena = arena_new();
    struct mapped_row row = a_row(1, "ann", 0);
    assert_true(batch_add(b, &row));
    struct batch_commit filled = {0};
    batch_fill(b, &filled);
    struct play play = play_at(&filled, 0, arena);
    struct stream stream = {0};
    struct flaw flaw;
    assert_int_equal(
        row_unpack(desc_stream(), play.stream.data, play.stream.size, arena, &stream, &flaw), OK);
    assert_string_equal(stream.container, "mkv");
    destroy_all(&b, &arena);
}

static void a_rejected_row_is_a_note_with_its_facet_and_its_raw_row(void **state)
{
    (void)state;
    struct batch *b = batch_new();
    struct raw_cell cell = {.column = "session_history.started", .type = "text", .text = "soon"};
    struct mapped_row row = {.position = 5, .rejected = true, .facet_user = "ann", .note_count = 1};
    row.notes[0] = (struct row_note){.position = 5,
                                     .code = "STARTED_INVALID",
                                     .message = "Invalid timestamp format",
                                     .raw = &cell,
                                     .raw_count = 1};
    assert_true(batch_add(b, &row));
    cell.text = "gone"; /* the reader's texts live only until its next row */
    struct batch_commit filled = {0};
    batch_fill(b, &filled);
    assert_int_equal(filled.play_count, 0);
    assert_int_equal(filled.notes_count, 1);
    assert_true(filled.notes[0].has_facet);
    assert_string_equal(filled.notes[0].raw[0].text, "soon");
    assert_int_equal(batch_rows(b), 1);
    assert_int_equal(batch_last(b), 5);
    batch_destroy(&b);
}

static void rows_are_counted_up_to_any_id(void **state)
{
    (void)state;
    struct batch *b = batch_new();
    const int64_t ids[] = {INT64_MIN, -3, 4, 9};
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        struct mapped_row row = {.position = ids[i], .rejected = true};
        assert_true(batch_add(b, &row));
    }
    assert_int_equal(batch_rows_up_to(b, INT64_MIN), 1);
    assert_int_equal(batch_rows_up_to(b, 3), 2);
    assert_int_equal(batch_rows_up_to(b, 4), 3);
    assert_int_equal(batch_rows_up_to(b, INT64_MAX), 4);
    batch_destroy(&b);
}

static void a_full_batch_refuses_a_row_and_stays_as_it_was(void **state)
{
    (void)state;
    struct batch *b = batch_new();
    OWNED(free_text) char *text = must_alloc(60001);
    memset(text, 'x', 60000);
    struct mapped_row row = a_row(0, "ann", 0);
    row.play.title = text;
    while (batch_add(b, &row)) {
        row.position++;
    }
    struct batch_commit filled = {0};
    batch_fill(b, &filled);
    assert_int_equal(filled.play_count, row.position);
    assert_int_equal(batch_last(b), row.position - 1);
    assert_in_range(filled.plays.size, BATCH_BYTES_MAX - 70000, BATCH_BYTES_MAX);
    batch_reset(b);
    assert_true(batch_add(b, &row));
    batch_destroy(&b);
}

static void a_row_too_large_for_a_message_is_rejected_not_lost(void **state)
{
    (void)state;
    struct batch *b = batch_new();
    OWNED(free_text) char *text = must_alloc(BATCH_ROW_MAX + 1);
    memset(text, 'x', BATCH_ROW_MAX);
    struct mapped_row row = a_row(9, "ann", 3);
    row.play.title = text;
    assert_true(batch_add(b, &row));
    struct batch_commit filled = {0};
    batch_fill(b, &filled);
    assert_int_equal(filled.play_count, 0);
    assert_int_equal(filled.item_count, 0);
    assert_string_equal(filled.notes[0].code, "ROW_TOO_LARGE");
    assert_int_equal(filled.notes[0].position, 9);
    batch_destroy(&b);
}

static void a_row_is_too_large_whether_its_item_is_there_already_or_not(void **state)
{
    (void)state;
    struct batch *b = batch_new();
    OWNED(free_text) char *text = must_alloc(BATCH_ROW_MAX);
    memset(text, 'x', BATCH_ROW_MAX / 2);
    struct mapped_row row = a_row(9, "ann", 3);
    row.has_item = true;
    row.item.summary = text;
    assert_true(batch_add(b, &row));
    row.position = 10;
    row.play.title = text;
    assert_true(batch_add(b, &row));
    struct batch_commit filled = {0};
    batch_fill(b, &filled);
    assert_int_equal(filled.play_count, 1);
    assert_int_equal(filled.notes_count, 1);
    assert_string_equal(filled.notes[0].code, "ROW_TOO_LARGE");
    assert_int_equal(filled.notes[0].position, 10);
    batch_destroy(&b);
}

static void a_batch_of_different_users_fits_in_one_message(void **state)
{
    (void)state;
    struct batch *b = batch_new();
    struct buffer bytes = {0};
    struct flaw flaw;
    for (int64_t id = 0; id < BATCH_ROWS_MAX; id++) {
        char user[32];
        (void)snprintf(user, sizeof(user), "user %lld", (long long)id);
        struct mapped_row row = a_row(id, user, id + 1);
        assert_true(batch_add(b, &row));
    }
    struct mapped_row one_more = a_row(5000, "ann", 0);
    assert_false(batch_add(b, &one_more));
    struct batch_commit filled = {.job_id = "j", .attempt = 1, .last_id = BATCH_ROWS_MAX - 1};
    batch_fill(b, &filled);
    assert_int_equal(filled.facets_count, BATCH_ROWS_MAX);
    assert_int_equal(filled.item_count, BATCH_ROWS_MAX);
    assert_int_equal(record_pack(desc_batch_commit(), &filled, &bytes, &flaw), OK);
    assert_in_range(bytes.size, 1, BATCH_BYTES_MAX + 4096);
    buffer_release(&bytes);
    batch_destroy(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_batch_may_hold_is_what_its_message_may),
        cmocka_unit_test(facets_and_items_are_sent_once_and_rows_point_to_them),
        cmocka_unit_test(the_stream_of_a_row_comes_back_out_of_its_bytes),
        cmocka_unit_test(a_rejected_row_is_a_note_with_its_facet_and_its_raw_row),
        cmocka_unit_test(rows_are_counted_up_to_any_id),
        cmocka_unit_test(a_full_batch_refuses_a_row_and_stays_as_it_was),
        cmocka_unit_test(a_row_too_large_for_a_message_is_rejected_not_lost),
        cmocka_unit_test(a_row_is_too_large_whether_its_item_is_there_already_or_not),
        cmocka_unit_test(a_batch_of_different_users_fits_in_one_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
