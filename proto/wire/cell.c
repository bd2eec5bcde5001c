/* SPDX-License-Identifier: MIT
 * cell.c - the one reader of msgpack bytes: preflight, both forms of the codec and the history
 * store read through it. It never reads past the end, allocates nothing and refuses extension
 * types. */
#include <endian.h>
#include <string.h>

#include "proto/wire/codec.h"

/* Big-endian numbers; the caller has made sure that the bytes are there. */
static inline uint64_t load(const unsigned char *at, size_t width)
{
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (width) {
    case 1:
        return at[0];
    case 2:
        memcpy(&two, at, sizeof(two));
        return be16toh(two);
    case 4:
        memcpy(&four, at, sizeof(four));
        return be32toh(four);
    default:
        memcpy(&eight, at, sizeof(eight));
        return be64toh(eight);
    }
}

static inline bool take_number(struct row_cursor *c, size_t width, uint64_t *out)
{
    if ((size_t)(c->end - c->at) < width) {
        return false;
    }
    *out = load(c->at, width);
    c->at += width;
    return true;
}

static inline enum err take_bytes(struct row_cursor *c, enum cell_type type, uint64_t size,
                                  struct cell *out)
{
    if ((size_t)(c->end - c->at) < size) {
        return ERR_BAD_MESSAGE;
    }
    out->type = type;
    out->size = (uint32_t)size;
    out->bytes = (const char *)c->at;
    c->at += size;
    return OK;
}

static inline void set_unsigned(uint64_t value, struct cell *out)
{
    out->type = value > INT64_MAX ? CELL_U64 : CELL_I64;
    out->u64 = value;
}

static inline void set_signed(uint64_t value, size_t width, struct cell *out)
{
    unsigned shift = 64 - 8 * (unsigned)width;
    out->type = CELL_I64;
    out->i64 = (int64_t)(value << shift) >> shift;
}

static void set_float(uint64_t bits, size_t width, struct cell *out)
{
    out->type = CELL_F64;
    if (width == 4) {
        uint32_t narrow = (uint32_t)bits;
        float value;
        memcpy(&value, &narrow, sizeof(value));
        out->f64 = value;
    } else {
        memcpy(&out->f64, &bits, sizeof(out->f64));
    }
}

static enum err set_container(enum cell_type type, uint64_t count, struct cell *out)
{
    out->type = type;
    out->size = (uint32_t)count;
    return OK;
}

/* Heads C4 to DF: a number of 1, 2, 4 or 8 bytes follows, for texts and containers their size. */
static enum err read_sized(struct row_cursor *c, unsigned char head, struct cell *out)
{
    static const unsigned char widths[] = {
        /* C4 */ 1, 2, 4, 0, 0, 0, 4, 8, 1, 2, 4, 8, /* D0 */ 1, 2, 4, 8,
        /* D4 */ 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4,
    };
    size_t width = widths[head - 0xC4];
    uint64_t number;
    if (width == 0 || !take_number(c, width, &number)) {
        return ERR_BAD_MESSAGE;
    }
    if (head <= 0xC6) {
        return take_bytes(c, CELL_BIN, number, out);
    }
    if (head >= 0xDE) {
        return set_container(CELL_MAP, number, out);
    }
    if (head >= 0xDC) {
        return set_container(CELL_ARRAY, number, out);
    }
    if (head >= 0xD9) {
        return take_bytes(c, CELL_STR, number, out);
    }
    if (head >= 0xD0) {
        set_signed(number, width, out);
    } else if (head >= 0xCC) {
        set_unsigned(number, out);
    } else {
        set_float(number, width, out);
    }
    return OK;
}

static inline enum err read_cell(struct row_cursor *c, struct cell *out)
{
    if (c->at == c->end) {
        return ERR_BAD_MESSAGE;
    }
    unsigned char head = *c->at++;
    if (head <= 0x7F || head >= 0xE0) {
        set_signed(head, 1, out);
        return OK;
    }
    if (head >= 0xC4) {
        return read_sized(c, head, out);
    }
    if (head >= 0xC0) {
        out->type = head == 0xC0 ? CELL_NIL : CELL_BOOL;
        out->boolean = head == 0xC3;
        return head == 0xC1 ? ERR_BAD_MESSAGE : OK; /* C1 is never used */
    }
    if (head >= 0xA0) {
        return take_bytes(c, CELL_STR, head & 0x1F, out);
    }
    return set_container(head >= 0x90 ? CELL_ARRAY : CELL_MAP, head & 0x0F, out);
}

enum err cell_read(struct row_cursor *c, struct cell *out)
{
    return read_cell(c, out);
}

void row_cursor_init(struct row_cursor *c, const void *bytes, size_t size)
{
    c->at = bytes;
    c->end = size > 0 ? c->at + size : c->at;
}

bool row_cursor_done(const struct row_cursor *c)
{
    return c->at == c->end;
}

enum err row_cursor_next(struct row_cursor *c, struct cell *cells, size_t count)
{
    struct cell head;
    if (read_cell(c, &head) != OK || head.type != CELL_ARRAY) {
        return ERR_BAD_MESSAGE;
    }
    for (size_t i = 0; i < head.size; i++) {
        struct cell further;
        struct cell *cell = i < count ? &cells[i] : &further;
        if (read_cell(c, cell) != OK || cell->type >= CELL_ARRAY) {
            return ERR_BAD_MESSAGE;
        }
    }
    for (size_t i = head.size; i < count; i++) {
        cells[i].type = CELL_NIL;
    }
    return OK;
}
