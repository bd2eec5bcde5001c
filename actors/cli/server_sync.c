/* SPDX-License-Identifier: MIT
 * server_sync.c - `playbus server sync`: one server's continuous sync, now. */
#include <stdio.h>
#include <string.h>

#include "actors/cli/asking.h"
#include "actors/cli/follow.h"
#include "actors/cli/server_find.h"
#include "actors/cli/table.h"
#include "proto/wire/json.h"

struct server_sync {
    struct follow f; /* first */
    struct follow_kind kind;
    char path[CLIENT_PATH_SIZE]; /* of its server's sync, once that is known */
};

static void path_of(const json_t *server, const char *called, char out[static CLIENT_PATH_SIZE])
{
    const char *id = server != NULL ? member_text(server, "id") : called;
    (void)snprintf(out, CLIENT_PATH_SIZE, "/servers/%.200s/sync", id);
}

static enum err start(struct follow *f, struct reply *out)
{
    struct server_sync *self = (struct server_sync *)f;
    enum err e = follow_ask(f, "GET", "/servers", NULL, out);
    if (e != OK || !reply_is_good(out)) {
        return e;
    }
    const json_t *server = server_find(out->body, f->argument);
    path_of(server, f->argument, self->path);
    free_text(&f->subject);
    f->subject = server != NULL ? must_strdup(member_text(server, "name")) : NULL;
    f->repeated = false;
    reply_release(out);
    return follow_ask(f, "POST", self->path, NULL, out);
}

static int stop(const struct options *o)
{
    struct service s = SERVICE_NONE;
    char path[CLIENT_PATH_SIZE];
    int status = asking_open_history(o, &s);
    OWNED(json_release)
    json_t *servers =
        status == EXIT_COMPLETED ? asking_call(&s, "GET", "/servers", NULL, &status) : NULL;
    if (servers != NULL) {
        path_of(server_find(servers, o->argument), o->argument, path);
        OWNED(json_release) json_t *done = asking_call(&s, "DELETE", path, NULL, &status);
        if (done != NULL) {
            (void)fputs("Stopped. What was stored stays.\n", stderr);
        }
    }
    service_close(&s);
    return status;
}

int command_server_sync(const struct options *o)
{
    if (o->stop) {
        return stop(o);
    }
    struct server_sync self = {.kind = {.operation = operation_server_sync,
                                        .command = "server sync",
                                        .goes_on = true,
                                        .start = start}};
    self.kind.stop = self.path;
    follow_init(&self.f, &self.kind, o);
    self.f.argument = must_strdup(o->argument);
    int status = follow_run(&self.f, NULL);
    follow_release(&self.f);
    return status;
}
