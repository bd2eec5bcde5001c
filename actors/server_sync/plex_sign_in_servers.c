/* SPDX-License-Identifier: MIT
 * plex_sign_in_servers.c - which addresses of a person's servers really lead to them, and adding
 * one of them.
 *
 * An address is tried without any token: it works where the server says that it is the one that
 * plex.tv named. Adding tests the server with its token as any other, and stores nothing where the
 * test fails; one that is shared is stored although its token is not the owner's, and says so. */
#include <stdlib.h>
#include <string.h>

#include "actors/server_sync/plex_sign_ins_parts.h"
#include "actors/server_sync/server_address.h"
#include "actors/server_sync/server_input.h"
#include "actors/server_sync/server_test.h"

enum { TRIED_AT_ONCE = 16 };

/* ---- trying ---- */

/* In the arena of its sign-in. */
struct attempt {
    struct sign_in *of;
    struct plex_connection *connection;
};

static void on_tried(struct actor *a, struct server_verdict *verdict, void *context)
{
    (void)a;
    const struct attempt attempt = *(const struct attempt *)context;
    struct sign_in *s = attempt.of;
    if (!plex_sign_in_is_held(s) || s->state.now != SIGN_IN_TRYING) {
        return;
    }
    struct plex_connection *c = attempt.connection;
    c->works = verdict->code == OK;
    if (!c->works) {
        c->code = err_code(verdict->code);
        c->error = verdict->why.text != NULL ? arena_keep(s->arena, verdict->why.text)
                                             : err_sentence(verdict->code);
    }
    s->trying--;
    plex_sign_in_try(s);
}

static void try_one(struct sign_in *s, const struct plex_server *server,
                    struct plex_connection *connection)
{
    OWNED(secret_destroy) struct secret *none = NULL;
    struct attempt *attempt = arena_alloc(s->arena, sizeof *attempt);
    *attempt = (struct attempt){s, connection};
    const struct server_test_subject subject = {.question = ASK_WHO_IT_IS,
                                                .kind = server_kind_plex,
                                                .address = connection->address,
                                                .identity = server->view.machine_identifier,
                                                .client_id = s->all->plex_tv.client_id};
    s->asked++;
    s->trying++;
    server_test_begin(s->all->client, &subject, &none, on_tried, attempt);
}

void plex_sign_in_try(struct sign_in *s)
{
    while (s->next_server < s->servers.count && s->trying < TRIED_AT_ONCE) {
        struct plex_server *server = &s->servers.items[s->next_server];
        if (s->next_connection < server->view.connections_count) {
            try_one(s, server, &server->view.connections[s->next_connection++]);
        } else {
            s->next_server++;
            s->next_connection = 0;
        }
    }
    if (s->trying > 0) {
        return;
    }
    for (size_t i = 0; i < s->servers.count; i++) {
        plex_servers_rank(&s->servers.items[i]);
    }
    (void)state_move(&s->state, SIGN_IN_DONE, s->id);
}

/* ---- adding ---- */

struct adding {
    struct msg *msg; /* kept */
    struct sign_in *of;
    struct arena *arena;   /* owned; of what follows */
    struct server_add add; /* without its token, until the test went well */
    size_t server;
};

static enum err tell_server(struct plex_sign_ins *all, const struct msg *m, const char *id)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct server_told told = {0};
    enum err e = servers_get(all->servers, id, arena, &told.server);
    return e == OK ? reply_server_told(all->actor, m, &told) : e;
}

static enum err refuse_known(struct plex_sign_ins *all, const char *machine_identifier,
                             struct arena *arena)
{
    const char *known = NULL;
    enum err e = servers_known_as(all->servers, machine_identifier, arena, &known);
    return e == OK && known != NULL ? ERR_SERVER_KNOWN : e;
}

/* What the test learned, and that the token is not the owner's where that is so. */
static enum err keep_verdict(struct servers *servers, const struct adding *adding,
                             const struct server_verdict *verdict, const char *name)
{
    struct server_view view;
    struct server_facts facts = verdict->facts;
    facts.server_name = facts.server_name != NULL ? facts.server_name : name;
    enum err e = servers_get(servers, adding->add.id, adding->arena, &view);
    e = e == OK ? servers_tested(servers, &view, &facts) : e;
    return e == OK && verdict->code != OK ? servers_test_failed(servers, &view, verdict->code, NULL)
                                          : e;
}

static enum err add_tested(struct adding *adding, const struct server_verdict *verdict)
{
    struct sign_in *s = adding->of;
    if (s->state.now != SIGN_IN_DONE) {
        return ERR_PLEX_PIN_OVER; /* meanwhile */
    }
    const struct plex_server *server = &s->servers.items[adding->server];
    bool as_expected =
        verdict->code == OK || (verdict->code == ERR_SERVER_TOKEN_TOO_LOW && !server->view.owned);
    if (!as_expected) {
        return verdict->code;
    }
    adding->add.token = server->token->bytes;
    enum err e = refuse_known(s->all, server->view.machine_identifier, adding->arena);
    e = e == OK ? servers_add(s->all->servers, &adding->add) : e;
    return e == OK ? keep_verdict(s->all->servers, adding, verdict, server->view.name) : e;
}

static void on_tested(struct actor *a, struct server_verdict *verdict, void *context)
{
    struct adding *adding = context;
    struct sign_in *s = adding->of;
    struct plex_sign_ins *all = s->all;
    enum err e = s->gone ? ERR_PLEX_PIN_OVER : add_tested(adding, verdict);
    bool sentence_is_the_tests = e == verdict->code;
    s->adding = false;
    if (e == OK) {
        log_info("a server of a Plex account was added server_id=%s", adding->add.id);
        e = tell_server(all, adding->msg, adding->add.id);
    }
    if (e != OK) {
        (void)actor_refuse(a, adding->msg, e, sentence_is_the_tests ? &verdict->why : NULL);
    }
    (void)plex_sign_in_is_held(s);
    arena_destroy(&adding->arena);
    free(adding);
}

static enum err refuse_field(struct refusal *why, const char *field, const char *text)
{
    *why = (struct refusal){.field = field, .text = text};
    return ERR_BAD_FIELD;
}

static enum err choose_server(const struct sign_in *s, const char *machine_identifier, size_t *out,
                              struct refusal *why)
{
    for (size_t i = 0; i < s->servers.count; i++) {
        if (strcmp(s->servers.items[i].view.machine_identifier, machine_identifier) == 0) {
            *out = i;
            return OK;
        }
    }
    return refuse_field(why, "machine_identifier", "This account has no such server");
}

/* The one that is named, else the best one. */
static enum err choose_connection(const struct plex_server *server, const char *named,
                                  const struct plex_connection **out, struct refusal *why)
{
    const struct plex_connection *all = server->view.connections;
    size_t count = server->view.connections_count;
    for (size_t i = 0; i < count; i++) {
        if (named == NULL || strcmp(named, all[i].address) == 0) {
            *out = &all[i];
            why->text = all[i].error;
            return all[i].works ? OK : err_from_code(all[i].code);
        }
    }
    return named == NULL
               ? ERR_SERVER_UNREACHABLE
               : refuse_field(why, "connection", "This is none of the addresses of that server");
}

static enum err choose(struct sign_in *s, const struct plex_pin_add *asked, struct adding *adding,
                       struct refusal *why)
{
    const struct plex_connection *connection = NULL;
    enum err e = choose_server(s, asked->machine_identifier, &adding->server, why);
    if (e != OK) {
        return e;
    }
    const struct plex_server *server = &s->servers.items[adding->server];
    e = refuse_known(s->all, asked->machine_identifier, adding->arena);
    e = e == OK ? choose_connection(server, asked->connection, &connection, why) : e;
    if (e != OK) {
        return e;
    }
    const char *name = asked->name != NULL ? asked->name : server->view.name;
    adding->add = (struct server_add){.id = arena_keep(adding->arena, asked->id),
                                      .name = arena_keep(adding->arena, name),
                                      .address = connection->address,
                                      .has_kind = true,
                                      .kind = server_kind_plex};
    return server_input_add(&adding->add, adding->arena, why);
}

static void begin_test(struct adding *adding, const struct plex_server *server)
{
    struct sign_in *s = adding->of;
    OWNED(secret_destroy)
    struct secret *token = secret_new(server->token->bytes, server->token->size);
    const struct server_test_subject subject = {.question = ASK_WHETHER_IT_WORKS,
                                                .kind = server_kind_plex,
                                                .address = adding->add.address,
                                                .identity = server->view.machine_identifier,
                                                .client_id = s->all->plex_tv.client_id};
    s->adding = true;
    s->asked++;
    server_test_begin(s->all->client, &subject, &token, on_tested, adding);
}

enum err plex_sign_in_add(struct plex_sign_ins *all, const struct msg *m)
{
    const struct plex_pin_add *asked = msg_plex_pin_add(m);
    struct sign_in *s = plex_sign_in_find(all, asked->pin_id, asked->holder);
    enum err e = tell_server(all, m, asked->id);
    if (e != ERR_SERVER_NOT_FOUND) {
        return e; /* the command came twice */
    }
    if (s == NULL) {
        return ERR_PLEX_PIN_NOT_FOUND;
    }
    if (s->state.now != SIGN_IN_DONE || s->adding) {
        return s->adding ? ERR_BUSY : ERR_PLEX_PIN_OVER;
    }
    struct refusal why = {0};
    struct adding *adding = must_alloc(sizeof *adding);
    *adding = (struct adding){.of = s, .arena = arena_new()};
    e = choose(s, asked, adding, &why);
    if (e == OK) {
        adding->msg = msg_keep(m);
        begin_test(adding, &s->servers.items[adding->server]);
        return OK;
    }
    enum err sent = actor_refuse(all->actor, m, e, &why);
    arena_destroy(&adding->arena);
    free(adding);
    return sent;
}
