/* SPDX-License-Identifier: MIT
 * jellyfin_watch.c - one look at a time, and none while the server wants to be left alone. A token
 * is sent once the server has said, after each trouble anew, that it is the one that is meant. */
#include "actors/server_sync/jellyfin/jellyfin_watch.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "actors/server_sync/jellyfin/jellyfin_call.h"
#include "proto/base/clock.h"
#include "proto/base/config.h"
#include "proto/base/log.h"

struct jellyfin_watch {
    struct jellyfin_server server;
    struct sessions sessions;
    int timer;
    bool known;         /* it is the server that is meant */
    uint64_t refused;   /* what opens it, as it was when it was refused; 0: it was not */
    int64_t refused_ms; /* monotonic clock */
};

enum { REFUSED_MS = 3600000 };

/* What opens the server: it is worth another try if that was changed. */
static uint64_t key_of(const struct jellyfin_server *server)
{
    const struct secret *token = server->token;
    uint64_t hash = XXH3_64bits(server->address, strlen(server->address));
    return XXH3_64bits_withSeed(token != NULL ? token->bytes : "", token != NULL ? token->size : 0,
                                hash) |
           1U;
}

static void take_refusal(struct jellyfin_watch *w, enum err code)
{
    bool refused = code == ERR_SERVER_TOKEN_REFUSED || code == ERR_SERVER_NOT_ADMIN;
    if (refused) {
        log_warn("a media server refuses its token, it is not asked what is being played"
                 " server_id=%s",
                 w->server.sync->id);
    }
    w->refused = refused ? key_of(&w->server) : 0;
    w->refused_ms = clock_monotonic_ms();
}

static void on_sessions(void *owner, const struct jellyfin_answer *answer)
{
    struct jellyfin_watch *w = owner;
    enum err e = answer->code == OK ? sessions_take(&w->sessions, answer->body, answer->at_ms)
                                    : answer->code;
    w->known = e == OK;
    take_refusal(w, e);
}

static void on_identity(void *owner, const struct jellyfin_answer *answer)
{
    struct jellyfin_watch *w = owner;
    struct server_facts facts = {0};
    w->known = jellyfin_server_check(&w->server, answer, w->server.identity, &facts) == OK;
    if (w->known) {
        jellyfin_ask(&w->server, "/Sessions", NULL, on_sessions);
    }
}

static bool is_refused(const struct jellyfin_watch *w)
{
    return w->refused != 0 && w->refused == key_of(&w->server) &&
           clock_monotonic_ms() - w->refused_ms < REFUSED_MS;
}

/* What the registry has of it may have changed since the look before. A server that was never
 * tested is not watched. */
static void look(struct actor *a, void *context)
{
    (void)a;
    struct jellyfin_watch *w = context;
    bool leave = w->server.call != NULL ||
                 http_pace_wait_ms(&w->server.sync->pace, clock_monotonic_ms()) != 0;
    if (leave || jellyfin_server_read(&w->server) != OK || w->server.identity == NULL) {
        return;
    }
    if (is_refused(w)) {
        return;
    }
    if (w->known) {
        jellyfin_ask(&w->server, "/Sessions", NULL, on_sessions);
    } else {
        jellyfin_ask_who(&w->server, on_identity);
    }
}

struct jellyfin_watch *jellyfin_watch_open(struct actor *a, struct sync *sync)
{
    int64_t every_s = config_number(actor_config(a), SETTING_sync_sessions);
    if (every_s == 0 || (sync->kind != server_kind_jellyfin && sync->kind != server_kind_emby)) {
        return NULL;
    }
    struct jellyfin_watch *w = must_alloc(sizeof *w);
    jellyfin_server_init(&w->server, a, sync, w);
    w->sessions.gap_ms = every_s * TOLD_SECOND_MS * 3 / 2;
    w->timer = actor_every(a, every_s * TOLD_SECOND_MS, look, w);
    return w;
}

void jellyfin_watch_close(struct jellyfin_watch **watch)
{
    struct jellyfin_watch *w = *watch;
    if (w == NULL) {
        return;
    }
    actor_cancel(w->server.actor, w->timer);
    jellyfin_server_release(&w->server);
    sessions_release(&w->sessions);
    free(w);
    *watch = NULL;
}

const struct told_list *jellyfin_watch_ended(const struct jellyfin_watch *watch)
{
    return watch != NULL ? &watch->sessions.ended : NULL;
}

void jellyfin_watch_stored(struct jellyfin_watch *watch, size_t count)
{
    if (watch != NULL) {
        sessions_stored(&watch->sessions, count);
    }
}
