/* SPDX-License-Identifier: MIT
 * coordinator_recover.c - keeps the coordinator in step with the history, which alone knows.
 *
 * Nothing here has to arrive: a record that is missed is followed by another within a second while
 * a job runs, and each of them is enough to find a job or to learn that ours is over. */
#include "actors/tautulli/coordinator.h"

#include <string.h>

#define ASK_MS 5000

static const struct job_task *find_task(const struct jobs_unfinished_found *found,
                                        const struct job *job)
{
    for (size_t i = 0; i < found->tasks_count; i++) {
        const struct job_task *t = &found->tasks[i];
        if (strcmp(t->job_id, job->task.job_id) == 0 && t->attempt == job->task.attempt) {
            return t;
        }
    }
    return NULL;
}

/* Our job against the history's word: it may have ended, or be at another row than we think. */
static void compare(struct coordinator *c, const struct job_task *task)
{
    if (task == NULL) {
        coordinator_drop(c);
        return;
    }
    if (c->state.now != STATE_LEASING || c->job->working || !task->planned) {
        return;
    }
    const struct lease *lowest = lease_book_lowest(&c->book);
    int64_t ours = lowest != NULL ? lowest->first_id : c->job->cut_from;
    if (task->next_id < ours) {
        log_warn("checkpoint is behind the leases, cutting again next_id=%lld correlation_id=%s",
                 (long long)task->next_id, task->job_id);
        lease_book_clear(&c->book);
        job_keep_task(c->job, task);
    } else {
        lease_book_committed(&c->book, task->next_id);
    }
}

static void on_unfinished(struct actor *a, const struct answer *answer, void *context)
{
    (void)context;
    struct coordinator *c = actor_self(a);
    c->asking_unfinished = false;
    if (answer->code != OK || c->creating > 0) {
        return; /* the history says so when it is back, and its records tell of a job that runs */
    }
    const struct jobs_unfinished_found *found = msg_jobs_unfinished_found(answer->reply);
    if (c->job != NULL) {
        compare(c, find_task(found, c->job));
    }
    if (c->job == NULL && found->tasks_count > 0) {
        const struct job_task *task = &found->tasks[0];
        struct source *none = NULL;
        log_info("going on with an unfinished job correlation_id=%s", task->job_id);
        coordinator_adopt(c, task, &none, 0);
    }
    coordinator_go_on(c);
}

void coordinator_recover(struct coordinator *c)
{
    if (c->asking_unfinished || c->creating > 0) {
        return;
    }
    const struct jobs_unfinished body = {.operation = operation_tautulli_import};
    c->asking_unfinished = true;
    ask_jobs_unfinished(c->actor, HISTORY, &body, "", ASK_MS, on_unfinished, NULL);
}

/* ---- events ---- */

/* A record of our own job: it may have ended, or moved its checkpoint. */
static void on_our_record(struct coordinator *c, const struct sync_progress *e)
{
    const struct progress *p = &e->progress;
    if (p->seq <= c->job->seq || (p->has_attempt && p->attempt < c->job->task.attempt)) {
        return; /* from before a resume */
    }
    if (p->status != status_running) {
        log_info("job ended status=%s processed=%llu correlation_id=%s",
                 schema_enum_text(&enum_status, p->status),
                 (unsigned long long)p->processed_records, p->job_id);
        coordinator_drop(c);
    } else if (e->has_next_id) {
        lease_book_committed(&c->book, e->next_id);
        coordinator_go_on(c);
    }
}

enum err coordinator_on_progress(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    const struct sync_progress *e = msg_sync_progress(m);
    const struct progress *p = &e->progress;
    if (p->operation != operation_tautulli_import || p->job_id == NULL) {
        return OK;
    }
    if (c->job != NULL && strcmp(p->job_id, c->job->task.job_id) == 0) {
        on_our_record(c, e);
    } else if (p->status == status_running && (c->job == NULL || p->seq > c->job->seq)) {
        coordinator_recover(c);
    }
    return OK;
}

enum err coordinator_on_changed(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    const struct actor_changed *e = msg_actor_changed(m);
    bool up = e->condition == actor_condition_up;
    if (strcmp(e->actor, HISTORY) == 0 && up) {
        c->phase_told = false; /* it does not keep phases over a restart */
        coordinator_recover(c);
    } else if (strcmp(e->actor, "import-worker") == 0 && up) {
        coordinator_worker_seen(c, e->instance);
    } else if (strcmp(e->actor, "import-worker") == 0) {
        coordinator_worker_gone(c, e->instance);
    }
    return OK;
}
