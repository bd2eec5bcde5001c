/* SPDX-License-Identifier: MIT
 * server_sync.c - playbus-server-sync: the registry of media servers, and their continuous sync.
 *
 * A command may come twice: adding a server that is known answers with it, the others lead to the
 * same row. The transactions are a row each, so the loop does them. No command is answered with a
 * token but the one of credentials.c. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "actors/server_sync/credentials.h"
#include "actors/server_sync/password_sign_ins.h"
#include "actors/server_sync/plex_sign_ins.h"
#include "actors/server_sync/quick_connects.h"
#include "actors/server_sync/server_input.h"
#include "actors/server_sync/server_questions.h"
#include "actors/server_sync/server_test.h"
#include "actors/server_sync/servers.h"
#include "actors/server_sync/syncs.h"
#include "actors/shared/http_client.h"
#include "proto/bus/process.h"
#include "proto/wire/json.h"

struct server_sync {
    struct servers *servers;               /* owned; the only writer of servers.db */
    struct http_client *client;            /* owned */
    struct plex_sign_ins *sign_ins;        /* owned */
    struct quick_connects *quick_connects; /* owned */
    struct password_sign_ins password_sign_ins;
    struct server_questions questions;
    struct syncs *syncs; /* owned */
};

/* ---- looking ---- */

static enum err on_list(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct servers_listed listed = {0};
    enum err e = servers_list(self->servers, arena, &listed);
    for (size_t i = 0; e == OK && i < listed.items_count; i++) {
        syncs_view(self->syncs, &listed.items[i]);
    }
    return e == OK ? reply_servers_listed(a, m, &listed) : e;
}

static enum err tell(struct actor *a, const struct msg *m, const char *id)
{
    struct server_sync *self = actor_self(a);
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct server_told told = {0};
    enum err e = servers_get(self->servers, id, arena, &told.server);
    if (e == OK) {
        syncs_view(self->syncs, &told.server);
    }
    return e == OK ? reply_server_told(a, m, &told) : e;
}

static enum err on_get(struct actor *a, const struct msg *m)
{
    return tell(a, m, msg_server_get(m)->id);
}

static enum err on_credentials(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    return credentials_answer(a, m, self->servers, server_kind_plex,
                              msg_server_credentials_get(m)->id);
}

static enum err on_tautulli_credentials(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    return credentials_answer(a, m, self->servers, server_kind_tautulli,
                              msg_tautulli_credentials_get(m)->id);
}

/* ---- changing ---- */

static enum err on_add(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct refusal why = {0};
    struct server_add add = *msg_server_add(m);
    enum err e = server_input_add(&add, arena, &why);
    bool signs_in = add.username != NULL;
    if (e == OK) {
        e = signs_in ? password_sign_in_add(&self->password_sign_ins, a, m, &add)
                     : servers_add(self->servers, &add);
    }
    server_input_forget(add.token);
    server_input_forget(add.password);
    if (e != OK) {
        return actor_refuse(a, m, e, &why);
    }
    return signs_in ? OK : tell(a, m, add.id);
}

/* Of a server that was removed, or has another token now. */
static void end_token(struct server_sync *self, const struct server_view *server,
                      struct secret **token)
{
    const struct server_test_subject subject = {.kind = server->kind,
                                                .address = server->address,
                                                .identity = server->identity,
                                                .certificate_sha256 = server->certificate_sha256,
                                                .client_id = server->id};
    server_sign_out(self->client, &subject, token);
}

/* The token that a sign-in made; NULL: there is none, or it cannot be read. */
static struct secret *signed_in_token(struct server_sync *self, const struct server_view *server)
{
    struct secret *token = NULL;
    return server->username != NULL && servers_token(self->servers, server->id, &token) == OK
               ? token
               : NULL;
}

static enum err change_checked(struct actor *a, const struct msg *m, struct server_change *change,
                               struct arena *arena, struct refusal *why)
{
    struct server_sync *self = actor_self(a);
    struct server_view server;
    enum err e = servers_get(self->servers, change->id, arena, &server);
    e = e == OK ? server_input_change(change, &server, arena, why) : e;
    if (e != OK || change->username != NULL) {
        return e == OK ? password_sign_in_change(&self->password_sign_ins, a, m, change) : e;
    }
    OWNED(secret_destroy)
    struct secret *token = change->token != NULL ? signed_in_token(self, &server) : NULL;
    e = servers_change(self->servers, change);
    if (e == OK && token != NULL && strcmp(token->bytes, change->token) != 0) {
        end_token(self, &server, &token);
    }
    return e;
}

static enum err on_change(struct actor *a, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct refusal why = {0};
    struct server_change change = *msg_server_change(m);
    enum err e = change_checked(a, m, &change, arena, &why);
    bool signs_in = change.username != NULL;
    server_input_forget(change.token);
    server_input_forget(change.password);
    if (e != OK) {
        return actor_refuse(a, m, e, &why);
    }
    return signs_in ? OK : tell(a, m, change.id);
}

static enum err on_remove(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(secret_destroy) struct secret *token = NULL;
    struct server_view server;
    const struct server_removed removed = {.id = msg_server_remove(m)->id};
    enum err e = servers_get(self->servers, removed.id, arena, &server);
    if (e == OK) {
        token = signed_in_token(self, &server);
        e = servers_remove(self->servers, removed.id);
    }
    if (e == OK) {
        end_token(self, &server, &token);
    }
    return e == OK ? reply_server_removed(a, m, &removed) : e;
}

static enum err on_rotate_key(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    struct server_key_rotated rotated = {0};
    enum err e = servers_rotate_key(self->servers, &rotated.tokens);
    return e == OK ? reply_server_key_rotated(a, m, &rotated) : e;
}

/* ---- asking a server ---- */

static enum err on_test(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    return server_question_test(&self->questions, m);
}

static enum err on_libraries(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    return server_question_libraries(&self->questions, m);
}

static enum err on_probe(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    return server_question_probe(&self->questions, m);
}

/* ---- signing in with Plex ---- */

static enum err on_pin_open(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    return plex_sign_in_open(self->sign_ins, m);
}

static enum err on_pin_show(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    return plex_sign_in_show(self->sign_ins, m);
}

static enum err on_pin_add(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    return plex_sign_in_add(self->sign_ins, m);
}

static enum err on_pin_close(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    return plex_sign_in_close(self->sign_ins, m);
}

/* ---- Quick Connect ---- */

static enum err on_quick_connect_open(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    return quick_connect_open(self->quick_connects, m);
}

static enum err on_quick_connect_show(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    return quick_connect_show(self->quick_connects, m);
}

static enum err on_quick_connect_add(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    return quick_connect_add(self->quick_connects, m);
}

static enum err on_quick_connect_close(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    return quick_connect_close(self->quick_connects, m);
}

/* ---- syncs ---- */

static enum err on_sync_start(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    return syncs_start(self->syncs, m);
}

static enum err on_sync_stop(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    return syncs_stop(self->syncs, m);
}

static enum err on_progress(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    syncs_on_progress(self->syncs, msg_sync_progress(m));
    return OK;
}

static enum err on_changed(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    const struct actor_changed *e = msg_actor_changed(m);
    if (strcmp(e->actor, HISTORY) == 0 && e->condition == actor_condition_up) {
        syncs_history_is_up(self->syncs);
    }
    return OK;
}

/* ---- start and stop ---- */

static void stop(struct actor *a)
{
    struct server_sync *self = actor_self(a);
    syncs_close(&self->syncs);
    quick_connects_close(&self->quick_connects);
    plex_sign_ins_close(&self->sign_ins);
    http_client_close(&self->client);
    servers_close(&self->servers);
}

static enum err open_servers(struct actor *a)
{
    struct server_sync *self = actor_self(a);
    process_forbid_cores(); /* it holds tokens */
    json_wipe_freed();      /* and servers tell them, and take passwords */
    return sodium_init() < 0 ? ERR_SYSTEM : servers_open(&self->servers);
}

static enum err start(struct actor *a)
{
    struct server_sync *self = actor_self(a);
    self->client = http_client_open(a);
    enum err e = self->client != NULL ? OK : ERR_SYSTEM;
    e = e == OK ? plex_sign_ins_open(a, self->client, self->servers, &self->sign_ins) : e;
    if (e != OK) {
        stop(a);
        return e;
    }
    self->quick_connects = quick_connects_open(a, self->client, self->servers);
    password_sign_ins_init(&self->password_sign_ins, self->client, self->servers);
    server_questions_init(&self->questions, a, self->client, self->servers, tell);
    http_client_forbid_listener(self->client, actor_config(a));
    self->syncs = syncs_open(a, self->client, self->servers);
    return OK;
}

static const struct actor_spec server_sync_spec = {
    .name = "server-sync",
    .summary = "keeps the media servers and their tokens, and syncs them",
    .self_size = sizeof(struct server_sync),
    .open = open_servers,
    .start = start,
    .stop = stop,
    .on =
        {
            [MSG_server_list] = on_list,
            [MSG_server_get] = on_get,
            [MSG_server_credentials_get] = on_credentials,
            [MSG_tautulli_credentials_get] = on_tautulli_credentials,
            [MSG_server_add] = on_add,
            [MSG_server_change] = on_change,
            [MSG_server_remove] = on_remove,
            [MSG_server_test] = on_test,
            [MSG_server_libraries] = on_libraries,
            [MSG_server_probe] = on_probe,
            [MSG_server_rotate_key] = on_rotate_key,
            [MSG_server_sync_start] = on_sync_start,
            [MSG_server_sync_stop] = on_sync_stop,
            [MSG_sync_progress] = on_progress,
            [MSG_actor_changed] = on_changed,
            [MSG_plex_pin_open] = on_pin_open,
            [MSG_plex_pin_show] = on_pin_show,
            [MSG_plex_pin_add] = on_pin_add,
            [MSG_plex_pin_close] = on_pin_close,
            [MSG_quick_connect_open] = on_quick_connect_open,
            [MSG_quick_connect_show] = on_quick_connect_show,
            [MSG_quick_connect_add] = on_quick_connect_add,
            [MSG_quick_connect_close] = on_quick_connect_close,
        },
};

int main(int argc, char **argv)
{
    return actor_main(argc, argv, &server_sync_spec);
}
