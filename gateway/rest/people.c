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

void join_people(struct request *r)
{
    operation_start_own(r, operation_regroup, desc_people_change(), r->input);
}

void stop_regrouping(struct request *r)
{
    operation_stop(r, operation_regroup);
}

void split_person(struct request *r)
{
    struct people_change *split = r->input;
    split->split_from = person_in_path(r);
    if (split->split_from != NULL) {
        operation_start_own(r, operation_regroup, desc_people_change(), split);
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
    const struct forget_params params = {.id = person_in_path(r)};
    if (params.id != NULL) {
        operation_start_own(r, operation_forget, desc_forget_params(), &params);
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
