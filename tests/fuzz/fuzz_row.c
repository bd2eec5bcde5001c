/* SPDX-License-Identifier: MIT
 * fuzz_row.c - bytes for the bulk cursor, and for a flat record in positional form. */
#include "proto/wire/codec.h"
#include "tests/fuzz/pick.h"

#define CELLS 64

static void walk(const uint8_t *data, size_t size)
{
    struct row_cursor cursor;
    struct cell cells[CELLS];
    row_cursor_init(&cursor, data, size);
    size_t sum = 0;
    while (!row_cursor_done(&cursor) && row_cursor_next(&cursor, cells, CELLS) == OK) {
        for (size_t i = 0; i < CELLS; i++) {
            expect(cells[i].type < CELL_ARRAY);
            bool has_bytes = cells[i].type == CELL_STR || cells[i].type == CELL_BIN;
            for (size_t n = 0; has_bytes && n < cells[i].size; n++) {
                sum += (unsigned char)cells[i].bytes[n]; /* every byte promised can be read */
            }
        }
    }
    __asm__ volatile("" : : "r"(sum)); /* keeps the reads */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct record_desc *r = pick_record(&data, &size);
    if (r == NULL || !is_flat(r)) {
        return -1;
    }
    walk(data, size);
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(buffer_release) struct buffer packed = {0};
    struct flaw flaw = {0};
    void *got = arena_alloc(arena, r->size);
    void *again = arena_alloc(arena, r->size);
    enum err e = row_unpack(r, data, size, arena, got, &flaw);
    expect(e == OK || (flaw.code == e && flaw.text[0] != '\0'));
    if (e == OK) {
        expect(row_pack(r, got, &packed) == OK);
        expect(row_unpack(r, packed.data, packed.size, arena, again, &flaw) == OK);
        expect_same(r, got, again, arena);
    }
    return 0;
}
