/* SPDX-License-Identifier: MIT
 * test_lease_sample.c - a batch that says what was mapped here passes however it was packed; a
 * value that is another, a row that is left out and one that was made up are found, however it was
 * cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "actors/shared/batch.h"
#include "actors/shared/lease_sample.h"
#include "proto/wire/codec.h"

static const unsigned char key[LEASE_KEY_SIZE] = {7};
static const unsigned char seal[LEASE_MAC_SIZE] = {9};

struct told {
    struct batch *batch;
    struct batch_commit commit;
};

static void add(struct told *t, int64_t id, const char *summary)
{
    struct mapped_row row = {.position = id, .item_hash = id % 3 + 1, .facet_user = "anna"};
    row.facet_month = id % 2 == 0 ? "2024-01" : "2024-02";
    row.play.started_at = 1700000000000 + id * 1000;
    row.play.media_type = "movie";
    row.has_item = true;
    row.item.summary = summary;
    row.has_stream = true;
    row.stream.container = "mkv";
    if (id % 5 == 0) {
        row.note_count = 1;
        row.notes[0] = (struct row_note){
            .position = id, .code = "TEXT_REPAIRED", .message = "A note", .repair = id % 10 == 0};
        row.rejected = id % 10 != 0;
    }
    assert_true(batch_add(t->batch, &row));
}

/* Rows from..to without `without`. */
static struct told a_batch(int64_t from, int64_t to, int64_t without)
{
    struct told t = {.batch = batch_new()};
    for (int64_t id = from; id <= to; id++) {
        if (id != without) {
            add(&t, id, "A summary");
        }
    }
    batch_fill(t.batch, &t.commit);
    t.commit.first_id = from;
    t.commit.last_id = to;
    return t;
}

static struct lease_sample a_sample(void)
{
    struct lease_sample s = {.worker = "import-worker#1",
                             .count = 4,
                             .items = {{.first_id = 3, .last_id = 3},
                                       {.first_id = 5, .last_id = 5},
                                       {.first_id = 10, .last_id = 10},
                                       {.first_id = 14, .last_id = 16}}};
    struct told alone = {.batch = batch_new()};
    add(&alone, 3, "A summary"); /* as they are mapped here: beside few others */
    add(&alone, 5, "A summary");
    add(&alone, 10, "A summary");
    add(&alone, 16, "A summary");
    batch_fill(alone.batch, &alone.commit);
    assert_true(lease_sample_digest(key, &alone.commit, &s));
    batch_destroy(&alone.batch);
    return s;
}

static bool differs(struct told *t, struct sampled *out)
{
    const struct lease_sample expected = a_sample();
    bool found = lease_sample_differs(key, &t->commit, &expected, out);
    batch_destroy(&t->batch);
    return found;
}

static struct told without_two(void)
{
    struct told t = {.batch = batch_new()};
    for (int64_t id = 1; id <= 20; id++) {
        if (id != 14 && id != 15) {
            add(&t, id, "A summary");
        }
    }
    batch_fill(t.batch, &t.commit);
    t.commit.first_id = 1;
    t.commit.last_id = 20;
    return t;
}

static void what_was_mapped_here_passes(void **state)
{
    (void)state;
    struct sampled place;
    struct told t = without_two();
    assert_false(differs(&t, &place));
}

static void a_row_that_is_left_out_or_made_up_is_found(void **state)
{
    (void)state;
    struct sampled place;
    struct told t = a_batch(1, 20, 3);
    assert_true(differs(&t, &place));
    assert_int_equal(place.first_id, 3);
    t = a_batch(1, 20, 5); /* a rejected one */
    assert_true(differs(&t, &place));
    assert_int_equal(place.last_id, 5);
    t = a_batch(1, 20, 0); /* 14 and 15 are not there */
    assert_true(differs(&t, &place));
    assert_int_equal(place.first_id, 14);
}

static void another_value_is_found_in_a_play_and_in_its_item(void **state)
{
    (void)state;
    struct sampled place;
    struct told t = {.batch = batch_new()};
    add(&t, 3, "Another summary");
    batch_fill(t.batch, &t.commit);
    t.commit.first_id = 1;
    t.commit.last_id = 4; /* what it does not cover is not asked for */
    assert_true(differs(&t, &place));
    t = (struct told){.batch = batch_new()};
    add(&t, 3, "A summary");
    batch_fill(t.batch, &t.commit);
    t.commit.first_id = 1;
    t.commit.last_id = 4;
    assert_false(differs(&t, &place));
}

static void what_cannot_be_read_differs_and_is_never_what_was_mapped(void **state)
{
    (void)state;
    struct sampled place;
    const unsigned char none[LEASE_DIGEST_SIZE] = {0};
    struct told t = without_two();
    t.commit.plays.size--;
    assert_true(differs(&t, &place));
    assert_memory_equal(place.digest, none, sizeof(none));
}

static struct told cut(int64_t from, int64_t to, int64_t id, const char *summary)
{
    struct told t = {.batch = batch_new()};
    if (id != 0) {
        add(&t, id, summary);
    }
    batch_fill(t.batch, &t.commit);
    t.commit.first_id = from;
    t.commit.last_id = to;
    return t;
}

/* The place goes from 14 to 16. */
static void a_cut_between_two_rows_hides_neither_of_them(void **state)
{
    (void)state;
    struct sampled place;
    struct told t = cut(15, 20, 16, "A summary");
    assert_false(differs(&t, &place));
    t = cut(15, 20, 16, "Another summary");
    assert_true(differs(&t, &place));
    assert_int_equal(place.first_id, 15);
    assert_int_equal(place.last_id, 16);
    t = cut(15, 20, 0, NULL); /* left out */
    assert_true(differs(&t, &place));
    t = cut(11, 15, 0, NULL);
    assert_false(differs(&t, &place));
    t = cut(11, 15, 14, "Made up");
    assert_true(differs(&t, &place));
    assert_int_equal(place.first_id, 14);
    assert_int_equal(place.last_id, 15);
}

/* ---- items ---- */

static void an_item_is_there_once_and_for_a_play_of_its_batch(void **state)
{
    (void)state;
    struct told t = without_two();
    assert_true(lease_items_belong(&t.commit));
    const struct batch_commit honest = t.commit;
    const struct bytes items = t.commit.items;
    OWNED(buffer_release) struct buffer twice = {0};
    buffer_append(&twice, items.data, items.size);
    buffer_append(&twice, items.data, items.size);
    t.commit.items = (struct bytes){twice.data, twice.size};
    assert_false(lease_items_belong(&t.commit)); /* none may be named twice */
    t.commit = honest;
    t.commit.plays.size = 0;
    assert_false(lease_items_belong(&t.commit)); /* nor without a play */
    t.commit.items.size = 0;
    assert_true(lease_items_belong(&t.commit));
    t.commit.plays = honest.plays;
    assert_false(lease_items_belong(&t.commit)); /* nor be missing */
    batch_destroy(&t.batch);
}

static void a_sealed_sample_is_read_with_its_key_and_its_lease_alone(void **state)
{
    (void)state;
    unsigned char sealed[LEASE_SAMPLE_BYTES];
    unsigned char other[LEASE_KEY_SIZE] = {8};
    const struct lease_sample sample = a_sample();
    size_t size = lease_sample_seal(key, seal, &sample, "import-worker#ab.1", sealed);
    const struct bytes bytes = {(const char *)sealed, size};
    struct lease_sample read;
    assert_true(lease_sample_open(key, seal, bytes, &read));
    assert_string_equal(read.worker, "import-worker#ab");
    assert_int_equal(read.count, sample.count);
    assert_memory_equal(read.items, sample.items, sample.count * sizeof(sample.items[0]));
    assert_false(lease_sample_open(other, seal, bytes, &read));
    assert_false(lease_sample_open(key, other, bytes, &read));
    assert_false(lease_sample_open(key, seal, (struct bytes){bytes.data, size - 1}, &read));
    assert_false(lease_sample_open(key, seal, (struct bytes){bytes.data, 8}, &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_mapped_here_passes),
        cmocka_unit_test(a_row_that_is_left_out_or_made_up_is_found),
        cmocka_unit_test(another_value_is_found_in_a_play_and_in_its_item),
        cmocka_unit_test(what_cannot_be_read_differs_and_is_never_what_was_mapped),
        cmocka_unit_test(a_cut_between_two_rows_hides_neither_of_them),
        cmocka_unit_test(an_item_is_there_once_and_for_a_play_of_its_batch),
        cmocka_unit_test(a_sealed_sample_is_read_with_its_key_and_its_lease_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
