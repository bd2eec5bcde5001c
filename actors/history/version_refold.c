/* SPDX-License-Identifier: MIT
 * version_refold.c - folding what is left of a row anew.
 *
 * Versions keep their numbers, which run-lists of other jobs name. Where another one is the first
 * now, it takes the place of version 1 as well: what all bodies are the difference to, and what the
 * row's content hash is of. What was called version 1 until then, if it is still claimed, gets a
 * number of its own, and row_rebases says so. */
#include "actors/history/version_refold.h"

#include <string.h>

#include "actors/history/groups/row_body.h"
#include "actors/history/version_body.h"
#include "proto/wire/arena.h"

/* A version as it is stored; of version 1 what it was first, if that differs from what is shown. */
struct stored {
    uint32_t version;
    bool has_hash;
    int64_t hash, item;
    struct bytes body; /* in the arena */
};

struct content {
    struct cell play[FOLD_COLUMNS_MAX], stream[FOLD_COLUMNS_MAX];
    int64_t item, hash;
    bool has_hash;
};

struct refold {
    struct versions *v;
    struct arena *arena;
    bool dry_run;
    const struct claim *claims; /* as the run-lists have them */
    size_t count;
    struct claim
        *folded; /* in the arena: those of one content are one, version 1 where it is that */
    size_t folded_count;
    struct row row;       /* at first as it is stored, then as it is to be */
    struct content first; /* version 1 as it is stored */
    struct cell was[FOLD_COLUMNS_MAX], was_stream[FOLD_COLUMNS_MAX];
    int64_t was_item;
    struct stored *stored;
    size_t stored_count;
};

static enum err read_stored(struct refold *r)
{
    OWNED(stmt_reset) sqlite3_stmt *find = r->v->versions;
    size_t room = 0;
    bool row = true;
    enum err e = OK;
    stmt_number(find, 1, r->row.no);
    while (e == OK && row) {
        e = stmt_row(find, &row);
        if (e != OK || !row) {
            return e;
        }
        if (r->stored_count == room) {
            struct stored *more = arena_alloc(r->arena, (room = 2 * room + 4) * sizeof *more);
            if (r->stored_count > 0) {
                memcpy(more, r->stored, r->stored_count * sizeof *more);
            }
            r->stored = more;
        }
        struct bytes body = row_bytes(find, 3);
        r->stored[r->stored_count++] =
            (struct stored){.version = (uint32_t)row_number(find, 0),
                            .has_hash = !row_is_null(find, 1),
                            .hash = row_number(find, 1),
                            .item = row_number(find, 2),
                            .body = {arena_text(r->arena, body.data, body.size), body.size}};
    }
    return e;
}

static enum err read_row(struct refold *r)
{
    const struct versions *v = r->v;
    uint32_t same = 0;
    enum err e = row_find_version(r->v, 0, &r->row, &same);
    if (e == OK) {
        e = row_read_shown(r->v, &r->row);
    }
    if (e == OK) {
        e = row_read_first(v, &r->row);
    }
    if (e == OK) {
        e = read_stored(r);
    }
    memcpy(r->was, r->row.shown, sizeof r->was);
    memcpy(r->was_stream, r->row.shown_stream, sizeof r->was_stream);
    r->was_item = r->row.shown_item;
    memcpy(r->first.play, r->row.first, sizeof r->first.play);
    memcpy(r->first.stream, r->row.first_stream, sizeof r->first.stream);
    r->first.item = r->row.first_item;
    r->first.hash = r->row.first_hash;
    r->first.has_hash = true;
    return e;
}

static bool is_claimed(const struct refold *r, uint32_t version)
{
    size_t i = 0;
    while (i < r->count && r->claims[i].version != version) {
        i++;
    }
    return i < r->count;
}

/* Is this number another name of version 1? */
static bool is_first(const struct refold *r, uint32_t version)
{
    const struct stored *s = r->stored;
    size_t i = 0;
    while (i < r->stored_count && s[i].version != version) {
        i++;
    }
    return version == 1 || i == r->stored_count ||
           (s[i].has_hash && s[i].hash == r->first.hash && s[i].item == r->first.item &&
            body_is_empty(s[i].body));
}

static void list_folded(struct refold *r)
{
    bool first = false;
    r->folded = arena_alloc(r->arena, r->count * sizeof *r->folded);
    for (size_t i = 0; i < r->count; i++) {
        bool is = is_first(r, r->claims[i].version);
        if (!is || !first) {
            r->folded[r->folded_count] = r->claims[i];
            r->folded[r->folded_count++].version = is ? 1 : r->claims[i].version;
        }
        first = first || is;
    }
}

/* Are all versions claimed, in the order of their numbers? Then nothing changes. */
static bool is_whole(const struct refold *r)
{
    bool whole = r->folded[0].version == 1;
    for (size_t i = 1; whole && i < r->folded_count; i++) {
        whole = r->folded[i].version > r->folded[i - 1].version;
    }
    for (size_t i = 0; whole && i < r->stored_count; i++) {
        whole = is_claimed(r, r->stored[i].version);
    }
    return whole;
}

/* What this version said. */
static enum err content_of(const struct refold *r, uint32_t version, struct content *out)
{
    *out = r->first;
    for (size_t i = 0; version != 1 && i < r->stored_count; i++) {
        const struct stored *s = &r->stored[i];
        if (s->version == version) {
            out->item = s->item;
            out->hash = s->hash;
            out->has_hash = s->has_hash;
            return body_apply(s->body, out->play, r->v->play.record->count, out->stream,
                              r->v->stream.record->count);
        }
    }
    return OK;
}

/* The fold of the versions that stay, into row.shown; row.first becomes what stays first. */
static enum err fold_all(struct refold *r)
{
    struct row *row = &r->row;
    const struct versions *v = r->v;
    struct content c;
    struct item_fold folded = {0};
    enum err e = content_of(r, r->folded[0].version, &c);
    e = e == OK ? item_fold_stored(v->items, 0, c.item, r->dry_run, &folded) : e;
    memcpy(row->shown, c.play, sizeof row->shown);
    memcpy(row->shown_stream, c.stream, sizeof row->shown_stream);
    memcpy(row->first, c.play, sizeof row->first);
    memcpy(row->first_stream, c.stream, sizeof row->first_stream);
    row->shown_item = row->first_item = c.item;
    row_compute_all(v, row->shown, folded.credits_ms, r->folded[0].watched_percent);
    row->last_is_migrated = !c.has_hash;
    /* The hash of what an older version completed is not known: none is equal to it. */
    row->first_hash = c.has_hash ? c.hash : -row->no;
    for (size_t i = 1; e == OK && i < r->folded_count; i++) {
        struct fold_result result = {0};
        e = content_of(r, r->folded[i].version, &c);
        e = e == OK ? item_fold_stored(v->items, c.item, row->shown_item, r->dry_run, &folded) : e;
        memcpy(row->fresh, c.play, sizeof row->fresh);
        fold_cells(&v->play, row->shown, c.play, row_ending(v, row), &result);
        fold_cells(&v->stream, row->shown_stream, c.stream, ENDING_SAME, &result);
        row->shown_item = folded.id;
        if ((result.completed | folded.result.completed) != 0) {
            row_compute_all(v, row->shown, folded.credits_ms, r->folded[i].watched_percent);
        }
        row->last_is_migrated = !c.has_hash;
    }
    return e;
}

static bool differ(const struct cell *a, const struct cell *b, size_t count)
{
    size_t i = 0;
    while (i < count && cell_equal(&a[i], &b[i])) {
        i++;
    }
    return i < count;
}

static bool shows_otherwise(const struct refold *r)
{
    return r->row.shown_item != r->was_item ||
           differ(r->row.shown, r->was, r->v->play.record->count) ||
           differ(r->row.shown_stream, r->was_stream, r->v->stream.record->count);
}

/* ---- writing ---- */

static enum err keep_version(struct refold *r, uint32_t version, uint32_t as)
{
    struct row *row = &r->row;
    struct versions *v = r->v;
    struct content c;
    enum err e = content_of(r, version, &c);
    (void)body_make(&v->body, &v->play, row->first, c.play, &v->stream, row->first_stream,
                    c.stream);
    row->fresh_item = c.item;
    return e == OK ? row_keep_version(v, row, c.has_hash ? &c.hash : NULL, as) : e;
}

static enum err keep_versions(struct refold *r)
{
    uint32_t last = 1;
    enum err e = OK;
    for (size_t i = 0; i < r->stored_count; i++) {
        last = r->stored[i].version > last ? r->stored[i].version : last;
    }
    for (size_t i = 0; e == OK && i < r->count; i++) {
        uint32_t version = r->claims[i].version;
        if (version != 1) {
            e = keep_version(r, version, version);
        } else if (r->folded[0].version != 1) {
            e = keep_version(r, 1, last + 1);
            e = e == OK ? row_rebase(r->v, r->row.no, last + 1) : e;
        }
    }
    return e;
}

static enum err write_row(struct refold *r)
{
    struct row *row = &r->row;
    struct versions *v = r->v;
    enum err e = row_forget_versions(v, row->no);
    e = e == OK ? keep_versions(r) : e;
    bool completed = body_make(&v->body, &v->play, row->first, row->shown, &v->stream,
                               row->first_stream, row->shown_stream) ||
                     row->first_item != row->shown_item;
    if (e == OK && completed) {
        e = row_keep_first(v, row);
    }
    if (e == OK) {
        e = row_complete_play(v, row);
    }
    return e == OK ? row_keep_hash(v, row) : e;
}

static void tell(const struct refold *r, struct refolded *out)
{
    const struct cell *reference = &r->row.shown[r->v->at_reference];
    *out = (struct refolded){.rewritten = true,
                             .changed = shows_otherwise(r),
                             .hash = r->row.first_hash,
                             .reference_id = reference->i64,
                             .has_reference = reference->type == CELL_I64};
}

enum err row_refold(struct versions *v, int64_t row_no, const struct claim *claims, size_t count,
                    bool dry_run, struct refolded *out)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(free_bytes) void *memory = must_alloc(sizeof(struct refold));
    OWNED(stmt_reset) sqlite3_stmt *shown = v->find; /* its texts are borrowed */
    OWNED(stmt_reset) sqlite3_stmt *member = v->member;
    (void)shown, (void)member;
    struct refold *r = memory;
    *r = (struct refold){
        .v = v, .arena = arena, .dry_run = dry_run, .claims = claims, .count = count};
    r->row.no = row_no;
    *out = (struct refolded){0};
    enum err e = read_row(r);
    if (e != OK) {
        return e;
    }
    list_folded(r);
    if (is_whole(r)) {
        return OK;
    }
    e = fold_all(r);
    tell(r, out);
    return e == OK && !dry_run ? write_row(r) : e;
}

static enum err open_refold(struct refold *r, struct versions *v, int64_t row_no,
                            struct arena *arena)
{
    *r = (struct refold){.v = v, .arena = arena};
    r->row.no = row_no;
    return read_row(r);
}

enum err row_refold_body(struct versions *v, int64_t row_no, const struct claim *claims,
                         size_t count, struct buffer *out)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(free_bytes) void *memory = must_alloc(sizeof(struct refold));
    OWNED(stmt_reset) sqlite3_stmt *shown = v->find; /* its texts are borrowed */
    OWNED(stmt_reset) sqlite3_stmt *member = v->member;
    (void)shown, (void)member;
    struct refold *r = memory;
    enum err e = open_refold(r, v, row_no, arena);
    r->claims = claims;
    r->count = count;
    r->dry_run = true;
    buffer_reset(out);
    if (e != OK) {
        return e;
    }
    list_folded(r);
    if (is_whole(r)) {
        return OK;
    }
    e = fold_all(r);
    if (e == OK && shows_otherwise(r)) {
        row_body_pack(v, r->row.shown, r->row.shown_stream, out);
    }
    return e;
}

enum err row_says(struct versions *v, int64_t row_no, const struct claim *claims, size_t count,
                  int64_t hash, bool *out)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(free_bytes) void *memory = must_alloc(sizeof(struct refold));
    OWNED(stmt_reset) sqlite3_stmt *shown = v->find; /* its texts are borrowed */
    OWNED(stmt_reset) sqlite3_stmt *member = v->member;
    (void)shown, (void)member;
    struct refold *r = memory;
    enum err e = open_refold(r, v, row_no, arena);
    *out = false;
    for (size_t i = 0; e == OK && !*out && i < count; i++) {
        struct content c;
        e = content_of(r, claims[i].version, &c);
        *out = e == OK && c.has_hash && c.hash == hash;
    }
    return e;
}

enum err row_repeated(struct versions *v, int64_t row_no, const struct repeated *repeated,
                      struct whole_row *out)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(free_bytes) void *memory = must_alloc(sizeof(struct refold));
    OWNED(stmt_reset) sqlite3_stmt *shown = v->find; /* its texts are borrowed */
    OWNED(stmt_reset) sqlite3_stmt *member = v->member;
    (void)shown, (void)member;
    struct refold *r = memory;
    struct item_fold folded = {0};
    enum err e = open_refold(r, v, row_no, arena);
    struct content c = r->first;
    for (size_t i = 0; e == OK && c.hash != repeated->hash && i < r->stored_count; i++) {
        if (r->stored[i].has_hash && r->stored[i].hash == repeated->hash) {
            e = content_of(r, r->stored[i].version, &c);
        }
    }
    e = e == OK ? item_fold_stored(v->items, 0, c.item, false, &folded) : e;
    if (e != OK) {
        return e;
    }
    c.play[v->at_reference] = repeated->reference_id != NULL
                                  ? (struct cell){.type = CELL_I64, .i64 = *repeated->reference_id}
                                  : (struct cell){.type = CELL_NIL};
    row_compute_all(v, c.play, folded.credits_ms, repeated->watched_percent);
    row_body_pack(v, c.play, c.stream, &out->body);
    out->item_id = c.item;
    out->lacks = row_body_lacks(v, c.play);
    return OK;
}
