/* SPDX-License-Identifier: MIT
 * preflight.c - walks a msgpack value once, by counting down the items each container still owes.
 */
#include "proto/wire/preflight.h"

#include "proto/wire/codec.h"

#define NESTING_MAX 16

/* A container promises at least one byte an item: more than is left cannot be true. */
static bool is_backed(const struct row_cursor *c, uint64_t items)
{
    return items <= (uint64_t)(c->end - c->at);
}

enum err preflight(const void *bytes, size_t size)
{
    uint64_t owed[NESTING_MAX];
    size_t depth = 0;
    struct row_cursor c;
    row_cursor_init(&c, bytes, size);
    do {
        struct cell cell;
        if (cell_read(&c, &cell) != OK) {
            return ERR_BAD_MESSAGE;
        }
        if (cell.type >= CELL_ARRAY) {
            uint64_t items = (uint64_t)cell.size * (cell.type == CELL_MAP ? 2 : 1);
            if (depth == NESTING_MAX || !is_backed(&c, items)) {
                return ERR_BAD_MESSAGE;
            }
            owed[depth++] = items + 1; /* and the container itself, counted down below */
        }
        while (depth > 0 && --owed[depth - 1] == 0) {
            depth--;
        }
    } while (depth > 0);
    return row_cursor_done(&c) ? OK : ERR_BAD_MESSAGE;
}
