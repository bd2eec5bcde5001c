/* SPDX-License-Identifier: MIT
 * unpack.c - msgpack to structs in both forms.
 *
 * What a message makes us allocate is bounded by its own size: a list is allocated only if its MAX
 * allows it and if the bytes left could hold that many items. A field sent twice is refused, so
 * that no MAX can be passed twice. */
#include <assert.h>
#include <string.h>

#include "proto/wire/preflight.h"
#include "proto/wire/rules.h"

#define FIELDS_MAX 256 /* of one record */

struct reader {
    struct row_cursor cursor;
    struct arena *arena;
    struct flaw *flaw;
};

static enum err read_map(struct reader *in, const struct record_desc *r, const struct cell *head,
                         void *record, const struct path *above);

static enum err cut_short(struct reader *in, const struct path *at)
{
    return flaw_at(in->flaw, ERR_BAD_MESSAGE, at, "is cut short or no msgpack");
}

static enum err wrong_type(struct reader *in, const struct path *at, const char *wanted)
{
    return flaw_at(in->flaw, ERR_BAD_FIELD, at, "must be %s", wanted);
}

/* ---- values ---- */

static enum err read_text(struct reader *in, const struct cell *cell, const struct path *at,
                          const char **out)
{
    if (cell->type != CELL_STR) {
        return wrong_type(in, at, "a text");
    }
    if (memchr(cell->bytes, '\0', cell->size) != NULL) {
        return flaw_at(in->flaw, ERR_BAD_FIELD, at, "holds a NUL");
    }
    *out = arena_text(in->arena, cell->bytes, cell->size);
    return OK;
}

static enum err read_enum(struct reader *in, const struct field *f, const struct cell *cell,
                          void *record, const struct path *at)
{
    if (cell->type != CELL_STR) {
        return wrong_type(in, at, "a text");
    }
    for (size_t i = 0; i < f->enumeration->count; i++) {
        const char *item = f->enumeration->items[i];
        if (strlen(item) == cell->size && memcmp(item, cell->bytes, cell->size) == 0) {
            MEMBER(unsigned, record, f->offset) = (unsigned)i;
            return OK;
        }
    }
    return flaw_no_such_item(in->flaw, f, at);
}

static enum err read_real(struct reader *in, const struct field *f, const struct cell *cell,
                          void *record, const struct path *at)
{
    switch (cell->type) {
    case CELL_F64:
        MEMBER(double, record, f->offset) = cell->f64;
        return OK;
    case CELL_I64:
        MEMBER(double, record, f->offset) = (double)cell->i64;
        return OK;
    default:
        return wrong_type(in, at, "a number");
    }
}

static enum err read_id(struct reader *in, const struct cell *cell, const struct path *at,
                        struct native_id *out)
{
    const char *text = NULL;
    enum err e = OK;
    if (cell->type == CELL_I64) {
        out->number = cell->i64;
    } else if (cell->type == CELL_STR) {
        e = read_text(in, cell, at, &text);
        out->text = (struct bytes){text, cell->size};
    } else {
        e = wrong_type(in, at, "a whole number or a text");
    }
    return e;
}

static enum err read_scalar(struct reader *in, const struct field *f, const struct cell *cell,
                            void *record, const struct path *at)
{
    switch (f->type) {
    case TYPE_STR:
        return read_text(in, cell, at, &MEMBER(const char *, record, f->offset));
    case TYPE_BIN:
        if (cell->type != CELL_BIN) {
            return wrong_type(in, at, "bytes");
        }
        MEMBER(struct bytes, record, f->offset) = (struct bytes){cell->bytes, cell->size};
        return OK;
    case TYPE_BOOL:
        if (cell->type != CELL_BOOL) {
            return wrong_type(in, at, "true or false");
        }
        MEMBER(bool, record, f->offset) = cell->boolean;
        return OK;
    case TYPE_ID:
        return read_id(in, cell, at, &MEMBER(struct native_id, record, f->offset));
    case TYPE_F64:
        return read_real(in, f, cell, record, at);
    case TYPE_ENUM:
        return read_enum(in, f, cell, record, at);
    default:
        if (cell->type != CELL_I64) {
            return wrong_type(in, at, "a whole number");
        }
        MEMBER(int64_t, record, f->offset) = cell->i64;
        return OK;
    }
}

/* ---- lists ---- */

/* The fewest bytes a record can be sent in: its REQ fields with their names. */
static size_t least_size(const struct record_desc *r)
{
    size_t size = 1;
    for (size_t i = 0; i < r->count; i++) {
        const struct field *f = &r->fields[i];
        if (f->presence == PRESENCE_REQ) {
            size += 1 + strlen(f->name) + (f->type == TYPE_RECORD ? least_size(f->record()) : 1);
        }
    }
    return size;
}

/* Sets the count and makes room for the items. */
static enum err make_room(struct reader *in, const struct field *f, const struct cell *head,
                          void *record, const struct path *at)
{
    if (head->type != CELL_ARRAY) {
        return wrong_type(in, at, "a list");
    }
    if (head->size > f->max) {
        return flaw_at(in->flaw, ERR_BAD_FIELD, at, "has more than %llu items",
                       (unsigned long long)f->max);
    }
    size_t left = (size_t)(in->cursor.end - in->cursor.at);
    size_t item_least = f->type == TYPE_LIST ? least_size(f->record()) : 1;
    if (head->size > left / item_least) {
        return cut_short(in, at);
    }
    size_t item_size = f->type == TYPE_LIST ? f->record()->size : sizeof(char *);
    MEMBER(size_t, record, f->aux_offset) = head->size;
    MEMBER(void *, record, f->offset) = arena_alloc(in->arena, head->size * item_size);
    return OK;
}

static enum err read_list(struct reader *in, const struct field *f, const struct cell *head,
                          void *record, const struct path *at)
{
    enum err e = make_room(in, f, head, record, at);
    char *items = MEMBER(char *, record, f->offset);
    for (size_t i = 0; e == OK && i < head->size; i++) {
        struct cell cell;
        e = cell_read(&in->cursor, &cell) == OK ? OK : cut_short(in, at);
        if (e == OK && f->type == TYPE_STRS) {
            e = read_text(in, &cell, at, &((const char **)items)[i]);
        } else if (e == OK) {
            e = read_map(in, f->record(), &cell, items + i * f->record()->size, at);
        }
    }
    return e;
}

/* ---- a field ---- */

static bool has_flag(const struct field *f)
{
    return f->type != TYPE_STR && f->type != TYPE_BIN && f->type != TYPE_LIST &&
           f->type != TYPE_STRS;
}

/* The value whose head is `cell`. Nil counts as absent. */
static enum err read_field(struct reader *in, const struct field *f, const struct cell *cell,
                           void *record, const struct path *at)
{
    if (cell->type == CELL_NIL) {
        return f->presence == PRESENCE_REQ ? flaw_missing(in->flaw, at) : OK;
    }
    enum err e;
    if (f->type == TYPE_LIST || f->type == TYPE_STRS) {
        e = read_list(in, f, cell, record, at);
    } else if (f->type == TYPE_RECORD) {
        e = read_map(in, f->record(), cell, (char *)record + f->offset, at);
    } else {
        e = read_scalar(in, f, cell, record, at);
    }
    if (e == OK && has_flag(f)) {
        MEMBER(bool, record, f->aux_offset) = true;
    }
    return e == OK ? rules_check(f, record, at, in->flaw) : e;
}

/* ---- map form ---- */

/* Skips what preflight has found to be well-formed and nested 16 deep at most. */
static enum err skip_value(struct reader *in, const struct path *at)
{
    for (uint64_t owed = 1; owed > 0; owed--) {
        struct cell cell;
        if (cell_read(&in->cursor, &cell) != OK) {
            return cut_short(in, at);
        }
        if (cell.type >= CELL_ARRAY) {
            owed += (uint64_t)cell.size * (cell.type == CELL_MAP ? 2 : 1);
        }
    }
    return OK;
}

/* Fields mostly arrive in the order of the schema: begins at `hint`. The record's count if unknown.
 */
static size_t find_field(const struct record_desc *r, const struct cell *key, size_t hint)
{
    for (size_t i = 0; i < r->count; i++) {
        size_t at = (hint + i) % r->count;
        const char *name = r->fields[at].name;
        if (strlen(name) == key->size && memcmp(name, key->bytes, key->size) == 0) {
            return at;
        }
    }
    return r->count;
}

static enum err check_required(struct reader *in, const struct record_desc *r, const bool *seen,
                               const struct path *above)
{
    for (size_t i = 0; i < r->count; i++) {
        if (r->fields[i].presence == PRESENCE_REQ && !seen[i]) {
            struct path at = {.above = above, .name = r->fields[i].name};
            return flaw_missing(in->flaw, &at);
        }
    }
    return OK;
}

static enum err read_pair(struct reader *in, const struct record_desc *r, void *record, bool *seen,
                          size_t *hint, const struct path *above)
{
    struct cell cell;
    if (cell_read(&in->cursor, &cell) != OK || cell.type != CELL_STR) {
        return flaw_at(in->flaw, ERR_BAD_MESSAGE, above, "has a key that is no text");
    }
    size_t found = find_field(r, &cell, *hint);
    if (found == r->count) {
        return skip_value(in, above);
    }
    const struct field *f = &r->fields[found];
    struct path at = {.above = above, .name = f->name};
    if (seen[found]) {
        return flaw_at(in->flaw, ERR_BAD_MESSAGE, &at, "is there twice");
    }
    seen[found] = true;
    *hint = found + 1;
    if (cell_read(&in->cursor, &cell) != OK) {
        return cut_short(in, &at);
    }
    return read_field(in, f, &cell, record, &at);
}

static enum err read_map(struct reader *in, const struct record_desc *r, const struct cell *head,
                         void *record, const struct path *above)
{
    if (head->type != CELL_MAP) {
        return wrong_type(in, above, "a map");
    }
    bool seen[FIELDS_MAX] = {false};
    assert(r->count <= FIELDS_MAX);
    size_t hint = 0;
    for (size_t i = 0; i < head->size; i++) {
        enum err e = read_pair(in, r, record, seen, &hint, above);
        if (e != OK) {
            return e;
        }
    }
    return check_required(in, r, seen, above);
}

enum err record_unpack(const struct record_desc *r, const void *bytes, size_t size,
                       struct arena *arena, void *out, struct flaw *out_flaw)
{
    struct reader in = {.arena = arena, .flaw = out_flaw};
    struct cell head;
    memset(out, 0, r->size);
    row_cursor_init(&in.cursor, bytes, size);
    if (preflight(bytes, size) != OK || cell_read(&in.cursor, &head) != OK) {
        return cut_short(&in, NULL);
    }
    return read_map(&in, r, &head, out, NULL);
}

/* ---- positional form ---- */

enum err row_unpack(const struct record_desc *r, const void *bytes, size_t size,
                    struct arena *arena, void *out, struct flaw *out_flaw)
{
    struct reader in = {.arena = arena, .flaw = out_flaw};
    struct cell cells[FIELDS_MAX];
    assert(r->count <= FIELDS_MAX);
    memset(out, 0, r->size);
    row_cursor_init(&in.cursor, bytes, size);
    if (row_cursor_next(&in.cursor, cells, r->count) != OK || !row_cursor_done(&in.cursor)) {
        return cut_short(&in, NULL);
    }
    for (size_t i = 0; i < r->count; i++) {
        struct path at = {.name = r->fields[i].name};
        enum err e = read_field(&in, &r->fields[i], &cells[i], out, &at);
        if (e != OK) {
            return e;
        }
    }
    return OK;
}
