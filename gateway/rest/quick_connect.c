/* SPDX-License-Identifier: MIT
 * quick_connect.c - the routes below /servers/jellyfin/quick-connect. A Quick Connect is of the
 * session or token that began it; to all others it is not there. */
#include "gateway/rest/ask.h"
#include "gateway/rest/handlers.h"
#include "gateway/rest/respond.h"

#define REGISTRY "server-sync"

void open_quick_connect(struct request *r)
{
    struct quick_connect_open *open = r->input;
    id_new(r->path_value); /* the log tells it with the outcome */
    open->id = r->path_value;
    open->holder = r->caller.key;
    ask_quick_connect_open(r->services->bus, REGISTRY, open, r->correlation_id, ASK_MS,
                           answer_record, r);
}

void show_quick_connect(struct request *r)
{
    const struct quick_connect_show show = {.id = r->path_value, .holder = r->caller.key};
    ask_quick_connect_show(r->services->bus, REGISTRY, &show, r->correlation_id, ask_left_ms(r),
                           answer_record, r);
}

void add_quick_connect_server(struct request *r)
{
    struct quick_connect_add *add = r->input;
    add->id = r->path_value; /* of the server too: by it the log's later entries call it */
    add->holder = r->caller.key;
    ask_quick_connect_add(r->services->bus, REGISTRY, add, r->correlation_id, ASK_MS, answer_record,
                          r);
}

void close_quick_connect(struct request *r)
{
    const struct quick_connect_close gone = {.id = r->path_value, .holder = r->caller.key};
    ask_quick_connect_close(r->services->bus, REGISTRY, &gone, r->correlation_id, ASK_MS,
                            answer_record, r);
}
