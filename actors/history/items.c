/* SPDX-License-Identifier: MIT
 * items.c - the items of a batch to their ids: each version of an item is stored once. */
#include "actors/history/commit_context.h"

static enum err find_item(struct store *s, int64_t hash, int64_t *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = s->stmts[STMT_ITEM_FIND];
    stmt_number(find, 1, hash);
    bool row = false;
    enum err e = stmt_row(find, &row);
    if (e == OK && !row) {
        e = ERR_STORE_FAILED;
    }
    if (e == OK) {
        *out = row_number(find, 0);
    }
    return e;
}

static enum err item_id(struct store *s, int64_t hash, struct bytes body, int64_t *out)
{
    uint64_t slot = (uint64_t)hash % ITEM_CACHE_SLOTS;
    if (s->items->slots[slot].hash == hash && s->items->slots[slot].id != 0) {
        *out = s->items->slots[slot].id;
        return OK;
    }
    sqlite3_stmt *put = s->stmts[STMT_ITEM_INSERT];
    stmt_number(put, 1, hash);
    stmt_bytes(put, 2, body);
    enum err e = stmt_run(put);
    int64_t id = 0;
    if (e == OK && sqlite3_changes(s->db) == 1) {
        id = sqlite3_last_insert_rowid(s->db);
    } else if (e == OK) {
        e = find_item(s, hash, &id);
    }
    if (e == OK) {
        s->items->slots[slot].hash = hash;
        s->items->slots[slot].id = id;
        *out = id;
    }
    return e;
}

enum err commit_items(struct commit_context *c, const struct batch_commit *b)
{
    struct row_cursor rows;
    struct cell cells[2];
    size_t count = 0;
    enum err e = OK;
    row_cursor_init(&rows, b->items.data, b->items.size);
    while (e == OK && !row_cursor_done(&rows)) {
        if (row_cursor_next(&rows, cells, 2) != OK || cells[0].type != CELL_I64 ||
            cells[1].type != CELL_BIN || count >= b->item_count) {
            return commit_refuse(c, "its items cannot be decoded");
        }
        struct item_ref *item = &c->items[count++];
        *item = (struct item_ref){.hash = cells[0].i64, .body = {cells[1].bytes, cells[1].size}};
        if (!c->job.dry_run) {
            e = item_id(c->h->store, item->hash, item->body, &item->id);
        }
    }
    return e == OK && count != b->item_count ? commit_refuse(c, "items are missing") : e;
}
