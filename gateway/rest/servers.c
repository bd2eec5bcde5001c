/* SPDX-License-Identifier: MIT
 * servers.c - the routes below /servers: an administrator's. A token goes to the registry, and
 * comes back from it by none of them. */
#include "gateway/rest/ask.h"
#include "gateway/rest/handlers.h"
#include "gateway/rest/operation.h"
#include "gateway/rest/respond.h"
#include "proto/base/ids.h"

#define REGISTRY "server-sync"
enum { LOOK_MS = 1000 }; /* the history is asked after it, and both have to answer in time */

void list_servers(struct request *r)
{
    const struct server_list list = {};
    ask_server_list(r->services->bus, REGISTRY, &list, r->correlation_id, ask_left_ms(r),
                    answer_list, r);
}

void show_server(struct request *r)
{
    const struct server_get get = {.id = r->path_value};
    ask_server_get(r->services->bus, REGISTRY, &get, r->correlation_id, ask_left_ms(r),
                   answer_record, r);
}

void add_server(struct request *r)
{
    struct server_add *add = r->input;
    id_new(r->path_value); /* the log tells it with the outcome */
    add->id = r->path_value;
    ask_server_add(r->services->bus, REGISTRY, add, r->correlation_id, ASK_MS, answer_record, r);
}

void change_server(struct request *r)
{
    struct server_change *change = r->input;
    change->id = r->path_value;
    ask_server_change(r->services->bus, REGISTRY, change, r->correlation_id, ASK_MS, answer_record,
                      r);
}

void remove_server(struct request *r)
{
    const struct server_remove gone = {.id = r->path_value};
    ask_server_remove(r->services->bus, REGISTRY, &gone, r->correlation_id, ASK_MS, answer_record,
                      r);
}

void test_server(struct request *r)
{
    const struct server_test test = {.id = r->path_value};
    ask_server_test(r->services->bus, REGISTRY, &test, r->correlation_id, ASK_MS, answer_record, r);
}

void list_libraries(struct request *r)
{
    const struct server_libraries libraries = {.id = r->path_value};
    ask_server_libraries(r->services->bus, REGISTRY, &libraries, r->correlation_id, ask_left_ms(r),
                         answer_record, r);
}

void probe_server(struct request *r)
{
    ask_server_probe(r->services->bus, REGISTRY, r->input, r->correlation_id, ASK_MS, answer_record,
                     r);
}

void rotate_server_key(struct request *r)
{
    const struct server_rotate_key rotate = {};
    ask_server_rotate_key(r->services->bus, REGISTRY, &rotate, r->correlation_id, ASK_MS,
                          answer_record, r);
}

/* ---- its sync ---- */

static void sync_started(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    operation_answer_start(context, answer, false);
}

void start_server_sync(struct request *r)
{
    id_new(r->job_id);
    const struct server_sync_start start = {
        .job_id = r->job_id, .id = r->path_value, .asked_by = r->caller.name};
    ask_server_sync_start(r->services->bus, REGISTRY, &start, r->job_id, ASK_MS, sync_started, r);
}

/* A look that has made no job yet is known to the registry alone; all else to the history. It is
 * asked first, so that a job it was about to make is there when the history is asked. */
static void look_stopped(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct request *r = context;
    if (answer->code == OK) {
        operation_answer_stop(r, answer);
    } else {
        operation_stop_of_server(r, operation_server_sync, r->path_value);
    }
}

void stop_server_sync(struct request *r)
{
    const struct server_sync_stop stop = {.id = r->path_value};
    ask_server_sync_stop(r->services->bus, REGISTRY, &stop, r->correlation_id, LOOK_MS,
                         look_stopped, r);
}
