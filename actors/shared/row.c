/* SPDX-License-Identifier: MIT
 * row.c - the values of one row: text made safe, numbers read as SQLite leaves them, notes kept.
 *
 * The fast path allocates nothing: clean text is lent by SQLite, numbers that become text are
 * written into the row itself. */
#include "actors/shared/row.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "actors/shared/address.h"
#include "proto/base/text.h"

#define NOTE_CELLS_MAX 32    /* raw cells of one repair note */
#define NOTE_BYTES_MAX 65536 /* raw bytes kept of one row */

static const char *const repair_codes[] = {
#define REPAIR(code, sentence) #code,
#include "proto/schema/repairs.def"
#undef REPAIR
};

static const char *const repair_sentences[] = {
#define REPAIR(code, sentence) sentence,
#include "proto/schema/repairs.def"
#undef REPAIR
};

void row_init(struct row *r, size_t column_count, const char *const *columns)
{
    memset(r, 0, sizeof(*r));
    r->column_count = column_count;
    r->columns = columns;
    r->raw = must_alloc(column_count * sizeof(*r->raw));
    r->arena = arena_new();
    r->scratch = must_alloc(TEXT_MAX + 1);
}

void row_release(struct row *r)
{
    arena_destroy(&r->arena);
    free(r->raw);
    r->raw = NULL;
    free(r->scratch);
    r->scratch = NULL;
}

void row_begin(struct row *r)
{
    if (r->arena_used) {
        arena_reset(r->arena);
        r->arena_used = false;
    }
    r->text_bytes = 0;
    r->note_bytes = 0;
    r->number_text_count = 0;
    r->out.note_count = 0;
    r->out.rejected = false;
}

static void *row_alloc(struct row *r, size_t size)
{
    r->arena_used = true;
    return arena_alloc(r->arena, size);
}

/* ---- notes ---- */

static const char *raw_base64(struct row *r, const char *bytes, size_t size)
{
    size_t room = sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_ORIGINAL);
    char *text = row_alloc(r, room);
    sodium_bin2base64(text, room, (const unsigned char *)bytes, size,
                      sodium_base64_VARIANT_ORIGINAL);
    return text;
}

/* Cut so that it still is what it says: at a character. */
static size_t cut_at_character(const char *bytes, size_t size, size_t max)
{
    if (size <= max) {
        return size;
    }
    while (max > 0 && ((unsigned char)bytes[max] & 0xc0U) == 0x80) {
        max--;
    }
    return max;
}

static void raw_cell_fill(struct row *r, const struct raw_value *v, struct raw_cell *out)
{
    static const char *const types[] = {"null", "integer", "real", "text", "blob"};
    out->type = types[v->type];
    size_t left = NOTE_BYTES_MAX - r->note_bytes;
    size_t size = 0;
    switch ((enum raw_type)v->type) {
    case RAW_NULL:
        return;
    case RAW_INTEGER:
        out->text = arena_format(r->arena, "%lld", (long long)v->integer);
        break;
    case RAW_REAL:
        out->text = arena_format(r->arena, "%.17g", v->real);
        break;
    case RAW_TEXT:
        size = cut_at_character(v->bytes, v->size, left);
        if (text_is_utf8(v->bytes, size)) {
            out->text = arena_text(r->arena, v->bytes, size);
            break;
        }
        out->base64 = raw_base64(r, v->bytes, size);
        break;
    case RAW_BLOB:
        size = v->size < left ? v->size : left;
        out->base64 = raw_base64(r, v->bytes, size);
        break;
    }
    r->note_bytes += size;
}

/* Its place among the row's notes; their count if there is none. */
static size_t find_note(const struct row *r, enum repair code)
{
    size_t at = 0;
    while (at < r->out.note_count && r->out.notes[at].code != repair_codes[code]) {
        at++;
    }
    return at;
}

bool row_has_note(const struct row *r, enum repair code)
{
    return find_note(r, code) < r->out.note_count;
}

static struct row_note *note_of(struct row *r, enum repair code)
{
    size_t at = find_note(r, code);
    struct row_note *note = &r->out.notes[at];
    if (at == r->out.note_count) {
        r->out.note_count++;
        *note = (struct row_note){.position = r->out.position,
                                  .has_native_id = r->out.has_native_id,
                                  .native_id = r->out.native_id,
                                  .code = repair_codes[code],
                                  .message = repair_sentences[code],
                                  .repair = true};
    }
    return note;
}

void row_note_missing(struct row *r, enum repair code)
{
    (void)note_of(r, code);
}

void row_note(struct row *r, enum repair code, unsigned column)
{
    struct row_note *note = note_of(r, code);
    if (note->raw == NULL) {
        note->raw = row_alloc(r, NOTE_CELLS_MAX * sizeof(*note->raw));
    }
    if (note->raw_count < NOTE_CELLS_MAX) {
        struct raw_cell *cell = &note->raw[note->raw_count++];
        *cell = (struct raw_cell){.column = r->columns[column]};
        raw_cell_fill(r, &r->raw[column], cell);
    }
}

void row_reject(struct row *r, enum err code, const bool *there)
{
    r->note_bytes = 0;
    r->out.rejected = true;
    r->out.note_count = 1;
    r->out.notes[0] = (struct row_note){
        .position = r->out.position,
        .has_native_id = r->out.has_native_id,
        .native_id = r->out.native_id,
        .code = err_code(code),
        .message = err_sentence(code),
        .raw = row_alloc(r, r->column_count * sizeof(struct raw_cell)),
    };
    for (size_t c = 0; c < r->column_count; c++) {
        if (there[c] && r->raw[c].type != RAW_NULL) {
            struct raw_cell *cell = &r->out.notes[0].raw[r->out.notes[0].raw_count++];
            *cell = (struct raw_cell){.column = r->columns[c]};
            raw_cell_fill(r, &r->raw[c], cell);
        }
    }
}

/* ---- text ---- */

static const char *repaired_text(struct row *r, unsigned column)
{
    const struct raw_value *v = &r->raw[column];
    size_t size = 0;
    unsigned done = text_repair(v->bytes, v->size, r->scratch, &size);
    if ((done & TEXT_UTF8) != 0) {
        row_note(r, REPAIR_text_utf8, column);
    }
    if ((done & TEXT_CONTROL) != 0) {
        row_note(r, REPAIR_text_control, column);
    }
    if ((done & TEXT_CUT) != 0) {
        row_note(r, REPAIR_text_cut, column);
    }
    if (size == 0) {
        return NULL;
    }
    r->arena_used = true;
    r->text_bytes += size;
    return arena_text(r->arena, r->scratch, size);
}

/* Ids are numbers in many sources and text with us. */
const char *row_number_text(struct row *r, int64_t number)
{
    if (r->number_text_count == NUMBER_TEXTS) {
        r->arena_used = true;
        return arena_format(r->arena, "%lld", (long long)number);
    }
    char *end = r->number_texts[r->number_text_count++] + NUMBER_TEXT_SIZE - 1;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    *end = '\0';
    do {
        *--end = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0) {
        *--end = '-';
    }
    return end;
}

const char *row_copy(struct row *r, const char *text)
{
    r->arena_used = true;
    return arena_keep(r->arena, text);
}

const char *row_take_text(struct row *r, unsigned column)
{
    const struct raw_value *v = &r->raw[column];
    switch ((enum raw_type)v->type) {
    case RAW_NULL:
        return NULL;
    case RAW_INTEGER:
        return row_number_text(r, v->integer);
    case RAW_REAL:
        r->arena_used = true;
        return arena_format(r->arena, "%.15g", v->real);
    case RAW_TEXT:
        if (v->size == 0) {
            return NULL;
        }
        if (v->clean || (v->size <= TEXT_MAX && text_is_clean(v->bytes, v->size))) {
            r->text_bytes += v->size;
            return v->bytes;
        }
        return repaired_text(r, column);
    case RAW_BLOB:
        return v->size == 0 ? NULL : repaired_text(r, column);
    }
    return NULL;
}

const char *row_take_address(struct row *r, unsigned column)
{
    char clean[ADDRESS_SIZE];
    const char *text = row_take_text(r, column);
    if (text == NULL) {
        return NULL;
    }
    switch (address_clean(text, clean)) {
    case ADDRESS_AS_IS:
        break;
    case ADDRESS_STRIPPED:
        row_note(r, REPAIR_ip_stripped, column);
        return row_copy(r, clean);
    case ADDRESS_UNMAPPED:
        return row_copy(r, clean);
    case ADDRESS_INVALID:
        row_note(r, REPAIR_ip_address, column);
        return NULL;
    }
    return text;
}

/* Plays come in order of time, so the month is mostly that of the row before. */
const char *row_month(struct row *r, int64_t moment_s)
{
    if (moment_s / 86400 == r->month_day && r->month[0] != '\0') {
        return r->month;
    }
    time_t moment = (time_t)moment_s;
    struct tm utc;
    if (gmtime_r(&moment, &utc) == NULL) {
        return NULL;
    }
    r->month_day = moment_s / 86400;
    return strftime(r->month, sizeof(r->month), "%Y-%m", &utc) == 0 ? NULL : r->month;
}

/* ---- numbers ---- */

bool row_take_number(struct row *r, unsigned column, int64_t *out)
{
    int found = raw_number(&r->raw[column], out);
    if (found < 0) {
        row_note(r, REPAIR_number, column);
    }
    return found == 1;
}
