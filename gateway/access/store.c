/* SPDX-License-Identifier: MIT
 * store.c - the statements of accounts.db. They run a few times a day, so each is prepared where it
 * is used. */
#include "gateway/access/store.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "gateway/access/names.h"
#include "gateway/access/password.h"
#include "proto/store/migrations.h"
#include "proto/store/outbox.h"

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

static const char *const steps[] = {first_tables};

enum err store_open(const char *path, sqlite3 **out)
{
    OWNED(db_close) sqlite3 *db = NULL;
    enum err e = db_open_writer(path, &db);
    e = e == OK ? db_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                              "PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON")
                : e;
    e = e == OK ? migrations_apply(db, path, steps, COUNT_OF(steps)) : e;
    if (e == OK) {
        *out = TAKE(db);
    }
    return e;
}

static struct bytes digest_bytes(const struct digest *digest)
{
    return (struct bytes){digest->bytes, sizeof digest->bytes};
}

static void row_copy(sqlite3_stmt *row, int at, char *out, size_t room)
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
    stmt_bytes(add, 2, digest_bytes(&made.secret));
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

enum err store_load(sqlite3 *db, int64_t now, struct roster *roster)
{
    enum err e = store_remove_expired(db, now, roster->idle_ms);
    e = e == OK ? load(db,
                       "SELECT id, name, role, active, must_change, created_at, last_sign_in_at"
                       " FROM users",
                       take_user, roster)
                : e;
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

/* ---- transactions ---- */

enum err store_begin(sqlite3 *db)
{
    return db_exec(db, "BEGIN IMMEDIATE");
}

enum err store_end(sqlite3 *db, enum err so_far)
{
    enum err e = so_far == OK ? db_exec(db, "COMMIT") : so_far;
    if (e != OK && sqlite3_get_autocommit(db) == 0) {
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
    return e;
}

/* ---- users ---- */

static enum err is_name_free(sqlite3 *db, const char *folded, const char *own_id)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    enum err e = db_prepare(db, "SELECT 1 FROM users WHERE folded = ? AND id <> ?", &find);
    if (e == OK) {
        stmt_text(find, 1, folded);
        stmt_text(find, 2, own_id);
        e = stmt_row(find, &row);
    }
    return e == OK && row ? ERR_NAME_TAKEN : e;
}

enum err store_add_user(sqlite3 *db, const struct user *user, const char *password)
{
    char folded[FOLDED_SIZE];
    OWNED(stmt_finalize) sqlite3_stmt *add = NULL;
    name_fold(user->name, folded);
    enum err e = is_name_free(db, folded, user->id);
    e = e == OK ? db_prepare(db, "INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", &add) : e;
    if (e != OK) {
        return e;
    }
    stmt_text(add, 1, user->id);
    stmt_text(add, 2, user->name);
    stmt_text(add, 3, folded);
    stmt_number(add, 4, user->role);
    stmt_number(add, 5, user->active);
    stmt_number(add, 6, user->must_change);
    stmt_text(add, 7, password);
    stmt_number(add, 8, user->created_at);
    stmt_number(add, 9, user->last_sign_in_at);
    return stmt_run(add);
}

enum err store_change_user(sqlite3 *db, const struct user *user, const char *password)
{
    char folded[FOLDED_SIZE];
    OWNED(stmt_finalize) sqlite3_stmt *change = NULL;
    name_fold(user->name, folded);
    enum err e = is_name_free(db, folded, user->id);
    e = e == OK ? db_prepare(db,
                             "UPDATE users SET name = ?2, folded = ?3, role = ?4, active = ?5,"
                             " must_change = ?6, password = coalesce(?7, password)"
                             " WHERE id = ?1",
                             &change)
                : e;
    if (e != OK) {
        return e;
    }
    stmt_text(change, 1, user->id);
    stmt_text(change, 2, user->name);
    stmt_text(change, 3, folded);
    stmt_number(change, 4, user->role);
    stmt_number(change, 5, user->active);
    stmt_number(change, 6, user->must_change);
    stmt_text(change, 7, password);
    return stmt_run(change);
}

/* Runs a statement whose parameters are a text, and a number or (if it is not NULL) a second text.
 */
static enum err run_with(sqlite3 *db, const char *sql, const char *first, const char *second,
                         int64_t number)
{
    OWNED(stmt_finalize) sqlite3_stmt *stmt = NULL;
    enum err e = db_prepare(db, sql, &stmt);
    if (e != OK) {
        return e;
    }
    stmt_text(stmt, 1, first);
    if (second != NULL) {
        stmt_text(stmt, 2, second);
    } else if (sqlite3_bind_parameter_count(stmt) > 1) {
        stmt_number(stmt, 2, number);
    }
    return stmt_run(stmt);
}

enum err store_remove_user(sqlite3 *db, const char *id)
{
    return run_with(db, "DELETE FROM users WHERE id = ?", id, NULL, 0);
}

enum err store_note_sign_in(sqlite3 *db, const char *user_id, int64_t now)
{
    return run_with(db, "UPDATE users SET last_sign_in_at = ?2 WHERE id = ?1", user_id, NULL, now);
}

enum err store_find_user(sqlite3 *db, const char *name, char out_id[static ID_SIZE],
                         char out_password[static PASSWORD_TEXT_SIZE])
{
    char folded[FOLDED_SIZE];
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    name_fold(name, folded);
    enum err e = db_prepare(db, "SELECT id, password FROM users WHERE folded = ?", &find);
    if (e == OK) {
        stmt_text(find, 1, folded);
        e = stmt_row(find, &row);
    }
    if (e == OK) {
        out_id[0] = out_password[0] = '\0';
    }
    if (e == OK && row) {
        row_copy(find, 0, out_id, ID_SIZE);
        row_copy(find, 1, out_password, PASSWORD_TEXT_SIZE);
    }
    return e;
}

enum err store_password(sqlite3 *db, const char *user_id, char out[static PASSWORD_TEXT_SIZE])
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    enum err e = db_prepare(db, "SELECT password FROM users WHERE id = ?", &find);
    if (e == OK) {
        stmt_text(find, 1, user_id);
        e = stmt_row(find, &row);
    }
    if (e == OK && !row) {
        return ERR_NOT_FOUND;
    }
    if (e == OK) {
        row_copy(find, 0, out, PASSWORD_TEXT_SIZE);
    }
    return e;
}

/* ---- sessions and tokens ---- */

enum err store_add_session(sqlite3 *db, const struct session *session)
{
    OWNED(stmt_finalize) sqlite3_stmt *add = NULL;
    enum err e = db_prepare(db, "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?)", &add);
    if (e != OK) {
        return e;
    }
    stmt_text(add, 1, session->id);
    stmt_bytes(add, 2, digest_bytes(&session->digest));
    stmt_text(add, 3, session->user->id);
    stmt_text(add, 4, session->address);
    stmt_text(add, 5, session->user_agent);
    stmt_number(add, 6, session->created_at);
    stmt_number(add, 7, session->last_used_at);
    stmt_number(add, 8, session->expires_at);
    return stmt_run(add);
}

enum err store_remove_session(sqlite3 *db, const char *id)
{
    return run_with(db, "DELETE FROM sessions WHERE id = ?", id, NULL, 0);
}

enum err store_remove_sessions(sqlite3 *db, const char *user_id, const char *kept_id)
{
    return run_with(db, "DELETE FROM sessions WHERE user_id = ? AND id <> ?", user_id, kept_id, 0);
}

enum err store_add_token(sqlite3 *db, const struct token *token)
{
    OWNED(stmt_finalize) sqlite3_stmt *add = NULL;
    enum err e = db_prepare(db, "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?)", &add);
    if (e != OK) {
        return e;
    }
    stmt_text(add, 1, token->id);
    stmt_bytes(add, 2, digest_bytes(&token->digest));
    stmt_text(add, 3, token->user->id);
    stmt_text(add, 4, token->name);
    stmt_number(add, 5, token->role);
    stmt_number(add, 6, token->created_at);
    stmt_number(add, 7, token->expires_at);
    stmt_number(add, 8, token->last_used_at);
    return stmt_run(add);
}

enum err store_remove_token(sqlite3 *db, const char *id)
{
    return run_with(db, "DELETE FROM tokens WHERE id = ?", id, NULL, 0);
}

enum err store_note_use(sqlite3 *db, bool is_token, const char *id, int64_t at)
{
    return run_with(db,
                    is_token ? "UPDATE tokens SET last_used_at = ?2 WHERE id = ?1"
                             : "UPDATE sessions SET last_used_at = ?2 WHERE id = ?1",
                    id, NULL, at);
}

enum err store_remove_expired(sqlite3 *db, int64_t now, int64_t idle_ms)
{
    OWNED(db_free)
    char *sql = sqlite3_mprintf("DELETE FROM tokens WHERE expires_at <= %lld;"
                                "DELETE FROM sessions WHERE expires_at <= %lld"
                                " OR last_used_at <= %lld",
                                (long long)now, (long long)now, (long long)(now - idle_ms));
    return db_exec(db, sql);
}
