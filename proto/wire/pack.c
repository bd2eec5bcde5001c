/* SPDX-License-Identifier: MIT
 * pack.c - structs to msgpack in both forms.
 *
 * msgpack-c's packing template is made into functions that write straight into our buffer: its
 * packer would call back through a pointer for every head and every text. */
#include <assert.h>
#include <msgpack/pack_define.h>
#include <msgpack/timestamp.h>
#include <stdlib.h>
#include <string.h>

#include "proto/wire/rules.h"

/* ---- the buffer ---- */

void buffer_release(struct buffer *b)
{
    free(b->data);
    *b = (struct buffer){0};
}

void buffer_reset(struct buffer *b)
{
    b->size = 0;
}

static __attribute__((noinline)) void grow(struct buffer *b, size_t needed)
{
    size_t capacity = b->capacity > 0 ? b->capacity : 256;
    while (capacity < needed) {
        capacity *= 2;
    }
    b->data = must_realloc(b->data, capacity);
    b->capacity = capacity;
}

static inline __attribute__((always_inline)) void append(struct buffer *b, const void *data,
                                                         size_t size)
{
    if (b->capacity - b->size < size) {
        grow(b, b->size + size);
    }
    if (size > 0) {
        memcpy(b->data + b->size, data, size);
        b->size += size;
    }
}

void buffer_append(struct buffer *b, const void *data, size_t size)
{
    append(b, data, size);
}

/* pack_nil(out), pack_int64(out, value), pack_str(out, size) … from here on. */
#define msgpack_pack_inline_func(name) \
    static inline __attribute__((always_inline, unused)) int pack##name
#define msgpack_pack_inline_func_cint(name) msgpack_pack_inline_func(name)
#define msgpack_pack_user struct buffer *
#define msgpack_pack_append_buffer(out, bytes, size) return append(out, bytes, size), 0
#include <msgpack/pack_template.h> /* NOLINT: undefines the four names above */

/* ---- single values ---- */

static inline void write_text(struct buffer *out, const char *text)
{
    size_t size = strlen(text);
    pack_str(out, size);
    append(out, text, size);
}

static inline void write_id(struct buffer *out, const struct native_id *id)
{
    if (id->text.data == NULL) {
        pack_int64(out, id->number);
        return;
    }
    pack_str(out, id->text.size);
    append(out, id->text.data, id->text.size);
}

static inline void write_bytes(struct buffer *out, struct bytes bytes)
{
    pack_bin(out, bytes.size);
    append(out, bytes.data, bytes.size);
}

void cell_pack(const struct cell *cell, struct buffer *out)
{
    switch (cell->type) {
    case CELL_NIL:
        pack_nil(out);
        break;
    case CELL_BOOL:
        (void)(cell->boolean ? pack_true(out) : pack_false(out));
        break;
    case CELL_I64:
        pack_int64(out, cell->i64);
        break;
    case CELL_U64:
        pack_uint64(out, cell->u64);
        break;
    case CELL_F64:
        pack_double(out, cell->f64);
        break;
    case CELL_STR:
        pack_str(out, cell->size);
        append(out, cell->bytes, cell->size);
        break;
    case CELL_BIN:
        pack_bin(out, cell->size);
        append(out, cell->bytes, cell->size);
        break;
    case CELL_ARRAY:
        pack_array(out, cell->size);
        break;
    case CELL_MAP:
        pack_map(out, cell->size);
        break;
    }
}

/* Everything but records and lists. */
static inline void write_scalar(struct buffer *out, const struct field *f, const void *record)
{
    switch (f->type) {
    case TYPE_STR:
        write_text(out, member_text(f, record));
        break;
    case TYPE_BIN:
        write_bytes(out, MEMBER_OF(struct bytes, record, f->offset));
        break;
    case TYPE_BOOL:
        append(out, MEMBER_OF(bool, record, f->offset) ? "\xC3" : "\xC2", 1);
        break;
    case TYPE_F64:
        pack_double(out, MEMBER_OF(double, record, f->offset));
        break;
    case TYPE_ENUM:
        write_text(out, schema_enum_text(f->enumeration, MEMBER_OF(int, record, f->offset)));
        break;
    case TYPE_ID:
        write_id(out, &MEMBER_OF(struct native_id, record, f->offset));
        break;
    case TYPE_U64:
        pack_uint64(out, MEMBER_OF(uint64_t, record, f->offset));
        break;
    default:
        pack_int64(out, MEMBER_OF(int64_t, record, f->offset));
        break;
    }
}

/* ---- map form ---- */

struct map_writer {
    struct buffer *out;
    struct flaw *flaw;
};

static enum err write_map(const struct map_writer *w, const struct record_desc *r,
                          const void *record, const struct path *above);

static enum err write_list(const struct map_writer *w, const struct field *f, const void *record,
                           const struct path *at)
{
    size_t count = member_count(f, record);
    pack_array(w->out, count);
    for (size_t i = 0; i < count; i++) {
        enum err e = write_map(w, f->record(), member_item(f, record, i), at);
        if (e != OK) {
            return e;
        }
    }
    return OK;
}

static void write_strs(struct buffer *out, const struct field *f, const void *record)
{
    const char *const *texts = MEMBER_OF(const char *const *, record, f->offset);
    pack_array(out, member_count(f, record));
    for (size_t i = 0; i < member_count(f, record); i++) {
        write_text(out, texts[i]);
    }
}

static enum err write_present(const struct map_writer *w, const struct field *f, const void *record,
                              const struct path *at)
{
    enum err e = rules_check(f, record, at, w->flaw);
    if (e != OK) {
        return e;
    }
    switch (f->type) {
    case TYPE_RECORD:
        return write_map(w, f->record(), (const char *)record + f->offset, at);
    case TYPE_LIST:
        return write_list(w, f, record, at);
    case TYPE_STRS:
        write_strs(w->out, f, record);
        return OK;
    default:
        write_scalar(w->out, f, record);
        return OK;
    }
}

static size_t count_written(const struct record_desc *r, const void *record)
{
    size_t count = 0;
    for (size_t i = 0; i < r->count; i++) {
        const struct field *f = &r->fields[i];
        count += f->presence == PRESENCE_NIL || field_present(f, record) ? 1 : 0;
    }
    return count;
}

static enum err write_map(const struct map_writer *w, const struct record_desc *r,
                          const void *record, const struct path *above)
{
    pack_map(w->out, count_written(r, record));
    for (size_t i = 0; i < r->count; i++) {
        const struct field *f = &r->fields[i];
        struct path at = {.above = above, .name = f->name};
        bool present = field_present(f, record);
        if (!present && f->presence == PRESENCE_REQ) {
            return flaw_missing(w->flaw, &at);
        }
        if (!present && f->presence == PRESENCE_OPT) {
            continue;
        }
        write_text(w->out, f->name);
        if (!present) {
            pack_nil(w->out);
            continue;
        }
        enum err e = write_present(w, f, record, &at);
        if (e != OK) {
            return e;
        }
    }
    return OK;
}

enum err record_pack(const struct record_desc *r, const void *value, struct buffer *out,
                     struct flaw *out_flaw)
{
    size_t before = out->size;
    struct map_writer writer = {.out = out, .flaw = out_flaw};
    enum err e = write_map(&writer, r, value, NULL);
    if (e != OK) {
        out->size = before; /* half a message is none */
    }
    return e;
}

/* ---- positional form ---- */

enum err row_pack(const struct record_desc *r, const void *value, struct buffer *out)
{
    size_t before = out->size;
    pack_array(out, r->count);
    for (const struct field *f = r->fields; f < r->fields + r->count; f++) {
        assert(f->type != TYPE_RECORD && f->type != TYPE_LIST && f->type != TYPE_STRS);
        if (field_present(f, value)) {
            write_scalar(out, f, value);
        } else if (f->presence == PRESENCE_REQ) {
            out->size = before;
            return ERR_BAD_FIELD;
        } else {
            pack_nil(out);
        }
    }
    return OK;
}
