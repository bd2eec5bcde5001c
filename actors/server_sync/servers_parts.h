/* SPDX-License-Identifier: MIT
 * servers_parts.h - what the files that write servers.db share. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_SERVERS_PARTS_H
#define PLAYBUS_ACTORS_SERVER_SYNC_SERVERS_PARTS_H

#include "actors/server_sync/servers.h"
#include "actors/server_sync/token_key.h"
#include "proto/store/sqlite.h"

struct servers {
    sqlite3 *db;        /* owned; the only writer of servers.db */
    struct secret *key; /* owned; NULL: there is none that can be used */
    bool key_given;     /* it is a credential, and not ours to change */
    int64_t aside;      /* changes of rows that servers_changes does not tell of */
};

/* migrations.c: opens or makes servers.db in its newest version, as store_file_open says. */
enum err servers_open_file(sqlite3 **out) NODISCARD;

/* servers_keys.c: reads the key, after a change of it that was cut short was completed or undone.
 */
enum err servers_key_open(struct servers *s) NODISCARD;
/* Makes a key where there is none; SERVER_KEY_LOST if tokens were sealed with one. */
enum err servers_key_need(struct servers *s) NODISCARD;
/* The place of the token of a server. */
struct token_place servers_token_place(const char *id, enum server_kind kind);

#endif
