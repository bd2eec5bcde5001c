/* SPDX-License-Identifier: MIT
 * sessions.c - what is being played, from one minute to the next. */
#include "actors/server_sync/jellyfin/sessions.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/log.h"

enum {
    TICKS_PER_MS = 10000,
    START_WITHIN_MS = 45 * TOLD_SECOND_MS /* half of what the history takes for the same start */
};

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

/* It ended somewhere between two looks. */
static void end(struct sessions *s, const struct session *one)
{
    if (!one->begin_seen) {
        return;
    }
    if (s->ended.count == SESSIONS_ENDED_MAX) {
        log_warn("too many plays that were seen wait for a sync, one is dropped");
        return;
    }
    struct told *told = told_add_copy(&s->ended, &one->told);
    (void)snprintf(told->native_id, sizeof told->native_id, "session:%" PRId64 ":%s:%s",
                   one->started_at, told->user, told->item);
    told->started_at = one->started_at;
    told->stopped_at = one->seen_at + (one->left_at - one->seen_at) / 2;
    told->has_stop = true;
    told->position_ms = one->position_ms;
    told->has_position = one->position_ms > 0;
    told->paused_s = one->paused_ms / TOLD_SECOND_MS;
    told->has_paused = true;
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

static void fill_player(const json_t *session, struct session *one)
{
    struct told *told = &one->told;
    const json_t *state = json_object_get(session, "PlayState");
    told->player = told_keep(one->arena, told_text(session, "DeviceName"));
    told->product = told_keep(one->arena, told_text(session, "Client"));
    told->product_version = told_keep(one->arena, told_text(session, "ApplicationVersion"));
    told->machine_id = told_keep(one->arena, told_text(session, "DeviceId"));
    told->address = told_keep(one->arena, told_text(session, "RemoteEndPoint"));
    told->method = told_keep(one->arena, told_text(state, "PlayMethod"));
}

/* It began after the look before, and not before what was played of it. Where neither says it
 * closely enough, others could not be held against it. */
static void fill_start(const struct sessions *s, struct session *one, int64_t position_ms,
                       int64_t now)
{
    int64_t since = now - s->asked_at;
    bool played_since = position_ms > 0 && position_ms <= since;
    one->started_at = played_since ? now - position_ms : now - since / 2;
    one->begin_seen = !s->gap && (played_since || since / 2 <= START_WITHIN_MS);
}

/* One that was lost from sight for a look or two, as when the server was started anew, and is
 * where it must be by now. */
static bool goes_on(const struct session *one, int64_t position_ms, int64_t now)
{
    int64_t most = one->position_ms + (now - one->seen_at) + TOLD_SECOND_MS * 60;
    return one->left_at == 0 || (position_ms >= one->position_ms && position_ms <= most);
}

static struct session *begin(struct sessions *s, const char *key, const json_t *session,
                             int64_t position_ms, int64_t now)
{
    if (s->open_count == SESSIONS_MAX) {
        return NULL;
    }
    struct session *one = &s->open[s->open_count++];
    *one = (struct session){.arena = arena_new(), .seen_at = now};
    fill_start(s, one, position_ms, now);
    (void)snprintf(one->key, sizeof one->key, "%s", key);
    (void)told_id(told_text(session, "UserId"), one->told.user);
    (void)told_id(told_text(json_object_get(session, "NowPlayingItem"), "Id"), one->told.item);
    fill_player(session, one);
    return one;
}

static void meet(struct sessions *s, const char *key, const json_t *session, int64_t now)
{
    const json_t *state = json_object_get(session, "PlayState");
    struct session *one = find(s, key);
    int64_t ticks = 0;
    bool has_position = told_number(state, "PositionTicks", &ticks) && ticks >= 0;
    int64_t position_ms = has_position ? ticks / TICKS_PER_MS : 0;
    if (one != NULL && !goes_on(one, position_ms, now)) {
        end(s, one);
        drop(s, (size_t)(one - s->open));
        one = NULL;
    }
    one = one != NULL ? one : begin(s, key, session, position_ms, now);
    if (one == NULL) {
        return;
    }
    one->paused_ms += one->paused && now > one->seen_at ? now - one->seen_at : 0;
    one->paused = json_is_true(json_object_get(state, "IsPaused"));
    one->seen_at = now;
    one->left_at = 0;
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

/* Who was not met is waited for a while. */
static void end_those_that_left(struct sessions *s, int64_t now)
{
    for (size_t at = s->open_count; at-- > 0;) {
        struct session *one = &s->open[at];
        one->left_at = one->met ? 0 : one->left_at > 0 ? one->left_at : now;
        if (!one->met && (!one->begin_seen || now - one->left_at >= 2 * s->gap_ms)) {
            end(s, one);
            drop(s, at);
        }
    }
}

/* What happened meanwhile is not known. */
static void take_gap(struct sessions *s)
{
    for (size_t at = s->open_count; at-- > 0;) {
        struct session *one = &s->open[at];
        if (one->left_at > 0) {
            end(s, one);
            drop(s, at);
        } else {
            one->begin_seen = false;
        }
    }
}

enum err sessions_take(struct sessions *s, const json_t *list, int64_t now)
{
    char key[TOLD_NATIVE_SIZE];
    size_t i = 0;
    const json_t *session = NULL;
    if (!json_is_array(list)) {
        return ERR_SERVER_FAILED;
    }
    if (s->open == NULL) {
        s->open = must_alloc(SESSIONS_MAX * sizeof *s->open);
    }
    s->gap = s->asked_at == 0 || now - s->asked_at > s->gap_ms || now < s->asked_at;
    if (s->gap) {
        take_gap(s);
    }
    for (size_t at = 0; at < s->open_count; at++) {
        s->open[at].met = false;
    }
    json_array_foreach(list, i, session)
    {
        if (key_of(session, key)) {
            meet(s, key, session, now);
        }
    }
    end_those_that_left(s, now);
    s->asked_at = now;
    return OK;
}

void sessions_stored(struct sessions *s, size_t count)
{
    told_drop(&s->ended, count);
}
