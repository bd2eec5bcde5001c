/* SPDX-License-Identifier: MIT
 * plex_sign_in.c - one sign-in with Plex: its states and its memory.
 *
 *   opening ---> waiting, over   plex.tv has made the PIN, and who asked was told
 *   waiting ---> listing, over   the person has agreed
 *   listing ---> trying, over    plex.tv has told the servers
 *   trying ---> done, over       every address has answered, or not in time
 *   done ---> over               it was too late; until then servers are added
 *
 * It is held in memory by the requests that are under way: what comes back for one that is gone
 * changes nothing. */
#include <stdlib.h>
#include <string.h>

#include "actors/server_sync/plex_sign_ins_parts.h"
#include "proto/base/clock.h"

const struct state_table plex_sign_in_moves = {
    .name = "sign-in with Plex",
    .states = {[SIGN_IN_OPENING] = "opening",
               [SIGN_IN_WAITING] = "waiting",
               [SIGN_IN_LISTING] = "listing",
               [SIGN_IN_TRYING] = "trying",
               [SIGN_IN_DONE] = "done",
               [SIGN_IN_OVER] = "over"},
    .next = {[SIGN_IN_OPENING] = STATE_BIT(SIGN_IN_WAITING) | STATE_BIT(SIGN_IN_OVER),
             [SIGN_IN_WAITING] = STATE_BIT(SIGN_IN_LISTING) | STATE_BIT(SIGN_IN_OVER),
             [SIGN_IN_LISTING] = STATE_BIT(SIGN_IN_TRYING) | STATE_BIT(SIGN_IN_OVER),
             [SIGN_IN_TRYING] = STATE_BIT(SIGN_IN_DONE) | STATE_BIT(SIGN_IN_OVER),
             [SIGN_IN_DONE] = STATE_BIT(SIGN_IN_OVER)},
};

struct sign_in *plex_sign_in_new(struct plex_sign_ins *all, const struct plex_pin_open *open)
{
    struct sign_in *s = must_alloc(sizeof *s);
    s->all = all;
    s->arena = arena_new();
    s->state = (struct state){.table = &plex_sign_in_moves};
    s->id = arena_keep(s->arena, open->id);
    s->holder = arena_keep(s->arena, open->holder);
    s->forward_url = arena_keep(s->arena, open->forward_url);
    s->typed = open->has_typed && open->typed;
    s->began_ms = clock_monotonic_ms();
    LIST_INSERT_HEAD(&all->open, s, link);
    all->count++;
    return s;
}

static void free_unheld(struct sign_in *s)
{
    if (s->gone && s->asked == 0) {
        arena_destroy(&s->arena);
        free(s);
    }
}

static void cancel_timers(struct sign_in *s)
{
    actor_cancel(s->all->actor, s->timer);
    actor_cancel(s->all->actor, s->end_timer);
    s->timer = 0;
    s->end_timer = 0;
}

void plex_sign_in_end(struct sign_in *s)
{
    cancel_timers(s);
    secret_destroy(&s->account);
    plex_servers_forget(&s->servers);
    (void)state_move(&s->state, SIGN_IN_OVER, s->id);
}

static void on_end(struct actor *a, void *context)
{
    (void)a;
    struct sign_in *s = context;
    s->end_timer = 0;
    plex_sign_in_end(s);
}

void plex_sign_in_end_in(struct sign_in *s, int64_t ms)
{
    actor_cancel(s->all->actor, s->end_timer);
    s->end_timer = actor_after(s->all->actor, ms, on_end, s);
    s->expires_at = clock_wall_ms() + ms;
}

void plex_sign_in_drop(struct sign_in *s, enum err why, const struct refusal *text)
{
    plex_sign_in_end(s);
    if (s->opened_by != NULL && why != OK) {
        (void)actor_refuse(s->all->actor, TAKE(s->opened_by), why, text);
    }
    msg_destroy(&s->opened_by);
    LIST_REMOVE(s, link);
    s->all->count--;
    s->gone = true;
    free_unheld(s);
}

bool plex_sign_in_is_held(struct sign_in *s)
{
    bool held = !s->gone;
    s->asked--;
    free_unheld(s);
    return held;
}

struct sign_in *plex_sign_in_find(struct plex_sign_ins *all, const char *id, const char *holder)
{
    struct sign_in *s = NULL;
    LIST_FOREACH (s, &all->open, link) {
        if (strcmp(s->id, id) == 0 && strcmp(s->holder, holder) == 0) {
            return s;
        }
    }
    return NULL;
}
