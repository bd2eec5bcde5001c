/* SPDX-License-Identifier: MIT
 * store.h - accounts.db: its tables, and one function for each change. Accounts lane only, but for
 * what access_open does before that lane exists. */
#ifndef PLAYBUS_GATEWAY_ACCESS_STORE_H
#define PLAYBUS_GATEWAY_ACCESS_STORE_H

#include "gateway/access/parts.h"

#define ACCOUNTS_FILE "accounts.db"

/* WAL, and what is committed survives a power cut. */
enum err store_open(const char *path, sqlite3 **out) NODISCARD;
/* The instance's row; made at the first start. */
enum err store_instance(sqlite3 *db, struct instance *out) NODISCARD;
enum err store_set_dummy(sqlite3 *db, const char *password) NODISCARD;
/* Everything into an empty roster, what has expired too. */
enum err store_load(sqlite3 *db, struct roster *roster) NODISCARD;

/* A text column, "" for null. */
void row_copy(sqlite3_stmt *row, int at, char *out, size_t room);

/* `password` is the encoded hash. NAME_TAKEN if another user has the name, whatever its case. */
enum err store_add_user(sqlite3 *db, const struct user *user, const char *password) NODISCARD;
/* Name, role, active, must_change; and the password unless it is NULL. */
enum err store_change_user(sqlite3 *db, const struct user *user, const char *password) NODISCARD;
enum err store_remove_user(sqlite3 *db, const char *id) NODISCARD;
enum err store_note_sign_in(sqlite3 *db, const char *user_id, int64_t now) NODISCARD;
/* The id and the encoded hash by the name, whatever its case; "" for both if there is none. */
enum err store_find_user(sqlite3 *db, const char *name, char out_id[static ID_SIZE],
                         char out_password[static PASSWORD_TEXT_SIZE]) NODISCARD;

enum err store_add_session(sqlite3 *db, const struct session *session) NODISCARD;
enum err store_remove_session(sqlite3 *db, const char *id) NODISCARD;
/* All of a user's but `kept_id` ("" for all). */
enum err store_remove_sessions(sqlite3 *db, const char *user_id, const char *kept_id) NODISCARD;
enum err store_add_token(sqlite3 *db, const struct token *token) NODISCARD;
enum err store_remove_token(sqlite3 *db, const char *id) NODISCARD;
enum err store_remove_tokens(sqlite3 *db, const char *user_id) NODISCARD;
enum err store_note_use(sqlite3 *db, bool is_token, const char *id, int64_t at) NODISCARD;

#endif
