/* SPDX-License-Identifier: MIT
 * json_text.c - structs to JSON text, by the same tables and rules as json.c. */
#include "proto/wire/json_text.h"

#include <sodium.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "proto/base/clock.h"
#include "proto/wire/json.h"
#include "proto/wire/rules.h"

#define BASE64 sodium_base64_VARIANT_ORIGINAL

static void write_record(yajl_gen gen, const struct record_desc *r, const void *value);

static void write_text(yajl_gen gen, const char *text)
{
    yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
}

static void write_bytes(yajl_gen gen, struct bytes bytes)
{
    size_t room = sodium_base64_encoded_len(bytes.size, BASE64);
    OWNED(free_text) char *text = must_alloc(room);
    write_text(gen, sodium_bin2base64(text, room, bytes.data, bytes.size, BASE64));
}

/* As jansson prints it, so that both ways give one text. */
static void write_real(yajl_gen gen, double number)
{
    char text[40];
    OWNED(json_release) json_t *real = json_real(number);
    yajl_gen_number(gen, text, json_dumpb(real, text, sizeof text, JSON_ENCODE_ANY));
}

static void write_list(yajl_gen gen, const struct field *f, const void *record)
{
    yajl_gen_array_open(gen);
    for (size_t i = 0; i < member_count(f, record); i++) {
        write_record(gen, f->record(), member_item(f, record, i));
    }
    yajl_gen_array_close(gen);
}

static void write_texts(yajl_gen gen, const struct field *f, const void *record)
{
    const char *const *texts = MEMBER_OF(const char *const *, record, f->offset);
    yajl_gen_array_open(gen);
    for (size_t i = 0; i < member_count(f, record); i++) {
        write_text(gen, texts[i]);
    }
    yajl_gen_array_close(gen);
}

static void write_time(yajl_gen gen, int64_t wall_ms)
{
    char text[CLOCK_TEXT_SIZE];
    clock_to_text(wall_ms, text);
    write_text(gen, text);
}

static void write_id(yajl_gen gen, const struct native_id *id)
{
    if (id->text.data != NULL) {
        yajl_gen_string(gen, (const unsigned char *)id->text.data, id->text.size);
    } else {
        yajl_gen_integer(gen, id->number);
    }
}

static void write_field(yajl_gen gen, const struct field *f, const void *record)
{
    switch (f->type) {
    case TYPE_STR:
        write_text(gen, member_text(f, record));
        break;
    case TYPE_BIN:
        write_bytes(gen, MEMBER_OF(struct bytes, record, f->offset));
        break;
    case TYPE_BOOL:
        yajl_gen_bool(gen, MEMBER_OF(bool, record, f->offset));
        break;
    case TYPE_I64:
    case TYPE_U64:
        yajl_gen_integer(gen, MEMBER_OF(int64_t, record, f->offset));
        break;
    case TYPE_F64:
        write_real(gen, MEMBER_OF(double, record, f->offset));
        break;
    case TYPE_TIME:
        write_time(gen, MEMBER_OF(int64_t, record, f->offset));
        break;
    case TYPE_ID:
        write_id(gen, &MEMBER_OF(struct native_id, record, f->offset));
        break;
    case TYPE_ENUM:
        write_text(gen, schema_enum_text(f->enumeration, MEMBER_OF(int, record, f->offset)));
        break;
    case TYPE_RECORD:
        write_record(gen, f->record(), (const char *)record + f->offset);
        break;
    case TYPE_LIST:
        write_list(gen, f, record);
        break;
    case TYPE_STRS:
        write_texts(gen, f, record);
        break;
    }
}

static void write_fields(yajl_gen gen, const struct record_desc *r, const void *value)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct field *f = &r->fields[i];
        if (field_present(f, value)) {
            write_text(gen, f->name);
            write_field(gen, f, value);
        } else if (f->presence == PRESENCE_NIL) {
            write_text(gen, f->name);
            yajl_gen_null(gen);
        }
    }
}

static void write_record(yajl_gen gen, const struct record_desc *r, const void *value)
{
    yajl_gen_map_open(gen);
    write_fields(gen, r, value);
    yajl_gen_map_close(gen);
}

/* Does it have a `next`, or leave it to be said that there is none? */
static bool lacks_next(const struct record_desc *r, const void *value)
{
    size_t at = schema_field_at(r, "next");
    return at == r->count ||
           (!field_present(&r->fields[at], value) && r->fields[at].presence != PRESENCE_NIL);
}

/* ---- memory: there is always some, as everywhere (own.h) ---- */

static void *more(void *context, size_t size)
{
    (void)context;
    return must_alloc(size);
}

static void *larger(void *context, void *old, size_t size)
{
    (void)context;
    return must_realloc(old, size);
}

static void release(void *context, void *memory)
{
    (void)context;
    free_bytes(&memory);
}

/* ---- */

void record_to_json_text(const struct record_desc *r, const void *value, enum json_text_kind kind,
                         struct buffer *out)
{
    const unsigned char *text = NULL;
    size_t size = 0;
    const yajl_alloc_funcs memory = {.malloc = more, .realloc = larger, .free = release};
    yajl_gen gen = yajl_gen_alloc(&memory);
    yajl_gen_map_open(gen);
    if (kind != JSON_TEXT_RECORD) {
        write_text(gen, "success");
        yajl_gen_bool(gen, true);
    }
    write_fields(gen, r, value);
    if (kind == JSON_TEXT_LIST && lacks_next(r, value)) {
        write_text(gen, "next");
        yajl_gen_null(gen);
    }
    yajl_gen_map_close(gen);
    yajl_gen_get_buf(gen, &text, &size);
    buffer_append(out, text, size);
    yajl_gen_free(gen);
}
