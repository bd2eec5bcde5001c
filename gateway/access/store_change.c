/* SPDX-License-Identifier: MIT
 * store_change.c - the changes of accounts.db. They run a few times a day, so each statement is
 * prepared where it is used. */
#include "gateway/access/names.h"
#include "gateway/access/store.h"
#include "proto/store/sqlite.h"

static struct bytes digest_bytes(const struct digest *digest)
{
    return (struct bytes){digest->bytes, sizeof digest->bytes};
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
    e = e == OK ? db_prepare(db, "INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", &add)
                : e;
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
    stmt_text(add, 10, user->people);
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
                             " must_change = ?6, password = coalesce(?7, password),"
                             " people = ?8"
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
    stmt_text(change, 8, user->people);
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

enum err store_remove_tokens(sqlite3 *db, const char *user_id)
{
    return run_with(db, "DELETE FROM tokens WHERE user_id = ?", user_id, NULL, 0);
}

enum err store_note_use(sqlite3 *db, bool is_token, const char *id, int64_t at)
{
    return run_with(db,
                    is_token ? "UPDATE tokens SET last_used_at = ?2 WHERE id = ?1"
                             : "UPDATE sessions SET last_used_at = ?2 WHERE id = ?1",
                    id, NULL, at);
}
