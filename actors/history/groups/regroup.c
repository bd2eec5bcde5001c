/* SPDX-License-Identifier: MIT
 * regroup.c - a walk over the plays in order of time, some hundred in a read; the cursor is the
 * moment at which the next read begins. */
#include "actors/history/groups/regroup.h"

#include <string.h>

#include "actors/history/groups/groups.h"
#include "proto/base/clock.h"

enum { READ_PLAYS = 500 };

enum err regroup_total(struct history *h, uint64_t *out)
{
    int64_t plays = 0;
    enum err e = db_number(h->store->db, "SELECT count(*) FROM plays", 0, &plays);
    *out = (uint64_t)plays;
    return e;
}

/* From `from` to the start of the play some hundred further on; how many plays that are. */
static enum err next_read(sqlite3 *db, int64_t from, int64_t *out_to, uint64_t *out_plays)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare_with(db,
                                 "SELECT max(started_at), count(*) FROM (SELECT started_at"
                                 " FROM plays INDEXED BY plays_time WHERE started_at >= ?1"
                                 " ORDER BY started_at LIMIT ?2)",
                                 from, &find);
    bool row = false;
    if (e == OK) {
        stmt_number(find, 2, READ_PLAYS);
        e = stmt_row(find, &row);
    }
    if (e == OK && row) {
        *out_plays = (uint64_t)row_number(find, 1);
        *out_to = *out_plays < READ_PLAYS ? INT64_MAX : row_number(find, 0);
    }
    return e;
}

enum err regroup_step(struct own_step *step)
{
    struct store *s = step->h->store;
    int64_t from = INT64_MIN;
    int64_t next_no = 0;
    if (step->cursor->size == sizeof from) {
        memcpy(&from, step->cursor->data, sizeof from);
    }
    enum err e = db_number(s->db, "SELECT next FROM row_numbers", 1, &next_no);
    while (e == OK && !step->done && clock_monotonic_ms() < step->until_ms) {
        int64_t to = 0;
        uint64_t plays = 0;
        e = next_read(s->db, from, &to, &plays);
        e = e == OK ? groups_regroup(s->groups, from, to, &next_no) : e;
        step->job->duplicate += plays;
        step->done = to == INT64_MAX;
        from = step->done ? to : to + 1;
    }
    if (e == OK) {
        OWNED(stmt_reset) sqlite3_stmt *put = s->stmts[STMT_NEXT_NO_SET];
        stmt_number(put, 1, next_no);
        e = stmt_run(put);
    }
    /* What was counted is a little off where plays came together under way. */
    step->job->total = step->job->duplicate > step->job->total || step->done ? step->job->duplicate
                                                                             : step->job->total;
    buffer_reset(step->cursor);
    buffer_append(step->cursor, &from, sizeof from);
    return e;
}

enum err regroup_finish(struct history *h, const struct job *job)
{
    (void)job;
    return db_exec(h->store->db, "DELETE FROM regroup_due; UPDATE sources SET doubled = 0");
}

enum err regroup_mark(struct store *s)
{
    return db_exec(s->db, "INSERT OR IGNORE INTO regroup_due VALUES (1)");
}

enum err regroup_is_due(struct store *s, bool *out)
{
    int64_t due = 0;
    enum err e = db_number(s->db, "SELECT EXISTS (SELECT 1 FROM regroup_due)", 0, &due);
    *out = due != 0;
    return e;
}

static enum err begin(struct own_start *start)
{
    job_set_text(&start->job->title, "all plays");
    return regroup_total(start->h, &start->job->total);
}

const struct own_operation regroup_operation = {
    .begin = begin, .step = regroup_step, .finish = regroup_finish, .goes_on = true};
