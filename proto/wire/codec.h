/* SPDX-License-Identifier: MIT
 * codec.h - records to and from msgpack, by walking the schema's tables.
 *
 * Two forms. Map form (messages): field names as keys; unknown keys are skipped, a missing REQ or a
 * broken rule is refused with the field's name. Positional form (bulk rows): one array, fields in
 * the order of the schema, so a million rows cost half the bytes; a longer array than known is cut,
 * a shorter one reads as absent. Bytes from outside are checked by preflight before anything is
 * allocated for them. */
#ifndef PLAYBUS_PROTO_WIRE_CODEC_H
#define PLAYBUS_PROTO_WIRE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/error.h"
#include "proto/base/own.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

/* Why bytes or JSON were refused. */
struct flaw {
    enum err code;  /* BAD_FIELD, UNKNOWN_FIELD, BAD_MESSAGE, TOO_LARGE */
    char field[96]; /* path, as in progress.errors.message; empty if none */
    char text[160]; /* a sentence for a person */
};

/* A growing byte buffer; zero-initialise it, keep it for reuse. */
struct buffer {
    char *data;
    size_t size, capacity;
};
void buffer_release(struct buffer *b);
void buffer_reset(struct buffer *b); /* size = 0, keeps the memory */
void buffer_append(struct buffer *b, const void *data, size_t size);

/* ---- map form ---- */
/* Appends. A struct that breaks its own rules (a missing REQ text, a range) is BAD_FIELD: our
 * mistake, but one that data may provoke. U64 fields hold at most INT64_MAX, TIME a year from 1 to
 * 9999. An empty list counts as absent, but a REQ one is sent empty; so is a REQ BIN without data.
 * `out_flaw` may be NULL throughout. */
enum err record_pack(const struct record_desc *r, const void *value, struct buffer *out,
                     struct flaw *out_flaw) NODISCARD;
/* Runs preflight itself. Everything `out` points to lives in `arena`, but for BIN, which points
 * into `bytes`. */
enum err record_unpack(const struct record_desc *r, const void *bytes, size_t size,
                       struct arena *arena, void *out, struct flaw *out_flaw) NODISCARD;

/* ---- positional form ---- */
/* Appends one array; no rules are checked but presence of REQ texts. */
enum err row_pack(const struct record_desc *r, const void *value, struct buffer *out) NODISCARD;
/* Decodes one whole row into its struct; like record_unpack. */
enum err row_unpack(const struct record_desc *r, const void *bytes, size_t size,
                    struct arena *arena, void *out, struct flaw *out_flaw) NODISCARD;

/* The bulk cursor: walks concatenated positional rows without allocating. */
enum cell_type {
    CELL_NIL,
    CELL_BOOL,
    CELL_I64,
    CELL_U64 /* above INT64_MAX only */,
    CELL_F64,
    CELL_STR,
    CELL_BIN,
    CELL_ARRAY, /* these two never from row_cursor_next */
    CELL_MAP
};
struct cell {
    enum cell_type type;
    uint32_t size; /* bytes of STR and BIN; items of ARRAY, pairs of MAP */
    union {
        bool boolean;
        int64_t i64;
        uint64_t u64;
        double f64;
        const char *bytes; /* STR and BIN, points into the batch, no NUL */
    };
};
struct row_cursor {
    const unsigned char *at, *end;
};
void row_cursor_init(struct row_cursor *c, const void *bytes, size_t size);
bool row_cursor_done(const struct row_cursor *c);
/* The next value of any type; of ARRAY and MAP only the head. BAD_MESSAGE if it is cut or unknown.
 */
enum err cell_read(struct row_cursor *c, struct cell *out) NODISCARD;
/* Appends one value as cell_read reads it; of ARRAY and MAP only the head. */
void cell_pack(const struct cell *cell, struct buffer *out);
/* Reads one row into cells[0..count): further elements are skipped, missing ones are CELL_NIL.
 * Nested arrays or maps, a cut row or an unknown type byte: BAD_MESSAGE. */
enum err row_cursor_next(struct row_cursor *c, struct cell *cells, size_t count) NODISCARD;

#endif
