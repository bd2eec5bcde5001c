/* SPDX-License-Identifier: MIT
 * watched_plays.c - the rows of watched_plays. Those of a server that is another one now are read
 * by nobody: they go with the next ones. A removed server gets none any more. */
#include "actors/server_sync/watched_plays.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "actors/server_sync/servers_parts.h"
#include "proto/base/log.h"
#include "proto/wire/codec.h"

/* In a transaction, or alone. */
static enum err change(const struct watched_server *of, const char *sql, int64_t number)
{
    OWNED(stmt_finalize) sqlite3_stmt *set = NULL;
    enum err e = db_prepare(of->servers->db, sql, &set);
    if (e == OK) {
        stmt_text(set, 1, of->id);
        stmt_number(set, 2, number);
        e = stmt_run(set);
    }
    return e;
}

static enum err insert(const struct watched_server *of, const struct watched_plays *plays,
                       bool ended)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    OWNED(buffer_release) struct buffer body = {0};
    enum err e = db_prepare(of->servers->db,
                            "INSERT INTO watched_plays (server_id, server, ended, seen_at, play)"
                            " SELECT ?1, ?2, ?3, ?4, ?5"
                            " WHERE EXISTS (SELECT 1 FROM servers WHERE id = ?1)",
                            &put);
    for (size_t i = 0; e == OK && i < plays->count; i++) {
        const struct watched_play *play = &plays->items[i];
        buffer_reset(&body);
        if (record_pack(desc_watched_play(), play, &body, NULL) != OK) {
            log_warn("a play that was seen cannot be kept server_id=%s, going on", of->id);
            continue;
        }
        stmt_text(put, 1, of->id);
        stmt_text(put, 2, of->identity);
        stmt_number(put, 3, ended);
        stmt_number(put, 4, play->seen_at);
        stmt_bytes(put, 5, (struct bytes){body.data, body.size});
        e = stmt_run(put);
    }
    return e;
}

/* What no sync took for so long, or is too much. */
static enum err trim(const struct watched_server *of, int64_t now)
{
    int before = sqlite3_total_changes(of->servers->db);
    enum err e = change(of,
                        "DELETE FROM watched_plays WHERE server_id = ?1 AND ended"
                        " AND seen_at < ?2",
                        now - WATCHED_KEPT_MS);
    e = e == OK ? change(of,
                         "DELETE FROM watched_plays WHERE no IN (SELECT no FROM watched_plays"
                         " WHERE server_id = ?1 AND ended ORDER BY no DESC LIMIT -1 OFFSET ?2)",
                         WATCHED_ENDED_MAX)
                : e;
    int gone = sqlite3_total_changes(of->servers->db) - before;
    if (gone > 0) {
        log_warn("plays that were seen waited too long for a sync, or are too many: %d are dropped"
                 " server_id=%s",
                 gone, of->id);
    }
    return e;
}

static enum err keep_within(const struct watched_server *of, const struct watched_plays *open,
                            const struct watched_plays *ended, int64_t now)
{
    enum err e =
        change(of, "DELETE FROM watched_plays WHERE server_id = ?1 AND NOT ended AND ?2", 1);
    e = e == OK ? insert(of, open, false) : e;
    e = e == OK ? insert(of, ended, true) : e;
    return e == OK && ended->count > 0 ? trim(of, now) : e;
}

enum err watched_plays_keep(const struct watched_server *of, const struct watched_plays *open,
                            const struct watched_plays *ended, int64_t now)
{
    struct servers *s = of->servers;
    int64_t before = sqlite3_total_changes64(s->db);
    enum err e = db_begin(s->db);
    e = e == OK ? db_end(s->db, keep_within(of, open, ended, now)) : e;
    s->aside += sqlite3_total_changes64(s->db) - before;
    return e;
}

/* Bytes that nobody can read say nothing. */
static void take(sqlite3_stmt *row, struct arena *arena, struct watched_plays *out)
{
    struct bytes body = row_bytes(row, 1);
    const char *copy = arena_text(arena, body.data, body.size);
    struct watched_play *play = &out->items[out->count];
    out->last_no = row_number(row, 0);
    out->count +=
        record_unpack(desc_watched_play(), copy, body.size, arena, play, NULL) == OK ? 1 : 0;
}

static enum err read(const struct watched_server *of, bool ended, struct arena *arena,
                     struct watched_plays *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = true;
    enum err e = db_prepare(of->servers->db,
                            "SELECT no, play FROM watched_plays WHERE server_id = ?1"
                            " AND ended = ?2 AND server = ?3 ORDER BY no LIMIT ?4",
                            &find);
    *out = (struct watched_plays){
        .items = arena_alloc(arena, (WATCHED_ENDED_MAX + 1) * sizeof *out->items)};
    if (e == OK) {
        stmt_text(find, 1, of->id);
        stmt_number(find, 2, ended);
        stmt_text(find, 3, of->identity);
        stmt_number(find, 4, WATCHED_ENDED_MAX);
    }
    while (e == OK && row) {
        e = stmt_row(find, &row);
        if (e == OK && row) {
            take(find, arena, out);
        }
    }
    return e;
}

enum err watched_plays_open(const struct watched_server *of, struct arena *arena,
                            struct watched_plays *out)
{
    return read(of, false, arena, out);
}

enum err watched_plays_ended(const struct watched_server *of, struct arena *arena,
                             struct watched_plays *out)
{
    return read(of, true, arena, out);
}

enum err watched_plays_stored(const struct watched_server *of, int64_t last_no)
{
    struct servers *s = of->servers;
    int64_t before = sqlite3_total_changes64(s->db);
    enum err e = change(of, "DELETE FROM watched_plays WHERE server_id = ?1 AND ended AND no <= ?2",
                        last_no);
    s->aside += sqlite3_total_changes64(s->db) - before;
    return e;
}

void watched_play_id(const struct watched_play *play, char out[static WATCHED_ID_SIZE])
{
    uint32_t where = (uint32_t)XXH3_64bits(play->key, strlen(play->key));
    (void)snprintf(out, WATCHED_ID_SIZE, "session:%" PRId64 ":%s:%s:%08" PRIx32, play->started_at,
                   play->user, play->item, where);
}
