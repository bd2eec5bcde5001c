/* SPDX-License-Identifier: MIT
 * row_body.c - a whole row, packed. */
#include "actors/history/groups/row_body.h"

static void pack_part(const struct cell *cells, size_t count, struct buffer *out)
{
    struct cell head = {.type = CELL_ARRAY, .size = (uint32_t)count};
    cell_pack(&head, out);
    for (size_t i = 0; i < count; i++) {
        cell_pack(&cells[i], out);
    }
}

void row_body_pack(const struct versions *v, const struct cell *play, const struct cell *stream,
                   struct buffer *out)
{
    buffer_reset(out);
    pack_part(play, v->play.record->count, out);
    pack_part(stream, v->stream.record->count, out);
}

enum err row_body_unpack(const struct versions *v, struct bytes body, struct cell *play,
                         struct cell *stream)
{
    struct row_cursor at;
    row_cursor_init(&at, body.data, body.size);
    enum err e = row_cursor_next(&at, play, v->play.record->count);
    return e == OK ? row_cursor_next(&at, stream, v->stream.record->count) : e;
}

static bool is_text(const struct cell *cell)
{
    return cell->type == CELL_STR;
}

unsigned row_body_lacks(const struct versions *v, const struct cell *play)
{
    return (is_text(&play[v->at_user]) ? 0 : LACKS_USER) |
           (is_text(&play[v->at_user_id]) ? 0 : LACKS_USER_ID) |
           (play[v->at_reference].type != CELL_NIL ? 0 : LACKS_REFERENCE);
}
