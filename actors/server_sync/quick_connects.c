/* SPDX-License-Identifier: MIT
 * quick_connects.c - one Quick Connect from the code to the server that is added.
 *
 *   opening ---> waiting, over   the server has made the code, and who asked was told
 *   waiting ---> ending, over    somebody has typed it
 *   ending ---> agreed, over     the server has given a token, and takes it as an administrator's
 *   agreed ---> over             the server was added, or it was too late
 *
 * It is held in memory by the question that is under way: what comes back for one that is gone
 * changes nothing. The server knows it as a device by its id, which is the added server's too. */
#include "actors/server_sync/quick_connects.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "actors/server_sync/server_input.h"
#include "actors/server_sync/server_test.h"
#include "proto/base/clock.h"
#include "proto/base/state.h"

enum {
    QUICK_CONNECTS_MAX = 8,
    POLL_MS = 2000,
    RETRY_MAX_MS = 30000,    /* between two questions to a server that does not answer */
    KEPT_MS = 10 * 60 * 1000 /* a code, as Jellyfin does; then a token that nobody adds */
};

enum quick_connect_state { OPENING, WAITING, ENDING, AGREED, OVER };

static const struct state_table moves = {
    .name = "Quick Connect",
    .states = {[OPENING] = "opening",
               [WAITING] = "waiting",
               [ENDING] = "ending",
               [AGREED] = "agreed",
               [OVER] = "over"},
    .next = {[OPENING] = STATE_BIT(WAITING) | STATE_BIT(OVER),
             [WAITING] = STATE_BIT(ENDING) | STATE_BIT(OVER),
             [ENDING] = STATE_BIT(AGREED) | STATE_BIT(OVER),
             [AGREED] = STATE_BIT(OVER)},
};

struct quick_connect {
    LIST_ENTRY(quick_connect) link;
    struct quick_connects *all; /* borrowed */
    struct arena *arena;        /* owned; of all texts */
    struct state state;
    const char *id, *holder;
    struct server_test_subject subject;
    struct msg *opened_by;       /* kept; NULL: it was answered */
    struct server_facts facts;   /* texts in the arena; its secrets owned */
    int64_t expires_at;          /* wall clock */
    int timer, end_timer;        /* 0: none */
    enum err trouble;            /* the newest; OK: none */
    const char *trouble_text;    /* NULL: the code's own sentence */
    struct arena *trouble_arena; /* owned; of that text */
    unsigned failures;           /* one after the other */
    bool asked;                  /* a question is under way, and holds it in memory */
    bool gone;                   /* out of the list: nobody may ask for it */
};

struct quick_connects {
    struct actor *actor; /* borrowed, as the next two */
    struct http_client *client;
    struct servers *servers;
    LIST_HEAD(, quick_connect) open;
    size_t count;
};

/* ---- its life ---- */

static void free_unheld(struct quick_connect *q)
{
    if (q->gone && !q->asked) {
        arena_destroy(&q->trouble_arena);
        arena_destroy(&q->arena);
        free(q);
    }
}

/* Nothing more can be done with it. A token that it has still is ended. */
static void end(struct quick_connect *q)
{
    actor_cancel(q->all->actor, q->timer);
    actor_cancel(q->all->actor, q->end_timer);
    q->timer = 0;
    q->end_timer = 0;
    q->subject.identity = q->facts.identity;
    server_sign_out(q->all->client, &q->subject, &q->facts.token);
    secret_destroy(&q->facts.token);
    secret_destroy(&q->facts.secret);
    (void)state_move(&q->state, OVER, q->id);
}

/* Out of the list; `why`: for who still waits for it to begin, OK: nobody is to be told. */
static void drop(struct quick_connect *q, enum err why, const struct refusal *text)
{
    end(q);
    if (q->opened_by != NULL && why != OK) {
        (void)actor_refuse(q->all->actor, TAKE(q->opened_by), why, text);
    }
    msg_destroy(&q->opened_by);
    LIST_REMOVE(q, link);
    q->all->count--;
    q->gone = true;
    free_unheld(q);
}

static void on_end(struct actor *a, void *context)
{
    (void)a;
    struct quick_connect *q = context;
    q->end_timer = 0;
    end(q);
}

static void end_in_time(struct quick_connect *q)
{
    actor_cancel(q->all->actor, q->end_timer);
    q->end_timer = actor_after(q->all->actor, KEPT_MS, on_end, q);
    q->expires_at = clock_wall_ms() + KEPT_MS;
}

static struct quick_connect *find(struct quick_connects *all, const char *id, const char *holder)
{
    struct quick_connect *q = NULL;
    LIST_FOREACH (q, &all->open, link) {
        if (strcmp(q->id, id) == 0 && strcmp(q->holder, holder) == 0) {
            return q;
        }
    }
    return NULL;
}

/* The question that held it has ended. False: so has the Quick Connect, and with it its memory. */
static bool is_held(struct quick_connect *q)
{
    bool held = !q->gone;
    q->asked = false;
    free_unheld(q);
    return held;
}

/* ---- where it stands ---- */

static enum quick_connect_status status_of(const struct quick_connect *q)
{
    return q->state.now == AGREED ? quick_connect_status_agreed
           : q->state.now == OVER ? quick_connect_status_expired
                                  : quick_connect_status_waiting;
}

static enum err tell(struct quick_connect *q, const struct msg *m)
{
    bool over = q->state.now == OVER;
    struct quick_connect_told told = {.id = q->id,
                                      .status = status_of(q),
                                      .address = q->subject.address,
                                      .server_name = q->facts.server_name,
                                      .version = q->facts.version,
                                      .code = q->state.now == WAITING ? q->facts.code : NULL,
                                      .username = q->facts.username,
                                      .has_expires_at = !over,
                                      .expires_at = q->expires_at};
    if (q->trouble != OK) {
        told.has_problem = true;
        told.problem = (struct sign_in_problem){
            .code = err_code(q->trouble),
            .error = q->trouble_text != NULL ? q->trouble_text : err_sentence(q->trouble),
            .remedy = err_remedy(q->trouble)};
    }
    return reply_quick_connect_told(q->all->actor, m, &told);
}

enum err quick_connect_show(struct quick_connects *all, const struct msg *m)
{
    const struct quick_connect_show *show = msg_quick_connect_show(m);
    struct quick_connect *q = find(all, show->id, show->holder);
    if (q == NULL) {
        return ERR_QUICK_CONNECT_NOT_FOUND;
    }
    return q->state.now == OPENING ? ERR_BUSY : tell(q, m);
}

/* ---- asking the server ---- */

static void ask(struct quick_connect *q, enum server_question question, server_test_done *done)
{
    const struct secret *secret = q->facts.secret;
    OWNED(secret_destroy)
    struct secret *given = secret != NULL ? secret_new(secret->bytes, secret->size) : NULL;
    q->subject.question = question;
    q->subject.identity = q->facts.identity;
    q->asked = true;
    server_test_begin(q->all->client, &q->subject, &given, done, q);
}

static void on_state(struct actor *a, struct server_verdict *verdict, void *context);

static void on_time(struct actor *a, void *context)
{
    (void)a;
    struct quick_connect *q = context;
    q->timer = 0;
    ask(q, ASK_ABOUT_QUICK_CONNECT, on_state);
}

static void ask_again(struct quick_connect *q)
{
    int64_t wait_ms = POLL_MS;
    for (unsigned i = 0; i < q->failures && wait_ms < RETRY_MAX_MS; i++) {
        wait_ms *= 2;
    }
    q->timer = actor_after(q->all->actor, wait_ms, on_time, q);
}

static void remember_trouble(struct quick_connect *q, const struct server_verdict *verdict)
{
    arena_destroy(&q->trouble_arena);
    q->trouble_arena = arena_new();
    q->trouble = verdict->code;
    q->trouble_text = arena_keep(q->trouble_arena, verdict->why.text);
    q->failures = verdict->code == OK ? 0 : q->failures + 1;
}

/* A server that is away, or starting, may be back before the code is over. */
static bool may_pass(enum err code)
{
    switch (code) {
    case ERR_SERVER_UNREACHABLE:
    case ERR_SERVER_HOST_UNKNOWN:
    case ERR_SERVER_TIMED_OUT:
    case ERR_SERVER_MAINTENANCE:
    case ERR_SERVER_FAILED:
    case ERR_BUSY:
        return true;
    default:
        return false;
    }
}

static void on_ended(struct actor *a, struct server_verdict *verdict, void *context)
{
    (void)a;
    struct quick_connect *q = context;
    struct server_facts *facts = &verdict->facts;
    bool wanted = !q->gone && q->state.now == ENDING;
    if (!wanted && verdict->code == OK) {
        server_sign_out(q->all->client, &q->subject, &facts->token); /* nobody is left to add it */
    }
    if (!is_held(q) || !wanted) {
        return;
    }
    remember_trouble(q, verdict);
    if (verdict->code != OK) {
        end(q);
        return;
    }
    secret_destroy(&q->facts.secret);
    q->facts.token = TAKE(facts->token);
    q->facts.username = arena_keep(q->arena, facts->username);
    (void)state_move(&q->state, AGREED, q->id);
    end_in_time(q);
}

static void on_state(struct actor *a, struct server_verdict *verdict, void *context)
{
    (void)a;
    struct quick_connect *q = context;
    if (!is_held(q) || q->state.now != WAITING) {
        return;
    }
    remember_trouble(q, verdict);
    if (verdict->code == OK && verdict->facts.agreed) {
        (void)state_move(&q->state, ENDING, q->id);
        ask(q, ASK_TO_END_QUICK_CONNECT, on_ended);
    } else if (verdict->code == OK || may_pass(verdict->code)) {
        ask_again(q);
    } else {
        end(q);
        q->trouble = verdict->code == ERR_QUICK_CONNECT_OVER ? OK : verdict->code; /* too late */
    }
}

/* ---- the beginning ---- */

static void on_code(struct actor *a, struct server_verdict *verdict, void *context)
{
    struct quick_connect *q = context;
    struct server_facts *facts = &verdict->facts;
    if (!is_held(q) || q->state.now != OPENING) {
        return;
    }
    if (verdict->code != OK) {
        drop(q, verdict->code, &verdict->why);
        return;
    }
    q->facts = (struct server_facts){.kind = facts->kind,
                                     .identity = arena_keep(q->arena, facts->identity),
                                     .server_name = arena_keep(q->arena, facts->server_name),
                                     .version = arena_keep(q->arena, facts->version),
                                     .code = arena_keep(q->arena, facts->code),
                                     .secret = TAKE(facts->secret)};
    (void)state_move(&q->state, WAITING, q->id);
    end_in_time(q);
    ask_again(q);
    struct msg *m = TAKE(q->opened_by);
    enum err e = tell(q, m);
    if (e != OK) {
        (void)actor_refuse(a, m, e, NULL);
    }
}

/* The one of this holder goes, and where there is no room one that is over. */
static bool make_room(struct quick_connects *all, const char *holder)
{
    struct quick_connect *q = LIST_FIRST(&all->open);
    struct quick_connect *over = NULL; /* the oldest is the last of the list */
    while (q != NULL) {
        struct quick_connect *next = LIST_NEXT(q, link);
        if (strcmp(q->holder, holder) == 0) {
            drop(q, ERR_QUICK_CONNECT_NOT_FOUND, NULL);
        } else if (q->state.now == OVER) {
            over = q;
        }
        q = next;
    }
    if (all->count >= QUICK_CONNECTS_MAX && over != NULL) {
        drop(over, OK, NULL);
    }
    return all->count < QUICK_CONNECTS_MAX;
}

static struct quick_connect *new_of(struct quick_connects *all,
                                    const struct quick_connect_open *open,
                                    const struct server_probe *where)
{
    struct quick_connect *q = must_alloc(sizeof *q);
    *q = (struct quick_connect){.all = all, .arena = arena_new(), .state = {.table = &moves}};
    q->id = arena_keep(q->arena, open->id);
    q->holder = arena_keep(q->arena, open->holder);
    q->subject = (struct server_test_subject){.kind = server_kind_jellyfin,
                                              .address = arena_keep(q->arena, where->address),
                                              .certificate_sha256 =
                                                  arena_keep(q->arena, where->certificate_sha256),
                                              .client_id = q->id};
    LIST_INSERT_HEAD(&all->open, q, link);
    all->count++;
    return q;
}

enum err quick_connect_open(struct quick_connects *all, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    const struct quick_connect_open *open = msg_quick_connect_open(m);
    struct server_probe where = {.address = open->address,
                                 .certificate_sha256 = open->certificate_sha256};
    struct refusal why = {0};
    struct quick_connect *known = find(all, open->id, open->holder);
    if (known != NULL) {
        return known->state.now == OPENING ? ERR_BUSY : tell(known, m);
    }
    enum err e = server_input_probe(&where, arena, &why);
    if (e != OK) {
        return actor_refuse(all->actor, m, e, &why);
    }
    if (!make_room(all, open->holder)) {
        return ERR_BUSY;
    }
    struct quick_connect *q = new_of(all, open, &where);
    q->opened_by = msg_keep(m);
    ask(q, ASK_FOR_QUICK_CONNECT, on_code);
    return OK;
}

/* ---- the end ---- */

static enum err add(struct quick_connect *q, const char *name, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct refusal why = {0};
    struct server_told told = {0};
    struct server_add add = {.id = q->id,
                             .name = name,
                             .has_kind = true,
                             .kind = server_kind_jellyfin,
                             .address = q->subject.address,
                             .certificate_sha256 = q->subject.certificate_sha256};
    enum err e = server_input_add(&add, arena, &why);
    add.token = q->facts.token->bytes;
    add.username = q->facts.username;
    e = e == OK ? servers_add_tested(q->all->servers, &add, &q->facts, arena, &told.server) : e;
    if (e != OK) {
        return actor_refuse(q->all->actor, m, e, &why);
    }
    log_info("a server was added by Quick Connect server_id=%s", q->id);
    secret_destroy(&q->facts.token); /* it is the server's now, and stays good */
    end(q);
    return reply_server_told(q->all->actor, m, &told);
}

enum err quick_connect_add(struct quick_connects *all, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    const struct quick_connect_add *asked = msg_quick_connect_add(m);
    struct quick_connect *q = find(all, asked->id, asked->holder);
    struct server_told told = {0};
    if (q == NULL) {
        return ERR_QUICK_CONNECT_NOT_FOUND;
    }
    if (q->state.now == AGREED) {
        return add(q, asked->name, m);
    }
    enum err e = servers_get(all->servers, asked->id, arena, &told.server);
    if (e == ERR_SERVER_NOT_FOUND) {
        return ERR_QUICK_CONNECT_OVER;
    }
    return e == OK ? reply_server_told(all->actor, m, &told) : e; /* the command came twice */
}

enum err quick_connect_close(struct quick_connects *all, const struct msg *m)
{
    const struct quick_connect_close *gone = msg_quick_connect_close(m);
    const struct quick_connect_closed closed = {.id = gone->id};
    struct quick_connect *q = find(all, gone->id, gone->holder);
    if (q == NULL) {
        return ERR_QUICK_CONNECT_NOT_FOUND;
    }
    enum err e = reply_quick_connect_closed(all->actor, m, &closed);
    drop(q, ERR_QUICK_CONNECT_NOT_FOUND, NULL);
    return e;
}

struct quick_connects *quick_connects_open(struct actor *a, struct http_client *client,
                                           struct servers *servers)
{
    struct quick_connects *all = must_alloc(sizeof *all);
    *all = (struct quick_connects){.actor = a, .client = client, .servers = servers};
    LIST_INIT(&all->open);
    return all;
}

void quick_connects_close(struct quick_connects **all)
{
    struct quick_connects *gone = TAKE(*all);
    if (gone == NULL) {
        return;
    }
    struct quick_connect *q = LIST_FIRST(&gone->open);
    while (q != NULL) {
        struct quick_connect *next = LIST_NEXT(q, link);
        drop(q, OK, NULL);
        q = next;
    }
    free(gone);
}
