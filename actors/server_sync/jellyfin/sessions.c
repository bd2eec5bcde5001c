/* SPDX-License-Identifier: MIT
 * sessions.c - what is being played, from one minute to the next. */
#include "actors/server_sync/jellyfin/sessions.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICKS_PER_MS = 10000 };

static void drop(struct sessions *s, size_t at)
{
    arena_destroy(&s->open[at].arena);
    s->open[at] = s->open[--s->open_count];
}

void sessions_release(struct sessions *s)
{
    while (s->open_count > 0) {
        drop(s, s->open_count - 1);
    }
    void *memory = s->open;
    free_bytes(&memory);
    told_release(&s->ended);
    *s = (struct sessions){0};
}

/* ---- ends ---- */

static const char *keep(struct told_list *list, const char *text)
{
    return text != NULL ? arena_keep(list->arena, text) : NULL;
}

/* It ended somewhere between two looks. */
static void end(struct sessions *s, const struct session *one, int64_t now)
{
    if (!one->begin_seen || s->ended.count == SESSIONS_ENDED_MAX) {
        return;
    }
    struct told *told = told_add(&s->ended);
    *told = one->told;
    (void)snprintf(told->native_id, sizeof told->native_id, "session:%" PRId64 ":%s:%s",
                   one->started_at, told->user, told->item);
    told->started_at = one->started_at;
    told->stopped_at = one->seen_at + (now - one->seen_at) / 2;
    told->has_stop = true;
    told->position_ms = one->position_ms;
    told->has_position = one->position_ms > 0;
    told->paused_s = one->paused_ms / TOLD_SECOND_MS;
    told->has_paused = true;
    told->player = keep(&s->ended, told->player);
    told->product = keep(&s->ended, told->product);
    told->product_version = keep(&s->ended, told->product_version);
    told->machine_id = keep(&s->ended, told->machine_id);
    told->address = keep(&s->ended, told->address);
    told->method = keep(&s->ended, told->method);
}

/* ---- looks ---- */

static struct session *find(struct sessions *s, const char *key)
{
    for (size_t i = 0; i < s->open_count; i++) {
        if (strcmp(s->open[i].key, key) == 0) {
            return &s->open[i];
        }
    }
    return NULL;
}

/* "10.0.0.7:52011", "[::1]:52011" and without a port: told_row takes what is an address of it. */
static void fill_player(const json_t *session, struct session *one)
{
    struct told *told = &one->told;
    told->player = arena_keep(one->arena, told_text(session, "DeviceName"));
    told->product = arena_keep(one->arena, told_text(session, "Client"));
    told->product_version = arena_keep(one->arena, told_text(session, "ApplicationVersion"));
    told->machine_id = arena_keep(one->arena, told_text(session, "DeviceId"));
    told->address = arena_keep(one->arena, told_text(session, "RemoteEndPoint"));
    told->method =
        arena_keep(one->arena, told_text(json_object_get(session, "PlayState"), "PlayMethod"));
}

/* It began after the look before, and not before what was played of it. */
static int64_t start_of(const struct sessions *s, int64_t position_ms, int64_t now)
{
    int64_t gap = now - s->asked_at;
    return position_ms > 0 && position_ms <= gap ? now - position_ms : now - gap / 2;
}

static void meet(struct sessions *s, const char *key, const json_t *session, int64_t now)
{
    const json_t *item = json_object_get(session, "NowPlayingItem");
    const json_t *state = json_object_get(session, "PlayState");
    struct session *one = find(s, key);
    int64_t ticks = 0;
    bool has_position = told_number(state, "PositionTicks", &ticks) && ticks >= 0;
    int64_t position_ms = has_position ? ticks / TICKS_PER_MS : 0;
    if (one == NULL) {
        if (s->open_count == SESSIONS_MAX) {
            return;
        }
        one = &s->open[s->open_count++];
        *one = (struct session){.arena = arena_new(), .seen_at = now};
        one->begin_seen = s->asked_at > 0 && now - s->asked_at <= s->gap_ms;
        one->started_at = start_of(s, position_ms, now);
        (void)snprintf(one->key, sizeof one->key, "%s", key);
        (void)told_id(told_text(session, "UserId"), one->told.user);
        (void)told_id(told_text(item, "Id"), one->told.item);
        fill_player(session, one);
    }
    one->paused_ms += one->paused ? now - one->seen_at : 0;
    one->paused = json_is_true(json_object_get(state, "IsPaused"));
    one->seen_at = now;
    one->position_ms = position_ms > 0 ? position_ms : one->position_ms;
    one->met = true;
}

/* What counts is who plays what in which of the server's sessions. */
static bool key_of(const json_t *session, char out[static TOLD_NATIVE_SIZE])
{
    char user[TOLD_ID_SIZE];
    char item[TOLD_ID_SIZE];
    const json_t *playing = json_object_get(session, "NowPlayingItem");
    const char *id = told_text(session, "Id");
    if (!json_is_object(playing) || told_text(playing, "ExtraType") != NULL ||
        !told_id(told_text(session, "UserId"), user) || !told_id(told_text(playing, "Id"), item)) {
        return false;
    }
    (void)snprintf(out, TOLD_NATIVE_SIZE, "%s:%s:%.64s", user, item, id != NULL ? id : "");
    return true;
}

enum err sessions_take(struct sessions *s, const json_t *list, int64_t now)
{
    char key[TOLD_NATIVE_SIZE];
    size_t i = 0;
    const json_t *session = NULL;
    bool gap = s->asked_at == 0 || now - s->asked_at > s->gap_ms || now < s->asked_at;
    if (!json_is_array(list)) {
        return ERR_SERVER_FAILED;
    }
    if (s->open == NULL) {
        s->open = must_alloc(SESSIONS_MAX * sizeof *s->open);
    }
    for (size_t at = 0; at < s->open_count; at++) {
        s->open[at].met = false;
        s->open[at].begin_seen = s->open[at].begin_seen && !gap;
    }
    json_array_foreach(list, i, session)
    {
        if (key_of(session, key)) {
            meet(s, key, session, now);
        }
    }
    for (size_t at = s->open_count; at-- > 0;) {
        if (!s->open[at].met) {
            end(s, &s->open[at], now);
            drop(s, at);
        }
    }
    s->asked_at = now;
    return OK;
}

void sessions_stored(struct sessions *s, size_t count)
{
    if (count >= s->ended.count) {
        told_clear(&s->ended);
    } else if (count > 0) {
        memmove(s->ended.items, &s->ended.items[count],
                (s->ended.count - count) * sizeof *s->ended.items);
        s->ended.count -= count;
    }
}
