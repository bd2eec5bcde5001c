/* SPDX-License-Identifier: MIT
 * version_items.c - folds of items are remembered: many plays in a row are of the same two. */
#include "actors/history/version_items.h"

#include <string.h>
#include <xxhash.h>

#include "proto/store/sqlite.h"

enum { SLOTS = 16384 }; /* 1 MiB */

struct slot {
    bool used, dry_run;
    int64_t shown_id, fresh_hash;
    struct item_fold fold;
};

struct item_folds {
    struct fold_rules rules;
    size_t at_credits;
    sqlite3_stmt *body, *put, *find; /* owned */
    struct buffer folded, stored;
    struct slot slots[SLOTS];
};

enum err item_folds_open(sqlite3 *db, struct item_folds **out)
{
    OWNED(item_folds_close) struct item_folds *f = must_alloc(sizeof *f);
    fold_rules_init(&f->rules, desc_item());
    f->at_credits = schema_field_at(f->rules.record, "marker_credits_first");
    enum err e = db_prepare(db, "SELECT body, hash FROM items WHERE id = ?1", &f->body);
    if (e == OK) {
        e = db_prepare(db, "INSERT INTO items (hash, body) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                       &f->put);
    }
    if (e == OK) {
        e = db_prepare(db, "SELECT id FROM items WHERE hash = ?1", &f->find);
    }
    if (e == OK) {
        *out = TAKE(f);
    }
    return e;
}

void item_folds_close(struct item_folds **folds)
{
    struct item_folds *f = *folds;
    if (f == NULL) {
        return;
    }
    stmt_finalize(&f->body);
    stmt_finalize(&f->put);
    stmt_finalize(&f->find);
    buffer_release(&f->folded);
    buffer_release(&f->stored);
    void *memory = f;
    free_bytes(&memory);
    *folds = NULL;
}

void item_folds_forget(struct item_folds *folds)
{
    memset(folds->slots, 0, sizeof folds->slots);
}

static enum err read_cells(const struct item_folds *f, const void *bytes, size_t size,
                           struct cell *cells)
{
    struct row_cursor cursor;
    row_cursor_init(&cursor, bytes, size);
    return row_cursor_next(&cursor, cells, f->rules.record->count);
}

/* The item of this content, by the hash of its bytes. It is stored if there is none, but for a dry
 * run, which gets 0 then. */
static enum err find_fold(struct item_folds *f, const struct cell *cells, bool dry_run,
                          int64_t *out)
{
    struct cell head = {.type = CELL_ARRAY, .size = (uint32_t)f->rules.record->count};
    buffer_reset(&f->folded);
    cell_pack(&head, &f->folded);
    for (size_t i = 0; i < f->rules.record->count; i++) {
        cell_pack(&cells[i], &f->folded);
    }
    int64_t hash = (int64_t)XXH3_64bits(f->folded.data, f->folded.size);
    stmt_number(f->put, 1, hash);
    stmt_bytes(f->put, 2, (struct bytes){f->folded.data, f->folded.size});
    enum err e = dry_run ? OK : stmt_run(f->put);
    OWNED(stmt_reset) sqlite3_stmt *find = f->find;
    bool row = false;
    stmt_number(find, 1, hash);
    e = e == OK ? stmt_row(find, &row) : e;
    if (e == OK) {
        *out = row ? row_number(find, 0) : 0;
    }
    return e == OK && !row && !dry_run ? ERR_STORE_FAILED : e;
}

static bool same_cells(const struct cell *a, const struct cell *b, size_t count)
{
    size_t i = 0;
    while (i < count && cell_equal(&a[i], &b[i])) {
        i++;
    }
    return i == count;
}

static enum err fold(struct item_folds *f, const struct item_ref *item, int64_t shown_id,
                     bool dry_run, struct item_fold *out)
{
    struct cell shown[FOLD_COLUMNS_MAX] = {0};
    struct cell fresh[FOLD_COLUMNS_MAX] = {0};
    OWNED(stmt_reset) sqlite3_stmt *find = f->body; /* its bytes are borrowed */
    bool row = false;
    enum err e = item != NULL ? read_cells(f, item->body.data, item->body.size, fresh) : OK;
    e = e == OK && !cells_fit(f->rules.record, fresh) ? ERR_BAD_MESSAGE : e;
    if (e == OK && shown_id != 0) {
        stmt_number(find, 1, shown_id);
        e = stmt_row(find, &row);
    }
    if (e == OK && row) {
        struct bytes stored = row_bytes(find, 0);
        if (read_cells(f, stored.data, stored.size, shown) != OK) {
            memset(shown, 0, sizeof shown); /* what nobody can read is unknown */
        }
    }
    if (e != OK) {
        return e;
    }
    *out = (struct item_fold){.id = shown_id};
    fold_cells(&f->rules, shown, fresh, ENDING_SAME, &out->result);
    const struct cell *credits = &shown[f->at_credits];
    out->credits_ms = credits->type == CELL_I64 ? credits->i64 : 0;
    if (item == NULL || (out->result.completed == 0 && shown_id != 0)) {
        return OK;
    }
    if (same_cells(shown, fresh, f->rules.record->count)) {
        out->id = item->id;
        return OK;
    }
    return find_fold(f, shown, dry_run, &out->id);
}

enum err item_fold(struct item_folds *folds, const struct item_ref *fresh, int64_t shown_id,
                   bool dry_run, struct item_fold *out)
{
    int64_t hash = fresh != NULL ? fresh->hash : 0;
    struct slot *slot =
        &folds->slots[((uint64_t)hash ^ (uint64_t)shown_id * 0x9e3779b97f4a7c15ULL) % SLOTS];
    if (slot->used && slot->dry_run == dry_run && slot->shown_id == shown_id &&
        slot->fresh_hash == hash) {
        *out = slot->fold;
        return OK;
    }
    enum err e = fold(folds, fresh, shown_id, dry_run, out);
    if (e == OK) {
        *slot = (struct slot){true, dry_run, shown_id, hash, *out};
    }
    return e;
}

enum err item_fold_stored(struct item_folds *f, int64_t fresh_id, int64_t shown_id, bool dry_run,
                          struct item_fold *out)
{
    struct item_ref fresh = {.id = fresh_id};
    OWNED(stmt_reset) sqlite3_stmt *find = f->body;
    bool row = false;
    stmt_number(find, 1, fresh_id);
    enum err e = fresh_id != 0 ? stmt_row(find, &row) : OK;
    if (e != OK) {
        return e;
    }
    if (row) {
        struct bytes body = row_bytes(find, 0);
        buffer_reset(&f->stored);
        buffer_append(&f->stored, body.data, body.size);
        fresh.body = (struct bytes){f->stored.data, f->stored.size};
        fresh.hash = row_number(find, 1);
        stmt_rewind(&find);
    }
    return item_fold(f, row ? &fresh : NULL, shown_id, dry_run, out);
}
