/* SPDX-License-Identifier: MIT
 * batch.c - rows, items and facets of one batch.
 *
 * Each row is packed into scratch first, and only then is it decided whether it fits: nothing ever
 * has to be taken back. Facets and items are found through two small hash tables. */
#include "actors/shared/batch.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "proto/base/error.h"
#include "proto/base/own.h"
#include "proto/wire/arena.h"
#include "proto/wire/codec.h"

#define TABLE_SIZE 4096 /* a power of two, twice the entries a batch can have */

_Static_assert(TABLE_SIZE >= 2 * BATCH_ROWS_MAX, "or the search for a free place never ends");
_Static_assert(BATCH_ROWS_MAX < UINT16_MAX, "places are kept in 16 bits");

#define NOTE_BYTES 64 /* what a note or a cell costs beside its texts, at most */

/* Open addressing; 0 is empty, else an index + 1. */
struct table {
    uint16_t places[TABLE_SIZE];
};

struct batch {
    struct buffer plays, items;                   /* what is sent */
    struct buffer play_row, stream_row, item_row; /* scratch of one row */
    struct buffer item_body;                      /* scratch: an item before it is wrapped */
    struct arena *arena;                          /* facets' and notes' texts */
    struct table facet_table, item_table;
    struct facet facets[BATCH_ROWS_MAX];
    uint64_t facet_hashes[BATCH_ROWS_MAX];
    int64_t item_hashes[BATCH_ROWS_MAX];
    size_t item_sizes[BATCH_ROWS_MAX];
    struct row_note *notes; /* grows to BATCH_NOTES_MAX at most */
    size_t facet_count, item_count, play_count, note_count, note_capacity, rows;
    size_t side_bytes;                 /* of facets and notes */
    int64_t positions[BATCH_ROWS_MAX]; /* of the rows, rising */
    bool native_ids;                   /* some have one beside their position */
};

struct batch *batch_new(void)
{
    struct batch *b = must_alloc(sizeof(*b));
    b->arena = arena_new();
    return b;
}

void batch_destroy(struct batch **batch)
{
    struct batch *b = *batch;
    if (b == NULL) {
        return;
    }
    buffer_release(&b->plays);
    buffer_release(&b->items);
    buffer_release(&b->play_row);
    buffer_release(&b->stream_row);
    buffer_release(&b->item_row);
    buffer_release(&b->item_body);
    arena_destroy(&b->arena);
    free(b->notes);
    free(b);
    *batch = NULL;
}

void batch_reset(struct batch *b)
{
    buffer_reset(&b->plays);
    buffer_reset(&b->items);
    arena_reset(b->arena);
    memset(&b->facet_table, 0, sizeof(b->facet_table));
    memset(&b->item_table, 0, sizeof(b->item_table));
    b->facet_count = b->item_count = b->play_count = b->note_count = b->rows = 0;
    b->side_bytes = 0;
    b->native_ids = false;
}

size_t batch_rows(const struct batch *b)
{
    return b->rows;
}

size_t batch_bytes(const struct batch *b)
{
    return b->plays.size + b->items.size + b->side_bytes;
}

int64_t batch_last(const struct batch *b)
{
    return b->rows > 0 ? b->positions[b->rows - 1] : 0;
}

size_t batch_rows_up_to(const struct batch *b, int64_t position)
{
    size_t rows = b->rows;
    while (rows > 0 && b->positions[rows - 1] > position) {
        rows--;
    }
    return rows;
}

/* ---- facets ---- */

static uint64_t text_hash(const char *text, uint64_t seed)
{
    return text == NULL ? seed * 31 + 1 : XXH3_64bits_withSeed(text, strlen(text), seed);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The facet's place: its index is there, or 0 and it can be put there. */
static uint16_t *facet_place(struct batch *b, const struct mapped_row *row, uint64_t hash)
{
    for (size_t at = hash % TABLE_SIZE;; at = (at + 1) % TABLE_SIZE) {
        uint16_t *place = &b->facet_table.places[at];
        if (*place == 0) {
            return place;
        }
        const struct facet *f = &b->facets[*place - 1];
        if (b->facet_hashes[*place - 1] == hash && same_text(f->user, row->facet_user) &&
            same_text(f->library, row->facet_library) && same_text(f->month, row->facet_month)) {
            return place;
        }
    }
}

static size_t text_bytes(const char *text)
{
    return text == NULL ? 1 : strlen(text) + 5;
}

static uint64_t facet_take(struct batch *b, const struct mapped_row *row)
{
    uint64_t hash =
        text_hash(row->facet_month, text_hash(row->facet_library, text_hash(row->facet_user, 1)));
    uint16_t *place = facet_place(b, row, hash);
    if (*place == 0) {
        b->facets[b->facet_count] =
            (struct facet){.user = arena_keep(b->arena, row->facet_user),
                           .library = arena_keep(b->arena, row->facet_library),
                           .month = arena_keep(b->arena, row->facet_month)};
        b->facet_hashes[b->facet_count] = hash;
        b->side_bytes += NOTE_BYTES + text_bytes(row->facet_user) + text_bytes(row->facet_library);
        *place = (uint16_t)++b->facet_count;
    }
    return *place - 1U;
}

/* ---- items ---- */

static uint16_t *item_place(struct batch *b, int64_t hash)
{
    for (size_t at = (uint64_t)hash % TABLE_SIZE;; at = (at + 1) % TABLE_SIZE) {
        uint16_t *place = &b->item_table.places[at];
        if (*place == 0 || b->item_hashes[*place - 1] == hash) {
            return place;
        }
    }
}

/* Packs the item into item_row unless the batch has it; the result is its index either way, and its
 * size: a row is too large alone or nowhere. */
static enum err item_pack(struct batch *b, const struct mapped_row *row, uint64_t *out_index,
                          size_t *out_size)
{
    buffer_reset(&b->item_row);
    uint16_t place = *item_place(b, row->item_hash);
    if (place != 0) {
        *out_index = place - 1U;
        *out_size = b->item_sizes[place - 1U];
        return OK;
    }
    buffer_reset(&b->item_body);
    enum err e = row_pack(desc_item(), &row->item, &b->item_body);
    if (e != OK) {
        return e;
    }
    const struct batch_item item = {.hash = row->item_hash,
                                    .body = {b->item_body.data, b->item_body.size}};
    *out_index = b->item_count;
    e = row_pack(desc_batch_item(), &item, &b->item_row);
    *out_size = b->item_row.size;
    return e;
}

static void item_take(struct batch *b, int64_t hash)
{
    buffer_append(&b->items, b->item_row.data, b->item_row.size);
    uint16_t *place = item_place(b, hash);
    b->item_sizes[b->item_count] = b->item_row.size;
    b->item_hashes[b->item_count++] = hash;
    *place = (uint16_t)b->item_count;
}

/* ---- notes ---- */

static size_t note_bytes(const struct row_note *n)
{
    size_t bytes =
        NOTE_BYTES + n->native_id.text.size + text_bytes(n->code) + text_bytes(n->message);
    for (size_t i = 0; i < n->raw_count; i++) {
        bytes += NOTE_BYTES + text_bytes(n->raw[i].column) + text_bytes(n->raw[i].text) +
                 text_bytes(n->raw[i].base64);
    }
    return bytes;
}

static size_t notes_bytes(const struct mapped_row *row)
{
    size_t bytes = 0;
    for (size_t i = 0; i < row->note_count; i++) {
        bytes += note_bytes(&row->notes[i]);
    }
    return bytes;
}

static struct raw_cell *copy_cells(struct batch *b, const struct row_note *n)
{
    if (n->raw_count == 0) {
        return NULL;
    }
    struct raw_cell *cells = arena_alloc(b->arena, n->raw_count * sizeof(*cells));
    for (size_t i = 0; i < n->raw_count; i++) {
        const struct raw_cell *from = &n->raw[i];
        cells[i] = (struct raw_cell){.column = arena_keep(b->arena, from->column),
                                     .type = arena_keep(b->arena, from->type),
                                     .text = arena_keep(b->arena, from->text),
                                     .base64 = arena_keep(b->arena, from->base64)};
    }
    return cells;
}

static struct native_id copy_id(struct batch *b, const struct native_id *id)
{
    struct native_id copy = *id;
    if (copy.text.data != NULL) {
        copy.text.data = arena_text(b->arena, id->text.data, id->text.size);
    }
    return copy;
}

static void note_take(struct batch *b, const struct row_note *n, uint64_t facet)
{
    if (b->note_count == b->note_capacity) {
        b->note_capacity = b->note_capacity > 0 ? b->note_capacity * 2 : 64;
        b->notes = must_realloc(b->notes, b->note_capacity * sizeof(*b->notes));
    }
    struct row_note *to = &b->notes[b->note_count++];
    *to = (struct row_note){.position = n->position,
                            .has_native_id = n->has_native_id,
                            .native_id = copy_id(b, &n->native_id),
                            .code = arena_keep(b->arena, n->code),
                            .message = arena_keep(b->arena, n->message),
                            .repair = n->repair,
                            .raw = copy_cells(b, n),
                            .raw_count = n->raw_count};
    if (!n->repair) {
        PUT(to, facet, facet);
    }
    b->side_bytes += note_bytes(n);
}

/* ---- rows ---- */

/* Packs the play into play_row, with the indexes its facet and item will have. */
static enum err play_pack(struct batch *b, const struct mapped_row *row, uint64_t facet,
                          size_t *out_item_size)
{
    struct play play = row->play;
    play.facet = facet;
    play.has_facet = true;
    play.has_item = row->has_item;
    play.position = row->position;
    play.has_native_id = row->has_native_id;
    play.native_id = row->native_id;
    enum err e = row->has_item ? item_pack(b, row, &play.item, out_item_size) : OK;
    if (e == OK && row->has_stream) {
        buffer_reset(&b->stream_row);
        e = row_pack(desc_stream(), &row->stream, &b->stream_row);
        play.stream = (struct bytes){b->stream_row.data, b->stream_row.size};
    }
    buffer_reset(&b->play_row);
    return e != OK ? e : row_pack(desc_play(), &play, &b->play_row);
}

static void play_take(struct batch *b, const struct mapped_row *row)
{
    buffer_append(&b->plays, b->play_row.data, b->play_row.size);
    if (row->has_item && b->item_row.size > 0) {
        item_take(b, row->item_hash);
    }
    b->play_count++;
}

static void reject(struct batch *b, const struct mapped_row *row, uint64_t facet, enum err why)
{
    const struct row_note note = {.position = row->position,
                                  .has_native_id = row->has_native_id,
                                  .native_id = row->native_id,
                                  .code = err_code(why),
                                  .message = err_sentence(why)};
    note_take(b, &note, facet);
}

/* The facet is taken even if the row then has no room: an unused one changes no count. */
bool batch_add(struct batch *b, const struct mapped_row *row)
{
    if (b->rows == BATCH_ROWS_MAX || b->note_count + row->note_count > BATCH_NOTES_MAX) {
        return false;
    }
    uint64_t facet = facet_take(b, row);
    buffer_reset(&b->play_row);
    buffer_reset(&b->item_row);
    size_t item_size = 0;
    enum err e = row->rejected ? OK : play_pack(b, row, facet, &item_size);
    size_t bytes = b->play_row.size + b->item_row.size + notes_bytes(row);
    bool too_large = e != OK || bytes - b->item_row.size + item_size > BATCH_ROW_MAX;
    if (!too_large && b->rows > 0 && batch_bytes(b) + bytes > BATCH_BYTES_MAX) {
        return false;
    }
    for (size_t i = 0; !too_large && i < row->note_count; i++) {
        note_take(b, &row->notes[i], facet);
    }
    if (too_large) {
        reject(b, row, facet, ERR_ROW_TOO_LARGE);
    } else if (!row->rejected) {
        play_take(b, row);
    }
    b->positions[b->rows++] = row->position;
    b->native_ids = b->native_ids || row->has_native_id;
    return true;
}

void batch_fill(struct batch *b, struct batch_commit *out)
{
    if (b->native_ids) {
        PUT(out, native_ids, true);
    }
    out->play_count = b->play_count;
    out->item_count = b->item_count;
    out->facets = b->facets;
    out->facets_count = b->facet_count;
    out->notes = b->notes;
    out->notes_count = b->note_count;
    /* Never NULL, which would mean absent. */
    out->plays = (struct bytes){b->plays.data != NULL ? b->plays.data : "", b->plays.size};
    out->items = (struct bytes){b->items.data != NULL ? b->items.data : "", b->items.size};
}
