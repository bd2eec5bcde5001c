/* SPDX-License-Identifier: MIT
 * sync.c - the routes below /sync. The status is the text in the snapshot cache as it is: one
 * request costs no message on the bus and no JSON. */
#include "gateway/rest/ask.h"
#include "gateway/rest/handlers.h"
#include "gateway/rest/operation.h"
#include "gateway/rest/respond.h"
#include "proto/base/ids.h"

void show_status(struct request *r)
{
    OWNED(shared_text_drop)
    struct shared_text *shared = snapshot_cache_get(r->services->cache, SNAPSHOT_STATUS);
    if (shared == NULL) {
        respond_away(r, "history"); /* it has not told what ran before us */
        return;
    }
    respond_shared(r, "application/json", shared);
}

/* ---- the Plex sync ---- */

static void plex_started(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct request *r = context;
    const struct plex_start *asked = r->input;
    operation_answer_start(r, answer, asked->resume);
}

void start_plex_sync(struct request *r)
{
    struct plex_start *start = r->input;
    id_new(r->job_id);
    start->job_id = r->job_id;
    start->asked_by = r->caller.name;
    ask_plex_start(r->services->bus, "plex", start, r->job_id, ASK_MS, plex_started, r);
}

void stop_plex_sync(struct request *r)
{
    operation_stop(r, operation_plex_historical);
}

void clear_plex_sync(struct request *r)
{
    operation_clear(r, operation_plex_historical);
}

void plex_sync_standing(struct request *r)
{
    operation_ask_standing(r, operation_plex_historical);
}

/* ---- jobs ---- */

void list_jobs(struct request *r)
{
    ask_jobs_list(r->services->bus, "history", r->input, r->correlation_id, ask_left_ms(r),
                  answer_list, r);
}

void show_job(struct request *r)
{
    struct job_get get = {.job_id = r->path_value};
    ask_job_get(r->services->bus, "history", &get, r->correlation_id, ask_left_ms(r), answer_record,
                r);
}
