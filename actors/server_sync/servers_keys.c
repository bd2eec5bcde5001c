/* SPDX-License-Identifier: MIT
 * servers_keys.c - which key is the one that tokens are sealed with, and the change of it.
 *
 * A new key is on the disk as servers/servers.key.next before the transaction that seals with it,
 * and takes the place of the old one after its commit. What opens a token tells which of both it
 * is. */
#include <string.h>
#include <unistd.h>

#include "actors/server_sync/servers_parts.h"
#include "actors/shared/audit_keys.h"
#include "proto/base/log.h"

struct token_place servers_token_place(const char *id, enum server_kind kind)
{
    return (struct token_place){
        .server_id = id, .kind = schema_enum_text(&enum_server_kind, (int)kind), .field = "token"};
}

static enum err open_row(sqlite3_stmt *row, const struct secret *key, struct secret **out)
{
    const struct token_place place =
        servers_token_place(row_text(row, 0), (enum server_kind)row_number(row, 1));
    return token_open(key, &place, row_bytes(row, 2), out);
}

/* SERVER_KEY_LOST unless every sealed token opens with the key; NULL opens none. */
static enum err key_fits(struct servers *s, const struct secret *key)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    bool row = true;
    enum err e =
        db_prepare(s->db, "SELECT id, kind, token FROM servers WHERE token IS NOT NULL", &list);
    while (e == OK && row) {
        OWNED(secret_destroy) struct secret *token = NULL;
        e = stmt_row(list, &row);
        if (e == OK && row) {
            e = key != NULL ? open_row(list, key, &token) : ERR_SERVER_KEY_LOST;
        }
    }
    return e;
}

/* A change of the key that was cut short: committed, it is completed; else it never was. */
static enum err settle_next(struct servers *s)
{
    OWNED(secret_destroy) struct secret *next = NULL;
    enum err e = token_key_read_file(TOKEN_KEY_NEXT_FILE, &next);
    if (e == ERR_FILE_NOT_FOUND) {
        return OK;
    }
    e = e == OK ? key_fits(s, next) : e;
    if (e == OK) {
        return token_key_take_next();
    }
    if (e == ERR_SERVER_KEY_LOST) {
        (void)unlink(TOKEN_KEY_NEXT_FILE);
        e = OK;
    }
    return e;
}

enum err servers_key_open(struct servers *s)
{
    OWNED(secret_destroy) struct secret *key = NULL;
    audit_file_adopt(TOKEN_KEY_OLD_FILE, TOKEN_KEY_FILE);
    audit_file_adopt(TOKEN_KEY_OLD_NEXT_FILE, TOKEN_KEY_NEXT_FILE);
    enum err e = settle_next(s);
    if (e != OK) {
        return e;
    }
    e = token_key_read(&key, &s->key_given);
    if (e == OK || e == ERR_FILE_NOT_FOUND) {
        e = key_fits(s, key);
    }
    if (e == OK) {
        s->key = TAKE(key);
    } else if (e == ERR_SERVER_KEY_LOST) {
        log_error("the tokens of media servers do not open with the key that is there, going on "
                  "without them");
        e = OK;
    }
    return e;
}

enum err servers_key_need(struct servers *s)
{
    if (s->key != NULL) {
        return OK;
    }
    enum err e = key_fits(s, NULL); /* there is no token yet, or not any more */
    if (e == OK && s->key_given) {
        e = ERR_SERVER_KEY_LOST; /* a credential that holds no key */
    }
    OWNED(secret_destroy) struct secret *key = token_key_new();
    e = e == OK ? token_key_write(TOKEN_KEY_FILE, key) : e;
    if (e == OK) {
        s->key = TAKE(key);
    }
    return e;
}

/* ---- the change ---- */

static enum err seal_row(struct servers *s, sqlite3_stmt *row, const struct secret *next)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(secret_destroy) struct secret *token = NULL;
    OWNED(stmt_finalize) sqlite3_stmt *set = NULL;
    const struct token_place place =
        servers_token_place(row_text(row, 0), (enum server_kind)row_number(row, 1));
    enum err e = token_open(s->key, &place, row_bytes(row, 2), &token);
    e = e == OK ? db_prepare(s->db, "UPDATE servers SET token = ?2 WHERE id = ?1", &set) : e;
    if (e == OK) {
        stmt_text(set, 1, place.server_id);
        stmt_bytes(set, 2, token_seal(next, &place, token, arena));
        e = stmt_run(set);
    }
    return e;
}

static enum err seal_all(struct servers *s, const struct secret *next, uint64_t *out_tokens)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    bool row = true;
    uint64_t tokens = 0;
    enum err e = db_prepare(
        s->db, "SELECT id, kind, token FROM servers WHERE token IS NOT NULL ORDER BY id", &list);
    while (e == OK && row) {
        e = stmt_row(list, &row);
        if (e == OK && row) {
            e = seal_row(s, list, next);
            tokens++;
        }
    }
    *out_tokens = tokens;
    return e;
}

enum err servers_rotate_key(struct servers *s, uint64_t *out_tokens)
{
    enum err e = s->key_given ? ERR_SERVER_KEY_GIVEN : servers_key_need(s);
    if (e != OK) {
        return e;
    }
    OWNED(secret_destroy) struct secret *next = token_key_new();
    e = token_key_write(TOKEN_KEY_NEXT_FILE, next);
    e = e == OK ? db_begin(s->db) : e;
    e = e == OK ? db_end(s->db, seal_all(s, next, out_tokens)) : e;
    if (e != OK) {
        (void)unlink(TOKEN_KEY_NEXT_FILE);
        return e;
    }
    secret_destroy(&s->key);
    s->key = TAKE(next); /* committed: it counts, whatever becomes of the file */
    return token_key_take_next();
}
