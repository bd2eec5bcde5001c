/* SPDX-License-Identifier: MIT
 * labelled_evenings.c - what people do with an evening: a film, some episodes, an album, one track
 * over and over, a film in several sittings, the same again, two things at once, a trip.
 *
 * Nobody plays two things on one device at once. */
#include <stdlib.h>

#include "tests/support/labelled_plays.h"
#include "tests/support/tautulli_rows.h"

enum { PEOPLE = LABELLED_ACCOUNTS + 2 }; /* two accounts are shared by two people */

#define BEGIN_S 1456790400 /* 2016-03-01 */
#define SPAN_S (8LL * 365 * 86400)
#define PLAYS_AN_EVENING 3 /* on average, nearly */

struct human {
    int account;
    int device; /* the first of theirs */
    int64_t free_s;
    int episode;   /* the next of the show they watch */
    int housemate; /* who shares the account; -1: nobody */
};

struct evening {
    struct labelled_maker *m;
    struct human *human, *people;
};

/* ---- parts ---- */

static int own_device(const struct evening *e)
{
    return e->human->device + (int)(chance(e->m) % LABELLED_DEVICES_EACH);
}

static int some_film(const struct evening *e)
{
    return (int)(chance(e->m) % LABELLED_FILMS);
}

static int some_track(const struct evening *e)
{
    return LABELLED_FIRST_TRACK + (int)(chance(e->m) % (LABELLED_ITEMS - LABELLED_FIRST_TRACK));
}

/* Shows are watched in order, and now and then another one is begun. */
static int next_episode(const struct evening *e)
{
    const int all = LABELLED_SHOWS * LABELLED_EPISODES;
    if (chance_of(e->m, 50)) {
        e->human->episode = (int)(chance(e->m) % LABELLED_SHOWS) * LABELLED_EPISODES;
    }
    int episode = e->human->episode;
    e->human->episode = (episode + 1) % all;
    return LABELLED_FIRST_EPISODE + episode;
}

static struct sitting sit_down(const struct evening *e, int item, enum labelled_class class)
{
    return (struct sitting){.account = e->human->account,
                            .device = own_device(e),
                            .item = item,
                            .at_s = e->human->free_s,
                            .to_thousandth = 1000,
                            .class = class};
}

static int some_video(const struct evening *e)
{
    return chance_of(e->m, 400) ? some_film(e) : next_episode(e);
}

/* Most stay to the end or leave with the credits. */
static int leaving_at(const struct evening *e)
{
    return chance_of(e->m, 400) ? (int)chance_between(e->m, 940, 990) : 1000;
}

/* ---- evenings ---- */

static void see_film(struct evening *e)
{
    struct sitting s = sit_down(e, some_film(e), LABELLED_VIDEO);
    s.to_thousandth = leaving_at(e);
    e->human->free_s = labelled_sit(e->m, &s);
}

static void see_episodes(struct evening *e)
{
    struct sitting s = sit_down(e, 0, LABELLED_VIDEO);
    for (int64_t left = chance_between(e->m, 1, 4); left > 0; left--) {
        s.item = next_episode(e);
        s.to_thousandth = leaving_at(e);
        s.at_s = labelled_sit(e->m, &s) + chance_between(e->m, 4, 60);
    }
    e->human->free_s = s.at_s;
}

static void hear_album(struct evening *e)
{
    struct sitting s = sit_down(e, some_track(e), LABELLED_MUSIC);
    for (int64_t left = chance_between(e->m, 4, 12); left > 0 && s.item < LABELLED_ITEMS; left--) {
        bool skipped = chance_of(e->m, 100);
        s.to_thousandth = skipped ? (int)chance_between(e->m, 50, 850) : 1000;
        s.at_s = labelled_sit(e->m, &s) + chance_between(e->m, 0, 2);
        s.item++;
    }
    e->human->free_s = s.at_s;
}

static void repeat_track(struct evening *e)
{
    struct sitting s = sit_down(e, some_track(e), LABELLED_REPEAT);
    for (int64_t left = chance_between(e->m, 4, 15); left > 0; left--) {
        s.to_thousandth = left > 1 ? 1000 : (int)chance_between(e->m, 300, 1000);
        s.at_s = labelled_sit(e->m, &s) + chance_between(e->m, 0, 2);
    }
    e->human->free_s = s.at_s;
}

/* In two or three sittings; sometimes only the credits are left for the last. */
static void see_in_parts(struct evening *e)
{
    struct sitting s = sit_down(e, some_video(e), LABELLED_VIDEO);
    s.traits = TRAIT_RESUMED;
    int parts = (int)chance_between(e->m, 2, 3);
    int reached = 0;
    for (int part = 1; part <= parts; part++) {
        s.from_thousandth = reached;
        reached = part == parts
                      ? 1000
                      : reached + (1000 - reached) * (int)chance_between(e->m, 200, 950) / 1000;
        s.to_thousandth = reached;
        int64_t pause_s = chance_of(e->m, 800) ? chance_between(e->m, 60, 7200)
                                               : chance_between(e->m, 7200, 72000);
        s.at_s = labelled_sit(e->m, &s) + pause_s;
        if (chance_of(e->m, 200)) {
            s.device = own_device(e);
        }
    }
    e->human->free_s = s.at_s;
}

static void see_twice(struct evening *e)
{
    struct sitting s = sit_down(e, some_video(e), LABELLED_VIDEO);
    s.traits = TRAIT_REWATCHED;
    s.to_thousandth = leaving_at(e);
    s.at_s = labelled_sit(e->m, &s) + chance_between(e->m, 5, 30000);
    if (chance_of(e->m, 300)) {
        s.device = own_device(e);
    }
    s.to_thousandth = leaving_at(e);
    e->human->free_s = labelled_sit(e->m, &s);
}

static void give_up(struct evening *e)
{
    struct sitting s = sit_down(e, some_video(e), LABELLED_VIDEO);
    s.to_thousandth = (int)chance_between(e->m, 5, 800);
    e->human->free_s = labelled_sit(e->m, &s);
}

/* A film on one device, music or another film on the next. */
static void play_two_things(struct evening *e)
{
    struct sitting s = sit_down(e, some_film(e), LABELLED_VIDEO);
    s.traits = TRAIT_TWO_DEVICES;
    int64_t end_s = labelled_sit(e->m, &s);
    bool film = chance_of(e->m, 500);
    struct sitting other =
        sit_down(e, film ? some_film(e) : some_track(e), film ? LABELLED_VIDEO : LABELLED_MUSIC);
    other.traits = TRAIT_TWO_DEVICES;
    other.device = e->human->device + (s.device - e->human->device + 1) % LABELLED_DEVICES_EACH;
    other.at_s += chance_between(e->m, 60, 3000);
    int64_t other_end_s = labelled_sit(e->m, &other);
    e->human->free_s = end_s > other_end_s ? end_s : other_end_s;
}

/* The last two plays, of one item, as far as the server knows both. */
static void watch_in_one_second(struct labelled_set *set)
{
    const struct labelled_play *one = &set->plays[set->play_count - 2];
    const struct labelled_play *other = &set->plays[set->play_count - 1];
    if (one->scrobbles > 0 && other->scrobbles > 0) {
        set->scrobbles[other->first_scrobble].viewed_s =
            set->scrobbles[one->first_scrobble].viewed_s;
    }
}

/* Two people of a household see the same, each on a device of their own, on one account; sometimes
 * both to the second. */
static void see_apart(struct evening *e)
{
    if (e->human->housemate < 0) {
        see_film(e);
        return;
    }
    struct human *mate = &e->people[e->human->housemate];
    if (mate->free_s > e->human->free_s) {
        see_episodes(e);
        return;
    }
    struct sitting s = sit_down(e, some_video(e), LABELLED_VIDEO);
    s.traits = TRAIT_TWO_DEVICES;
    bool same_second = chance_of(e->m, 200);
    if (same_second) {
        s.traits |= TRAIT_SAME_SECOND;
        s.no_pause = true;
    }
    e->m->devices_known = same_second;
    e->human->free_s = labelled_sit(e->m, &s);
    s.device = mate->device + (int)(chance(e->m) % LABELLED_DEVICES_EACH);
    s.at_s += same_second ? 0 : chance_between(e->m, 60, 900);
    mate->free_s = labelled_sit(e->m, &s);
    if (same_second) {
        watch_in_one_second(e->m->set);
    }
    e->m->devices_known = false;
}

/* On a trip; the device comes home and tells everything within seconds. */
static void play_offline(struct evening *e)
{
    struct sitting s = sit_down(e, 0, LABELLED_OFFLINE);
    for (int64_t left = chance_between(e->m, 3, 8); left > 0; left--) {
        s.item = next_episode(e);
        labelled_tell_later(e->m, &s);
        s.at_s += chance_between(e->m, 0, 3);
    }
    e->human->free_s = s.at_s;
}

static void mark_played(struct evening *e)
{
    struct sitting s = sit_down(e, some_video(e), LABELLED_VIDEO);
    labelled_mark(e->m, &s);
    e->human->free_s += 3600;
}

static const struct {
    void (*spend)(struct evening *e);
    int weight; /* of a thousand evenings */
} evenings[] = {
    {see_film, 200},    {see_episodes, 370}, {hear_album, 80}, {repeat_track, 70},
    {see_in_parts, 80}, {see_twice, 45},     {give_up, 60},    {play_two_things, 40},
    {see_apart, 40},    {play_offline, 8},   {mark_played, 7},
};

/* ---- the set ---- */

static void people_open(struct human people[PEOPLE], struct labelled_maker *m)
{
    int next = 0;
    for (int account = 0; account < LABELLED_ACCOUNTS; account++) {
        int first = next;
        for (int i = 0; i < labelled_accounts[account].people; i++, next++) {
            people[next] = (struct human){
                .account = account,
                .device = next * LABELLED_DEVICES_EACH,
                .free_s = BEGIN_S + chance_between(m, 0, 30 * 86400),
                .episode = (int)(chance(m) % LABELLED_SHOWS) * LABELLED_EPISODES,
                .housemate = labelled_accounts[account].people == 2 ? first + 1 - i : -1};
        }
    }
}

static struct human *first_free(struct human people[PEOPLE])
{
    struct human *first = &people[0];
    for (int i = 1; i < PEOPLE; i++) {
        if (people[i].free_s < first->free_s) {
            first = &people[i];
        }
    }
    return first;
}

static void spend(struct evening *e)
{
    uint64_t drawn = chance(e->m) % 1000;
    size_t kind = 0;
    while (kind + 1 < COUNT_OF(evenings) && drawn >= (uint64_t)evenings[kind].weight) {
        drawn -= (uint64_t)evenings[kind++].weight;
    }
    evenings[kind].spend(e);
}

struct labelled_set *labelled_new(size_t plays, uint64_t seed)
{
    struct labelled_set *set = must_alloc(sizeof *set);
    set->seed = seed;
    struct labelled_maker m = {.set = set, .begin_s = BEGIN_S};
    struct human people[PEOPLE];
    people_open(people, &m);
    int64_t pause_s = SPAN_S * PEOPLE * PLAYS_AN_EVENING / (int64_t)(plays > 0 ? plays : 1);
    while (set->play_count < plays) {
        struct evening e = {.m = &m, .human = first_free(people), .people = people};
        spend(&e);
        e.human->free_s += chance_between(&m, pause_s / 20, pause_s * 39 / 20);
    }
    return set;
}

void labelled_destroy(struct labelled_set **set)
{
    if (*set != NULL) {
        free((*set)->plays);
        free((*set)->scrobbles);
        free(*set);
        *set = NULL;
    }
}
