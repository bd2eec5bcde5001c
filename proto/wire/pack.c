/* SPDX-License-Identifier: MIT
 * pack.c - structs to msgpack in both forms, through msgpack-c onto a growing buffer.
 *
 * The packer is a local of each small function, so that the compiler sees where its bytes go and
 * writes them without an indirect call. */
#include <assert.h>
#include <msgpack.h>
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

static inline void append(struct buffer *b, const void *data, size_t size)
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

static inline int write_bytes(void *buffer, const char *data, size_t size)
{
    append(buffer, data, size);
    return 0;
}

#define PACKER_ON(buffer) ((msgpack_packer){.data = (buffer), .callback = write_bytes})

/* ---- single values ---- */

static inline void pack_text(struct buffer *out, const char *text)
{
    msgpack_packer to = PACKER_ON(out);
    size_t size = strlen(text);
    msgpack_pack_str(&to, size);
    append(out, text, size);
}

static inline void pack_bytes(struct buffer *out, struct bytes bytes)
{
    msgpack_packer to = PACKER_ON(out);
    msgpack_pack_bin(&to, bytes.size);
    append(out, bytes.data, bytes.size);
}

static inline void pack_nil(struct buffer *out)
{
    msgpack_packer to = PACKER_ON(out);
    msgpack_pack_nil(&to);
}

/* Everything but records and lists. */
static inline void pack_scalar(struct buffer *out, const struct field *f, const void *record)
{
    msgpack_packer to = PACKER_ON(out);
    switch (f->type) {
    case TYPE_STR:
        pack_text(out, member_text(f, record));
        break;
    case TYPE_BIN:
        pack_bytes(out, MEMBER_OF(struct bytes, record, f->offset));
        break;
    case TYPE_BOOL:
        append(out, MEMBER_OF(bool, record, f->offset) ? "\xC3" : "\xC2", 1);
        break;
    case TYPE_F64:
        msgpack_pack_double(&to, MEMBER_OF(double, record, f->offset));
        break;
    case TYPE_ENUM:
        pack_text(out, schema_enum_text(f->enumeration, MEMBER_OF(int, record, f->offset)));
        break;
    case TYPE_U64:
        msgpack_pack_uint64(&to, MEMBER_OF(uint64_t, record, f->offset));
        break;
    default:
        msgpack_pack_int64(&to, MEMBER_OF(int64_t, record, f->offset));
        break;
    }
}

/* ---- map form ---- */

struct map_writer {
    struct buffer *out;
    struct flaw *flaw;
};

static enum err pack_map(const struct map_writer *w, const struct record_desc *r,
                         const void *record, const struct path *above);

static enum err pack_list(const struct map_writer *w, const struct field *f, const void *record,
                          const struct path *at)
{
    msgpack_packer to = PACKER_ON(w->out);
    size_t count = member_count(f, record);
    msgpack_pack_array(&to, count);
    for (size_t i = 0; i < count; i++) {
        enum err e = pack_map(w, f->record(), member_item(f, record, i), at);
        if (e != OK) {
            return e;
        }
    }
    return OK;
}

static void pack_strs(struct buffer *out, const struct field *f, const void *record)
{
    msgpack_packer to = PACKER_ON(out);
    const char *const *texts = MEMBER_OF(const char *const *, record, f->offset);
    msgpack_pack_array(&to, member_count(f, record));
    for (size_t i = 0; i < member_count(f, record); i++) {
        pack_text(out, texts[i]);
    }
}

static enum err pack_present(const struct map_writer *w, const struct field *f, const void *record,
                             const struct path *at)
{
    enum err e = rules_check(f, record, at, w->flaw);
    if (e != OK) {
        return e;
    }
    switch (f->type) {
    case TYPE_RECORD:
        return pack_map(w, f->record(), (const char *)record + f->offset, at);
    case TYPE_LIST:
        return pack_list(w, f, record, at);
    case TYPE_STRS:
        pack_strs(w->out, f, record);
        return OK;
    default:
        pack_scalar(w->out, f, record);
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

static enum err pack_map(const struct map_writer *w, const struct record_desc *r,
                         const void *record, const struct path *above)
{
    msgpack_packer to = PACKER_ON(w->out);
    msgpack_pack_map(&to, count_written(r, record));
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
        pack_text(w->out, f->name);
        if (!present) {
            pack_nil(w->out);
            continue;
        }
        enum err e = pack_present(w, f, record, &at);
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
    enum err e = pack_map(&writer, r, value, NULL);
    if (e != OK) {
        out->size = before; /* half a message is none */
    }
    return e;
}

/* ---- positional form ---- */

enum err row_pack(const struct record_desc *r, const void *value, struct buffer *out)
{
    msgpack_packer to = PACKER_ON(out);
    size_t before = out->size;
    msgpack_pack_array(&to, r->count);
    for (const struct field *f = r->fields; f < r->fields + r->count; f++) {
        assert(f->type != TYPE_RECORD && f->type != TYPE_LIST && f->type != TYPE_STRS);
        if (field_present(f, value)) {
            pack_scalar(out, f, value);
        } else if (f->presence == PRESENCE_REQ) {
            out->size = before;
            return ERR_BAD_FIELD;
        } else {
            pack_nil(out);
        }
    }
    return OK;
}
