/* SPDX-License-Identifier: MIT
 * coordinator_judge.c - is a worker on another machine a liar? The history says which rows it
 * delivered otherwise than the sample has them; they are mapped here once more, since a file that
 * is in use may have changed. If what was delivered is still not what the source says, the worker
 * reads no more: not in this job, and the door lets its key in no more. Of what it delivered
 * nothing is stored from the first difference on; where rows of it were stored before, which no
 * sample showed to be wrong, the job ends, since nobody knows them to be right.
 *
 * sample.differs twice is judged twice, and revoked twice finds nothing the second time. */
#include "actors/tautulli/coordinator.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/clock.h"

#define REVOKE_MS 5000

/* ---- the door is told ---- */

static void on_revoked(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct revocation *r = context;
    r->asking = false;
    if (answer->code == OK || answer->code == ERR_WORKER_NOT_FOUND) {
        r->id[0] = '\0';
    }
}

static void tell_door(struct coordinator *c, struct revocation *r)
{
    const struct worker_revoke body = {.id = r->id, .reason = r->reason};
    r->asking = true;
    ask_worker_revoke(c->actor, "door", &body, "", REVOKE_MS, on_revoked, r);
}

/* Without a free place it is barred here, and is found again in its next job. */
static void take_key(struct coordinator *c, const struct sample_differs *found)
{
    const char *mark = strchr(found->worker, '#');
    const char *id = mark != NULL ? mark + 1 : found->worker;
    for (size_t i = 0; i < REVOCATIONS_MAX; i++) {
        struct revocation *r = &c->revocations[i];
        if (r->id[0] == '\0') {
            (void)snprintf(r->id, sizeof(r->id), "%.*s", (int)far_key_size(id), id);
            (void)snprintf(r->reason, sizeof(r->reason),
                           "In job %.8s it delivered rows that are not those of the database, up "
                           "to id %lld: its copy is another one, or it does not tell what it reads",
                           found->job_id, (long long)found->last_id);
            tell_door(c, r);
            return;
        }
    }
}

/* ---- judging ---- */

static void forget_doubt(struct coordinator *c)
{
    (void)actor_refuse(c->actor, c->doubted, ERR_BUSY, NULL);
    c->doubted = NULL;
}

static void convict(struct coordinator *c, const struct sample_differs *found)
{
    log_warn("a worker elsewhere delivered wrong rows, it is revoked worker=%s last_id=%lld "
             "correlation_id=%s",
             found->worker, (long long)found->last_id, found->job_id);
    far_workers_bar(&c->far, found->worker, clock_monotonic_ms());
    lease_book_far_gone(&c->book, found->worker);
    take_key(c, found);
    if (found->stored > 0) {
        char text[200];
        (void)snprintf(text, sizeof(text),
                       "A worker on another machine delivered wrong rows, up to id %lld, and %llu "
                       "of its rows are stored already",
                       (long long)found->last_id, (unsigned long long)found->stored);
        job_runner_fail(&c->runner, ERR_WORKER_LIED, text);
    }
}

static void on_mapped(struct runner_job *job)
{
    struct coordinator *c = actor_self(job->runner->actor);
    const struct sampled *here = &import_job_of(job)->judged.items[0];
    const struct sample_differs *found = c->doubted != NULL ? msg_sample_differs(c->doubted) : NULL;
    if (found == NULL || found->first_id != here->first_id || found->last_id != here->last_id) {
        job_runner_go_on(&c->runner);
        return;
    }
    if (job->code != OK) {
        job->reopen = job->reopen || job->code == ERR_DATABASE_BUSY;
        forget_doubt(c); /* it is asked again */
        job_runner_go_on(&c->runner);
        return;
    }
    bool same = found->digest.size == LEASE_DIGEST_SIZE &&
                memcmp(found->digest.data, here->digest, LEASE_DIGEST_SIZE) == 0;
    const struct sample_judged judged = {.lied = !same};
    if (!same) {
        convict(c, found);
    }
    struct msg *m = c->doubted;
    c->doubted = NULL;
    (void)reply_sample_judged(c->actor, m, &judged);
    job_runner_go_on(&c->runner);
}

static bool is_about(const struct coordinator *c, const struct runner_job *job)
{
    const struct sample_differs *found = msg_sample_differs(c->doubted);
    return job != NULL && strcmp(found->job_id, job->task.job_id) == 0 &&
           found->attempt == job->task.attempt;
}

void coordinator_judge(struct coordinator *c, struct import_job *j)
{
    if (c->doubted == NULL || j->job.working || !is_about(c, &j->job)) {
        return;
    }
    const struct sample_differs *found = msg_sample_differs(c->doubted);
    j->judged.count = 1;
    j->judged.items[0] = (struct sampled){.first_id = found->first_id, .last_id = found->last_id};
    job_runner_work(&j->job, import_job_judge, on_mapped);
}

void coordinator_judge_tick(struct coordinator *c)
{
    if (c->doubted != NULL && !is_about(c, job_runner_delivering(&c->runner))) {
        forget_doubt(c);
    }
    for (size_t i = 0; i < REVOCATIONS_MAX; i++) {
        struct revocation *r = &c->revocations[i];
        if (r->id[0] != '\0' && !r->asking) {
            tell_door(c, r);
        }
    }
}

enum err coordinator_on_differs(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    if (c->doubted != NULL) {
        return ERR_BUSY;
    }
    c->doubted = msg_keep(m);
    job_runner_go_on(&c->runner);
    return OK; /* of another job, the next tick says so */
}
