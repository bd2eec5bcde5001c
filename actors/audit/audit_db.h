/* SPDX-License-Identifier: MIT
 * audit_db.h - audit.db, its one writer, the key that signs and the head beside it.
 *
 * Everything here but opening and closing runs in one lane of the actor. What was appended is on
 * the disk when audit_db_end returns OK. */
#ifndef PLAYBUS_ACTORS_AUDIT_AUDIT_DB_H
#define PLAYBUS_ACTORS_AUDIT_AUDIT_DB_H

#include "actors/shared/audit_entry.h"
#include "actors/shared/audit_keys.h"
#include "proto/store/sqlite.h"
#include "proto/wire/json.h"

/* The two tables that audit.db and a sealed segment have alike. */
#define AUDIT_ENTRIES_TABLE                                                                    \
    "CREATE TABLE entries (n INTEGER PRIMARY KEY, bytes TEXT NOT NULL, hash BLOB NOT NULL,"    \
    " key_id TEXT NOT NULL, signature BLOB NOT NULL);"                                         \
    "CREATE TABLE base (n INTEGER NOT NULL, hash BLOB NOT NULL);" /* before the first entry */ \
    "CREATE TABLE keys (key_id TEXT PRIMARY KEY, public_key BLOB NOT NULL) WITHOUT ROWID;"

/* The end of the chain. */
struct audit_tip {
    uint64_t n;
    struct audit_hash hash;
    struct audit_signature signature;
    char key_id[AUDIT_KEY_ID_SIZE]; /* signed it */
};

/* What others may know of it: a copy. */
struct audit_view {
    struct audit_head head;  /* of what is committed */
    struct audit_public key; /* signs the next entry */
    uint64_t sealed;         /* entries that are in segments */
};

struct audit_db {
    sqlite3 *db;                         /* owned */
    sqlite3_stmt *insert, *known, *note; /* owned */
    struct audit_tip tip;                /* committed, or of the transaction under way */
    struct audit_tip committed;
    struct audit_secret secret; /* signs the next entry */
    uint64_t base_n;            /* entries before this one and itself are in sealed segments */
    struct audit_hash base_hash;
};

/* Opens or makes audit.db and the keys in the current folder, and finds out whether the database is
 * older than its head: then the log says so itself. AUDIT_BROKEN if it cannot be continued. */
enum err audit_db_open(struct audit_db **out) NODISCARD;
void audit_db_close(struct audit_db **db);

enum err audit_db_begin(struct audit_db *db) NODISCARD;
/* Within a transaction. An entry whose entry_id is known changes nothing. */
enum err audit_db_append(struct audit_db *db, const struct audit_entry *entry) NODISCARD;
/* The same for what the log tells of itself; `params` is a JSON object and is taken. An entry_id or
 * actor of NULL: a new one, and the log itself. */
enum err audit_db_append_own(struct audit_db *db, const struct audit_entry *about,
                             json_t *params) NODISCARD;
/* Commits if `e` is OK and writes the head, else rolls back; returns what came of it. */
enum err audit_db_end(struct audit_db *db, enum err e) NODISCARD;

/* Moves what is in the -wal into the file itself, so that a plain copy of it is nearly whole. */
void audit_db_settle(struct audit_db *db);

enum err audit_db_knows(struct audit_db *db, const char *entry_id, bool *out) NODISCARD;
enum err audit_db_keep_key(struct audit_db *db, const struct audit_public *key) NODISCARD;
/* {key_id, public_key}: how entries tell of a key. */
json_t *audit_db_key_params(const struct audit_public *key) NODISCARD;
void audit_db_view(const struct audit_db *db, struct audit_view *out);

/* Signs with a new key from the next entry on; the old one signs the change. */
enum err audit_db_rotate(struct audit_db *db, const struct audit_rotate *ask) NODISCARD;

#endif
