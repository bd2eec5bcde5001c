/* SPDX-License-Identifier: MIT
 * plex.c - `playbus plex sync`: which server, and how its sync is asked for. */
#include <stdio.h>
#include <string.h>

#include "actors/cli/follow.h"
#include "actors/cli/server_find.h"
#include "actors/cli/table.h"

static bool is_plex_in_use(const json_t *server)
{
    return strcmp(member_text(server, "kind"), "plex") == 0 &&
           json_is_true(json_object_get(server, "enabled"));
}

/* Without a name the only one. NULL: the service says why. */
static const json_t *find_server(const json_t *servers, const char *called)
{
    const json_t *found = NULL;
    size_t i = 0;
    const json_t *server = NULL;
    if (called != NULL) {
        return server_find(servers, called);
    }
    json_array_foreach(json_object_get(servers, "items"), i, server)
    {
        if (is_plex_in_use(server) && found != NULL) {
            return NULL;
        }
        found = is_plex_in_use(server) ? server : found;
    }
    return found;
}

static json_t *request_of(const struct options *o, const char *server_id)
{
    json_t *body = json_object();
    if (server_id != NULL) {
        (void)json_object_set_new(body, "server_id", json_string(server_id));
    }
    if (o->days > 0) {
        (void)json_object_set_new(body, "days_back", json_integer(o->days));
    }
    if (o->library_count > 0) {
        json_t *ids = json_array();
        for (size_t i = 0; i < o->library_count; i++) {
            (void)json_array_append_new(ids, json_string(o->libraries[i]));
        }
        (void)json_object_set_new(body, "library_ids", ids);
    }
    if (o->resume) {
        (void)json_object_set_new(body, "resume", json_true());
    }
    return body;
}

static enum err start(struct follow *f, struct reply *out)
{
    enum err e = follow_ask(f, "GET", "/servers", NULL, out);
    if (e != OK || !reply_is_good(out)) {
        return e;
    }
    const json_t *server = find_server(out->body, f->argument);
    const char *id = server != NULL ? member_text(server, "id") : f->argument;
    free_text(&f->subject);
    f->subject = server != NULL ? must_strdup(member_text(server, "name")) : NULL;
    f->repeated = false;
    json_t *body = request_of(f->o, id);
    reply_release(out);
    e = follow_ask(f, "POST", "/sync/plex/historical", body, out);
    json_decref(body);
    return e;
}

static const struct follow_kind plex_sync = {
    .operation = operation_plex_historical,
    .status_path = "/sync/plex/historical",
    .stop = "/sync/plex/historical",
    .start = start,
};

int command_plex_sync(const struct options *o)
{
    if (o->stop) {
        return follow_stop(o, plex_sync.stop, "Stopped. What was stored stays.\n");
    }
    if (o->discard) {
        return follow_discard(o, "/sync/plex/historical/progress");
    }
    struct follow f;
    follow_init(&f, &plex_sync, o);
    f.argument = o->argument != NULL ? must_strdup(o->argument) : NULL;
    int status = follow_run(&f, NULL);
    follow_release(&f);
    return status;
}
