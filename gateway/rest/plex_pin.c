/* SPDX-License-Identifier: MIT
 * plex_pin.c - the routes below /servers/plex/pin: signing in with Plex. A sign-in is of the
 * session or token that began it; to all others it is not there. */
#include <string.h>

#include "gateway/rest/ask.h"
#include "gateway/rest/handlers.h"
#include "gateway/rest/respond.h"

#define REGISTRY "server-sync"
#define FORWARD_PAGE "/signed-in.html" /* of the panel; the same for everybody */

/* Where the browser comes from is one of our own addresses: that was checked. What is no browser
 * says nothing, and is not led anywhere. */
static const char *forward_url(struct request *r)
{
    const struct head_line *origin = &r->facts.origin;
    if (origin->value == NULL) {
        return NULL;
    }
    r->arena = r->arena != NULL ? r->arena : arena_new();
    return arena_format(r->arena, "%.*s" FORWARD_PAGE, (int)origin->value_size, origin->value);
}

void open_plex_pin(struct request *r)
{
    struct plex_pin_open *open = r->input;
    id_new(r->path_value); /* the log tells it with the outcome */
    open->id = r->path_value;
    open->holder = r->caller.key;
    open->forward_url = forward_url(r);
    ask_plex_pin_open(r->services->bus, REGISTRY, open, r->correlation_id, ASK_MS, answer_record,
                      r);
}

void show_plex_pin(struct request *r)
{
    const struct plex_pin_show show = {.id = r->path_value, .holder = r->caller.key};
    ask_plex_pin_show(r->services->bus, REGISTRY, &show, r->correlation_id, ask_left_ms(r),
                      answer_record, r);
}

void add_plex_server(struct request *r)
{
    struct plex_pin_add *add = r->input;
    add->pin_id = arena_keep(r->arena, r->path_value);
    id_new(r->path_value); /* of the server: by it the log's later entries call it */
    add->id = r->path_value;
    add->holder = r->caller.key;
    ask_plex_pin_add(r->services->bus, REGISTRY, add, r->correlation_id, ASK_MS, answer_record, r);
}

void close_plex_pin(struct request *r)
{
    const struct plex_pin_close gone = {.id = r->path_value, .holder = r->caller.key};
    ask_plex_pin_close(r->services->bus, REGISTRY, &gone, r->correlation_id, ASK_MS, answer_record,
                       r);
}
