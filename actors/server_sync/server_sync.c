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
#include "actors/server_sync/server_test.h"
#include "actors/server_sync/servers.h"
#include "actors/server_sync/syncs.h"
#include "actors/shared/http_client.h"
#include "proto/bus/process.h"
#include "proto/wire/json.h"

enum { TESTS_MAX = 16 };

struct server_sync {
    struct servers *servers;               /* owned; the only writer of servers.db */
    struct http_client *client;            /* owned */
    struct plex_sign_ins *sign_ins;        /* owned */
    struct quick_connects *quick_connects; /* owned */
    struct password_sign_ins password_sign_ins;
    struct syncs *syncs; /* owned */
    int tests;           /* under way */
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

/* ---- testing ---- */

/* A test, or another question to a server, that somebody waits for. */
struct waiting {
    struct msg *msg;           /* kept */
    struct arena *arena;       /* owned; of what follows */
    struct server_view server; /* as it stood when the test began; of a probe its address alone */
};

static struct waiting *waiting_new(struct actor *a, const struct msg *m, struct arena **arena)
{
    struct server_sync *self = actor_self(a);
    struct waiting *w = must_alloc(sizeof *w);
    w->msg = msg_keep(m);
    w->arena = TAKE(*arena);
    self->tests++;
    return w;
}

static void waiting_end(struct actor *a, struct waiting *w)
{
    struct server_sync *self = actor_self(a);
    self->tests--;
    arena_destroy(&w->arena);
    free(w);
}

static void refuse_test(struct actor *a, struct waiting *w, enum err e,
                        const struct server_verdict *verdict)
{
    /* Sent or not, it is answered: the asker's own deadline covers the rest. */
    (void)actor_refuse(a, w->msg, e, &verdict->why);
}

static void on_tested(struct actor *a, struct server_verdict *verdict, void *context)
{
    struct server_sync *self = actor_self(a);
    struct waiting *w = context;
    enum err e = verdict->code;
    if (e == OK) {
        e = servers_tested(self->servers, &w->server, &verdict->facts);
    }
    if (e != OK && e != ERR_BUSY) {
        enum err kept =
            servers_test_failed(self->servers, &w->server, e, verdict->why.certificate_sha256);
        if (kept != OK) {
            log_warn("the result of a test could not be kept reason=%s, going on", err_code(kept));
        }
    }
    log_info("media server tested server_id=%s code=%s", w->server.id, err_code(e));
    if (e == OK) {
        e = tell(a, w->msg, w->server.id);
    }
    if (e != OK) {
        refuse_test(a, w, e, verdict);
    }
    waiting_end(a, w);
}

/* Asks a server that is registered; BUSY where as many are asked as are at once. */
static enum err begin_asking(struct actor *a, const struct msg *m, const char *id,
                             enum server_question question, server_test_done *done)
{
    struct server_sync *self = actor_self(a);
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(secret_destroy) struct secret *token = NULL;
    struct server_view server;
    const char *client_id = NULL;
    enum err e = servers_get(self->servers, id, arena, &server);
    e = e == OK && !server_test_knows(server.kind, question) ? ERR_ONLY_PLEX : e;
    e = e == OK && self->tests >= TESTS_MAX ? ERR_BUSY : e;
    e = e == OK ? servers_token(self->servers, id, &token) : e;
    e = e == OK || e == ERR_SERVER_TOKEN_MISSING
            ? servers_client_id(self->servers, server.kind, id, arena, &client_id)
            : e;
    if (e != OK) {
        return e;
    }
    const struct server_test_subject subject = {.question = question,
                                                .kind = server.kind,
                                                .address = server.address,
                                                .identity = server.identity,
                                                .certificate_sha256 = server.certificate_sha256,
                                                .client_id = client_id};
    struct waiting *w = waiting_new(a, m, &arena);
    w->server = server;
    server_test_begin(self->client, &subject, &token, done, w);
    return OK;
}

static enum err on_test(struct actor *a, const struct msg *m)
{
    return begin_asking(a, m, msg_server_test(m)->id, ASK_WHETHER_IT_WORKS, on_tested);
}

static void on_libraries_heard(struct actor *a, struct server_verdict *verdict, void *context)
{
    struct waiting *w = context;
    const struct server_libraries_told told = {.libraries = verdict->facts.libraries,
                                               .libraries_count = verdict->facts.libraries_count};
    enum err e = verdict->code;
    e = e == OK ? reply_server_libraries_told(a, w->msg, &told) : e;
    if (e != OK) {
        refuse_test(a, w, e, verdict);
    }
    waiting_end(a, w);
}

static enum err on_libraries(struct actor *a, const struct msg *m)
{
    return begin_asking(a, m, msg_server_libraries(m)->id, ASK_FOR_LIBRARIES, on_libraries_heard);
}

static void on_probed(struct actor *a, struct server_verdict *verdict, void *context)
{
    struct waiting *w = context;
    const struct server_facts *facts = &verdict->facts;
    const struct server_probed probed = {.address = w->server.address,
                                         .identity = facts->identity,
                                         .server_name = facts->server_name,
                                         .version = facts->version,
                                         .owner = facts->owner};
    enum err e = verdict->code;
    e = e == OK ? reply_server_probed(a, w->msg, &probed) : e;
    if (e != OK) {
        refuse_test(a, w, e, verdict);
    }
    waiting_end(a, w);
}

static enum err begin_probe(struct actor *a, const struct msg *m, const struct server_probe *probe,
                            struct arena **arena)
{
    struct server_sync *self = actor_self(a);
    OWNED(secret_destroy) struct secret *token = NULL;
    const char *client_id = NULL;
    enum server_kind kind = probe->has_kind ? probe->kind : server_kind_plex;
    enum err e = servers_client_id(self->servers, kind, NULL, *arena, &client_id);
    if (e != OK) {
        return e;
    }
    if (probe->token != NULL && probe->token[0] != '\0') {
        token = secret_new(probe->token, strlen(probe->token));
    }
    const struct server_test_subject subject = {.question = ASK_WHETHER_IT_WORKS,
                                                .kind = kind,
                                                .address = probe->address,
                                                .certificate_sha256 = probe->certificate_sha256,
                                                .client_id = client_id};
    struct waiting *w = waiting_new(a, m, arena);
    w->server.address = probe->address;
    server_test_begin(self->client, &subject, &token, on_probed, w);
    return OK;
}

static enum err on_probe(struct actor *a, const struct msg *m)
{
    struct server_sync *self = actor_self(a);
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct refusal why = {0};
    struct server_probe probe = *msg_server_probe(m);
    if (self->tests >= TESTS_MAX) {
        return ERR_BUSY;
    }
    enum err e = server_input_probe(&probe, arena, &why);
    e = e == OK ? begin_probe(a, m, &probe, &arena) : e;
    server_input_forget(probe.token);
    return e == OK ? OK : actor_refuse(a, m, e, &why);
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
