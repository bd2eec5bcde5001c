/* SPDX-License-Identifier: MIT
 * servers_sync.c - what servers.db keeps of the syncs: what is wrong, and since when. A person's
 * change of what it may be due to takes it away, and so does a test (servers.c). */
#include "actors/server_sync/servers_parts.h"
#include "actors/server_sync/sync_schedule.h"
#include "proto/base/clock.h"

enum err servers_synced(struct servers *s, const char *id, enum err code, const char *text)
{
    OWNED(stmt_finalize) sqlite3_stmt *set = NULL;
    enum err e = db_prepare(
        s->db,
        code == OK
            ? "UPDATE servers SET sync_code = NULL, sync_failures = 0,"
              " sync_missed_at = min(sync_missed_at, ?4)" /* a clock may have been ahead */
              " WHERE id = ?1 AND sync_code IS NOT NULL"
            : "UPDATE servers SET sync_since = iif(sync_code IS ?2, sync_since, ?4),"
              " sync_code = ?2, sync_text = ?3, sync_failures = iif(?5, 0, sync_failures + 1),"
              " sync_missed_at = iif(?5, ?4, sync_missed_at)"
              " WHERE id = ?1",
        &set);
    if (e == OK) {
        stmt_text(set, 1, id);
        stmt_number(set, 4, clock_wall_ms());
        if (code != OK) {
            stmt_text(set, 2, err_code(code));
            stmt_text(set, 3, text != NULL && text[0] != '\0' ? text : NULL);
            stmt_number(set, 5, sync_outcome_of(code) == SYNC_WELL);
        }
        e = stmt_run(set);
    }
    return e;
}

/* Of one row; 0 if it is null, or there is none. */
static int64_t number_of(struct servers *s, const char *sql, const char *id)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    enum err e = db_prepare(s->db, sql, &find);
    if (e == OK) {
        stmt_text(find, 1, id);
        e = stmt_row(find, &row);
    }
    return e == OK && row ? row_number(find, 0) : 0;
}

unsigned servers_sync_failures(struct servers *s, const char *id)
{
    return (unsigned)number_of(s, "SELECT sync_failures FROM servers WHERE id = ?1", id);
}

int64_t servers_sync_missed_at(struct servers *s, const char *id)
{
    return number_of(s, "SELECT sync_missed_at FROM servers WHERE id = ?1", id);
}
