/* SPDX-License-Identifier: MIT
 * test_codec.c - every record of the schema through both forms of msgpack, and what is refused. */
#include <msgpack.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* clang-format off: cmocka wants the four above first */
#include <cmocka.h>
/* clang-format on */

#include "proto/wire/codec.h"
#include "proto/wire/preflight.h"
#include "proto/wire/rules.h"
#include "tests/support/fill.h"

#define ROUNDS 20

struct fixture {
    struct arena *arena;
    struct buffer bytes;
    struct flaw flaw;
};

static int set_up(void **state)
{
    struct fixture *f = must_alloc(sizeof(*f));
    f->arena = arena_new();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_destroy(&f->arena);
    buffer_release(&f->bytes);
    free_bytes(state);
    return 0;
}

static void assert_same(const struct record_desc *r, const void *a, const void *b,
                        struct arena *arena)
{
    const char *difference = record_difference(r, a, b, arena);
    if (difference != NULL) {
        fail_msg("%s: %s differs", r->name, difference);
    }
}

/* ---- there and back ---- */

static void send_through_map(const struct record_desc *r, void *context)
{
    struct fixture *f = context;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        uint64_t seed = round;
        arena_reset(f->arena);
        buffer_reset(&f->bytes);
        void *sent = arena_alloc(f->arena, r->size);
        void *got = arena_alloc(f->arena, r->size);
        fill_record(r, &seed, f->arena, sent);
        assert_int_equal(record_pack(r, sent, &f->bytes, &f->flaw), OK);
        assert_int_equal(preflight(f->bytes.data, f->bytes.size), OK);
        if (record_unpack(r, f->bytes.data, f->bytes.size, f->arena, got, &f->flaw) != OK) {
            fail_msg("%s: %s", r->name, f->flaw.text);
        }
        assert_same(r, sent, got, f->arena);
    }
}

static void every_record_survives_the_bus(void **state)
{
    for_each_record(send_through_map, *state);
}

static bool is_flat(const struct record_desc *r)
{
    for (size_t i = 0; i < r->count; i++) {
        enum field_type type = r->fields[i].type;
        if (type == TYPE_RECORD || type == TYPE_LIST || type == TYPE_STRS) {
            return false;
        }
    }
    return true;
}

static void send_through_row(const struct record_desc *r, void *context)
{
    struct fixture *f = context;
    for (uint64_t round = 0; is_flat(r) && round < ROUNDS; round++) {
        uint64_t seed = round;
        arena_reset(f->arena);
        buffer_reset(&f->bytes);
        void *sent = arena_alloc(f->arena, r->size);
        void *got = arena_alloc(f->arena, r->size);
        fill_record(r, &seed, f->arena, sent);
        assert_int_equal(row_pack(r, sent, &f->bytes), OK);
        if (row_unpack(r, f->bytes.data, f->bytes.size, f->arena, got, &f->flaw) != OK) {
            fail_msg("%s: %s", r->name, f->flaw.text);
        }
        assert_same(r, sent, got, f->arena);
    }
}

static void every_flat_record_survives_the_positional_form(void **state)
{
    assert_true(is_flat(desc_play()) && is_flat(desc_stream()) && is_flat(desc_item()));
    for_each_record(send_through_row, *state);
}

static void the_ends_of_i64_survive(void **state)
{
    struct fixture *f = *state;
    const struct batch_commit sent = {
        .job_id = "j", .first_id = INT64_MIN, .last_id = INT64_MAX, .planned_rows = INT64_MAX};
    struct batch_commit got;
    assert_int_equal(record_pack(desc_batch_commit(), &sent, &f->bytes, &f->flaw), OK);
    assert_int_equal(
        record_unpack(desc_batch_commit(), f->bytes.data, f->bytes.size, f->arena, &got, &f->flaw),
        OK);
    assert_same(desc_batch_commit(), &sent, &got, f->arena);
    assert_int_equal(got.plays.size, 0); /* a batch without plays is one */
}

/* ---- the cursor over many rows ---- */

static void assert_cell_tells(const struct field *f, const void *record, const struct cell *cell)
{
    if (!field_present(f, record)) {
        assert_int_equal(cell->type, CELL_NIL);
        return;
    }
    switch (f->type) {
    case TYPE_STR:
        assert_int_equal(cell->type, CELL_STR);
        assert_int_equal(cell->size, strlen(member_text(f, record)));
        assert_memory_equal(cell->bytes, member_text(f, record), cell->size);
        break;
    case TYPE_BIN:
        assert_int_equal(cell->type, CELL_BIN);
        assert_int_equal(cell->size, MEMBER_OF(struct bytes, record, f->offset).size);
        break;
    case TYPE_BOOL:
        assert_int_equal(cell->boolean, MEMBER_OF(bool, record, f->offset));
        break;
    case TYPE_F64:
        assert_int_equal(cell->type, CELL_F64);
        assert_true(cell->f64 == MEMBER_OF(double, record, f->offset));
        break;
    case TYPE_ID: {
        const struct native_id *id = &MEMBER_OF(struct native_id, record, f->offset);
        assert_int_equal(cell->type, id->text.data != NULL ? CELL_STR : CELL_I64);
        assert_true(id->text.data != NULL ? cell->size == id->text.size : cell->i64 == id->number);
        break;
    }
    case TYPE_ENUM:
        assert_int_equal(cell->type, CELL_STR);
        break;
    default:
        assert_int_equal(cell->type, CELL_I64);
        assert_true(cell->i64 == MEMBER_OF(int64_t, record, f->offset));
        break;
    }
}

static void the_cursor_walks_every_cell_of_every_row(void **state)
{
    struct fixture *f = *state;
    const struct record_desc *r = desc_play();
    enum { PLAYS = 50 };
    struct play plays[PLAYS];
    uint64_t seed = 7;
    for (size_t i = 0; i < PLAYS; i++) {
        fill_record(r, &seed, f->arena, &plays[i]);
        assert_int_equal(row_pack(r, &plays[i], &f->bytes), OK);
    }
    struct row_cursor cursor;
    row_cursor_init(&cursor, f->bytes.data, f->bytes.size);
    struct cell cells[64];
    for (size_t i = 0; i < PLAYS; i++) {
        assert_int_equal(row_cursor_next(&cursor, cells, r->count), OK);
        for (size_t n = 0; n < r->count; n++) {
            assert_cell_tells(&r->fields[n], &plays[i], &cells[n]);
        }
    }
    assert_true(row_cursor_done(&cursor));
    assert_int_equal(row_cursor_next(&cursor, cells, r->count), ERR_BAD_MESSAGE);
}

static void a_longer_row_is_cut_and_a_shorter_one_reads_as_absent(void **state)
{
    (void)state;
    static const unsigned char rows[] = {0x93, 0x01, 0xA1, 'x', 0x03, 0x91, 0x05};
    struct row_cursor cursor;
    struct cell cells[2];
    row_cursor_init(&cursor, rows, sizeof(rows));
    assert_int_equal(row_cursor_next(&cursor, cells, 2), OK);
    assert_int_equal(cells[0].i64, 1);
    assert_int_equal(cells[1].size, 1);
    assert_int_equal(row_cursor_next(&cursor, cells, 2), OK);
    assert_int_equal(cells[0].i64, 5);
    assert_int_equal(cells[1].type, CELL_NIL);
    assert_true(row_cursor_done(&cursor));
}

static void nested_and_cut_rows_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {"\x91\x91\x01", "\x91\x80", "\x92\x01",        "\x91\xA5xx",
                                       "\x91\xC1",     "\x01",     "\x91\xD4\x01\x01"};
    static const size_t sizes[] = {3, 2, 2, 4, 2, 1, 4};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct row_cursor cursor;
        struct cell cells[4];
        row_cursor_init(&cursor, rows[i], sizes[i]);
        assert_int_equal(row_cursor_next(&cursor, cells, 4), ERR_BAD_MESSAGE);
    }
}

/* ---- refusals, each by the name of the field ---- */

/* Copies a packed map without its pair number `left_out`, by msgpack-c's own reader. */
static void copy_without(const struct buffer *from, size_t left_out, struct buffer *out)
{
    msgpack_unpacked whole;
    msgpack_unpacked_init(&whole);
    assert_int_equal(msgpack_unpack_next(&whole, from->data, from->size, NULL),
                     MSGPACK_UNPACK_SUCCESS);
    msgpack_sbuffer copy;
    msgpack_sbuffer_init(&copy);
    msgpack_packer to;
    msgpack_packer_init(&to, &copy, msgpack_sbuffer_write);
    msgpack_object_map map = whole.data.via.map;
    msgpack_pack_map(&to, map.size - 1);
    for (size_t i = 0; i < map.size; i++) {
        if (i != left_out) {
            msgpack_pack_object(&to, map.ptr[i].key);
            msgpack_pack_object(&to, map.ptr[i].val);
        }
    }
    buffer_reset(out);
    buffer_append(out, copy.data, copy.size);
    msgpack_sbuffer_destroy(&copy);
    msgpack_unpacked_destroy(&whole);
}

static void drop_each_field(const struct record_desc *r, void *context)
{
    struct fixture *f = context;
    struct buffer cut = {0};
    uint64_t seed = 3;
    arena_reset(f->arena);
    buffer_reset(&f->bytes);
    void *sent = arena_alloc(f->arena, r->size);
    void *got = arena_alloc(f->arena, r->size);
    fill_record(r, &seed, f->arena, sent);
    assert_int_equal(record_pack(r, sent, &f->bytes, &f->flaw), OK);
    size_t pair = 0;
    for (size_t i = 0; i < r->count; i++) {
        const struct field *field = &r->fields[i];
        if (field->presence == PRESENCE_OPT && !field_present(field, sent)) {
            continue;
        }
        copy_without(&f->bytes, pair++, &cut);
        enum err e = record_unpack(r, cut.data, cut.size, f->arena, got, &f->flaw);
        bool needed = field->presence == PRESENCE_REQ;
        assert_int_equal(e, needed ? ERR_BAD_FIELD : OK);
        if (needed) {
            assert_string_equal(f->flaw.field, field->name);
        }
    }
    buffer_release(&cut);
}

static void a_missing_required_field_is_refused_by_name_and_an_optional_one_is_not(void **state)
{
    for_each_record(drop_each_field, *state);
}

struct pair {
    const char *key, *value; /* the value as it stands in msgpack */
    size_t value_size;
};
#define PAIR(key, value)              \
    {                                 \
        key, value, sizeof(value) - 1 \
    }

/* Unpacks a map of these pairs as a `jobs.list`, whose every field is optional. */
static enum err unpack_pairs(struct fixture *f, const struct record_desc *r,
                             const struct pair *pairs, size_t count)
{
    char head = (char)(0x80 | count);
    buffer_reset(&f->bytes);
    buffer_append(&f->bytes, &head, 1);
    for (size_t i = 0; i < count; i++) {
        char key_head = (char)(0xA0 | strlen(pairs[i].key));
        buffer_append(&f->bytes, &key_head, 1);
        buffer_append(&f->bytes, pairs[i].key, strlen(pairs[i].key));
        buffer_append(&f->bytes, pairs[i].value, pairs[i].value_size);
    }
    void *got = arena_alloc(f->arena, r->size);
    f->flaw = (struct flaw){0};
    return record_unpack(r, f->bytes.data, f->bytes.size, f->arena, got, &f->flaw);
}

static void what_breaks_a_rule_is_refused_by_name(void **state)
{
    struct fixture *f = *state;
    static const struct pair wrong[] = {
        PAIR("limit", "\x00"),                     /* below its range */
        PAIR("limit", "\xCD\x03\xE9"),             /* above: 1001 */
        PAIR("limit", "\xA1\x31"),                 /* a text */
        PAIR("limit", "\xCB\x3F\xF0\0\0\0\0\0\0"), /* 1.0 */
        PAIR("limit", "\xCF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
        PAIR("operation", "\xA3xyz"),          /* no such item */
        PAIR("operation", "\x01"),             /* never numbers */
        PAIR("server_id", "\xA2\x61\x00"),     /* a NUL */
        PAIR("server_id", "\xA3\xED\xA0\x80"), /* a surrogate */
        PAIR("server_id", "\xC4\x01x"),        /* bytes */
        PAIR("server_id", "\x91\x01"),         /* a list */
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(unpack_pairs(f, desc_jobs_list(), &wrong[i], 1), ERR_BAD_FIELD);
        assert_string_equal(f->flaw.field, wrong[i].key);
        assert_int_equal(f->flaw.code, ERR_BAD_FIELD);
        assert_non_null(strstr(f->flaw.text, wrong[i].key));
    }
    static const struct pair numbers[] = {PAIR("t", "\xCB\x7F\xF0\0\0\0\0\0\0"), /* infinity */
                                          PAIR("processed", "\x01"), PAIR("rate", "\x05")};
    assert_int_equal(unpack_pairs(f, desc_job_sample(), numbers, 3), ERR_BAD_FIELD);
    assert_string_equal(f->flaw.field, "t");
}

static void a_text_longer_than_its_max_is_refused_both_ways(void **state)
{
    struct fixture *f = *state;
    char name[66];
    memset(name, 'x', sizeof(name) - 1);
    name[65] = '\0';
    struct counter counted = {.name = name, .n = 1};
    struct job_get long_id = {.job_id = name};
    assert_int_equal(record_pack(desc_counter(), &counted, &f->bytes, &f->flaw), OK);
    assert_int_equal(record_pack(desc_job_get(), &long_id, &f->bytes, &f->flaw), ERR_BAD_FIELD);
    assert_string_equal(f->flaw.field, "job_id");
    char packed[80] = "\x81\xA6job_id\xD9\x41";
    memcpy(packed + 10, name, 65);
    struct job_get got;
    assert_int_equal(record_unpack(desc_job_get(), packed, 75, f->arena, &got, &f->flaw),
                     ERR_BAD_FIELD);
    assert_string_equal(f->flaw.field, "job_id");
}

static void a_flaw_inside_a_list_is_named_with_its_path(void **state)
{
    struct fixture *f = *state;
    struct sync_error error = {.message = NULL};
    const struct sync_progress sent = {.progress = {.errors = &error, .errors_count = 1}};
    assert_int_equal(record_pack(desc_sync_progress(), &sent, &f->bytes, &f->flaw), ERR_BAD_FIELD);
    assert_string_equal(f->flaw.field, "progress.errors.message");
    assert_int_equal(f->bytes.size, 0); /* nothing half written */
}

static void unknown_keys_are_skipped_whatever_they_hold(void **state)
{
    struct fixture *f = *state;
    static const struct pair pairs[] = {
        PAIR("from_a_later_version", "\x82\xA1x\x92\x01\x81\x02\x03\xA1y\xC4\x01z"),
        PAIR("limit", "\x05"), PAIR("also_new", "\xC0")};
    assert_int_equal(unpack_pairs(f, desc_jobs_list(), pairs, 3), OK);
}

static void a_field_sent_twice_is_refused(void **state)
{
    struct fixture *f = *state;
    static const struct pair pairs[] = {PAIR("limit", "\x05"), PAIR("limit", "\x06")};
    assert_int_equal(unpack_pairs(f, desc_jobs_list(), pairs, 2), ERR_BAD_MESSAGE);
    assert_string_equal(f->flaw.field, "limit");
}

static void a_list_longer_than_its_bytes_is_refused_before_it_is_allocated(void **state)
{
    struct fixture *f = *state;
    static const struct pair pairs[] = {PAIR("samples", "\x91\x80")};
    assert_int_equal(unpack_pairs(f, desc_source_match(), pairs, 1), ERR_BAD_MESSAGE);
    static const struct pair many[] = {PAIR("samples", "\xDC\x00\x41")};
    assert_int_equal(unpack_pairs(f, desc_source_match(), many, 1), ERR_BAD_MESSAGE);
}

static void every_prefix_of_a_message_is_refused(void **state)
{
    struct fixture *f = *state;
    uint64_t seed = 11;
    struct job_got sent, got;
    fill_record(desc_job_got(), &seed, f->arena, &sent);
    assert_int_equal(record_pack(desc_job_got(), &sent, &f->bytes, &f->flaw), OK);
    for (size_t size = 0; size < f->bytes.size; size++) {
        assert_int_equal(
            record_unpack(desc_job_got(), f->bytes.data, size, f->arena, &got, &f->flaw),
            ERR_BAD_MESSAGE);
    }
}

static void every_command_and_only_a_command_names_the_reply_that_answers_it(void **state)
{
    (void)state;
    for (int id = 1; id < MSG_COUNT; id++) {
        const struct message_desc *m = &schema_messages[id];
        bool answered = m->reply != MSG_none && schema_messages[m->reply].kind == KIND_REPLY;
        assert_true(answered == (m->kind == KIND_COMMAND));
        assert_true(answered || m->reply == MSG_none);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(every_record_survives_the_bus),
        TEST(every_flat_record_survives_the_positional_form),
        TEST(the_ends_of_i64_survive),
        TEST(the_cursor_walks_every_cell_of_every_row),
        TEST(a_longer_row_is_cut_and_a_shorter_one_reads_as_absent),
        TEST(nested_and_cut_rows_are_refused),
        TEST(a_missing_required_field_is_refused_by_name_and_an_optional_one_is_not),
        TEST(what_breaks_a_rule_is_refused_by_name),
        TEST(a_text_longer_than_its_max_is_refused_both_ways),
        TEST(a_flaw_inside_a_list_is_named_with_its_path),
        TEST(unknown_keys_are_skipped_whatever_they_hold),
        TEST(a_field_sent_twice_is_refused),
        TEST(a_list_longer_than_its_bytes_is_refused_before_it_is_allocated),
        TEST(every_prefix_of_a_message_is_refused),
        TEST(every_command_and_only_a_command_names_the_reply_that_answers_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
