/* SPDX-License-Identifier: MIT
 * doubts.c - a worker is known by its key, see worker_key.h. Asked twice the coordinator judges
 * twice, and says the same. */
#include "actors/history/doubts.h"

#include <inttypes.h>
#include <string.h>

#include "actors/history/batches.h"
#include "actors/shared/worker_key.h"
#include "proto/base/clock.h"
#include "proto/schema/operations.h"

enum { JUDGE_MS = 45000 }; /* one piece of work of its coordinator, and the door */

static struct doubt *find(struct doubts *d, const char *job_id, const char *worker)
{
    for (size_t i = 0; i < DOUBTS_MAX; i++) {
        struct doubt *doubt = &d->items[i];
        if (strcmp(doubt->job_id, job_id) == 0 && worker_key_same(doubt->worker, worker)) {
            return doubt;
        }
    }
    return NULL;
}

/* A free place, else the oldest that is settled; NULL: there is none. */
static struct doubt *place_for(struct doubts *d)
{
    struct doubt *oldest = NULL;
    for (size_t i = 0; i < DOUBTS_MAX; i++) {
        struct doubt *doubt = &d->items[i];
        if (doubt->job_id[0] == '\0') {
            return doubt;
        }
        if (doubt->judged && (oldest == NULL || doubt->since_ms < oldest->since_ms)) {
            oldest = doubt;
        }
    }
    return oldest;
}

bool doubts_hold(const struct doubts *d, const char *job_id)
{
    for (size_t i = 0; i < DOUBTS_MAX; i++) {
        const struct doubt *doubt = &d->items[i];
        bool settled = doubt->judged && doubt->stored == 0;
        if (!settled && strcmp(doubt->job_id, job_id) == 0) {
            return true;
        }
    }
    return false;
}

struct doubt *doubts_spoilt(struct doubts *d, struct active_job **out)
{
    for (size_t i = 0; i < DOUBTS_MAX; i++) {
        struct doubt *doubt = &d->items[i];
        struct active_job *active =
            doubt->judged && doubt->stored > 0 ? active_job_by_id(d->h, doubt->job_id) : NULL;
        if (active != NULL && active->job.status == status_running) {
            *out = active;
            return doubt;
        }
    }
    return NULL;
}

/* ---- over restarts ---- */

static enum err load_all(struct doubts *d, sqlite3_stmt *list)
{
    enum err e = OK;
    bool row = true;
    for (size_t i = 0; e == OK && row && i < DOUBTS_MAX; i++) {
        struct doubt *doubt = &d->items[i];
        e = stmt_row(list, &row);
        struct bytes digest = e == OK && row ? row_bytes(list, 4) : (struct bytes){0};
        struct bytes key = e == OK && row ? row_bytes(list, 5) : (struct bytes){0};
        if (digest.size != sizeof(doubt->place.digest) || key.size != sizeof(doubt->lease_key)) {
            continue;
        }
        (void)snprintf(doubt->job_id, sizeof(doubt->job_id), "%s", row_text(list, 0));
        (void)snprintf(doubt->worker, sizeof(doubt->worker), "%s", row_text(list, 1));
        doubt->place.first_id = row_number(list, 2);
        doubt->place.last_id = row_number(list, 3);
        memcpy(doubt->place.digest, digest.data, digest.size);
        memcpy(doubt->lease_key, key.data, key.size);
        doubt->since_ms = clock_monotonic_ms();
    }
    return e;
}

enum err doubts_load(struct doubts *d, struct history *h)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    *d = (struct doubts){.h = h};
    enum err e = db_prepare_with(
        h->store->db,
        "SELECT j.job_id, d.worker, d.first_id, d.last_id, d.digest, d.lease_key"
        " FROM doubts d JOIN jobs j ON j.no = d.job_no WHERE j.status = ?1 OR j.resumable",
        status_running, &list);
    return e == OK ? load_all(d, list) : e;
}

static enum err put(sqlite3 *db, const struct job *job, const struct doubt *doubt)
{
    OWNED(stmt_finalize) sqlite3_stmt *insert = NULL;
    const struct bytes digest = {(const char *)doubt->place.digest, sizeof(doubt->place.digest)};
    const struct bytes key = {(const char *)doubt->lease_key, sizeof(doubt->lease_key)};
    enum err e = db_prepare_with(
        db, "INSERT OR REPLACE INTO doubts VALUES (?1, ?2, ?3, ?4, ?5, ?6)", job->no, &insert);
    if (e == OK) {
        stmt_text(insert, 2, doubt->worker);
        stmt_number(insert, 3, doubt->place.first_id);
        stmt_number(insert, 4, doubt->place.last_id);
        stmt_bytes(insert, 5, digest);
        stmt_bytes(insert, 6, key);
        e = stmt_run(insert);
    }
    return e;
}

static void keep(struct doubts *d, const struct job *job, const struct doubt *doubt)
{
    enum err e = store_begin(d->h->store, false);
    e = e == OK ? store_end(d->h->store, put(d->h->store->db, job, doubt)) : e;
    if (e != OK) {
        log_warn("a doubt could not be kept, it ends with this process code=%s correlation_id=%s",
                 err_code(e), job->job_id);
    }
}

/* With those of jobs that are over. */
static void drop(struct doubts *d, const struct doubt *doubt)
{
    OWNED(stmt_finalize) sqlite3_stmt *gone = NULL;
    enum err e = db_prepare_with(d->h->store->db,
                                 "DELETE FROM doubts WHERE job_no IN (SELECT no FROM jobs WHERE"
                                 " status <> ?1 AND NOT resumable) OR (worker = ?2 AND job_no ="
                                 " (SELECT no FROM jobs WHERE job_id = ?3))",
                                 status_running, &gone);
    e = e == OK ? store_begin(d->h->store, false) : e;
    if (e != OK) {
        return; /* a later process asks once more */
    }
    stmt_text(gone, 2, doubt->worker);
    stmt_text(gone, 3, doubt->job_id);
    if (store_end(d->h->store, stmt_run(gone)) != OK) {
        log_warn("a doubt that is settled could not be dropped correlation_id=%s", doubt->job_id);
    }
}

/* ---- the coordinator is asked ---- */

static void on_judged(struct actor *a, const struct answer *answer, void *context)
{
    struct doubts *d = &((struct history_actor *)actor_self(a))->doubts;
    struct doubt *doubt = context;
    doubt->asking = false;
    if (answer->code != OK) {
        return; /* it is asked again */
    }
    doubt->judged = msg_sample_judged(answer->reply)->lied;
    if (doubt->judged && doubt->stored > 0) {
        return; /* it is dropped with what was stored */
    }
    drop(d, doubt);
    if (!doubt->judged) {
        *doubt = (struct doubt){0};
    }
}

static enum err read_stored(sqlite3 *db, int64_t job_no, const char *worker, uint64_t *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find_rows = NULL;
    bool row = false;
    enum err e = db_prepare_with(db,
                                 "SELECT sum(n) FROM job_counts WHERE job_no = ?1"
                                 " AND dimension = ?2 AND key = ?3",
                                 job_no, &find_rows);
    if (e == OK) {
        stmt_number(find_rows, 2, DIMENSION_WORKER);
        (void)sqlite3_bind_text(find_rows, 3, worker, (int)strcspn(worker, "."), SQLITE_STATIC);
        e = stmt_row(find_rows, &row);
    }
    *out = e == OK && row ? (uint64_t)row_number(find_rows, 0) : 0;
    return e;
}

static void ask(struct doubts *d, struct actor *a, struct doubt *doubt)
{
    const struct active_job *active = active_job_by_id(d->h, doubt->job_id);
    if (active == NULL || active->job.status == status_completed) {
        drop(d, doubt);
        *doubt = (struct doubt){0};
        return;
    }
    struct sample_differs body = {
        .job_id = doubt->job_id,
        .attempt = active->job.attempt,
        .worker = doubt->worker,
        .first_id = doubt->place.first_id,
        .last_id = doubt->place.last_id,
        .digest = {(const char *)doubt->place.digest, sizeof(doubt->place.digest)},
        .lease_key = {(const char *)doubt->lease_key, sizeof(doubt->lease_key)}};
    if (active->job.status != status_running || /* it may be resumed */
        read_stored(d->h->store->db, active->job.no, doubt->worker, &doubt->stored) != OK) {
        return;
    }
    doubt->asking = true;
    ask_sample_differs(a, operations[active->job.operation].coordinator, &body, doubt->job_id,
                       JUDGE_MS, on_judged, doubt);
}

void doubts_tick(struct doubts *d, struct actor *a)
{
    for (size_t i = 0; i < DOUBTS_MAX; i++) {
        struct doubt *doubt = &d->items[i];
        if (doubt->job_id[0] != '\0' && !doubt->judged && !doubt->asking) {
            ask(d, a, doubt);
        }
    }
}

/* ---- a batch comes ---- */

static void open_doubt(struct doubts *d, struct actor *a, struct active_job *active,
                       const struct msg *m, const struct sampled *place)
{
    const char *worker = msg_sender(m);
    log_warn("rows of a worker elsewhere are not those of the sample worker=%s first_id=%" PRId64
             " last_id=%" PRId64 " correlation_id=%s",
             worker, place->first_id, place->last_id, active->job.job_id);
    /* What of it waits its turn may be no better. */
    (void)far_keys_refuse(a, &active->reorder_buffer, worker, ERR_SAMPLE_DIFFERS);
    struct doubt *doubt = place_for(d);
    if (doubt == NULL) {
        return; /* it is found again with its next batch */
    }
    *doubt = (struct doubt){.place = *place, .since_ms = clock_monotonic_ms()};
    (void)snprintf(doubt->job_id, sizeof(doubt->job_id), "%s", active->job.job_id);
    (void)snprintf(doubt->worker, sizeof(doubt->worker), "%s", worker);
    memcpy(doubt->lease_key, active->lease_key, sizeof(doubt->lease_key));
    keep(d, &active->job, doubt);
    ask(d, a, doubt);
}

enum err doubts_check(struct doubts *d, struct actor *a, struct active_job *active,
                      const struct msg *m)
{
    const struct batch_commit *b = msg_batch_commit(m);
    struct lease_sample expected;
    struct sampled place;
    if (lease_is_sampled(b)) {
        if (find(d, b->job_id, msg_sender(m)) != NULL) {
            return ERR_SAMPLE_DIFFERS;
        }
        if (!lease_items_belong(b) ||
            !lease_sample_open(active->lease_key, (const unsigned char *)b->lease.seal.data,
                               b->lease.sample, &expected)) {
            log_line(log_seldom(&active->refused, LEVEL_WARN),
                     "items of a worker elsewhere belong to no row of it, or its sample is none"
                     " worker=%s first_id=%" PRId64 " correlation_id=%s, its batch is refused",
                     msg_sender(m), b->first_id, active->job.job_id);
            return ERR_BATCH_REFUSED;
        }
        if (lease_sample_differs(active->lease_key, b, &expected, &place)) {
            open_doubt(d, a, active, m, &place);
            return ERR_SAMPLE_DIFFERS;
        }
    }
    return OK;
}

/* ---- a batch is stored ---- */

enum err doubts_count(struct commit_context *c, const struct batch_commit *b)
{
    struct lease_sample sample;
    if (!lease_is_sampled(b) ||
        !lease_sample_open(c->active->lease_key, (const unsigned char *)b->lease.seal.data,
                           b->lease.sample, &sample)) {
        return OK;
    }
    return counts_add(c->h->counts, c->h->store, c->job.no, DIMENSION_WORKER,
                      arena_keep(c->arena, sample.worker), OUTCOME_NEW, b->planned_rows);
}
