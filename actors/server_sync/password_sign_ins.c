/* SPDX-License-Identifier: MIT
 * password_sign_ins.c - each is one question to the server, and then one row. A command that comes
 * twice finds the first one under way, or its row: with a device of its own a second sign-in would
 * end the token of the first. */
#include "actors/server_sync/password_sign_ins.h"

#include <stdlib.h>
#include <string.h>

#include "actors/server_sync/server_test.h"

enum { SIGN_INS_MAX = 8 };

struct password_sign_in {
    LIST_ENTRY(password_sign_in) link;
    struct password_sign_ins *all; /* borrowed */
    struct msg *msg;               /* kept; holds the texts of the next two */
    struct arena *arena;           /* owned; of the subject */
    bool adding;
    struct server_add add;
    struct server_change change;
    struct server_test_subject subject;
};

void password_sign_ins_init(struct password_sign_ins *all, struct http_client *client,
                            struct servers *servers)
{
    *all = (struct password_sign_ins){.client = client, .servers = servers};
    LIST_INIT(&all->under_way);
}

static const char *id_of(const struct password_sign_in *s)
{
    return s->adding ? s->add.id : s->change.id;
}

static enum err change(struct password_sign_in *s, const struct server_facts *facts,
                       struct server_view *out)
{
    struct servers *servers = s->all->servers;
    const char *known = NULL;
    enum err e = servers_known_as(servers, facts->identity, s->arena, &known);
    e = e == OK && known != NULL && strcmp(known, s->change.id) != 0 ? ERR_SERVER_KNOWN : e;
    e = e == OK ? servers_change(servers, &s->change) : e;
    e = e == OK ? servers_get(servers, s->change.id, s->arena, out) : e;
    e = e == OK ? servers_tested(servers, out, facts) : e;
    return e == OK ? servers_get(servers, s->change.id, s->arena, out) : e;
}

static enum err store(struct password_sign_in *s, const struct server_facts *facts,
                      struct server_view *out)
{
    s->add.token = facts->token->bytes;
    s->add.username = facts->username;
    s->change.token = facts->token->bytes;
    s->change.username = facts->username;
    return s->adding ? servers_add_tested(s->all->servers, &s->add, facts, s->arena, out)
                     : change(s, facts, out);
}

static void on_signed_in(struct actor *a, struct server_verdict *verdict, void *context)
{
    struct password_sign_in *s = context;
    struct server_told told = {0};
    bool signed_in = verdict->code == OK;
    enum err e = signed_in ? store(s, &verdict->facts, &told.server) : verdict->code;
    log_info("signed in to a media server server_id=%s code=%s", id_of(s), err_code(e));
    if (signed_in && e != OK) {
        server_sign_out(s->all->client, &s->subject, &verdict->facts.token);
    }
    e = e == OK ? reply_server_told(a, s->msg, &told) : e;
    if (e != OK) {
        (void)actor_refuse(a, s->msg, e, signed_in ? NULL : &verdict->why);
    }
    LIST_REMOVE(s, link);
    arena_destroy(&s->arena);
    free(s);
}

/* NULL: it is under way already, or too many are. */
static struct password_sign_in *new_of(struct password_sign_ins *all, const char *id)
{
    struct password_sign_in *s = NULL;
    size_t count = 0;
    LIST_FOREACH (s, &all->under_way, link) {
        count++;
        if (strcmp(id_of(s), id) == 0) {
            return NULL;
        }
    }
    if (count >= SIGN_INS_MAX) {
        return NULL;
    }
    s = must_alloc(sizeof *s);
    *s = (struct password_sign_in){.all = all, .arena = arena_new()};
    LIST_INSERT_HEAD(&all->under_way, s, link);
    return s;
}

static void begin(struct password_sign_in *s, const struct msg *m, const char *username,
                  const char *password)
{
    const char *text = password != NULL ? password : "";
    OWNED(secret_destroy) struct secret *given = secret_new(text, strlen(text));
    s->msg = msg_keep(m);
    s->subject.question = ASK_TO_SIGN_IN;
    s->subject.client_id = id_of(s); /* a device of its own */
    s->subject.username = username;
    server_test_begin(s->all->client, &s->subject, &given, on_signed_in, s);
}

static const char *kept(struct password_sign_in *s, const char *text)
{
    return arena_keep(s->arena, text);
}

enum err password_sign_in_add(struct password_sign_ins *all, struct actor *a, const struct msg *m,
                              const struct server_add *add)
{
    struct server_view known;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    enum err e = servers_get(all->servers, add->id, arena, &known);
    if (e != ERR_SERVER_NOT_FOUND) {
        const struct server_told told = {.server = known};
        return e == OK ? reply_server_told(a, m, &told) : e; /* the command came twice */
    }
    struct password_sign_in *s = new_of(all, add->id);
    if (s == NULL) {
        return ERR_BUSY;
    }
    s->adding = true;
    s->add = (struct server_add){.id = kept(s, add->id),
                                 .name = kept(s, add->name),
                                 .has_kind = add->has_kind,
                                 .kind = add->kind,
                                 .address = kept(s, add->address),
                                 .certificate_sha256 = kept(s, add->certificate_sha256),
                                 .has_enabled = add->has_enabled,
                                 .enabled = add->enabled};
    s->subject = (struct server_test_subject){.kind = add->kind,
                                              .address = s->add.address,
                                              .certificate_sha256 = s->add.certificate_sha256};
    begin(s, m, add->username, add->password);
    return OK;
}

enum err password_sign_in_change(struct password_sign_ins *all, struct actor *a,
                                 const struct msg *m, const struct server_change *change)
{
    (void)a;
    struct server_view server;
    struct password_sign_in *s = new_of(all, change->id);
    if (s == NULL) {
        return ERR_BUSY;
    }
    enum err e = servers_get(all->servers, change->id, s->arena, &server);
    if (e != OK) {
        LIST_REMOVE(s, link);
        arena_destroy(&s->arena);
        free(s);
        return e;
    }
    s->change = (struct server_change){.id = kept(s, change->id),
                                       .name = kept(s, change->name),
                                       .address = kept(s, change->address),
                                       .certificate_sha256 = kept(s, change->certificate_sha256),
                                       .has_enabled = change->has_enabled,
                                       .enabled = change->enabled};
    const char *pin = s->change.certificate_sha256 != NULL ? s->change.certificate_sha256
                                                           : server.certificate_sha256;
    s->subject = (struct server_test_subject){
        .kind = server.kind,
        .address = s->change.address != NULL ? s->change.address : server.address,
        .identity = server.identity,
        .certificate_sha256 = pin != NULL && pin[0] != '\0' ? pin : NULL};
    begin(s, m, change->username, change->password);
    return OK;
}
