/* SPDX-License-Identifier: MIT
 * hostile.c - walks a record's table, as fill.c does. A list or a text is cut where the whole would
 * not fit into one message any more. */
#include "tests/support/hostile.h"

#include <float.h>
#include <string.h>

#include "proto/base/clock.h"
#include "proto/wire/rules.h"

enum { TEXT_MOST = 1024, BYTES_MOST = 262144, ITEMS_MOST = 16, SMALL = 1 };

const char *const hostility_names[HOSTILE_COUNT] = {"least", "greatest", "others"};

struct hostile {
    enum hostility how;
    const char *job_id;
    struct arena *arena;
};

static const char *some_text(const struct field *f, const struct hostile *h)
{
    size_t size = f->max < TEXT_MOST ? (size_t)f->max : TEXT_MOST;
    if (h->how == HOSTILE_LEAST) {
        return "";
    }
    if (h->how == HOSTILE_OTHERS) {
        const char *other = strcmp(f->name, "job_id") == 0 ? h->job_id : "import-worker#1";
        return arena_format(h->arena, "%.*s", (int)size, other);
    }
    char *text = arena_alloc(h->arena, size + 1);
    memset(text, 'x', size);
    return text;
}

static struct bytes some_bytes(const struct field *f, const struct hostile *h)
{
    size_t most = f->max < BYTES_MOST ? (size_t)f->max : BYTES_MOST;
    size_t size = h->how == HOSTILE_LEAST ? 0 : h->how == HOSTILE_OTHERS && most > 32 ? 32 : most;
    char *bytes = arena_alloc(h->arena, size + 1);
    memset(bytes, 0xff, size);
    return (struct bytes){bytes, size};
}

static int64_t some_whole(const struct field *f, const struct hostile *h)
{
    int64_t low = f->ranged              ? f->low
                  : f->type == TYPE_TIME ? CLOCK_MIN_MS
                  : f->type == TYPE_U64  ? 0
                                         : INT64_MIN;
    int64_t high = f->ranged ? f->high : f->type == TYPE_TIME ? CLOCK_MAX_MS : INT64_MAX;
    int64_t small = SMALL < low ? low : SMALL;
    return h->how == HOSTILE_LEAST ? low : h->how == HOSTILE_GREATEST ? high : small;
}

static void some_record(const struct record_desc *r, const struct hostile *h, void *out);

static void some_list(const struct field *f, const struct hostile *h, void *record)
{
    size_t most = f->max < ITEMS_MOST ? (size_t)f->max : ITEMS_MOST;
    size_t count = h->how == HOSTILE_LEAST ? 0 : h->how == HOSTILE_GREATEST ? most : 1;
    size_t size = f->type == TYPE_STRS ? sizeof(const char *) : f->record()->size;
    char *items = arena_alloc(h->arena, (count + 1) * size);
    const struct field text = {.name = f->name, .max = 64};
    for (size_t i = 0; i < count; i++) {
        if (f->type == TYPE_STRS) {
            ((const char **)(void *)items)[i] = some_text(&text, h);
        } else {
            some_record(f->record(), h, items + i * size);
        }
    }
    MEMBER(char *, record, f->offset) = items;
    MEMBER(size_t, record, f->aux_offset) = count;
}

static void some_value(const struct field *f, const struct hostile *h, void *record)
{
    switch (f->type) {
    case TYPE_STR:
        MEMBER(const char *, record, f->offset) = some_text(f, h);
        return;
    case TYPE_BIN:
        MEMBER(struct bytes, record, f->offset) = some_bytes(f, h);
        return;
    case TYPE_LIST:
    case TYPE_STRS:
        some_list(f, h, record);
        return;
    case TYPE_BOOL:
        MEMBER(bool, record, f->offset) = h->how != HOSTILE_LEAST;
        break;
    case TYPE_F64:
        MEMBER(double, record, f->offset) = h->how == HOSTILE_LEAST ? -DBL_MAX : DBL_MAX;
        break;
    case TYPE_ENUM:
        MEMBER(int, record, f->offset) =
            h->how == HOSTILE_GREATEST ? (int)f->enumeration->count - 1 : 0;
        break;
    case TYPE_RECORD:
        some_record(f->record(), h, (char *)record + f->offset);
        break;
    case TYPE_ID:
        MEMBER(struct native_id, record, f->offset) =
            (struct native_id){.number = h->how == HOSTILE_LEAST ? INT64_MIN : INT64_MAX};
        break;
    default:
        MEMBER(int64_t, record, f->offset) = some_whole(f, h);
    }
    MEMBER(bool, record, f->aux_offset) = true;
}

static void some_record(const struct record_desc *r, const struct hostile *h, void *out)
{
    memset(out, 0, r->size);
    for (size_t i = 0; i < r->count; i++) {
        if (r->fields[i].presence == PRESENCE_REQ || h->how != HOSTILE_LEAST) {
            some_value(&r->fields[i], h, out);
        }
    }
}

void hostile_record(const struct record_desc *r, enum hostility how, const char *job_id,
                    struct arena *arena, void *out)
{
    const struct hostile h = {.how = how, .job_id = job_id, .arena = arena};
    some_record(r, &h, out);
}
