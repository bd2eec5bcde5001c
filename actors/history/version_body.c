/* SPDX-License-Identifier: MIT
 * version_body.c - two arrays, of the play and of the stream: field, value, field, value, … */
#include "actors/history/version_body.h"

/* The head is written when the number of values is known; a wide one, so that it has its room. */
static bool pack_differing(struct buffer *out, const struct fold_rules *rules,
                           const struct cell *before, const struct cell *after)
{
    struct cell head = {.type = CELL_ARRAY, .size = UINT16_MAX};
    size_t at = out->size;
    unsigned count = 0;
    cell_pack(&head, out);
    for (size_t i = 0; i < rules->record->count; i++) {
        if (rules->columns[i].kept && !cell_equal(&before[i], &after[i])) {
            struct cell field = {.type = CELL_I64, .i64 = (int64_t)i};
            cell_pack(&field, out);
            cell_pack(&after[i], out);
            count += 2;
        }
    }
    out->data[at + 1] = (char)(count >> 8);
    out->data[at + 2] = (char)count;
    return count > 0;
}

bool body_make(struct buffer *out, const struct fold_rules *play, const struct cell *before,
               const struct cell *after, const struct fold_rules *stream,
               const struct cell *stream_before, const struct cell *stream_after)
{
    buffer_reset(out);
    bool differs = pack_differing(out, play, before, after);
    return pack_differing(out, stream, stream_before, stream_after) || differs;
}

static enum err apply_part(struct row_cursor *at, struct cell *cells, size_t count)
{
    struct cell head;
    enum err e = cell_read(at, &head);
    if (e != OK || head.type != CELL_ARRAY) {
        return ERR_BAD_MESSAGE;
    }
    for (uint32_t i = 0; e == OK && i < head.size / 2; i++) {
        struct cell field;
        struct cell value;
        e = cell_read(at, &field);
        if (e == OK) {
            e = cell_read(at, &value);
        }
        if (e != OK || field.type != CELL_I64 || field.i64 < 0 || (uint64_t)field.i64 >= count) {
            return ERR_BAD_MESSAGE;
        }
        cells[field.i64] = value;
    }
    return e;
}

enum err body_apply(struct bytes body, struct cell *play, size_t play_count, struct cell *stream,
                    size_t stream_count)
{
    struct row_cursor at;
    row_cursor_init(&at, body.data, body.size);
    enum err e = apply_part(&at, play, play_count);
    return e == OK ? apply_part(&at, stream, stream_count) : e;
}

bool body_is_empty(struct bytes body)
{
    struct row_cursor at;
    struct cell head = {.size = 1};
    row_cursor_init(&at, body.data, body.size);
    return cell_read(&at, &head) == OK && head.size == 0 && cell_read(&at, &head) == OK &&
           head.size == 0;
}
