/* SPDX-License-Identifier: MIT
 * people.c - the routes below /people: an administrator's. What changes who is who is a job of the
 * history's own. */
#include <string.h>

#include "gateway/guard/query.h"
#include "gateway/rest/ask.h"
#include "gateway/rest/handlers.h"
#include "gateway/rest/operation.h"
#include "gateway/rest/respond.h"

void list_people(struct request *r)
{
    struct people_list list = {};
    ask_people_list(r->services->bus, "history", &list, r->correlation_id, ask_left_ms(r),
                    answer_record, r);
}

/* The person that the path names; NULL, and answered, if that is no text. */
static const char *person_in_path(struct request *r)
{
    r->arena = r->arena != NULL ? r->arena : arena_new();
    char *id = arena_alloc(r->arena, sizeof r->path_value);
    size_t size = 0;
    if (!query_decode(r->path_value, strlen(r->path_value), id, &size)) {
        respond_error(r, ERR_PERSON_NOT_FOUND, NULL, NULL);
        return NULL;
    }
    id[size] = '\0';
    return id;
}

static void started(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    operation_answer_start(context, answer, false);
}

void join_people(struct request *r)
{
    struct people_join *join = r->input;
    id_new(r->job_id);
    join->job_id = r->job_id;
    join->asked_by = r->caller.name;
    ask_people_join(r->services->bus, "history", join, r->job_id, ASK_MS, started, r);
}

void stop_regrouping(struct request *r)
{
    operation_stop(r, operation_regroup);
}

void split_person(struct request *r)
{
    struct people_split *split = r->input;
    split->id = person_in_path(r);
    if (split->id != NULL) {
        id_new(r->job_id);
        split->job_id = r->job_id;
        split->asked_by = r->caller.name;
        ask_people_split(r->services->bus, "history", split, r->job_id, ASK_MS, started, r);
    }
}

void preview_forgetting(struct request *r)
{
    struct person_figures figures = {.id = person_in_path(r)};
    if (figures.id != NULL) {
        ask_person_figures(r->services->bus, "history", &figures, r->correlation_id, ask_left_ms(r),
                           answer_record, r);
    }
}

void forget_person(struct request *r)
{
    struct person_forget forget = {.id = person_in_path(r), .asked_by = r->caller.name};
    if (forget.id != NULL) {
        id_new(r->job_id);
        forget.job_id = r->job_id;
        ask_person_forget(r->services->bus, "history", &forget, r->job_id, ASK_MS, started, r);
    }
}

void stop_forgetting(struct request *r)
{
    operation_stop(r, operation_forget);
}

void lift_forgetting(struct request *r)
{
    struct person_unforget lift = {.id = person_in_path(r)};
    if (lift.id != NULL) {
        ask_person_unforget(r->services->bus, "history", &lift, r->correlation_id, ASK_MS,
                            answer_record, r);
    }
}
