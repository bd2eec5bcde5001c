/* SPDX-License-Identifier: MIT
 * labelled_plays.c - one play of a labelled set: when it began and ended, and what Tautulli and the
 * server would tell of it. How they behave is measured on real ones:
 *
 * Tautulli writes a row where a play ends, within seconds of both ends, now and then minutes late,
 * rarely days; not of a few seconds' play, nor while it is down. The server writes one when an item
 * becomes watched, while it still plays; some players then tell it once more. */
#include "tests/support/labelled_plays.h"

#include <stdlib.h>

#include "tests/support/tautulli_rows.h"

#define DAY_S 86400
#define YEAR_S (365LL * DAY_S)

/* Of all time since the beginning: Tautulli is down, or its clock is not the server's. */
static const struct {
    int64_t from_s, to_s;
    int64_t skew_s;
    bool down;
} spells[] = {
    {YEAR_S + 40 * DAY_S, YEAR_S + 52 * DAY_S, 0, true},
    {3 * YEAR_S + 100 * DAY_S, 3 * YEAR_S + 130 * DAY_S, 0, true},
    {6 * YEAR_S + 10 * DAY_S, 6 * YEAR_S + 25 * DAY_S, 0, true},
    {4 * YEAR_S, 4 * YEAR_S + 100 * DAY_S, 120, false},
    {5 * YEAR_S, 5 * YEAR_S + 100 * DAY_S, -120, false},
};

/* ---- chance ---- */

uint64_t chance(struct labelled_maker *m)
{
    return mix(++m->drawn ^ m->set->seed << 40);
}

int64_t chance_between(struct labelled_maker *m, int64_t low, int64_t high)
{
    return low + (int64_t)(chance(m) % (uint64_t)(high - low + 1));
}

bool chance_of(struct labelled_maker *m, int in_thousand)
{
    return chance(m) % 1000 < (uint64_t)in_thousand;
}

/* ---- rows of the set ---- */

static struct labelled_play *new_play(struct labelled_set *set)
{
    if (set->play_count == set->play_room) {
        set->play_room = set->play_room > 0 ? set->play_room * 2 : 1024;
        set->plays = must_realloc(set->plays, set->play_room * sizeof *set->plays);
    }
    struct labelled_play *play = &set->plays[set->play_count++];
    *play = (struct labelled_play){.first_scrobble = set->scrobble_count};
    return play;
}

/* The play has to be the newest one. */
static void scrobble(struct labelled_set *set, int64_t viewed_s, bool device_unknown)
{
    if (set->scrobble_count == set->scrobble_room) {
        set->scrobble_room = set->scrobble_room > 0 ? set->scrobble_room * 2 : 1024;
        set->scrobbles = must_realloc(set->scrobbles, set->scrobble_room * sizeof *set->scrobbles);
    }
    set->scrobbles[set->scrobble_count++] = (struct labelled_scrobble){
        .viewed_s = viewed_s, .play = set->play_count - 1, .device_unknown = device_unknown};
    set->plays[set->play_count - 1].scrobbles++;
}

/* ---- Tautulli ---- */

static int64_t skew_at(const struct labelled_maker *m, int64_t at_s, bool *out_down)
{
    *out_down = false;
    for (size_t i = 0; i < COUNT_OF(spells); i++) {
        if (at_s >= m->begin_s + spells[i].from_s && at_s < m->begin_s + spells[i].to_s) {
            *out_down = spells[i].down;
            return spells[i].skew_s;
        }
    }
    return 0;
}

/* How late it notices the end of a play. */
static int64_t lateness(struct labelled_maker *m, struct labelled_play *play)
{
    if (chance_of(m, 20)) {
        play->traits |= TRAIT_STOPPED_LATE;
        return chance_between(m, 20, 300);
    }
    if (chance(m) % 4000 == 0) {
        play->traits |= TRAIT_STUCK;
        return chance_between(m, 2, 20) * DAY_S;
    }
    return chance_between(m, 0, 4);
}

static void tell_tautulli(struct labelled_maker *m, struct labelled_play *play)
{
    const struct labelled_item *item = &m->item;
    bool track = item->type[0] == 't';
    bool down = false;
    int64_t skew_s = skew_at(m, play->started_s, &down);
    bool ignored = play->account == IGNORED_ACCOUNT && play->started_s > m->begin_s + 6 * YEAR_S;
    play->told_started_s = play->started_s + skew_s + chance_between(m, 0, 3);
    play->told_stopped_s = play->stopped_s + skew_s + lateness(m, play);
    play->in_tautulli = !down && !ignored && play->to_s - play->from_s >= (track ? 15 : 120);
    if (skew_s != 0) {
        play->class = LABELLED_SKEWED;
    }
    if (play->started_s < m->begin_s + YEAR_S) {
        play->traits |= TRAIT_PLEXWATCH;
        play->end_unknown = chance_of(m, 5);
    }
    play->device_unknown = chance_of(m, play->traits & TRAIT_PLEXWATCH ? 200 : 10);
}

/* ---- the server ---- */

/* Old rows of the server have no device. */
static bool server_knows_no_device(struct labelled_maker *m, const struct labelled_play *play)
{
    return play->started_s < m->begin_s + YEAR_S / 2 || chance_of(m, 15);
}

static bool tells_twice(const struct labelled_maker *m, int device)
{
    return mix(m->set->seed * 43 + (uint64_t)device) % 20 == 0;
}

/* When the item became watched in this play: players report every ten seconds, and at its end. */
static int64_t watched_at(struct labelled_maker *m, const struct labelled_play *play,
                          int64_t paused_before_s)
{
    int64_t into_s = m->item.watched_s - play->from_s + paused_before_s + chance_between(m, 0, 9);
    int64_t at_s = play->started_s + into_s;
    return at_s < play->stopped_s ? at_s : play->stopped_s;
}

static void tell_server(struct labelled_maker *m, struct labelled_play *play,
                        int64_t paused_before_s)
{
    bool watched = play->from_s < m->item.watched_s && play->to_s >= m->item.watched_s;
    if (!watched || chance_of(m, 25)) {
        return;
    }
    bool unknown = server_knows_no_device(m, play) && !m->devices_known;
    int64_t at = watched_at(m, play, paused_before_s);
    scrobble(m->set, at, unknown);
    if (tells_twice(m, play->device)) {
        int64_t again = at + m->item.duration_s / 20;
        scrobble(m->set, again < play->stopped_s ? again : play->stopped_s + 1, unknown);
        play->traits |= TRAIT_SCROBBLED_TWICE;
    }
    if (unknown) {
        play->traits |= TRAIT_DEVICE_UNKNOWN;
    }
}

/* ---- plays ---- */

static struct labelled_play *begin(struct labelled_maker *m, const struct sitting *s)
{
    struct labelled_play *play = new_play(m->set);
    labelled_item_at(m->set->seed, s->item, &m->item);
    play->item = s->item;
    play->account = s->account;
    play->device = s->device;
    play->class = s->class;
    play->traits = s->traits;
    play->started_s = s->at_s;
    if (labelled_accounts[s->account].plex_id == 1) {
        play->traits |= TRAIT_OWNER;
    }
    if (m->item.again_s != 0 || m->item.gone) {
        play->traits |= TRAIT_REKEYED;
    }
    return play;
}

int64_t labelled_sit(struct labelled_maker *m, const struct sitting *s)
{
    struct labelled_play *play = begin(m, s);
    bool video = s->class == LABELLED_VIDEO;
    int64_t length_s = m->item.duration_s;
    play->from_s = length_s * s->from_thousandth / 1000;
    play->to_s = length_s * s->to_thousandth / 1000;
    if (!s->no_pause && chance_of(m, video ? 250 : 10)) {
        play->paused_s =
            chance_of(m, 50) ? chance_between(m, 1800, 7200) : chance_between(m, 20, 900);
    }
    int64_t paused_at_s = chance_between(m, play->from_s, play->to_s);
    play->stopped_s = play->started_s + play->to_s - play->from_s + play->paused_s;
    tell_tautulli(m, play);
    tell_server(m, play, paused_at_s < m->item.watched_s ? play->paused_s : 0);
    if (m->devices_known) {
        play->device_unknown = false;
    } else if (play->device_unknown) {
        play->traits |= TRAIT_DEVICE_UNKNOWN;
    }
    return play->stopped_s;
}

void labelled_tell_later(struct labelled_maker *m, const struct sitting *s)
{
    struct labelled_play *play = begin(m, s);
    play->class = LABELLED_OFFLINE;
    play->to_s = m->item.duration_s;
    play->stopped_s = play->started_s = s->at_s;
    scrobble(m->set, s->at_s, false);
}

/* A burst as servers before 2024 wrote it: up to five rows within 40 s, two of one second. */
void labelled_mark(struct labelled_maker *m, const struct sitting *s)
{
    struct labelled_play *play = begin(m, s);
    play->traits |= TRAIT_MARKED;
    play->stopped_s = play->started_s = s->at_s;
    int64_t at_s = s->at_s;
    for (int64_t rows = chance_between(m, 1, 4); rows > 0; rows--) {
        scrobble(m->set, at_s, false);
        at_s += chance_between(m, 0, 10);
    }
    scrobble(m->set, at_s, false);
    scrobble(m->set, at_s, false);
}
