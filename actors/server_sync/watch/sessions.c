/* SPDX-License-Identifier: MIT
 * sessions.c - what is being played, from one minute to the next. */
#include "actors/server_sync/watch/sessions.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/log.h"

enum {
    SECOND_MS = 1000,
    MINUTE_MS = 60 * SECOND_MS,
    START_WITHIN_MS = 45 * SECOND_MS, /* half of what the history takes for the same start */
    ANEW_WITHIN_MS = 5 * SECOND_MS,   /* an answer takes its time, and so does the next song */
    GAP_MAX_MS = 120 * MINUTE_MS      /* what is played after a longer one is another evening */
};

void sessions_init(struct sessions *s, int64_t gap_ms, bool sure)
{
    *s = (struct sessions){.gap_ms = gap_ms, .sure = sure};
    s->open = must_alloc(SESSIONS_MAX * sizeof *s->open);
    s->ended = must_alloc(SESSIONS_MAX * sizeof *s->ended);
}

static void drop(struct sessions *s, size_t at)
{
    arena_destroy(&s->open[at].arena);
    s->open[at] = s->open[--s->open_count];
}

void sessions_kept(struct sessions *s)
{
    while (s->ended_count > 0) {
        arena_destroy(&s->ended[--s->ended_count].arena);
    }
}

void sessions_release(struct sessions *s)
{
    while (s->open_count > 0) {
        drop(s, s->open_count - 1);
    }
    sessions_kept(s);
    free(s->open);
    free(s->ended);
    *s = (struct sessions){0};
}

static void keep_texts(struct watched_play *play, struct arena *arena)
{
    const char **texts[] = {&play->key,      &play->user,       &play->item,
                            &play->player,   &play->product,    &play->product_version,
                            &play->platform, &play->machine_id, &play->address,
                            &play->method,   &play->about};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        *texts[i] = arena_keep(arena, *texts[i]);
    }
}

static struct session *add(struct sessions *s, const struct watched_play *play)
{
    if (s->open_count == SESSIONS_MAX) {
        return NULL;
    }
    struct session *one = &s->open[s->open_count++];
    *one = (struct session){.play = *play, .arena = arena_new()};
    keep_texts(&one->play, one->arena);
    return one;
}

void sessions_restore(struct sessions *s, const struct watched_play *play)
{
    (void)add(s, play);
    s->asked_at = play->seen_at > s->asked_at ? play->seen_at : s->asked_at;
}

/* ---- ends ---- */

/* It ended at `stopped_at`; 0: nobody knows when. */
static void end(struct sessions *s, size_t at, int64_t stopped_at)
{
    struct session *one = &s->open[at];
    bool full = s->ended_count == SESSIONS_MAX;
    if (one->play.begin_seen && full) {
        log_warn("too many plays that were seen wait to be kept, one is dropped");
    }
    if (!one->play.begin_seen || full) {
        drop(s, at);
        return;
    }
    if (stopped_at >= one->play.started_at) {
        PUT(&one->play, stopped_at, stopped_at);
    }
    s->ended[s->ended_count++] = *one;
    s->open[at] = s->open[--s->open_count];
}

/* Somewhere between two looks. */
static int64_t between(const struct watched_play *play)
{
    return play->seen_at + (play->left_at - play->seen_at) / 2;
}

/* ---- looks ---- */

static struct session *find(struct sessions *s, const char *key)
{
    for (size_t i = 0; i < s->open_count; i++) {
        if (strcmp(s->open[i].play.key, key) == 0) {
            return &s->open[i];
        }
    }
    return NULL;
}

/* It began after the look before, and not before what was played of it. Where neither says it
 * closely enough, others could not be held against it. */
static void set_start(const struct sessions *s, struct watched_play *play, int64_t now)
{
    int64_t since = now - s->asked_at;
    bool played_since = play->position_ms > 0 && play->position_ms <= since;
    play->started_at = played_since ? now - play->position_ms : now - since / 2;
    play->begin_seen = !s->gap && (played_since || since / 2 <= START_WITHIN_MS);
}

/* Was it lost from sight, for a look or two or in a gap? */
static bool was_lost(const struct sessions *s, const struct watched_play *play)
{
    return s->gap || play->has_left_at;
}

/* One that was lost from sight is where it must be by now; called by a name of its own it may be
 * further on. The name alone does not say so: a server that was started anew counts from 1 again.
 */
static bool goes_on(const struct sessions *s, const struct watched_play *play, int64_t position_ms,
                    int64_t now)
{
    int64_t passed = now - play->seen_at;
    int64_t most = play->position_ms + passed + MINUTE_MS;
    return !was_lost(s, play) || (passed <= GAP_MAX_MS && position_ms >= play->position_ms &&
                                  (s->sure || position_ms <= most));
}

/* As a song on repeat: it was played to its end, and from its begin to where it is. */
static bool began_anew(const struct watched_play *play, int64_t position_ms, int64_t now)
{
    int64_t rest_ms = play->duration_ms - play->position_ms;
    return position_ms > 0 && rest_ms >= 0 && position_ms < play->position_ms &&
           rest_ms + position_ms <= now - play->seen_at + ANEW_WITHIN_MS;
}

static void begin(struct sessions *s, const struct watched_play *seen, int64_t now, bool anew)
{
    struct session *one = add(s, seen);
    if (one == NULL) {
        return;
    }
    one->met = true;
    one->play.seen_at = now;
    set_start(s, &one->play, now);
    if (anew) {
        one->play.started_at = now - seen->position_ms;
        one->play.begin_seen = true;
    }
}

/* For how long of the time since it was seen, if it was paused then or nobody looked. */
static int64_t stood_still(const struct watched_play *play, int64_t position_ms, int64_t now)
{
    int64_t passed = now - play->seen_at;
    int64_t moved = position_ms > play->position_ms ? position_ms - play->position_ms : 0;
    return passed > moved ? passed - moved : 0;
}

static void meet(struct sessions *s, const struct watched_play *seen, int64_t now)
{
    struct session *one = find(s, seen->key);
    int64_t position_ms = seen->position_ms;
    bool anew = one != NULL && !s->gap && began_anew(&one->play, position_ms, now);
    if (one != NULL && (anew || !goes_on(s, &one->play, position_ms, now))) {
        int64_t left_at = s->gap ? 0 : between(&one->play);
        end(s, (size_t)(one - s->open), anew ? now - position_ms : left_at);
        one = NULL;
    }
    if (one == NULL) {
        begin(s, seen, now, anew);
        return;
    }
    struct watched_play *play = &one->play;
    bool stood = play->paused || was_lost(s, play);
    play->paused_ms += stood ? stood_still(play, position_ms, now) : 0;
    play->paused = seen->paused;
    play->seen_at = now;
    play->has_left_at = false;
    play->position_ms = position_ms > 0 ? position_ms : play->position_ms;
    one->met = true;
}

/* Who was not met is waited for a while, unless we could not look. */
static void end_those_that_left(struct sessions *s, int64_t now)
{
    for (size_t at = s->open_count; at-- > 0;) {
        struct session *one = &s->open[at];
        struct watched_play *play = &one->play;
        if (one->met) {
            continue;
        }
        if (s->gap) {
            end(s, at, 0);
            continue;
        }
        if (!play->has_left_at) {
            PUT(play, left_at, now);
        }
        if (!play->begin_seen || now - play->left_at >= 2 * s->gap_ms) {
            end(s, at, between(play));
        }
    }
}

/* What happened meanwhile is not known. */
static void take_gap(struct sessions *s, bool jumped)
{
    for (size_t at = s->open_count; at-- > 0;) {
        struct watched_play *play = &s->open[at].play;
        if (play->has_left_at) {
            end(s, at, between(play));
        } else if (jumped || !s->sure) {
            play->begin_seen = false;
        }
    }
}

void sessions_take(struct sessions *s, const struct seen *seen, int64_t now, bool jumped)
{
    bool back = now < s->asked_at;
    s->gap = s->asked_at == 0 || now - s->asked_at > s->gap_ms || back || jumped;
    if (s->gap) {
        take_gap(s, jumped || back);
    }
    for (size_t at = 0; at < s->open_count; at++) {
        s->open[at].met = false;
    }
    for (size_t i = 0; i < seen->count; i++) {
        meet(s, &seen->plays[i], now);
    }
    end_those_that_left(s, now);
    s->asked_at = now;
}
