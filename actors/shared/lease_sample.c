/* SPDX-License-Identifier: MIT
 * lease_sample.c - one keyed BLAKE2b a place, over values and not over bytes as they came, so that
 * the number of an item or a facet in its batch does not count. */
#include "actors/shared/lease_sample.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/shared/batch_limits.h"
#include "proto/wire/codec.h"

#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_SIZE crypto_aead_xchacha20poly1305_ietf_ABYTES
#define PLACE_SIZE (8 + 8 + LEASE_DIGEST_SIZE)
#define PLAIN_MAX (LEASE_SAMPLE_KEY_SIZE + LEASE_SAMPLE_MAX * PLACE_SIZE)
#define CELLS_MAX 160

_Static_assert(NONCE_SIZE + TAG_SIZE + PLAIN_MAX == LEASE_SAMPLE_BYTES,
               "what is sealed fits exactly");

/* ---- digests ---- */

struct digesting {
    const struct batch_commit *batch;
    struct lease_sample *places;
    crypto_generichash_state states[LEASE_SAMPLE_MAX];
    struct buffer scratch;              /* one value, packed */
    struct bytes items[BATCH_ROWS_MAX]; /* as they lie in the batch */
    size_t item_count;
    size_t at_position, at_facet, at_item;
};

static void add(struct digesting *d, size_t place, const void *data, size_t size)
{
    (void)crypto_generichash_update(&d->states[place], data, size);
}

static void add_cell(struct digesting *d, size_t place, const struct cell *cell)
{
    buffer_reset(&d->scratch);
    cell_pack(cell, &d->scratch);
    if (cell->type == CELL_STR || cell->type == CELL_BIN) {
        add(d, place, &cell->size, sizeof(cell->size));
    }
    add(d, place, d->scratch.data, d->scratch.size);
}

static void add_text(struct digesting *d, size_t place, const char *text)
{
    const struct cell cell =
        text == NULL
            ? (struct cell){.type = CELL_NIL}
            : (struct cell){.type = CELL_STR, .size = (uint32_t)strlen(text), .bytes = text};
    add_cell(d, place, &cell);
}

static bool add_facet(struct digesting *d, size_t place, uint64_t index)
{
    if (index >= d->batch->facets_count) {
        return false;
    }
    const struct facet *facet = &d->batch->facets[index];
    add_text(d, place, facet->user);
    add_text(d, place, facet->library);
    add_text(d, place, facet->month);
    return true;
}

/* The place that a position is in; LEASE_SAMPLE_MAX: none. */
static size_t place_of(const struct lease_sample *places, int64_t position)
{
    for (size_t i = 0; i < places->count; i++) {
        if (position >= places->items[i].first_id && position <= places->items[i].last_id) {
            return i;
        }
    }
    return LEASE_SAMPLE_MAX;
}

static bool find_items(struct digesting *d)
{
    struct row_cursor cursor;
    struct cell cells[2];
    row_cursor_init(&cursor, d->batch->items.data, d->batch->items.size);
    while (!row_cursor_done(&cursor)) {
        const unsigned char *from = cursor.at;
        if (d->item_count == BATCH_ROWS_MAX ||
            row_cursor_next(&cursor, cells, COUNT_OF(cells)) != OK) {
            return false;
        }
        d->items[d->item_count++] = (struct bytes){(const char *)from, (size_t)(cursor.at - from)};
    }
    return true;
}

static bool add_play(struct digesting *d, size_t place, const struct cell *cells)
{
    const size_t count = desc_play()->count;
    for (size_t i = 0; i < count; i++) {
        bool is_index = (i == d->at_facet || i == d->at_item) && cells[i].type != CELL_NIL;
        if (!is_index) {
            add_cell(d, place, &cells[i]);
            continue;
        }
        if (cells[i].type != CELL_I64 || cells[i].i64 < 0) {
            return false;
        }
        uint64_t index = (uint64_t)cells[i].i64;
        if (i == d->at_facet ? !add_facet(d, place, index) : index >= d->item_count) {
            return false;
        }
        if (i == d->at_item) {
            add(d, place, d->items[index].data, d->items[index].size);
        }
    }
    return true;
}

static bool add_plays(struct digesting *d)
{
    const size_t count = desc_play()->count;
    struct row_cursor cursor;
    struct cell cells[CELLS_MAX];
    row_cursor_init(&cursor, d->batch->plays.data, d->batch->plays.size);
    while (!row_cursor_done(&cursor)) {
        if (count > CELLS_MAX || row_cursor_next(&cursor, cells, count) != OK ||
            cells[d->at_position].type != CELL_I64) {
            return false;
        }
        size_t place = place_of(d->places, cells[d->at_position].i64);
        if (place < LEASE_SAMPLE_MAX && !add_play(d, place, cells)) {
            return false;
        }
    }
    return true;
}

static bool add_notes(struct digesting *d)
{
    for (size_t i = 0; i < d->batch->notes_count; i++) {
        struct row_note note = d->batch->notes[i];
        size_t place = place_of(d->places, note.position);
        if (place == LEASE_SAMPLE_MAX) {
            continue;
        }
        if (note.has_facet && !add_facet(d, place, note.facet)) {
            return false;
        }
        note.has_facet = false;
        note.facet = 0;
        buffer_reset(&d->scratch);
        if (record_pack(desc_row_note(), &note, &d->scratch, NULL) != OK) {
            return false;
        }
        add(d, place, d->scratch.data, d->scratch.size);
    }
    return true;
}

bool lease_is_sampled(const struct batch_commit *b)
{
    return b->has_lease && b->lease.seal.size == LEASE_MAC_SIZE && b->lease.sample.data != NULL;
}

bool lease_sample_digest(const unsigned char key[static LEASE_KEY_SIZE],
                         const struct batch_commit *b, struct lease_sample *places)
{
    OWNED(free_bytes) void *memory = must_alloc(sizeof(struct digesting));
    struct digesting *d = memory;
    d->batch = b;
    d->places = places;
    d->at_position = schema_field_at(desc_play(), "position");
    d->at_facet = schema_field_at(desc_play(), "facet");
    d->at_item = schema_field_at(desc_play(), "item");
    for (size_t i = 0; i < places->count; i++) {
        (void)crypto_generichash_init(&d->states[i], key, LEASE_KEY_SIZE, LEASE_DIGEST_SIZE);
    }
    bool read = find_items(d) && add_plays(d) && add_notes(d);
    for (size_t i = 0; i < places->count; i++) {
        unsigned char *digest = places->items[i].digest;
        (void)crypto_generichash_final(&d->states[i], digest, LEASE_DIGEST_SIZE);
        if (!read) { /* of what cannot be read no part is anybody's */
            memset(digest, 0, LEASE_DIGEST_SIZE);
        }
    }
    buffer_release(&d->scratch);
    return read;
}

/* ---- sealed ---- */

static void put_number(unsigned char *out, int64_t number)
{
    for (int i = 0; i < 8; i++) {
        out[i] = (unsigned char)((uint64_t)number >> (8 * i));
    }
}

static int64_t get_number(const unsigned char *in)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++) {
        number |= (uint64_t)in[i] << (8 * i);
    }
    return (int64_t)number;
}

size_t lease_sample_seal(const unsigned char key[static LEASE_KEY_SIZE], const unsigned char *seal,
                         const struct lease_sample *sample, const char *worker,
                         unsigned char out[static LEASE_SAMPLE_BYTES])
{
    unsigned char plain[PLAIN_MAX] = {0};
    unsigned long long size = 0;
    size_t length = strcspn(worker, ".");
    memcpy(plain, worker, length < LEASE_SAMPLE_KEY_SIZE ? length : LEASE_SAMPLE_KEY_SIZE - 1);
    for (size_t i = 0; i < sample->count; i++) {
        unsigned char *to = plain + LEASE_SAMPLE_KEY_SIZE + i * PLACE_SIZE;
        put_number(to, sample->items[i].first_id);
        put_number(to + 8, sample->items[i].last_id);
        memcpy(to + 16, sample->items[i].digest, LEASE_DIGEST_SIZE);
    }
    randombytes_buf(out, NONCE_SIZE);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
        out + NONCE_SIZE, &size, plain, LEASE_SAMPLE_KEY_SIZE + sample->count * PLACE_SIZE, seal,
        LEASE_MAC_SIZE, NULL, out, key);
    return NONCE_SIZE + (size_t)size;
}

bool lease_sample_open(const unsigned char key[static LEASE_KEY_SIZE], const unsigned char *seal,
                       struct bytes bytes, struct lease_sample *out)
{
    unsigned char plain[PLAIN_MAX];
    const unsigned char *sealed = (const unsigned char *)bytes.data;
    unsigned long long size = 0;
    if (bytes.size < NONCE_SIZE + TAG_SIZE + LEASE_SAMPLE_KEY_SIZE ||
        bytes.size > LEASE_SAMPLE_BYTES ||
        crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &size, NULL, sealed + NONCE_SIZE,
                                                   bytes.size - NONCE_SIZE, seal, LEASE_MAC_SIZE,
                                                   sealed, key) != 0) {
        return false;
    }
    memcpy(out->worker, plain, LEASE_SAMPLE_KEY_SIZE);
    out->count = ((size_t)size - LEASE_SAMPLE_KEY_SIZE) / PLACE_SIZE;
    for (size_t i = 0; i < out->count; i++) {
        const unsigned char *from = plain + LEASE_SAMPLE_KEY_SIZE + i * PLACE_SIZE;
        out->items[i] =
            (struct sampled){.first_id = get_number(from), .last_id = get_number(from + 8)};
        memcpy(out->items[i].digest, from + 16, LEASE_DIGEST_SIZE);
    }
    return true;
}

/* ---- compared ---- */

/* The part of a place that the batch speaks of, and what it must be: a place's only row is its
 * last, so whatever is said of the ids before it alone is made up. False: there is no such part. */
static bool part_of(const struct sampled *place, const struct batch_commit *b,
                    const unsigned char *nothing, struct sampled *out)
{
    if (place->last_id < b->first_id || place->first_id > b->last_id) {
        return false;
    }
    *out = *place;
    out->first_id = place->first_id < b->first_id ? b->first_id : place->first_id;
    if (place->last_id > b->last_id) {
        out->last_id = b->last_id;
        memcpy(out->digest, nothing, LEASE_DIGEST_SIZE);
    }
    return true;
}

bool lease_sample_differs(const unsigned char key[static LEASE_KEY_SIZE],
                          const struct batch_commit *b, const struct lease_sample *expected,
                          struct sampled *out)
{
    struct lease_sample parts = {0};
    unsigned char nothing[LEASE_DIGEST_SIZE];
    (void)crypto_generichash(nothing, sizeof(nothing), NULL, 0, key, LEASE_KEY_SIZE);
    for (size_t i = 0; i < expected->count; i++) {
        parts.count += part_of(&expected->items[i], b, nothing, &parts.items[parts.count]) ? 1 : 0;
    }
    const struct lease_sample wanted = parts;
    (void)lease_sample_digest(key, b, &parts);
    for (size_t i = 0; i < parts.count; i++) {
        if (memcmp(parts.items[i].digest, wanted.items[i].digest, LEASE_DIGEST_SIZE) != 0) {
            *out = parts.items[i];
            return true;
        }
    }
    return false;
}

/* ---- items ---- */

struct told_item {
    int64_t hash;
    bool used;
};

static bool read_items(const struct batch_commit *b, struct told_item *items, size_t *out_count)
{
    struct row_cursor cursor;
    struct cell cells[2];
    *out_count = 0;
    row_cursor_init(&cursor, b->items.data, b->items.size);
    while (!row_cursor_done(&cursor)) {
        if (*out_count == BATCH_ROWS_MAX ||
            row_cursor_next(&cursor, cells, COUNT_OF(cells)) != OK || cells[0].type != CELL_I64) {
            return false;
        }
        items[(*out_count)++] = (struct told_item){.hash = cells[0].i64};
    }
    return true;
}

static bool mark_used(const struct batch_commit *b, struct told_item *items, size_t item_count)
{
    const size_t count = desc_play()->count;
    const size_t at_item = schema_field_at(desc_play(), "item");
    struct row_cursor cursor;
    struct cell cells[CELLS_MAX];
    row_cursor_init(&cursor, b->plays.data, b->plays.size);
    while (!row_cursor_done(&cursor)) {
        if (count > CELLS_MAX || row_cursor_next(&cursor, cells, count) != OK) {
            return false;
        }
        const struct cell *item = &cells[at_item];
        if (item->type == CELL_NIL) {
            continue;
        }
        if (item->type != CELL_I64 || item->i64 < 0 || (uint64_t)item->i64 >= item_count) {
            return false;
        }
        items[item->i64].used = true;
    }
    return true;
}

static int by_hash(const void *left, const void *right)
{
    const struct told_item *a = left;
    const struct told_item *b = right;
    return a->hash < b->hash ? -1 : a->hash > b->hash;
}

bool lease_items_belong(const struct batch_commit *b)
{
    OWNED(free_bytes) void *memory = must_alloc(BATCH_ROWS_MAX * sizeof(struct told_item));
    struct told_item *items = memory;
    size_t count = 0;
    bool belong = read_items(b, items, &count) && mark_used(b, items, count);
    qsort(items, count, sizeof(items[0]), by_hash);
    for (size_t i = 0; belong && i < count; i++) {
        belong = items[i].used && (i == 0 || items[i - 1].hash != items[i].hash);
    }
    return belong;
}
