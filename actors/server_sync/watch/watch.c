/* SPDX-License-Identifier: MIT
 * watch.c - one look at a time, and none while the server wants to be left alone. A token is sent
 * once the server has said that it is the one that is meant: after each trouble anew, and after
 * each change of what opens it. */
#include "actors/server_sync/watch/watch.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "actors/server_sync/media_call.h"
#include "actors/server_sync/watch/sessions.h"
#include "actors/server_sync/watched_plays.h"
#include "proto/base/clock.h"
#include "proto/base/config.h"
#include "proto/base/log.h"

enum { SECOND_MS = 1000, FIRST_MS = 2000, JUMP_MS = 30000, REFUSED_MS = 3600000 };

/* How a kind of server is asked. */
struct watched_kind {
    const char *path;
    seen_reader *read;
    bool sure; /* see sessions.h */
};

static const struct watched_kind kinds[server_kind_COUNT] = {
    [server_kind_plex] = {"/status/sessions", seen_plex, true},
    [server_kind_jellyfin] = {"/Sessions", seen_jellyfin, false},
    [server_kind_emby] = {"/Sessions", seen_jellyfin, false},
};

struct watch {
    struct media_server server;
    struct sessions sessions;
    const struct watched_kind *kind;
    char *identity; /* owned; of the server whose sessions these are; NULL: there are none yet */
    bool kept_open; /* rows say that somebody plays */
    int64_t every_ms, asked_ms; /* awake_or_not_ms: the newest look; 0: none */
    int timer, first;           /* first 0: it has begun */
    uint64_t known;             /* what opens it, as it was when it said who it is; 0: not known */
    uint64_t refused;           /* the same when it was refused; 0: it was not */
    int64_t refused_ms;         /* monotonic clock */
};

/* What opens the server: it is worth another try if that was changed. */
static uint64_t key_of(const struct media_server *server)
{
    const struct secret *token = server->token;
    const char *pinned = server->certificate != NULL ? server->certificate : "";
    uint64_t hash = XXH3_64bits(server->address, strlen(server->address));
    hash = XXH3_64bits_withSeed(pinned, strlen(pinned), hash);
    return XXH3_64bits_withSeed(token != NULL ? token->bytes : "", token != NULL ? token->size : 0,
                                hash) |
           1U;
}

static void take_refusal(struct watch *w, enum err code)
{
    bool refused = code == ERR_SERVER_TOKEN_REFUSED || code == ERR_SERVER_NOT_ADMIN ||
                   code == ERR_SERVER_TOKEN_TOO_LOW;
    if (refused) {
        log_warn("a media server refuses its token, it is not asked what is being played"
                 " server_id=%s",
                 w->server.sync->id);
    }
    w->refused = refused ? key_of(&w->server) : 0;
    w->refused_ms = clock_monotonic_ms();
}

/* ---- what is kept ---- */

static struct watched_server of(const struct watch *w)
{
    return (struct watched_server){w->server.sync->servers, w->server.sync->id, w->identity};
}

/* What the process before this one saw of the server; another server's does not count. */
static void restore(struct watch *w)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct watched_plays open = {0};
    if (w->identity != NULL && strcmp(w->identity, w->server.identity) == 0) {
        return;
    }
    free_text(&w->identity);
    w->identity = must_strdup(w->server.identity);
    sessions_release(&w->sessions);
    sessions_init(&w->sessions, w->every_ms * 3 / 2, w->kind->sure);
    w->asked_ms = 0;
    w->kept_open = true; /* for all that is known */
    const struct watched_server server = of(w);
    if (watched_plays_open(&server, arena, &open) != OK) {
        return; /* logged; what is played is seen anew */
    }
    for (size_t i = 0; i < open.count; i++) {
        sessions_restore(&w->sessions, &open.items[i]);
    }
}

static struct watched_plays list_of(const struct session *sessions, size_t count,
                                    struct arena *arena)
{
    struct watched_plays list = {.items = arena_alloc(arena, (count + 1) * sizeof *list.items),
                                 .count = count};
    for (size_t i = 0; i < count; i++) {
        list.items[i] = sessions[i].play;
    }
    return list;
}

/* What cannot be written now is written with the next look. */
static void keep(struct watch *w, int64_t now)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct sessions *s = &w->sessions;
    if (!w->kept_open && s->open_count == 0 && s->ended_count == 0) {
        return;
    }
    const struct watched_server server = of(w);
    const struct watched_plays open = list_of(s->open, s->open_count, arena);
    const struct watched_plays ended = list_of(s->ended, s->ended_count, arena);
    if (watched_plays_keep(&server, &open, &ended, now) == OK) {
        sessions_kept(s);
        w->kept_open = s->open_count > 0;
    } else {
        log_warn("what is being played could not be kept server_id=%s, trying again later",
                 w->server.sync->id);
    }
}

/* ---- looks ---- */

/* Goes on while the host sleeps, as the server's clock does. */
static int64_t awake_or_not_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * SECOND_MS + now.tv_nsec / 1000000;
}

/* Does the server's clock say something else than ours, which is never set? */
static bool clock_jumped(const struct watch *w, int64_t at_ms)
{
    int64_t passed = awake_or_not_ms() - w->asked_ms;
    return w->asked_ms != 0 && llabs(at_ms - w->sessions.asked_at - passed) > JUMP_MS;
}

static void on_sessions(void *owner, const struct media_answer *answer)
{
    struct watch *w = owner;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct seen seen = {0};
    if (w->server.sync->gone) {
        return;
    }
    enum err e = answer->code == OK ? w->kind->read(answer->body, arena, &seen) : answer->code;
    if (e == OK) {
        sessions_take(&w->sessions, &seen, answer->at_ms, clock_jumped(w, answer->at_ms));
        w->asked_ms = awake_or_not_ms();
        keep(w, answer->at_ms);
    }
    w->known = e == OK ? w->known : 0;
    take_refusal(w, e);
}

static void on_identity(void *owner, const struct media_answer *answer)
{
    struct watch *w = owner;
    struct server_facts facts = {0};
    if (media_server_check(&w->server, answer, w->server.identity, &facts) == OK) {
        w->known = key_of(&w->server);
        media_ask(&w->server, w->kind->path, NULL, on_sessions);
    }
}

static bool is_refused(const struct watch *w)
{
    return w->refused != 0 && w->refused == key_of(&w->server) &&
           clock_monotonic_ms() - w->refused_ms < REFUSED_MS;
}

/* What the registry has of it may have changed since the look before. A server that was never
 * tested is not watched, nor is one that is disabled or has no token. */
static void look(struct actor *a, void *context)
{
    (void)a;
    struct watch *w = context;
    bool leave = w->server.sync->gone || w->server.call != NULL ||
                 http_pace_wait_ms(&w->server.sync->pace, clock_monotonic_ms()) != 0;
    if (leave || media_server_read(&w->server) != OK || w->server.identity == NULL ||
        is_refused(w)) {
        return;
    }
    restore(w);
    if (w->known == key_of(&w->server)) {
        media_ask(&w->server, w->kind->path, NULL, on_sessions);
    } else {
        media_ask_who(&w->server, on_identity);
    }
}

static void look_first(struct actor *a, void *context)
{
    struct watch *w = context;
    w->first = 0;
    look(a, w);
}

/* The first look comes soon: the process before this one may have been killed a minute after its
 * last. */
struct watch *watch_open(struct actor *a, struct sync *sync)
{
    int64_t every_ms = config_number(actor_config(a), SETTING_sync_sessions) * SECOND_MS;
    if (every_ms == 0 || kinds[sync->kind].read == NULL) {
        return NULL;
    }
    struct watch *w = must_alloc(sizeof *w);
    media_server_init(&w->server, a, sync, w);
    w->kind = &kinds[sync->kind];
    w->every_ms = every_ms;
    w->timer = actor_every(a, every_ms, look, w);
    w->first = actor_after(a, every_ms / 2 < FIRST_MS ? every_ms / 2 : FIRST_MS, look_first, w);
    return w;
}

void watch_close(struct watch **watch)
{
    struct watch *w = *watch;
    if (w == NULL) {
        return;
    }
    actor_cancel(w->server.actor, w->timer);
    if (w->first != 0) {
        actor_cancel(w->server.actor, w->first);
    }
    media_server_release(&w->server);
    sessions_release(&w->sessions);
    free_text(&w->identity);
    free(w);
    *watch = NULL;
}
