/* SPDX-License-Identifier: MIT
 * plex_sign_ins.c - the sign-ins with Plex, each from its PIN to the list of a person's servers.
 *
 * plex.tv is asked every two seconds, later every five, more rarely while it cannot be reached, and
 * not at all for as long as it asks to be left alone. */
#include "actors/server_sync/plex_sign_ins.h"

#include <stdlib.h>
#include <string.h>

#include "actors/server_sync/plex_sign_ins_parts.h"
#include "proto/base/clock.h"
#include "proto/wire/json.h"

enum {
    SIGN_INS_MAX = 8,
    POLL_MS = 2000,
    POLL_LATER_MS = 5000,
    LATER_MS = 60000,        /* from then on */
    RETRY_MAX_MS = 30000,    /* between two questions to a plex.tv that does not answer */
    KEPT_MS = 10 * 60 * 1000 /* tokens, from when the person has agreed */
};

/* ---- where it stands ---- */

static enum plex_pin_status status_of(const struct sign_in *s)
{
    return s->state.now == SIGN_IN_DONE   ? plex_pin_status_done
           : s->state.now == SIGN_IN_OVER ? plex_pin_status_expired
                                          : plex_pin_status_waiting;
}

/* Those that are registered already are said to be. */
static enum err show_servers(struct sign_in *s, struct arena *arena, struct plex_pin_told *told)
{
    enum err e = OK;
    told->servers_count = s->state.now == SIGN_IN_DONE ? s->servers.count : 0;
    told->servers = arena_alloc(arena, told->servers_count * sizeof *told->servers);
    for (size_t i = 0; i < told->servers_count && e == OK; i++) {
        told->servers[i] = s->servers.items[i].view;
        e = servers_known_as(s->all->servers, told->servers[i].machine_identifier, arena,
                             &told->servers[i].server_id);
    }
    return e;
}

static enum err tell(struct sign_in *s, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    bool over = s->state.now == SIGN_IN_OVER;
    bool agreeing = s->state.now == SIGN_IN_WAITING;
    struct plex_pin_told told = {.id = s->id,
                                 .status = status_of(s),
                                 .address = agreeing ? s->page : NULL,
                                 .code = agreeing && s->typed ? s->code : NULL,
                                 .has_expires_at = !over,
                                 .expires_at = s->expires_at,
                                 .has_signed_in = !over && !agreeing,
                                 .signed_in = true};
    if (s->trouble.code != OK) {
        told.has_problem = true;
        told.problem = (struct sign_in_problem){.code = err_code(s->trouble.code),
                                                .error = s->trouble.text,
                                                .remedy = err_remedy(s->trouble.code)};
    }
    enum err e = show_servers(s, arena, &told);
    return e == OK ? reply_plex_pin_told(s->all->actor, m, &told) : e;
}

enum err plex_sign_in_show(struct plex_sign_ins *all, const struct msg *m)
{
    const struct plex_pin_show *show = msg_plex_pin_show(m);
    struct sign_in *s = plex_sign_in_find(all, show->id, show->holder);
    if (s == NULL) {
        return ERR_PLEX_PIN_NOT_FOUND;
    }
    return s->state.now == SIGN_IN_OPENING ? ERR_BUSY : tell(s, m);
}

/* ---- asking plex.tv ---- */

static void on_asked_about_pin(struct actor *a, const struct http_answer *answer, void *context);
static void on_listed(struct actor *a, const struct http_answer *answer, void *context);

static void on_time(struct actor *a, void *context)
{
    (void)a;
    struct sign_in *s = context;
    struct plex_sign_ins *all = s->all;
    s->timer = 0;
    s->asked++;
    if (s->state.now == SIGN_IN_WAITING) {
        plex_tv_ask_about_pin(all->client, &all->plex_tv, s->pin, on_asked_about_pin, s);
    } else {
        plex_tv_ask_servers(all->client, &all->plex_tv, s->account, on_listed, s);
    }
}

static void ask_again(struct sign_in *s)
{
    int64_t now = clock_monotonic_ms();
    int64_t wait_ms = now - s->began_ms < LATER_MS ? POLL_MS : POLL_LATER_MS;
    for (unsigned i = 0; i < s->failures && wait_ms < RETRY_MAX_MS; i++) {
        wait_ms *= 2;
    }
    if (now + wait_ms < s->all->left_alone_until_ms) {
        wait_ms = s->all->left_alone_until_ms - now;
    }
    s->timer = actor_after(s->all->actor, wait_ms, on_time, s);
}

/* Remembers what is in the way. False: asking again will not help. */
static bool may_ask_again(struct sign_in *s, const struct plex_tv_trouble *t)
{
    int64_t until_ms = clock_monotonic_ms() + t->wait_ms;
    s->trouble = *t;
    s->failures = t->code == OK ? 0 : s->failures + 1;
    if (t->code == ERR_PLEX_TV_BUSY && until_ms > s->all->left_alone_until_ms) {
        s->all->left_alone_until_ms = until_ms;
    }
    return t->code != ERR_PLEX_TV_REFUSED && t->code != ERR_PLEX_PIN_OVER;
}

static void on_listed(struct actor *a, const struct http_answer *answer, void *context)
{
    (void)a;
    struct sign_in *s = context;
    if (!plex_sign_in_is_held(s) || s->state.now != SIGN_IN_LISTING) {
        return;
    }
    struct plex_tv_trouble t = plex_tv_trouble_of(answer, 200);
    bool again = may_ask_again(s, &t);
    if (t.code != OK) {
        again ? ask_again(s) : plex_sign_in_end(s);
        return;
    }
    OWNED(json_release) json_t *said = json_loadb(answer->body.data, answer->body.size, 0, NULL);
    if (plex_servers_read(said, s->arena, &s->servers) != OK) {
        s->trouble = plex_tv_failed();
        plex_sign_in_end(s);
        return;
    }
    secret_destroy(&s->account);
    (void)state_move(&s->state, SIGN_IN_TRYING, s->id);
    plex_sign_in_try(s);
}

static void on_asked_about_pin(struct actor *a, const struct http_answer *answer, void *context)
{
    struct sign_in *s = context;
    struct plex_pin pin = {0};
    if (!plex_sign_in_is_held(s) || s->state.now != SIGN_IN_WAITING) {
        return;
    }
    struct plex_tv_trouble t = plex_tv_read_pin(answer, &pin);
    bool again = may_ask_again(s, &t);
    if (pin.token != NULL) {
        s->account = pin.token;
        (void)state_move(&s->state, SIGN_IN_LISTING, s->id);
        plex_sign_in_end_in(s, KEPT_MS);
        on_time(a, s);
    } else if (again) {
        ask_again(s);
    } else {
        plex_sign_in_end(s);
        s->trouble.code = t.code == ERR_PLEX_PIN_OVER ? OK : t.code; /* nobody agreed in time */
    }
}

/* ---- the beginning ---- */

static void on_pin(struct actor *a, const struct http_answer *answer, void *context)
{
    struct sign_in *s = context;
    struct plex_pin pin = {0};
    if (!plex_sign_in_is_held(s) || s->state.now != SIGN_IN_OPENING) {
        return;
    }
    struct plex_tv_trouble t = plex_tv_read_pin(answer, &pin);
    secret_destroy(&pin.token); /* nobody can have agreed */
    if (t.code != OK) {
        const struct refusal why = {.text = t.text};
        (void)may_ask_again(s, &t);
        plex_sign_in_drop(s, t.code == ERR_PLEX_PIN_OVER ? ERR_PLEX_TV_FAILED : t.code, &why);
        return;
    }
    const struct plex_tv *tv = &s->all->plex_tv;
    s->pin = pin.id;
    s->code = arena_keep(s->arena, pin.code);
    s->page = s->typed ? plex_tv_typing_page(tv, s->arena)
                       : plex_tv_page(tv, pin.code, s->forward_url, s->arena);
    (void)state_move(&s->state, SIGN_IN_WAITING, s->id);
    plex_sign_in_end_in(s, pin.lifetime_ms);
    ask_again(s);
    struct msg *m = TAKE(s->opened_by);
    enum err e = tell(s, m);
    if (e != OK) {
        (void)actor_refuse(a, m, e, NULL);
    }
}

/* The one of this holder goes, and where there is no room one that is over. */
static bool make_room(struct plex_sign_ins *all, const char *holder)
{
    struct sign_in *s = LIST_FIRST(&all->open);
    struct sign_in *over = NULL; /* the oldest is the last of the list */
    while (s != NULL) {
        struct sign_in *next = LIST_NEXT(s, link);
        if (strcmp(s->holder, holder) == 0) {
            plex_sign_in_drop(s, ERR_PLEX_PIN_NOT_FOUND, NULL);
        } else if (s->state.now == SIGN_IN_OVER) {
            over = s;
        }
        s = next;
    }
    if (all->count >= SIGN_INS_MAX && over != NULL) {
        plex_sign_in_drop(over, OK, NULL);
    }
    return all->count < SIGN_INS_MAX;
}

enum err plex_sign_in_open(struct plex_sign_ins *all, const struct msg *m)
{
    const struct plex_pin_open *open = msg_plex_pin_open(m);
    struct sign_in *known = plex_sign_in_find(all, open->id, open->holder);
    if (known != NULL) {
        return known->state.now == SIGN_IN_OPENING ? ERR_BUSY : tell(known, m);
    }
    if (clock_monotonic_ms() < all->left_alone_until_ms) {
        return ERR_PLEX_TV_BUSY;
    }
    if (!make_room(all, open->holder)) {
        return ERR_BUSY;
    }
    struct sign_in *s = plex_sign_in_new(all, open);
    s->opened_by = msg_keep(m);
    s->asked++;
    plex_tv_ask_pin(all->client, &all->plex_tv, s->typed, on_pin, s);
    return OK;
}

/* ---- the end ---- */

enum err plex_sign_in_close(struct plex_sign_ins *all, const struct msg *m)
{
    const struct plex_pin_close *gone = msg_plex_pin_close(m);
    const struct plex_pin_closed closed = {.id = gone->id};
    struct sign_in *s = plex_sign_in_find(all, gone->id, gone->holder);
    if (s == NULL) {
        return ERR_PLEX_PIN_NOT_FOUND;
    }
    plex_sign_in_drop(s, ERR_PLEX_PIN_NOT_FOUND, NULL);
    return reply_plex_pin_closed(all->actor, m, &closed);
}

enum err plex_sign_ins_open(struct actor *a, struct http_client *client, struct servers *servers,
                            struct plex_sign_ins **out)
{
    struct plex_sign_ins *all = must_alloc(sizeof *all);
    *all = (struct plex_sign_ins){
        .actor = a, .client = client, .servers = servers, .arena = arena_new()};
    LIST_INIT(&all->open);
    enum err e =
        servers_client_id(servers, server_kind_plex, NULL, all->arena, &all->plex_tv.client_id);
    e = e == OK
            ? plex_tv_init(&all->plex_tv, config_text(actor_config(a), SETTING_plex_tv), all->arena)
            : e;
    if (e == OK) {
        *out = all;
    } else {
        plex_sign_ins_close(&all);
    }
    return e;
}

void plex_sign_ins_close(struct plex_sign_ins **all)
{
    struct plex_sign_ins *gone = TAKE(*all);
    if (gone == NULL) {
        return;
    }
    while (!LIST_EMPTY(&gone->open)) {
        plex_sign_in_drop(LIST_FIRST(&gone->open), OK, NULL);
    }
    arena_destroy(&gone->arena);
    free(gone);
}
