/* SPDX-License-Identifier: MIT
 * told.c - the outbox of history.db: filled with the end of a job, emptied when the audit log has
 * acknowledged it. Killed in between, history delivers again, which the log does not mind. */
#include "actors/history/told.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/clock.h"
#include "proto/store/outbox.h"
#include "proto/wire/json.h"

enum { DELIVER_MS = 4000 };

static char *params_of(const struct job *job)
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
    return json_dumps(params, JSON_COMPACT);
}

enum err told_end(struct store *s, const struct job *job)
{
    OWNED(free_text) char *params = params_of(job);
    char id[65];
    snprintf(id, sizeof id, "%.40s.%" PRIu64, job->job_id, job->attempt);
    struct audit_entry entry = {.entry_id = id,
                                .at = job->ended_at,
                                .phase = audit_phase_outcome,
                                .action = AUDIT_ACTION(job_ended),
                                .actor = job->asked_by,
                                .target = job->db_path,
                                .outcome = schema_enum_text(&enum_status, (int)job->status),
                                .job_id = job->job_id,
                                .params = params};
    enum err e = outbox_add(s->db, &entry, 0);
    s->told_due = true;
    /* An entry that breaks its own rules was logged; the job ends all the same. */
    return e == ERR_BAD_FIELD ? OK : e;
}

/* ---- delivery ---- */

static void drop(struct teller *t)
{
    enum err e = store_begin(t->store, false);
    if (e == OK) {
        e = store_end(t->store, outbox_drop(t->store->db, &t->record));
    }
    bool more = e != OK || t->record.entries_count == OUTBOX_TAKE_MAX;
    t->store->told_due = t->store->told_due || more;
}

static void delivered(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct teller *t = context;
    if (answer->code == OK) {
        drop(t);
    } else {
        t->store->told_due = true;
    }
    arena_destroy(&t->arena);
}

void teller_look(struct teller *teller, struct actor *a)
{
    if (teller->arena != NULL || !teller->store->told_due) {
        return;
    }
    teller->arena = arena_new();
    enum err e = outbox_take(teller->store->db, clock_wall_ms(), teller->arena, &teller->record);
    if (e == OK && teller->record.entries_count > 0) {
        teller->store->told_due = false; /* what comes from here on is not in this delivery */
        ask_audit_record(a, "audit", &teller->record, "", DELIVER_MS, delivered, teller);
        return;
    }
    teller->store->told_due = e != OK;
    arena_destroy(&teller->arena);
}

void teller_release(struct teller *teller)
{
    arena_destroy(&teller->arena);
}
