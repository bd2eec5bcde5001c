/* SPDX-License-Identifier: MIT
 * servers_sync.c - what servers.db keeps of the syncs: what is wrong, and since when. A person's
 * change or test of the server takes it away (servers.c). */
#include "actors/server_sync/servers_parts.h"
#include "actors/server_sync/sync_schedule.h"
#include "proto/base/clock.h"

enum err servers_synced(struct servers *s, const char *id, enum err code, const char *text)
{
    OWNED(stmt_finalize) sqlite3_stmt *set = NULL;
    enum err e = db_prepare(
        s->db,
        code == OK
            ? "UPDATE servers SET sync_code = NULL, sync_failures = 0"
              " WHERE id = ?1 AND sync_code IS NOT NULL"
            : "UPDATE servers SET sync_since = iif(sync_code IS ?2, sync_since, ?4),"
              " sync_code = ?2, sync_text = ?3, sync_failures = iif(?5, 0, sync_failures + 1)"
              " WHERE id = ?1",
        &set);
    if (e == OK) {
        stmt_text(set, 1, id);
        if (code != OK) {
            stmt_text(set, 2, err_code(code));
            stmt_text(set, 3, text != NULL && text[0] != '\0' ? text : NULL);
            stmt_number(set, 4, clock_wall_ms());
            stmt_number(set, 5, sync_outcome_of(code) == SYNC_WELL);
        }
        e = stmt_run(set);
    }
    return e;
}

unsigned servers_sync_failures(struct servers *s, const char *id)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    enum err e = db_prepare(s->db, "SELECT sync_failures FROM servers WHERE id = ?1", &find);
    if (e == OK) {
        stmt_text(find, 1, id);
        e = stmt_row(find, &row);
    }
    return e == OK && row ? (unsigned)row_number(find, 0) : 0;
}
