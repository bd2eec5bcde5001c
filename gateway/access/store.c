/* SPDX-License-Identifier: MIT
 * store.c - accounts.db: its tables, the row of this instance, and all of it read into memory at
 * the start. */
#include "gateway/access/store.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "gateway/access/password.h"
#include "proto/store/outbox.h"
#include "proto/store/store_file.h"

static const char first_tables[] =
    "CREATE TABLE instance (only INTEGER PRIMARY KEY CHECK (only = 1), name TEXT NOT NULL,"
    " secret BLOB NOT NULL, dummy TEXT NOT NULL);"
    "CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE,"
    " role INTEGER NOT NULL, active INTEGER NOT NULL, must_change INTEGER NOT NULL,"
    " password TEXT NOT NULL, created_at INTEGER NOT NULL, last_sign_in_at INTEGER NOT NULL);"
    "CREATE TABLE sessions (id TEXT PRIMARY KEY, digest BLOB NOT NULL UNIQUE,"
    " user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE, address TEXT NOT NULL,"
    " user_agent TEXT NOT NULL, created_at INTEGER NOT NULL, last_used_at INTEGER NOT NULL,"
    " expires_at INTEGER NOT NULL);"
    "CREATE INDEX sessions_user ON sessions (user_id);"
    "CREATE TABLE tokens (id TEXT PRIMARY KEY, digest BLOB NOT NULL,"
    " user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE, name TEXT NOT NULL,"
    " role INTEGER NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,"
    " last_used_at INTEGER NOT NULL);"
    "CREATE INDEX tokens_user ON tokens (user_id);"
    /* Failed sign-ins of the last hour. A name is kept as a keyed hash: people type passwords
     * there. */
    "CREATE TABLE failures (account BLOB NOT NULL, address TEXT NOT NULL, at INTEGER NOT NULL);"
    "CREATE INDEX failures_account ON failures (account, at);"
    "CREATE INDEX failures_address ON failures (address, at);"
    "CREATE INDEX failures_at ON failures (at);" OUTBOX_TABLE;

/* Whom a viewer is tied to: ids of persons, each with a newline after it. */
static const char people_of_users[] =
    "ALTER TABLE users ADD COLUMN people TEXT NOT NULL DEFAULT ''";

static const struct migration steps[] = {{.sql = first_tables}, {.sql = people_of_users}};
_Static_assert(COUNT_OF(steps) == STORE_VERSION_accounts, "stores.def says so");

enum err store_open(const char *path, sqlite3 **out)
{
    OWNED(db_close) sqlite3 *db = NULL;
    enum err e = store_file_open(path,
                                 "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                                 "PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON",
                                 steps, COUNT_OF(steps), &db);
    e = e == OK ? outbox_release(db) : e;
    if (e == OK) {
        *out = TAKE(db);
    }
    return e;
}

void row_copy(sqlite3_stmt *row, int at, char *out, size_t room)
{
    const char *text = row_text(row, at);
    snprintf(out, room, "%s", text != NULL ? text : "");
}

static void row_digest(sqlite3_stmt *row, int at, struct digest *out)
{
    struct bytes bytes = row_bytes(row, at);
    if (bytes.size == sizeof out->bytes) {
        memcpy(out->bytes, bytes.data, bytes.size);
    }
}

/* ---- the instance ---- */

static enum err make_instance(sqlite3 *db)
{
    struct instance made;
    char secret[SECRET_TEXT_SIZE];
    OWNED(stmt_finalize) sqlite3_stmt *add = NULL;
    enum err e = db_prepare(db, "INSERT INTO instance VALUES (1, ?, ?, ?)", &add);
    if (e != OK) {
        return e;
    }
    id_new(made.name);
    made.name[12] = '\0';
    randombytes_buf(made.secret.bytes, sizeof made.secret.bytes);
    secret_new(secret);
    e = password_hash(secret, made.dummy);
    stmt_text(add, 1, made.name);
    stmt_bytes(add, 2, (struct bytes){made.secret.bytes, sizeof made.secret.bytes});
    stmt_text(add, 3, made.dummy);
    return e == OK ? stmt_run(add) : e;
}

enum err store_instance(sqlite3 *db, struct instance *out)
{
    for (;;) {
        OWNED(stmt_finalize) sqlite3_stmt *get = NULL;
        bool row = false;
        enum err e = db_prepare(db, "SELECT name, secret, dummy FROM instance", &get);
        e = e == OK ? stmt_row(get, &row) : e;
        if (e == OK && row) {
            row_copy(get, 0, out->name, sizeof out->name);
            row_digest(get, 1, &out->secret);
            row_copy(get, 2, out->dummy, sizeof out->dummy);
        }
        if (e != OK || row) {
            return e;
        }
        e = make_instance(db);
        if (e != OK) {
            return e;
        }
    }
}

enum err store_set_dummy(sqlite3 *db, const char *password)
{
    OWNED(stmt_finalize) sqlite3_stmt *set = NULL;
    enum err e = db_prepare(db, "UPDATE instance SET dummy = ?", &set);
    if (e == OK) {
        stmt_text(set, 1, password);
        e = stmt_run(set);
    }
    return e;
}

/* ---- loading ---- */

static void take_user(sqlite3_stmt *row, struct roster *roster)
{
    struct user user = {.role = row_number(row, 2) == ROLE_ADMIN ? ROLE_ADMIN : ROLE_VIEWER,
                        .active = row_number(row, 3) != 0,
                        .must_change = row_number(row, 4) != 0,
                        .created_at = row_number(row, 5),
                        .last_sign_in_at = row_number(row, 6)};
    row_copy(row, 0, user.id, sizeof user.id);
    row_copy(row, 1, user.name, sizeof user.name);
    row_copy(row, 7, user.people, sizeof user.people);
    if (roster->users_count < USERS_MAX) {
        roster_add_user(roster, &user);
    }
}

static void take_session(sqlite3_stmt *row, struct roster *roster)
{
    const char *user_id = row_text(row, 2);
    struct session session = {.user = user_id != NULL ? roster_user(roster, user_id) : NULL,
                              .created_at = row_number(row, 5),
                              .last_used_at = row_number(row, 6),
                              .expires_at = row_number(row, 7)};
    row_copy(row, 0, session.id, sizeof session.id);
    row_digest(row, 1, &session.digest);
    row_copy(row, 3, session.address, sizeof session.address);
    row_copy(row, 4, session.user_agent, sizeof session.user_agent);
    if (session.user != NULL && roster->sessions_count < SESSIONS_MAX) {
        roster_add_session(roster, &session);
    }
}

static void take_token(sqlite3_stmt *row, struct roster *roster)
{
    const char *user_id = row_text(row, 2);
    struct token token = {.user = user_id != NULL ? roster_user(roster, user_id) : NULL,
                          .role = row_number(row, 4) == ROLE_ADMIN ? ROLE_ADMIN : ROLE_VIEWER,
                          .created_at = row_number(row, 5),
                          .expires_at = row_number(row, 6),
                          .last_used_at = row_number(row, 7)};
    row_copy(row, 0, token.id, sizeof token.id);
    row_digest(row, 1, &token.digest);
    row_copy(row, 3, token.name, sizeof token.name);
    if (token.user != NULL && roster->tokens_count < TOKENS_MAX) {
        roster_add_token(roster, &token);
    }
}

typedef void take_fn(sqlite3_stmt *row, struct roster *roster);

static enum err load(sqlite3 *db, const char *sql, take_fn *take, struct roster *roster)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    bool row = true;
    enum err e = db_prepare(db, sql, &list);
    while (e == OK && row) {
        e = stmt_row(list, &row);
        if (e == OK && row) {
            take(list, roster);
        }
    }
    return e;
}

enum err store_load(sqlite3 *db, struct roster *roster)
{
    enum err e = load(db,
                      "SELECT id, name, role, active, must_change, created_at, last_sign_in_at,"
                      " people FROM users",
                      take_user, roster);
    e = e == OK ? load(db,
                       "SELECT id, digest, user_id, address, user_agent, created_at,"
                       " last_used_at, expires_at FROM sessions",
                       take_session, roster)
                : e;
    return e == OK ? load(db,
                          "SELECT id, digest, user_id, name, role, created_at, expires_at,"
                          " last_used_at FROM tokens",
                          take_token, roster)
                   : e;
}
