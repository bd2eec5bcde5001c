/* SPDX-License-Identifier: MIT
 * migrations.c - the numbered steps from an empty file to the newest servers.db. A step that was
 * released never changes: the next one says what is different. */
#include "actors/server_sync/servers_parts.h"
#include "proto/base/own.h"
#include "proto/store/store_file.h"

/* test_code is null where it went well; tested_at is null until the row was tested as it stands. */
static const char first_tables[] =
    "CREATE TABLE servers (id TEXT PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE UNIQUE,"
    " kind INTEGER NOT NULL, address TEXT NOT NULL, enabled INTEGER NOT NULL, identity TEXT,"
    " server_name TEXT, version TEXT, owner TEXT, certificate TEXT, token BLOB, token_hint TEXT,"
    " created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, tested_at INTEGER, test_code TEXT,"
    " shown_certificate TEXT, UNIQUE (kind, identity));"
    "CREATE TABLE instance (only INTEGER PRIMARY KEY CHECK (only = 1), client_id TEXT NOT NULL);"
    "INSERT INTO instance VALUES (1, lower(hex(randomblob(16))));";

/* Whose token a sign-in made; null: it was given. Older versions know Plex alone. */
static const char kinds_with_users[] = "ALTER TABLE servers ADD COLUMN username TEXT";

/* Its schedule; sync_code: what keeps it from the server since sync_since, after sync_failures
 * tries; null: nothing. sync_missed_at: a sync ended that could not read all; null: none. */
static const char schedules[] =
    "ALTER TABLE servers ADD COLUMN sync_scheduled INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE servers ADD COLUMN sync_minutes INTEGER NOT NULL DEFAULT 15;"
    "ALTER TABLE servers ADD COLUMN sync_code TEXT;"
    "ALTER TABLE servers ADD COLUMN sync_text TEXT;"
    "ALTER TABLE servers ADD COLUMN sync_since INTEGER;"
    "ALTER TABLE servers ADD COLUMN sync_failures INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE servers ADD COLUMN sync_missed_at INTEGER";

/* A Tautulli is known by the server that it watches, and several may watch one: those differ by
 * their addresses. The history tells by the rows whether two of them have the same. */
static const char several_that_watch[] =
    "CREATE TABLE servers_anew (id TEXT PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE UNIQUE,"
    " kind INTEGER NOT NULL, address TEXT NOT NULL, enabled INTEGER NOT NULL, identity TEXT,"
    " server_name TEXT, version TEXT, owner TEXT, certificate TEXT, token BLOB, token_hint TEXT,"
    " created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, tested_at INTEGER, test_code TEXT,"
    " shown_certificate TEXT, username TEXT, sync_scheduled INTEGER NOT NULL DEFAULT 1,"
    " sync_minutes INTEGER NOT NULL DEFAULT 15, sync_code TEXT, sync_text TEXT,"
    " sync_since INTEGER, sync_failures INTEGER NOT NULL DEFAULT 0, sync_missed_at INTEGER);"
    "INSERT INTO servers_anew SELECT id, name, kind, address, enabled, identity, server_name,"
    " version, owner, certificate, token, token_hint, created_at, changed_at, tested_at,"
    " test_code, shown_certificate, username, sync_scheduled, sync_minutes, sync_code, sync_text,"
    " sync_since, sync_failures, sync_missed_at FROM servers;"
    "DROP TABLE servers;"
    "ALTER TABLE servers_anew RENAME TO servers;"
    "CREATE UNIQUE INDEX servers_identity"
    " ON servers (kind, identity, iif(kind = 3, address, ''))";
_Static_assert(server_kind_tautulli == 3, "the kind that is known by its address too");

/* A packed struct watched_play each (watched_plays.h); `server` is what the server said it is. */
static const char watched_plays[] =
    "CREATE TABLE watched_plays (no INTEGER PRIMARY KEY AUTOINCREMENT, server_id TEXT NOT NULL,"
    " server TEXT NOT NULL, ended INTEGER NOT NULL, seen_at INTEGER NOT NULL, play BLOB NOT NULL);"
    "CREATE INDEX watched_plays_server ON watched_plays (server_id, ended)";

/* What a server last told of its libraries, as JSON (told_folders.h). */
static const char told_folders[] =
    "CREATE TABLE told_folders (server_id TEXT PRIMARY KEY, server TEXT NOT NULL,"
    " folders TEXT NOT NULL) WITHOUT ROWID";

static const struct migration steps[] = {{.sql = first_tables},  {.sql = kinds_with_users},
                                         {.sql = schedules},     {.sql = several_that_watch},
                                         {.sql = watched_plays}, {.sql = told_folders}};
_Static_assert(COUNT_OF(steps) == STORE_VERSION_servers, "stores.def says so");

enum err servers_open_file(sqlite3 **out)
{
    return store_file_open(SERVERS_FILE,
                           "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                           "PRAGMA secure_delete=ON",
                           steps, COUNT_OF(steps), out);
}
