/* SPDX-License-Identifier: MIT
 * labelled_items.c - the library, the people and the devices of a labelled set. */
#include <stdio.h>

#include "tests/support/labelled.h"
#include "tests/support/tautulli_rows.h"

#define EPOCH_S 1456790400 /* 2016-03-01 */
#define DAY_S 86400

const struct labelled_account labelled_accounts[LABELLED_ACCOUNTS] = {
    {"admin", 10000, 1, 1},       {"josé", 10037, 10037, 1},  {"mary", 10074, 10074, 1},
    {"ольга", 10111, 10111, 2},   {"yuki", 10148, 10148, 1},  {"søren", 10185, 10185, 1},
    {"family", 10222, 10222, 2},  {"guest", 10259, 10259, 1}, {"kid-one", 10296, 10296, 1},
    {"o'neill", 10333, 10333, 1},
};

static const char *const firsts[] = {"Copper", "Silent", "Ночь",  "Glass", "L’été", "Winter",
                                     "Zwei",   "山の",   "Night", "The",   "Old",   "Río"};
static const char *const seconds[] = {"Orchard", "Signal", "Harbour", "Letters", "Maison", "Town",
                                      "Grenzen", "物語",   "Corazón", "Meadow",  "Trust",  "River"};

/* Two of a hundred films share their title with another one, as remakes do. */
static void name_it(uint64_t hash, int number, char out[static LABELLED_TEXT])
{
    (void)snprintf(out, LABELLED_TEXT, "%s %s %d", firsts[hash % COUNT_OF(firsts)],
                   seconds[mix(hash) % COUNT_OF(seconds)], number);
}

static void make_film(uint64_t hash, int number, struct labelled_item *out)
{
    out->type = "movie";
    out->section = number % 5 == 4 ? 4 : 1;
    out->duration_s = 4800 + (int64_t)(hash % 6000);
    bool remake = number % 50 == 49;
    name_it(remake ? 7 : mix(hash + 1), remake ? 49 : number, out->title);
}

static void make_episode(uint64_t seed, uint64_t hash, int place, struct labelled_item *out)
{
    int show = place / LABELLED_EPISODES;
    uint64_t of_show = mix(seed * 31 + (uint64_t)show);
    out->type = "episode";
    out->section = 2;
    out->duration_s = (of_show % 2 == 0 ? 1300 : 2560) + (int64_t)(hash % 240);
    out->index = place % 10 + 1;
    out->parent_index = place % LABELLED_EPISODES / 10 + 1;
    out->parent_key = 2000000 + place / 10;
    out->grandparent_key = 3000000 + show;
    name_it(mix(hash + 1), place, out->title);
    (void)snprintf(out->parent_title, LABELLED_TEXT, "Season %d", out->parent_index);
    name_it(of_show, show, out->grandparent_title);
}

static void make_track(uint64_t seed, uint64_t hash, int place, struct labelled_item *out)
{
    int artist = place / LABELLED_TRACKS;
    uint64_t of_artist = mix(seed * 37 + (uint64_t)artist);
    out->type = "track";
    out->section = 3;
    out->duration_s = 130 + (int64_t)(hash % 240);
    out->index = place % 12 + 1;
    out->parent_index = 1;
    out->parent_key = 4000000 + place / 12;
    out->grandparent_key = 5000000 + artist;
    name_it(mix(hash + 1), place, out->title);
    name_it(mix(of_artist + (uint64_t)(place / 12)), place / 12, out->parent_title);
    name_it(of_artist, artist, out->grandparent_title);
}

/* Eight of a hundred items were deleted and added again, two are gone. Of a fifth of the former the
 * owner had Tautulli's rows mended. */
static void grow_old(uint64_t hash, int number, struct labelled_item *out)
{
    uint64_t fate = mix(hash + 3) % 100;
    out->gone = fate < 2;
    if (fate >= 2 && fate < 10) {
        out->again_s = EPOCH_S + (int64_t)(mix(hash + 4) % (8 * 365)) * DAY_S;
        out->again_key = 500000 + number * 3;
        out->remapped = mix(hash + 5) % 5 == 0;
    }
}

/* Plex calls an item watched at nine tenths of it, or earlier where the credits begin. */
static int64_t watched_from(uint64_t hash, int64_t duration_s)
{
    int64_t credits = duration_s * (860 + (int64_t)(mix(hash + 6) % 120)) / 1000;
    int64_t most = duration_s * 9 / 10;
    return mix(hash + 7) % 2 == 0 && credits < most ? credits : most;
}

void labelled_item_at(uint64_t seed, int number, struct labelled_item *out)
{
    uint64_t hash = mix(seed * 1000003 + (uint64_t)number);
    *out = (struct labelled_item){.rating_key = 1000 + number * 3};
    if (number < LABELLED_FIRST_EPISODE) {
        make_film(hash, number, out);
    } else if (number < LABELLED_FIRST_TRACK) {
        make_episode(seed, hash, number - LABELLED_FIRST_EPISODE, out);
    } else {
        make_track(seed, hash, number - LABELLED_FIRST_TRACK, out);
    }
    out->watched_s = watched_from(hash, out->duration_s);
    grow_old(hash, number, out);
    (void)snprintf(out->guid, LABELLED_TEXT, "plex://%s/%016llx%08x", out->type,
                   (unsigned long long)mix(hash + 2), (unsigned)number);
}

void labelled_device(uint64_t seed, int device, char out[static LABELLED_TEXT])
{
    (void)snprintf(out, LABELLED_TEXT, "%016llx%08x",
                   (unsigned long long)mix(seed * 41 + (uint64_t)device), (unsigned)device);
}
