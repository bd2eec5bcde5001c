/* SPDX-License-Identifier: MIT
 * json.c - structs to and from jansson's values, by the same tables and rules as msgpack.
 *
 * Whole numbers from outside are refused beyond 2^53 - 1: a browser has lost their last digits
 * already. Ours go out in full. */
#include "proto/wire/json.h"

#include <malloc.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/clock.h"
#include "proto/wire/rules.h"

#define JSON_WHOLE_MAX INT64_C(9007199254740991)
#define BASE64 sodium_base64_VARIANT_ORIGINAL

void json_release(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}

static void free_wiped(void *piece)
{
    if (piece != NULL) {
        sodium_memzero(piece, malloc_usable_size(piece));
        free(piece);
    }
}

void json_wipe_freed(void)
{
    json_set_alloc_funcs(malloc, free_wiped);
}

/* ---- to JSON ---- */

static json_t *bytes_to_json(struct bytes bytes)
{
    size_t room = sodium_base64_encoded_len(bytes.size, BASE64);
    OWNED(free_text) char *text = must_alloc(room);
    return json_string(sodium_bin2base64(text, room, bytes.data, bytes.size, BASE64));
}

static json_t *list_to_json(const struct field *f, const void *record)
{
    json_t *list = json_array();
    for (size_t i = 0; i < member_count(f, record); i++) {
        json_array_append_new(list, record_to_json(f->record(), member_item(f, record, i)));
    }
    return list;
}

static json_t *strs_to_json(const struct field *f, const void *record)
{
    json_t *list = json_array();
    const char *const *texts = MEMBER_OF(const char *const *, record, f->offset);
    for (size_t i = 0; i < member_count(f, record); i++) {
        json_array_append_new(list, json_string(texts[i]));
    }
    return list;
}

static json_t *time_to_json(int64_t wall_ms)
{
    char text[CLOCK_TEXT_SIZE];
    clock_to_text(wall_ms, text);
    return json_string(text);
}

static json_t *id_to_json(const struct native_id *id)
{
    return id->text.data != NULL ? json_stringn(id->text.data, id->text.size)
                                 : json_integer(id->number);
}

static json_t *field_to_json(const struct field *f, const void *record)
{
    switch (f->type) {
    case TYPE_STR:
        return json_string(member_text(f, record));
    case TYPE_BIN:
        return bytes_to_json(MEMBER_OF(struct bytes, record, f->offset));
    case TYPE_BOOL:
        return json_boolean(MEMBER_OF(bool, record, f->offset));
    case TYPE_I64:
    case TYPE_U64:
        return json_integer(MEMBER_OF(int64_t, record, f->offset));
    case TYPE_F64:
        return json_real(MEMBER_OF(double, record, f->offset));
    case TYPE_TIME:
        return time_to_json(MEMBER_OF(int64_t, record, f->offset));
    case TYPE_ID:
        return id_to_json(&MEMBER_OF(struct native_id, record, f->offset));
    case TYPE_ENUM:
        return json_string(schema_enum_text(f->enumeration, MEMBER_OF(int, record, f->offset)));
    case TYPE_RECORD:
        return record_to_json(f->record(), (const char *)record + f->offset);
    case TYPE_LIST:
        return list_to_json(f, record);
    case TYPE_STRS:
        return strs_to_json(f, record);
    }
    return NULL;
}

json_t *record_to_json(const struct record_desc *r, const void *value)
{
    json_t *object = json_object();
    for (size_t i = 0; i < r->count; i++) {
        const struct field *f = &r->fields[i];
        /* Names of fields are our own: no UTF-8 to be checked. */
        if (field_present(f, value)) {
            json_object_set_new_nocheck(object, f->name, field_to_json(f, value));
        } else if (f->presence == PRESENCE_NIL) {
            json_object_set_new_nocheck(object, f->name, json_null());
        }
    }
    return object;
}

/* ---- from JSON ---- */

struct json_reader {
    const char *const *ignored; /* fields of the outermost record that do not exist here */
    struct arena *arena;
    struct flaw *flaw;
};

static enum err read_object(const struct json_reader *in, const struct record_desc *r,
                            const json_t *json, void *record, const struct path *above);

static enum err wrong_type(const struct json_reader *in, const struct path *at, const char *wanted)
{
    return flaw_at(in->flaw, ERR_BAD_FIELD, at, "must be %s", wanted);
}

static enum err read_text(const struct json_reader *in, const json_t *json, const struct path *at,
                          const char **out)
{
    const char *text = json_string_value(json);
    if (text == NULL) {
        return wrong_type(in, at, "a text");
    }
    size_t size = json_string_length(json);
    if (memchr(text, '\0', size) != NULL) {
        return flaw_at(in->flaw, ERR_BAD_FIELD, at, "holds a NUL");
    }
    *out = arena_text(in->arena, text, size);
    return OK;
}

static enum err read_bytes(const struct json_reader *in, const json_t *json, const struct path *at,
                           struct bytes *out)
{
    const char *text = "";
    enum err e = read_text(in, json, at, &text);
    if (e != OK) {
        return e;
    }
    size_t room = strlen(text) / 4 * 3 + 3;
    unsigned char *bytes = arena_alloc(in->arena, room);
    if (sodium_base642bin(bytes, room, text, strlen(text), NULL, &out->size, NULL, BASE64) != 0) {
        return wrong_type(in, at, "base64");
    }
    out->data = bytes;
    return OK;
}

static enum err read_time(const struct json_reader *in, const json_t *json, const struct path *at,
                          int64_t *out)
{
    const char *text = json_string_value(json);
    if (text == NULL || clock_from_text(text, out) != OK) {
        return wrong_type(in, at, "a time as in 2025-01-09T14:30:00Z");
    }
    return OK;
}

static enum err read_whole(const struct json_reader *in, const json_t *json, const struct path *at,
                           int64_t *out)
{
    if (!json_is_integer(json)) {
        return wrong_type(in, at, "a whole number");
    }
    *out = json_integer_value(json);
    if (*out < -JSON_WHOLE_MAX || *out > JSON_WHOLE_MAX) {
        return wrong_type(in, at, "below 2^53");
    }
    return OK;
}

static enum err read_enum(const struct json_reader *in, const struct field *f, const json_t *json,
                          void *record, const struct path *at)
{
    const char *text = json_string_value(json);
    int value = text != NULL ? schema_enum_value(f->enumeration, text) : -1;
    if (value < 0) {
        return flaw_no_such_item(in->flaw, f, at);
    }
    MEMBER(unsigned, record, f->offset) = (unsigned)value;
    return OK;
}

static enum err read_id(const struct json_reader *in, const json_t *json, const struct path *at,
                        struct native_id *out)
{
    const char *text = NULL;
    if (!json_is_string(json)) {
        return read_whole(in, json, at, &out->number);
    }
    enum err e = read_text(in, json, at, &text);
    out->text = (struct bytes){text, json_string_length(json)};
    return e;
}

static enum err read_list(const struct json_reader *in, const struct field *f, const json_t *json,
                          void *record, const struct path *at)
{
    if (!json_is_array(json)) {
        return wrong_type(in, at, "a list");
    }
    size_t count = json_array_size(json);
    if (count > f->max) {
        return flaw_at(in->flaw, ERR_BAD_FIELD, at, "has more than %llu items",
                       (unsigned long long)f->max);
    }
    size_t item_size = f->type == TYPE_LIST ? f->record()->size : sizeof(char *);
    char *items = arena_alloc(in->arena, count * item_size);
    MEMBER(char *, record, f->offset) = items;
    MEMBER(size_t, record, f->aux_offset) = count;
    enum err e = OK;
    for (size_t i = 0; e == OK && i < count; i++) {
        const json_t *item = json_array_get(json, i);
        e = f->type == TYPE_STRS ? read_text(in, item, at, &((const char **)items)[i])
                                 : read_object(in, f->record(), item, items + i * item_size, at);
    }
    return e;
}

static enum err read_scalar(const struct json_reader *in, const struct field *f, const json_t *json,
                            void *record, const struct path *at)
{
    switch (f->type) {
    case TYPE_BOOL:
        if (!json_is_boolean(json)) {
            return wrong_type(in, at, "true or false");
        }
        MEMBER(bool, record, f->offset) = json_is_true(json);
        return OK;
    case TYPE_F64:
        if (!json_is_number(json)) {
            return wrong_type(in, at, "a number");
        }
        MEMBER(double, record, f->offset) = json_number_value(json);
        return OK;
    case TYPE_TIME:
        return read_time(in, json, at, &MEMBER(int64_t, record, f->offset));
    case TYPE_ID:
        return read_id(in, json, at, &MEMBER(struct native_id, record, f->offset));
    case TYPE_ENUM:
        return read_enum(in, f, json, record, at);
    default:
        return read_whole(in, json, at, &MEMBER(int64_t, record, f->offset));
    }
}

static enum err read_value(const struct json_reader *in, const struct field *f, const json_t *json,
                           void *record, const struct path *at)
{
    switch (f->type) {
    case TYPE_STR:
        return read_text(in, json, at, &MEMBER(const char *, record, f->offset));
    case TYPE_BIN:
        return read_bytes(in, json, at, &MEMBER(struct bytes, record, f->offset));
    case TYPE_LIST:
    case TYPE_STRS:
        return read_list(in, f, json, record, at);
    case TYPE_RECORD:
        MEMBER(bool, record, f->aux_offset) = true;
        return read_object(in, f->record(), json, (char *)record + f->offset, at);
    default:
        MEMBER(bool, record, f->aux_offset) = true;
        return read_scalar(in, f, json, record, at);
    }
}

static bool is_ignored(const struct json_reader *in, const char *name, const struct path *above)
{
    if (above != NULL || in->ignored == NULL) {
        return false;
    }
    const char *const *ignored = in->ignored;
    while (*ignored != NULL && strcmp(*ignored, name) != 0) {
        ignored++;
    }
    return *ignored != NULL;
}

static bool is_field(const struct record_desc *r, const char *name)
{
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(r->fields[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static enum err refuse_unknown(const struct json_reader *in, const struct record_desc *r,
                               const json_t *json, const struct path *above)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)json, name, value)
    {
        if (!is_field(r, name) || is_ignored(in, name, above)) {
            struct path at = {.above = above, .name = name};
            return flaw_at(in->flaw, ERR_UNKNOWN_FIELD, &at, "is not a field here");
        }
    }
    return OK;
}

static enum err read_field(const struct json_reader *in, const struct field *f, const json_t *json,
                           void *record, const struct path *at)
{
    if (json == NULL || json_is_null(json)) {
        bool needed = f->presence == PRESENCE_REQ && !is_ignored(in, f->name, at->above);
        return needed ? flaw_missing(in->flaw, at) : OK;
    }
    enum err e = read_value(in, f, json, record, at);
    return e == OK ? rules_check(f, record, at, in->flaw) : e;
}

static enum err read_object(const struct json_reader *in, const struct record_desc *r,
                            const json_t *json, void *record, const struct path *above)
{
    if (!json_is_object(json)) {
        return wrong_type(in, above, "an object");
    }
    enum err e = refuse_unknown(in, r, json, above);
    for (size_t i = 0; e == OK && i < r->count; i++) {
        const struct field *f = &r->fields[i];
        struct path at = {.above = above, .name = f->name};
        e = read_field(in, f, json_object_get(json, f->name), record, &at);
    }
    return e;
}

enum err record_from_json(const struct record_desc *r, const json_t *json,
                          const char *const *ignored, struct arena *arena, void *out,
                          struct flaw *out_flaw)
{
    struct json_reader in = {.ignored = ignored, .arena = arena, .flaw = out_flaw};
    memset(out, 0, r->size);
    return read_object(&in, r, json, out, NULL);
}
