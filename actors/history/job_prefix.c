/* SPDX-License-Identifier: MIT
 * job_prefix.c - the job that a person means: its id, or as much of its beginning as no other id
 * has. */
#include <stdio.h>
#include <string.h>

#include "actors/history/query.h"

enum { NAMED_MAX = 8, TEXT_SIZE = 1024 };

/* Ids are hexadecimal digits: below '~'. */
#define WITH_PREFIX "WHERE job_id >= ?1 AND job_id < ?1 || '~'"

/* Names them, newest first. OK if there is one job at most. */
static enum err name_jobs(struct reader *r, const char *prefix)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    char *text = arena_alloc(r->arena, TEXT_SIZE);
    size_t used = (size_t)snprintf(text, TEXT_SIZE, "Ids that begin with %s:", prefix);
    size_t named = 0;
    bool row = true;
    enum err e = db_prepare(
        r->db, "SELECT job_id FROM jobs " WITH_PREFIX " ORDER BY no DESC LIMIT 9", &find);
    if (e == OK) {
        stmt_text(find, 1, prefix);
    }
    while (e == OK && row) {
        e = stmt_row(find, &row);
        if (e == OK && row) {
            bool fits = named++ < NAMED_MAX;
            used += (size_t)snprintf(text + used, TEXT_SIZE - used, "%s %s", named > 1 ? "," : "",
                                     fits ? row_text(find, 0) : "…");
        }
    }
    if (e == OK && named > 1) {
        r->text = text;
        e = ERR_JOB_AMBIGUOUS;
    }
    return e;
}

enum err query_find_job(struct reader *r, const char *id, struct job *out)
{
    enum err e = job_find(r->db, id, 0, out, "WHERE job_id = ?1");
    if (e != ERR_JOB_NOT_FOUND || id[0] == '\0') {
        return e;
    }
    e = name_jobs(r, id);
    return e == OK ? job_find(r->db, id, 0, out, WITH_PREFIX) : e;
}
