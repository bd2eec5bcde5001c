/* SPDX-License-Identifier: MIT
 * coordinator_judge.c - is a worker on another machine a liar? The history says which rows it
 * delivered otherwise than the sample has them; they are mapped here once more, since a file that
 * is in use may have changed. If what was delivered is still not what the source says, the worker
 * reads no more: not in this job, and the door lets its key in no more. Of what it delivered
 * nothing is stored from the first difference on; where rows of it were stored before, which no
 * sample showed to be wrong, the history takes them back.
 * The history hears it when the door has heard it, and asks until then: if this process ends in
 * between, the next one judges again and finds the same. Where the source says by now what was
 * delivered, what was drawn before is of no use: ranges are cut anew.
 *
 * sample.differs twice is judged twice, and revoked twice finds nothing the second time. */
#include "actors/tautulli/coordinator.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/clock.h"

#define REVOKE_MS 5000

static void answer(struct coordinator *c, bool lied)
{
    const struct sample_judged judged = {.lied = lied};
    struct msg *m = c->doubted;
    c->doubted = NULL;
    c->convicted = false;
    (void)reply_sample_judged(c->actor, m, &judged);
}

static void forget_doubt(struct coordinator *c)
{
    (void)actor_refuse(c->actor, c->doubted, ERR_BUSY, NULL);
    c->doubted = NULL;
    c->convicted = false;
}

static bool is_about(const struct coordinator *c, const struct runner_job *job)
{
    const struct sample_differs *found = msg_sample_differs(c->doubted);
    return job != NULL && strcmp(found->job_id, job->task.job_id) == 0 &&
           found->attempt == job->task.attempt;
}

/* ---- a liar ---- */

static void on_revoked(struct actor *a, const struct answer *said, void *context)
{
    (void)a;
    struct coordinator *c = context;
    if (said->code == OK || said->code == ERR_WORKER_NOT_FOUND) {
        answer(c, true);
    } else {
        forget_doubt(c); /* it is asked again, and so is the door */
    }
}

static void tell_door(struct coordinator *c)
{
    const struct sample_differs *found = msg_sample_differs(c->doubted);
    const char *mark = strchr(found->worker, '#');
    const char *worker = mark != NULL ? mark + 1 : found->worker;
    char id[WORKER_KEY_SIZE];
    char reason[256];
    (void)snprintf(id, sizeof(id), "%.*s", (int)worker_key_size(worker), worker);
    (void)snprintf(reason, sizeof(reason),
                   "In job %.8s it delivered rows that are not those of the database, up "
                   "to id %lld: its copy is another one, or it does not tell what it reads",
                   found->job_id, (long long)found->last_id);
    const struct worker_revoke body = {.id = id, .reason = reason};
    ask_worker_revoke(c->actor, "door", &body, "", REVOKE_MS, on_revoked, c);
}

static void convict(struct coordinator *c)
{
    const struct sample_differs *found = msg_sample_differs(c->doubted);
    log_warn("a worker elsewhere delivered wrong rows, it is revoked worker=%s last_id=%lld "
             "correlation_id=%s",
             found->worker, (long long)found->last_id, found->job_id);
    c->convicted = true;
    far_workers_bar(&c->far, found->worker, clock_monotonic_ms());
    lease_book_far_gone(&c->book, found->worker);
    tell_door(c);
}

/* ---- judging ---- */

static void on_mapped(struct runner_job *job)
{
    struct coordinator *c = actor_self(job->runner->actor);
    const struct sampled *here = &import_job_of(job)->judged.items[0];
    const struct sample_differs *found = c->doubted != NULL ? msg_sample_differs(c->doubted) : NULL;
    bool it = found != NULL && !c->convicted && found->first_id == here->first_id &&
              found->last_id == here->last_id;
    if (it && job->code != OK) {
        job->reopen = job->reopen || job->code == ERR_DATABASE_BUSY;
        forget_doubt(c); /* it is asked again */
    } else if (it && (found->digest.size != LEASE_DIGEST_SIZE ||
                      memcmp(found->digest.data, here->digest, LEASE_DIGEST_SIZE) != 0)) {
        convict(c);
    } else if (it) {
        log_info("the database changed, its ranges are cut anew correlation_id=%s", found->job_id);
        job->reopen = true;
        answer(c, false);
    }
    job_runner_go_on(&c->runner);
}

void coordinator_judge(struct coordinator *c, struct import_job *j)
{
    if (c->doubted == NULL || c->convicted || j->job.working || !is_about(c, &j->job)) {
        return;
    }
    const struct sample_differs *found = msg_sample_differs(c->doubted);
    memcpy(j->judged_key, found->lease_key.data, sizeof(j->judged_key));
    j->judged.count = 1;
    j->judged.items[0] = (struct sampled){.first_id = found->first_id, .last_id = found->last_id};
    job_runner_work(&j->job, import_job_judge, on_mapped);
}

void coordinator_judge_tick(struct coordinator *c)
{
    if (c->doubted != NULL && !c->convicted && !is_about(c, job_runner_delivering(&c->runner))) {
        forget_doubt(c);
    }
}

enum err coordinator_on_differs(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    if (msg_sample_differs(m)->lease_key.size != LEASE_KEY_SIZE) {
        return ERR_BAD_FIELD;
    }
    if (c->doubted != NULL) {
        return ERR_BUSY;
    }
    c->doubted = msg_keep(m);
    job_runner_go_on(&c->runner);
    return OK; /* of another job, the next tick says so */
}
