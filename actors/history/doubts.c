/* SPDX-License-Identifier: MIT
 * doubts.c - a worker is known by its key: what comes before the point in its instance. Asked twice
 * the coordinator judges twice, and says the same. */
#include "actors/history/doubts.h"

#include <inttypes.h>
#include <string.h>

#include "proto/base/clock.h"
#include "proto/schema/operations.h"

enum { JUDGE_MS = 45000 }; /* one piece of work of its coordinator, and the door */

static bool is_same_key(const char *a, const char *b)
{
    size_t size = strcspn(a, ".");
    return strcspn(b, ".") == size && memcmp(a, b, size) == 0;
}

static bool is_sampled(const struct batch_commit *b)
{
    return b->has_lease && b->lease.seal.size == LEASE_MAC_SIZE && b->lease.sample.data != NULL;
}

static struct doubt *find(struct doubts *d, const char *job_id, const char *worker)
{
    for (size_t i = 0; i < DOUBTS_MAX; i++) {
        struct doubt *doubt = &d->items[i];
        if (strcmp(doubt->job_id, job_id) == 0 && is_same_key(doubt->worker, worker)) {
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

struct active_job *doubts_spoilt(const struct doubts *d, char out_text[static LIED_TEXT_SIZE])
{
    for (size_t i = 0; i < DOUBTS_MAX; i++) {
        const struct doubt *doubt = &d->items[i];
        struct active_job *active =
            doubt->judged && doubt->stored > 0 ? active_job_by_id(d->h, doubt->job_id) : NULL;
        if (active != NULL && active->job.status == status_running) {
            lied_text(doubt->place.last_id, doubt->stored, out_text);
            return active;
        }
    }
    return NULL;
}

/* ---- the coordinator is asked ---- */

static void on_judged(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct doubt *doubt = context;
    doubt->asking = false;
    if (answer->code == OK && msg_sample_judged(answer->reply)->lied) {
        doubt->judged = true;
    } else if (answer->code == OK) {
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
        *doubt = (struct doubt){0};
        return;
    }
    struct sample_differs body = {
        .job_id = doubt->job_id,
        .attempt = active->job.attempt,
        .worker = doubt->worker,
        .first_id = doubt->place.first_id,
        .last_id = doubt->place.last_id,
        .digest = {(const char *)doubt->place.digest, sizeof(doubt->place.digest)}};
    if (active->job.status != status_running || /* it may be resumed */
        read_stored(d->h->store->db, active->job.no, doubt->worker, &body.stored) != OK) {
        return;
    }
    doubt->stored = body.stored;
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

/* What of this worker waits its turn may be no better. */
static void refuse_waiting(struct actor *a, struct active_job *active, const char *worker)
{
    struct reorder_buffer *waiting = &active->reorder_buffer;
    for (size_t i = waiting->count; i-- > 0;) {
        struct msg *m = waiting->entries[i].token;
        if (is_same_key(msg_sender(m), worker) && reorder_buffer_take(waiting, m)) {
            (void)actor_refuse(a, m, ERR_SAMPLE_DIFFERS, NULL);
        }
    }
}

static void open_doubt(struct doubts *d, struct actor *a, struct active_job *active,
                       const struct msg *m, const struct sampled *place)
{
    const char *worker = msg_sender(m);
    log_warn("rows of a worker elsewhere are not those of the sample worker=%s first_id=%" PRId64
             " last_id=%" PRId64 " correlation_id=%s",
             worker, place->first_id, place->last_id, active->job.job_id);
    refuse_waiting(a, active, worker);
    struct doubt *doubt = place_for(d);
    if (doubt == NULL) {
        return; /* it is found again with its next batch */
    }
    *doubt = (struct doubt){.place = *place, .since_ms = clock_monotonic_ms()};
    (void)snprintf(doubt->job_id, sizeof(doubt->job_id), "%s", active->job.job_id);
    (void)snprintf(doubt->worker, sizeof(doubt->worker), "%s", worker);
    ask(d, a, doubt);
}

enum err doubts_check(struct doubts *d, struct actor *a, struct active_job *active,
                      const struct msg *m)
{
    const struct batch_commit *b = msg_batch_commit(m);
    struct lease_sample expected;
    struct sampled place;
    if (is_sampled(b)) {
        if (!lease_items_belong(b)) {
            log_warn(
                "items of a worker elsewhere belong to no row of it worker=%s first_id=%" PRId64
                " correlation_id=%s, its batch is refused",
                msg_sender(m), b->first_id, active->job.job_id);
            return ERR_BATCH_REFUSED;
        }
        if (find(d, b->job_id, msg_sender(m)) != NULL ||
            !lease_sample_open(active->lease_key, (const unsigned char *)b->lease.seal.data,
                               b->lease.sample, &expected)) {
            return ERR_SAMPLE_DIFFERS;
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
    if (!is_sampled(b) ||
        !lease_sample_open(c->active->lease_key, (const unsigned char *)b->lease.seal.data,
                           b->lease.sample, &sample)) {
        return OK;
    }
    return counts_add(c->h->counts, c->h->store, c->job.no, DIMENSION_WORKER,
                      arena_keep(c->arena, sample.worker), OUTCOME_NEW, b->planned_rows);
}
