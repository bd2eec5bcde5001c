/* SPDX-License-Identifier: MIT
 * fill.c - pseudo-random valid records. Values lean to the ends of what a row allows: the empty,
 * the longest, the first and the last are where codecs go wrong. */
#include "tests/support/fill.h"

#include <string.h>

#include "proto/base/clock.h"
#include "proto/base/own.h"
#include "proto/wire/rules.h"

#define JSON_WHOLE_MAX INT64_C(9007199254740991)
#define TEXT_MOST 300 /* crosses the sizes at which msgpack changes its head */
#define ITEMS_MOST 3

/* splitmix64 */
static uint64_t next(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static uint64_t below(uint64_t *seed, uint64_t limit)
{
    return next(seed) % limit;
}

/* Zero, the most, or between. */
static size_t some_size(uint64_t *seed, uint64_t max)
{
    uint64_t most = max < TEXT_MOST ? max : TEXT_MOST;
    switch (below(seed, 4)) {
    case 0:
        return 0;
    case 1:
        return most;
    default:
        return below(seed, most + 1);
    }
}

static const char *some_text(uint64_t *seed, uint64_t max, struct arena *arena)
{
    static const char *const pieces[] = {"a",
                                         "Z",
                                         " ",
                                         "=",
                                         "\"",
                                         "\\",
                                         "\n",
                                         "<b>",
                                         "ä",
                                         "µ",
                                         "日",
                                         "本",
                                         "\xF0\x9F\x8E\xAC",
                                         "\xE2\x80\xA8"};
    size_t size = some_size(seed, max);
    char *text = arena_alloc(arena, size + 1);
    size_t used = 0;
    while (used < size) {
        const char *piece = pieces[below(seed, COUNT_OF(pieces))];
        if (used + strlen(piece) > size) {
            piece = "x";
        }
        memcpy(text + used, piece, strlen(piece));
        used += strlen(piece);
    }
    return text;
}

static struct bytes some_bytes(uint64_t *seed, uint64_t max, struct arena *arena)
{
    size_t size = some_size(seed, max);
    unsigned char *bytes = arena_alloc(arena, size + 1);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (unsigned char)next(seed);
    }
    return (struct bytes){bytes, size};
}

static int64_t some_whole(uint64_t *seed, int64_t low, int64_t high)
{
    int64_t around = (int64_t)below(seed, 70000) - 300; /* where the widths change */
    switch (below(seed, 4)) {
    case 0:
        return low;
    case 1:
        return high;
    case 2:
        return around < low ? low : around > high ? high : around;
    default:
        return low + (int64_t)below(seed, (uint64_t)(high - low) + 1);
    }
}

static int64_t whole_of(const struct field *f, uint64_t *seed)
{
    if (f->type == TYPE_TIME) {
        return some_whole(seed, CLOCK_MIN_MS, CLOCK_MAX_MS);
    }
    int64_t low = f->ranged ? f->low : f->type == TYPE_U64 ? 0 : -JSON_WHOLE_MAX;
    return some_whole(seed, low, f->ranged ? f->high : JSON_WHOLE_MAX);
}

static double some_real(uint64_t *seed)
{
    static const double ends[] = {0, -0.0, 1, 0.1, 1e300, -1e-300, 12345678.9};
    uint64_t at = below(seed, COUNT_OF(ends) + 1);
    return at < COUNT_OF(ends) ? ends[at] : (double)next(seed) / 3;
}

static void fill_list(const struct field *f, uint64_t *seed, struct arena *arena, void *record)
{
    /* An optional list without items is an absent one, so a present one has some. */
    size_t least = f->presence == PRESENCE_REQ ? 0 : 1;
    size_t count = least + below(seed, ITEMS_MOST);
    MEMBER(size_t, record, f->aux_offset) = count;
    if (f->type == TYPE_STRS) {
        const char **texts = arena_alloc(arena, (count + 1) * sizeof(*texts));
        for (size_t i = 0; i < count; i++) {
            texts[i] = some_text(seed, TEXT_MOST, arena);
        }
        MEMBER(const char **, record, f->offset) = texts;
        return;
    }
    char *items = arena_alloc(arena, (count + 1) * f->record()->size);
    for (size_t i = 0; i < count; i++) {
        fill_record(f->record(), seed, arena, items + i * f->record()->size);
    }
    MEMBER(char *, record, f->offset) = items;
}

static void fill_scalar(const struct field *f, uint64_t *seed, void *record)
{
    MEMBER(bool, record, f->aux_offset) = true;
    switch (f->type) {
    case TYPE_BOOL:
        MEMBER(bool, record, f->offset) = below(seed, 2) == 1;
        break;
    case TYPE_F64:
        MEMBER(double, record, f->offset) = some_real(seed);
        break;
    case TYPE_ENUM:
        MEMBER(unsigned, record, f->offset) = (unsigned)below(seed, f->enumeration->count);
        break;
    default:
        MEMBER(int64_t, record, f->offset) = whole_of(f, seed);
        break;
    }
}

/* A number, or a text of printable characters. */
static struct native_id some_id(uint64_t *seed, uint64_t max, struct arena *arena)
{
    struct native_id id = {.number = some_whole(seed, -JSON_WHOLE_MAX, JSON_WHOLE_MAX)};
    if (below(seed, 2) == 1) {
        size_t size = 1 + below(seed, max);
        char *text = arena_alloc(arena, size + 1);
        memset(text, '0' + (int)below(seed, 70), size);
        id = (struct native_id){.text = {text, size}};
    }
    return id;
}

static void fill_field(const struct field *f, uint64_t *seed, struct arena *arena, void *record)
{
    switch (f->type) {
    case TYPE_STR:
        MEMBER(const char *, record, f->offset) = some_text(seed, f->max, arena);
        break;
    case TYPE_BIN:
        MEMBER(struct bytes, record, f->offset) = some_bytes(seed, f->max, arena);
        break;
    case TYPE_LIST:
    case TYPE_STRS:
        fill_list(f, seed, arena, record);
        break;
    case TYPE_ID:
        MEMBER(bool, record, f->aux_offset) = true;
        MEMBER(struct native_id, record, f->offset) = some_id(seed, f->max, arena);
        break;
    case TYPE_RECORD:
        MEMBER(bool, record, f->aux_offset) = true;
        fill_record(f->record(), seed, arena, (char *)record + f->offset);
        break;
    default:
        fill_scalar(f, seed, record);
        break;
    }
}

void fill_record(const struct record_desc *r, uint64_t *seed, struct arena *arena, void *out)
{
    memset(out, 0, r->size);
    for (size_t i = 0; i < r->count; i++) {
        if (r->fields[i].presence == PRESENCE_REQ || below(seed, 3) > 0) {
            fill_field(&r->fields[i], seed, arena, out);
        }
    }
}

/* ---- comparison ---- */

static bool same_scalar(const struct field *f, const void *a, const void *b)
{
    switch (f->type) {
    case TYPE_STR:
        return strcmp(member_text(f, a), member_text(f, b)) == 0;
    case TYPE_BIN: {
        struct bytes one = MEMBER_OF(struct bytes, a, f->offset);
        struct bytes two = MEMBER_OF(struct bytes, b, f->offset);
        return one.size == two.size && (one.size == 0 || memcmp(one.data, two.data, one.size) == 0);
    }
    case TYPE_BOOL:
        return MEMBER_OF(bool, a, f->offset) == MEMBER_OF(bool, b, f->offset);
    case TYPE_ENUM:
        return MEMBER_OF(unsigned, a, f->offset) == MEMBER_OF(unsigned, b, f->offset);
    default: /* bit by bit: -0.0 is not 0.0 */
        return MEMBER_OF(int64_t, a, f->offset) == MEMBER_OF(int64_t, b, f->offset);
    }
}

static const char *list_difference(const struct field *f, const void *a, const void *b,
                                   struct arena *arena)
{
    if (member_count(f, a) != member_count(f, b)) {
        return f->name;
    }
    for (size_t i = 0; i < member_count(f, a); i++) {
        if (f->type == TYPE_STRS) {
            const char *one = MEMBER_OF(const char *const *, a, f->offset)[i];
            const char *two = MEMBER_OF(const char *const *, b, f->offset)[i];
            if (strcmp(one, two) != 0) {
                return f->name;
            }
            continue;
        }
        const char *within =
            record_difference(f->record(), member_item(f, a, i), member_item(f, b, i), arena);
        if (within != NULL) {
            return arena_format(arena, "%s[%zu].%s", f->name, i, within);
        }
    }
    return NULL;
}

static const char *field_difference(const struct field *f, const void *a, const void *b,
                                    struct arena *arena)
{
    if (field_present(f, a) != field_present(f, b)) {
        return f->name;
    }
    if (!field_present(f, a)) {
        return NULL;
    }
    if (f->type == TYPE_LIST || f->type == TYPE_STRS) {
        return list_difference(f, a, b, arena);
    }
    if (f->type == TYPE_RECORD) {
        const char *within = record_difference(f->record(), (const char *)a + f->offset,
                                               (const char *)b + f->offset, arena);
        return within != NULL ? arena_format(arena, "%s.%s", f->name, within) : NULL;
    }
    return same_scalar(f, a, b) ? NULL : f->name;
}

const char *record_difference(const struct record_desc *r, const void *a, const void *b,
                              struct arena *arena)
{
    const char *found = NULL;
    for (size_t i = 0; found == NULL && i < r->count; i++) {
        found = field_difference(&r->fields[i], a, b, arena);
    }
    return found;
}

void for_each_record(void (*fn)(const struct record_desc *r, void *context), void *context)
{
    for (size_t i = 0; schema_records[i] != NULL; i++) {
        fn(schema_records[i](), context);
    }
    for (size_t id = 1; id < MSG_COUNT; id++) {
        fn(schema_messages[id].record(), context);
    }
}
