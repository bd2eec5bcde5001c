/* SPDX-License-Identifier: MIT
 * people_commands.c - who is who, and who is kept away, takes effect with the commit that makes the
 * job: before the answer, and before any import that comes after it. */
#include "actors/history/people_commands.h"

#include "actors/history/batches.h"
#include "actors/history/forget.h"
#include "actors/history/lifecycle.h"
#include "actors/history/own_jobs.h"
#include "proto/base/clock.h"
#include "proto/wire/codec.h"

/* What a start needs: the job, and its own record packed. */
struct start {
    enum operation operation;
    const char *job_id, *asked_by;
    const struct record_desc *record;
    const void *params;
};

static enum err begin(struct actor *a, const struct msg *m, const struct start *start)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(buffer_release) struct buffer packed = {0};
    struct history *h = history_of(a);
    struct job_created made;
    struct refusal why = {0};
    struct flaw flaw;
    enum err e = record_pack(start->record, start->params, &packed, &flaw);
    struct job_create ask = {.job_id = start->job_id,
                             .operation = start->operation,
                             .asked_by = start->asked_by,
                             .params = {packed.data, packed.size}};
    e = e == OK ? lifecycle_create(h, &ask, clock_steady_ms(), arena, &made, &why) : e;
    if (e != OK) {
        return why.code != NULL ? actor_refuse(a, m, e, &why) : e;
    }
    struct active_job *active = active_job_by_id(h, made.task.job_id);
    if (active != NULL && !made.known) {
        history_publish(a, active);
        own_jobs_go_on(a);
    }
    struct import_started done = {.job_id = made.task.job_id, .stats = made.stats};
    return reply_import_started(a, m, &done);
}

enum err on_people_join(struct actor *a, const struct msg *m)
{
    const struct people_join *ask = msg_people_join(m);
    const struct people_change params = {
        .accounts = ask->accounts, .accounts_count = ask->accounts_count, .name = ask->name};
    return begin(a, m,
                 &(struct start){operation_regroup, ask->job_id, ask->asked_by,
                                 desc_people_change(), &params});
}

enum err on_people_split(struct actor *a, const struct msg *m)
{
    const struct people_split *ask = msg_people_split(m);
    const struct people_change params = {
        .split_from = ask->id, .accounts = ask->accounts, .accounts_count = ask->accounts_count};
    return begin(a, m,
                 &(struct start){operation_regroup, ask->job_id, ask->asked_by,
                                 desc_people_change(), &params});
}

enum err on_person_forget(struct actor *a, const struct msg *m)
{
    const struct person_forget *ask = msg_person_forget(m);
    const struct forget_params params = {.id = ask->id};
    return begin(a, m,
                 &(struct start){operation_forget, ask->job_id, ask->asked_by, desc_forget_params(),
                                 &params});
}

enum err on_person_unforget(struct actor *a, const struct msg *m)
{
    const struct person_unforget *ask = msg_person_unforget(m);
    struct person_unforgotten done = {.id = ask->id};
    enum err e = forget_lift(history_of(a), ask->id);
    return e == OK ? reply_person_unforgotten(a, m, &done) : e;
}
