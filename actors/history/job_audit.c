/* SPDX-License-Identifier: MIT
 * job_audit.c - the entry about the end of a job, as it goes into the outbox of history.db. */
#include "actors/history/job_audit.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "actors/history/jobs.h"
#include "actors/history/outcome.h"
#include "proto/base/clock.h"
#include "proto/store/outbox.h"
#include "proto/wire/json.h"

/* What a job of the history's own did, by name. */
static void add_own_counts(sqlite3 *db, const struct job *job, json_t *params)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = db_prepare_with(
        db, "SELECT key, sum(n) FROM job_counts WHERE job_no = ?1 AND dimension = ?2 GROUP BY key",
        job->no, &list);
    bool row = e == OK;
    stmt_number(list, 2, DIMENSION_OWN);
    while (e == OK && row) {
        e = stmt_row(list, &row);
        if (e == OK && row) {
            json_object_set_new(params, row_text(list, 0),
                                json_integer((json_int_t)row_number(list, 1)));
        }
    }
}

static char *params_of(sqlite3 *db, const struct job *job)
{
    OWNED(json_release) json_t *params = json_object();
    const char *operation = schema_enum_text(&enum_operation, (int)job->operation);
    uint64_t skipped = job->duplicate + job->merged;
    json_object_set_new(params, "operation", json_string(operation));
    json_object_set_new(params, "dry_run", json_boolean(job->dry_run));
    json_object_set_new(params, "attempt", json_integer((json_int_t)job->attempt));
    json_object_set_new(params, "imported", json_integer((json_int_t)job->imported));
    json_object_set_new(params, "skipped", json_integer((json_int_t)skipped));
    json_object_set_new(params, "errors", json_integer((json_int_t)job->errors));
    if (job->error_code != NULL) {
        json_object_set_new(params, "error_code", json_string(job->error_code));
    }
    add_own_counts(db, job, params);
    return json_dumps(params, JSON_COMPACT);
}

enum err job_audit_end(struct store *s, const struct job *job)
{
    OWNED(free_text) char *params = params_of(s->db, job);
    char id[65];
    snprintf(id, sizeof id, "%.40s.%" PRIu64, job->job_id, job->attempt);
    struct audit_entry entry = {.entry_id = id,
                                .at = job->ended_at,
                                .phase = audit_phase_outcome,
                                .action = AUDIT_ACTION(job_ended),
                                .actor = job->asked_by,
                                .target = job->title,
                                .outcome = schema_enum_text(&enum_status, (int)job->status),
                                .job_id = job->job_id,
                                .params = params};
    enum err e = outbox_add(s->db, &entry, 0);
    /* An entry that breaks its own rules was logged; the job ends all the same. */
    return e == ERR_BAD_FIELD ? OK : e;
}

enum err job_audit_taken_back(struct store *s, const struct job *job, const char *worker,
                              uint64_t rows)
{
    OWNED(json_release) json_t *told = json_object();
    json_object_set_new(told, "attempt", json_integer((json_int_t)job->attempt));
    json_object_set_new(told, "rows_of_worker", json_integer((json_int_t)rows));
    OWNED(free_text) char *params = json_dumps(told, JSON_COMPACT);
    struct audit_entry entry = {.at = clock_wall_ms(),
                                .phase = audit_phase_outcome,
                                .action = AUDIT_ACTION(rows_taken_back),
                                .actor = worker,
                                .target = job->title,
                                .outcome = err_code(ERR_SAMPLE_DIFFERS),
                                .job_id = job->job_id,
                                .params = params};
    enum err e = outbox_add(s->db, &entry, 0);
    return e == ERR_BAD_FIELD ? OK : e;
}

enum err job_audit_not_leased(struct store *s, const struct job *job, const char *sender)
{
    struct audit_entry entry = {.at = clock_wall_ms(),
                                .phase = audit_phase_refused,
                                .action = AUDIT_ACTION(batch_not_leased),
                                .actor = sender,
                                .target = job->title,
                                .outcome = err_code(ERR_BATCH_NOT_LEASED),
                                .job_id = job->job_id};
    enum err e = store_begin(s, false);
    return e == OK ? store_end(s, outbox_add(s->db, &entry, 0)) : e;
}
