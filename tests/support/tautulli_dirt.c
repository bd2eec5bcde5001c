/* SPDX-License-Identifier: MIT
 * tautulli_dirt.c - the dirty kinds seen in real databases, and what an import must make of each.
 *
 * Every 20th row is dirty, the kinds taking turns; the row before a dirty one is always clean, so
 * that duplicates have a known original. What was planted is remembered by id for the manifest. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/tautulli_rows.h"

#define PERIOD 20
#define TURN 7 /* index % PERIOD of a dirty row */
#define HUGE_TEXT 66000
#define BIG_TEXTS_MAX 8 /* cut texts in one file: they would be most of it */

enum outcome { IMPORTED, DUPLICATE, ERROR };

struct kind {
    const char *name;
    enum outcome outcome;
    const char *reason; /* code of the error, or name of the repair; NULL without one */
    enum table table;
    const char *column; /* set to `value`; NULL when `apply` alone makes the row */
    struct cell value;
    void (*apply)(struct row *row, int64_t index);
    enum tautulli_schema since;
    int64_t at_most; /* planted rows in one file; 0 for any number */
};

struct ids {
    int64_t *ids;
    size_t count, room;
};

#define NONE              \
    {                     \
        .type = CELL_NULL \
    }
#define NUMBER(value)                        \
    {                                        \
        .type = CELL_INT, .integer = (value) \
    }
#define STRING(value)                                                       \
    {                                                                       \
        .type = CELL_TEXT, .text = (value), .bytes = (int)sizeof(value) - 1 \
    }
#define BYTES(value)                                                        \
    {                                                                       \
        .type = CELL_BLOB, .text = (value), .bytes = (int)sizeof(value) - 1 \
    }

static void refill(struct row *row, int64_t from, int64_t index)
{
    row_fill(row, row->plan, from);
    int64_t id = row_id(row->plan, index);
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        *row_cell(row, table, "id") = cell_integer(id);
    }
    *row_cell(row, HISTORY, "reference_id") = cell_integer(id);
    row->id = id;
}

static void duplicate_of_previous(struct row *row, int64_t index)
{
    refill(row, index - 1, index);
}

static void duplicate_from_afar(struct row *row, int64_t index)
{
    refill(row, index / 2 / PERIOD * PERIOD + 3, index);
}

static void nearly_previous(struct row *row, int64_t index)
{
    refill(row, index - 1, index);
    *row_cell(row, MEDIA_INFO, "transcode_height") = cell_integer(719);
}

/* '' and NULL mean the same to us, but a row that differs in them was written by another event. */
static void previous_in_other_class(struct row *row, int64_t index)
{
    refill(row, index - 1, index);
    *row_cell(row, METADATA, "last_viewed_at") = (struct cell){.type = CELL_NULL};
}

static void no_user(struct row *row, int64_t index)
{
    (void)index;
    *row_cell(row, HISTORY, "user_id") = (struct cell){.type = CELL_NULL};
    *row_cell(row, HISTORY, "user") = (struct cell){.type = CELL_NULL};
}

static void empty_user(struct row *row, int64_t index)
{
    (void)index;
    *row_cell(row, HISTORY, "user_id") = cell_text("");
    *row_cell(row, HISTORY, "user") = cell_text("");
}

static void unknown_user(struct row *row, int64_t index)
{
    (void)index;
    *row_cell(row, HISTORY, "user_id") = cell_integer(424242);
    *row_cell(row, HISTORY, "user") = cell_text("ghost");
}

static void started_in_milliseconds(struct row *row, int64_t index)
{
    (void)index;
    *row_cell(row, HISTORY, "started") = cell_integer(row->started_s * 1000);
}

static void started_with_fraction(struct row *row, int64_t index)
{
    (void)index;
    *row_cell(row, HISTORY, "started") =
        (struct cell){.type = CELL_REAL, .real = (double)row->started_s + 0.5};
}

static void stopped_before_started(struct row *row, int64_t index)
{
    (void)index;
    *row_cell(row, HISTORY, "stopped") = cell_integer(row->started_s - 60);
}

static void thirty_days(struct row *row, int64_t index)
{
    (void)index;
    *row_cell(row, HISTORY, "stopped") = cell_integer(row->started_s + 30 * 86400 + 1);
}

static void no_duration(struct row *row, int64_t index)
{
    (void)index;
    *row_cell(row, METADATA, "duration") = (struct cell){.type = CELL_NULL};
    *row_cell(row, MEDIA_INFO, "duration") = cell_text("");
}

static void zero_duration(struct row *row, int64_t index)
{
    (void)index;
    *row_cell(row, METADATA, "duration") = cell_integer(0);
    *row_cell(row, MEDIA_INFO, "duration") = cell_integer(0);
}

static void without_metadata(struct row *row, int64_t index)
{
    (void)index;
    row->absent[METADATA] = true;
}

static void without_media_info(struct row *row, int64_t index)
{
    (void)index;
    row->absent[MEDIA_INFO] = true;
}

static const char *huge_text(void)
{
    static char text[HUGE_TEXT + 1];
    if (text[0] == '\0') {
        memset(text, 'x', HUGE_TEXT);
    }
    return text;
}

static void huge_summary(struct row *row, int64_t index)
{
    (void)index;
    *row_cell(row, METADATA, "summary") = cell_text(huge_text());
}

/* Every text at its limit together is more than one message may hold. */
static void huge_row(struct row *row, int64_t index)
{
    (void)index;
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        int count = 0;
        const struct column *columns = table_columns(table, &count);
        for (int i = 0; i < count; i++) {
            if (strcmp(columns[i].type, "TEXT") == 0) {
                row->cells[table][i] = cell_text(huge_text());
            }
        }
    }
}

/* clang-format off: one row a kind */
static const struct kind kinds[] = {
    {"started_null", ERROR, "STARTED_MISSING", HISTORY, "started", NONE, 0, 0, 0},
    {"started_empty", ERROR, "STARTED_MISSING", HISTORY, "started", STRING(""), 0, 0, 0},
    {"started_text", ERROR, "STARTED_INVALID", HISTORY, "started", STRING("yesterday"), 0, 0, 0},
    {"started_iso", ERROR, "STARTED_INVALID", HISTORY, "started", STRING("2020-02-02T10:00:00"), 0,
     0, 0},
    {"started_blob", ERROR, "STARTED_INVALID", HISTORY, "started", BYTES("\x00\xff\x10"), 0, 0, 0},
    {"started_zero", ERROR, "STARTED_OUT_OF_RANGE", HISTORY, "started", NUMBER(0), 0, 0, 0},
    {"started_negative", ERROR, "STARTED_OUT_OF_RANGE", HISTORY, "started", NUMBER(-86400), 0, 0,
     0},
    {"started_year_3000", ERROR, "STARTED_OUT_OF_RANGE", HISTORY, "started", NUMBER(32503680000), 0,
     0, 0},
    {"started_milliseconds", ERROR, "STARTED_OUT_OF_RANGE", HISTORY, NULL, NONE,
     started_in_milliseconds, 0, 0},
    {"user_missing", ERROR, "USER_MISSING", HISTORY, NULL, NONE, no_user, 0, 0},
    {"user_empty", ERROR, "USER_MISSING", HISTORY, NULL, NONE, empty_user, 0, 0},
    {"row_too_large", ERROR, "ROW_TOO_LARGE", HISTORY, NULL, NONE, huge_row, SCHEMA_V2_2, 1},
    {"duplicate_of_previous", DUPLICATE, NULL, HISTORY, NULL, NONE, duplicate_of_previous, 0, 0},
    {"duplicate_from_afar", DUPLICATE, NULL, HISTORY, NULL, NONE, duplicate_from_afar, 0, 0},
    {"nearly_previous", IMPORTED, NULL, HISTORY, NULL, NONE, nearly_previous, 0, 0},
    {"previous_in_other_class", IMPORTED, NULL, HISTORY, NULL, NONE, previous_in_other_class, 0, 0},
    {"started_real", IMPORTED, NULL, HISTORY, NULL, NONE, started_with_fraction, 0, 0},
    {"stopped_null", IMPORTED, NULL, HISTORY, "stopped", NONE, 0, 0, 0},
    {"stopped_zero", IMPORTED, NULL, HISTORY, "stopped", NUMBER(0), 0, 0, 0},
    {"stopped_empty", IMPORTED, NULL, HISTORY, "stopped", STRING(""), 0, 0, 0},
    {"stopped_before_started", IMPORTED, NULL, HISTORY, NULL, NONE, stopped_before_started, 0, 0},
    {"stopped_year_3000", IMPORTED, NULL, HISTORY, "stopped", NUMBER(32503680000), 0, 0, 0},
    {"stopped_largest", IMPORTED, NULL, HISTORY, "stopped", NUMBER(INT64_MAX), 0, 0, 0},
    {"long_play", IMPORTED, "long_play", HISTORY, NULL, NONE, thirty_days, 0, 0},
    {"paused_null", IMPORTED, NULL, HISTORY, "paused_counter", NONE, 0, 0, 0},
    {"paused_empty", IMPORTED, NULL, HISTORY, "paused_counter", STRING(""), 0, 0, 0},
    {"paused_negative", IMPORTED, NULL, HISTORY, "paused_counter", NUMBER(-5), 0, 0, 0},
    {"paused_beyond_play", IMPORTED, NULL, HISTORY, "paused_counter", NUMBER(99999999), 0, 0, 0},
    {"offset_null", IMPORTED, NULL, HISTORY, "view_offset", NONE, 0, 0, 0},
    {"offset_empty", IMPORTED, NULL, HISTORY, "view_offset", STRING(""), 0, 0, 0},
    {"offset_negative", IMPORTED, NULL, HISTORY, "view_offset", NUMBER(-1000), 0, 0, 0},
    {"offset_beyond_end", IMPORTED, NULL, HISTORY, "view_offset", NUMBER(999999999), 0, 0, 0},
    {"duration_missing", IMPORTED, NULL, HISTORY, NULL, NONE, no_duration, 0, 0},
    {"duration_zero", IMPORTED, NULL, HISTORY, NULL, NONE, zero_duration, 0, 0},
    {"user_id_null", IMPORTED, NULL, HISTORY, "user_id", NONE, 0, 0, 0},
    {"user_name_null", IMPORTED, NULL, HISTORY, "user", NONE, 0, 0, 0},
    {"user_unknown", IMPORTED, NULL, HISTORY, NULL, NONE, unknown_user, 0, 0},
    {"ip_null", IMPORTED, NULL, HISTORY, "ip_address", NONE, 0, 0, 0},
    {"ip_empty", IMPORTED, NULL, HISTORY, "ip_address", STRING(""), 0, 0, 0},
    {"ip_garbage", IMPORTED, NULL, HISTORY, "ip_address", STRING("not.an.ip.999"), 0, 0, 0},
    {"ip_mapped", IMPORTED, NULL, HISTORY, "ip_address", STRING("::ffff:192.168.1.9"), 0, 0, 0},
    {"ip_with_port", IMPORTED, NULL, HISTORY, "ip_address", STRING("10.1.2.3:32400"), 0, 0, 0},
    {"ip_with_zone", IMPORTED, NULL, HISTORY, "ip_address", STRING("fe80::1%eth0"), 0, 0, 0},
    {"title_bad_utf8", IMPORTED, "text_utf8", METADATA, "title",
     STRING("caf\xe9 \xed\xa0\x80 \xc0\xaf \xe2\x82"), 0, 0, 0},
    {"title_control", IMPORTED, "text_control", METADATA, "title", STRING("tick\x01tock\x7f"), 0, 0,
     0},
    {"title_nul", IMPORTED, "text_control", METADATA, "title", STRING("before\0after"), 0, 0, 0},
    {"title_blob", IMPORTED, NULL, METADATA, "title", BYTES("plain text in a blob"), 0, 0, 0},
    {"summary_huge", IMPORTED, "text_cut", METADATA, NULL, NONE, huge_summary, 0, BIG_TEXTS_MAX},
    {"title_html", IMPORTED, NULL, METADATA, "title", STRING("<script>alert(1)</script>"), 0, 0, 0},
    {"title_formula", IMPORTED, NULL, METADATA, "title", STRING("=HYPERLINK(\"http://x\")"), 0, 0,
     0},
    {"title_null", IMPORTED, NULL, METADATA, "title", NONE, 0, 0, 0},
    {"title_empty", IMPORTED, NULL, METADATA, "title", STRING(""), 0, 0, 0},
    {"type_null", IMPORTED, NULL, HISTORY, "media_type", NONE, 0, 0, 0},
    {"type_clip", IMPORTED, NULL, HISTORY, "media_type", STRING("clip"), 0, 0, 0},
    {"type_odd", IMPORTED, NULL, HISTORY, "media_type", STRING("hologram"), 0, 0, 0},
    {"year_text", IMPORTED, "number", METADATA, "year", STRING("MMXX"), 0, 0, 0},
    {"bitrate_text", IMPORTED, "number", MEDIA_INFO, "bitrate", STRING("fast"), 0, 0, 0},
    {"reference_null", IMPORTED, NULL, HISTORY, "reference_id", NONE, 0, SCHEMA_V1_2, 0},
    {"reference_zero", IMPORTED, NULL, HISTORY, "reference_id", NUMBER(0), 0, SCHEMA_V1_2, 0},
    {"reference_dangling", IMPORTED, NULL, HISTORY, "reference_id", NUMBER(987654321012), 0,
     SCHEMA_V1_2, 0},
    {"metadata_missing", IMPORTED, "metadata_missing", HISTORY, NULL, NONE, without_metadata, 0, 0},
    {"media_info_missing", IMPORTED, "media_info_missing", HISTORY, NULL, NONE, without_media_info,
     0, 0},
};
/* clang-format on */

struct dirt {
    const struct tautulli_plan *plan;
    const struct kind *active[COUNT_OF(kinds)];
    struct ids planted[COUNT_OF(kinds)]; /* by position in `active` */
    size_t active_count;
    int64_t total;
};

struct dirt *dirt_new(const struct tautulli_plan *plan)
{
    struct dirt *dirt = must_alloc(sizeof *dirt);
    dirt->plan = plan;
    for (size_t i = 0; plan->dirty && i < COUNT_OF(kinds); i++) {
        if (plan->schema >= kinds[i].since) {
            dirt->active[dirt->active_count++] = &kinds[i];
        }
    }
    return dirt;
}

void dirt_destroy(struct dirt **dirt)
{
    for (size_t i = 0; *dirt != NULL && i < COUNT_OF(kinds); i++) {
        free((*dirt)->planted[i].ids);
    }
    free(*dirt);
    *dirt = NULL;
}

static void remember(struct ids *ids, int64_t id)
{
    if (ids->count == ids->room) {
        ids->room = ids->room * 2 + 16;
        ids->ids = must_realloc(ids->ids, ids->room * sizeof *ids->ids);
    }
    ids->ids[ids->count++] = id;
}

void dirt_apply(struct dirt *dirt, struct row *row, int64_t index)
{
    dirt->total++;
    if (dirt->active_count == 0 || index % PERIOD != TURN) {
        return;
    }
    size_t turn = (size_t)(index / PERIOD) % dirt->active_count;
    const struct kind *kind = dirt->active[turn];
    struct ids *planted = &dirt->planted[turn];
    if (kind->at_most != 0 && (int64_t)planted->count >= kind->at_most) {
        return;
    }
    if (kind->column != NULL) {
        *row_cell(row, kind->table, kind->column) = kind->value;
    }
    if (kind->apply != NULL) {
        kind->apply(row, index);
    }
    remember(planted, row->id);
}

/* Two metadata rows nobody played, planted by the maker in dirty files. */
#define ORPHANS 2

void dirt_expected(const struct dirt *dirt, struct tautulli_expected *out_expected)
{
    struct tautulli_expected expected = {.total = dirt->total};
    for (size_t i = 0; i < dirt->active_count; i++) {
        int64_t rows = (int64_t)dirt->planted[i].count;
        expected.duplicates += dirt->active[i]->outcome == DUPLICATE ? rows : 0;
        expected.errors += dirt->active[i]->outcome == ERROR ? rows : 0;
    }
    expected.imported = expected.total - expected.duplicates - expected.errors;
    expected.orphans = dirt->plan->dirty ? ORPHANS : 0;
    *out_expected = expected;
}

static void add_to(json_t *object, const char *key, size_t rows)
{
    json_int_t before = json_integer_value(json_object_get(object, key));
    json_object_set_new(object, key, json_integer(before + (json_int_t)rows));
}

static json_t *kind_json(const struct kind *kind, const struct ids *planted)
{
    static const char *const outcomes[] = {"imported", "duplicate", "error"};
    json_t *object =
        json_pack("{s:s, s:s}", "kind", kind->name, "outcome", outcomes[kind->outcome]);
    json_t *ids = json_array();
    for (size_t i = 0; i < planted->count; i++) {
        json_array_append_new(ids, json_integer(planted->ids[i]));
    }
    if (kind->reason != NULL) {
        const char *key = kind->outcome == ERROR ? "code" : "repair";
        json_object_set_new(object, key, json_string(kind->reason));
    }
    json_object_set_new(object, "ids", ids);
    return object;
}

enum err dirt_manifest(const struct dirt *dirt, const char *path)
{
    struct tautulli_expected expected;
    dirt_expected(dirt, &expected);
    json_t *codes = json_object();
    json_t *repairs = json_object();
    json_t *list = json_array();
    for (size_t i = 0; i < dirt->active_count; i++) {
        const struct kind *kind = dirt->active[i];
        if (kind->reason != NULL && dirt->planted[i].count > 0) {
            add_to(kind->outcome == ERROR ? codes : repairs, kind->reason, dirt->planted[i].count);
        }
        json_array_append_new(list, kind_json(kind, &dirt->planted[i]));
    }
    json_t *manifest = json_pack(
        "{s:I, s:I, s:I, s:{s:I, s:I, s:I, s:I, s:o, s:o}, s:I, s:o}", "rows", expected.total,
        "first_id", row_id(dirt->plan, 0), "last_id", row_id(dirt->plan, dirt->plan->rows - 1),
        "expected", "total", expected.total, "imported", expected.imported, "duplicates",
        expected.duplicates, "errors", expected.errors, "errors_by_code", codes, "repairs", repairs,
        "orphans", expected.orphans, "kinds", list);
    int failed = json_dump_file(manifest, path, JSON_INDENT(1));
    json_decref(manifest);
    return failed == 0 ? OK : ERR_SYSTEM;
}
