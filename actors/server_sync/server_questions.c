/* SPDX-License-Identifier: MIT
 * server_questions.c - somebody waits for what a media server answers: whether it works, its
 * libraries, what is behind an address.
 *
 * Each question is answered once, whatever the server does: server_test.c bounds its time, and here
 * is bounded how many are asked at once. */
#include "actors/server_sync/server_questions.h"

#include <stdlib.h>
#include <string.h>

#include "actors/server_sync/secret.h"
#include "actors/server_sync/server_input.h"
#include "actors/server_sync/server_test.h"

enum { ASKED_MAX = 16 };

/* A test, or another question to a server, that somebody waits for. */
struct waiting {
    struct server_questions *questions;
    struct msg *msg;           /* kept */
    struct arena *arena;       /* owned; of what follows */
    struct server_view server; /* as it stood when the test began; of a probe its address alone */
};

static struct waiting *waiting_new(struct server_questions *q, const struct msg *m,
                                   struct arena **arena)
{
    struct waiting *w = must_alloc(sizeof *w);
    w->questions = q;
    w->msg = msg_keep(m);
    w->arena = TAKE(*arena);
    q->asked++;
    return w;
}

static void waiting_end(struct waiting *w)
{
    w->questions->asked--;
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
    struct waiting *w = context;
    struct server_questions *q = w->questions;
    enum err e = verdict->code;
    if (e == OK) {
        e = servers_tested(q->servers, &w->server, &verdict->facts);
    }
    if (e != OK && e != ERR_BUSY) {
        enum err kept =
            servers_test_failed(q->servers, &w->server, e, verdict->why.certificate_sha256);
        if (kept != OK) {
            log_warn("the result of a test could not be kept reason=%s, going on", err_code(kept));
        }
    }
    log_info("media server tested server_id=%s code=%s", w->server.id, err_code(e));
    if (e == OK) {
        e = q->tell(a, w->msg, w->server.id);
    }
    if (e != OK) {
        refuse_test(a, w, e, verdict);
    }
    waiting_end(w);
}

/* Asks a server that is registered; BUSY where as many are asked as are at once. */
static enum err begin_asking(struct server_questions *q, const struct msg *m, const char *id,
                             enum server_question question, server_test_done *done)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(secret_destroy) struct secret *token = NULL;
    struct server_view server;
    const char *client_id = NULL;
    enum err e = servers_get(q->servers, id, arena, &server);
    e = e == OK && !server_test_knows(server.kind, question) ? ERR_ONLY_PLEX : e;
    e = e == OK && q->asked >= ASKED_MAX ? ERR_BUSY : e;
    e = e == OK ? servers_token(q->servers, id, &token) : e;
    e = e == OK || e == ERR_SERVER_TOKEN_MISSING
            ? servers_client_id(q->servers, server.kind, id, arena, &client_id)
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
    struct waiting *w = waiting_new(q, m, &arena);
    w->server = server;
    server_test_begin(q->client, &subject, &token, done, w);
    return OK;
}

enum err server_question_test(struct server_questions *q, const struct msg *m)
{
    return begin_asking(q, m, msg_server_test(m)->id, ASK_WHETHER_IT_WORKS, on_tested);
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
    waiting_end(w);
}

enum err server_question_libraries(struct server_questions *q, const struct msg *m)
{
    return begin_asking(q, m, msg_server_libraries(m)->id, ASK_FOR_LIBRARIES, on_libraries_heard);
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
    waiting_end(w);
}

static enum err begin_probe(struct server_questions *q, const struct msg *m,
                            const struct server_probe *probe, struct arena **arena)
{
    OWNED(secret_destroy) struct secret *token = NULL;
    const char *client_id = NULL;
    enum server_kind kind = probe->has_kind ? probe->kind : server_kind_plex;
    enum err e = servers_client_id(q->servers, kind, NULL, *arena, &client_id);
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
    struct waiting *w = waiting_new(q, m, arena);
    w->server.address = probe->address;
    server_test_begin(q->client, &subject, &token, on_probed, w);
    return OK;
}

enum err server_question_probe(struct server_questions *q, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct refusal why = {0};
    struct server_probe probe = *msg_server_probe(m);
    if (q->asked >= ASKED_MAX) {
        return ERR_BUSY;
    }
    enum err e = server_input_probe(&probe, arena, &why);
    e = e == OK ? begin_probe(q, m, &probe, &arena) : e;
    server_input_forget(probe.token);
    return e == OK ? OK : actor_refuse(q->actor, m, e, &why);
}

void server_questions_init(struct server_questions *q, struct actor *a, struct http_client *client,
                           struct servers *servers, server_tell *tell)
{
    *q = (struct server_questions){.actor = a, .client = client, .servers = servers, .tell = tell};
}
