/* SPDX-License-Identifier: MIT
 * labelled.h - a labelled set: plays that are known to have happened, and what a Tautulli database,
 * a renumbered copy of a part of it and the Plex server itself tell of each. The matching of rows
 * is judged by it, so it is made from what those programs do, and from nothing of ours.
 *
 * The same number of plays and seed give the same set. */
#ifndef PLAYBUS_TESTS_SUPPORT_LABELLED_H
#define PLAYBUS_TESTS_SUPPORT_LABELLED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

/* ---- what can be played ---- */

#define LABELLED_TEXT 80

/* An item of the server. One that was deleted and added again has a second rating key from then on;
 * one that is gone has none that Plex still knows. */
struct labelled_item {
    const char *type; /* movie, episode or track */
    int64_t duration_s;
    int64_t watched_s; /* from this position on Plex calls it watched */
    int64_t rating_key, parent_key, grandparent_key; /* 0: has no such parent */
    int64_t again_s;                                 /* when it was added again; 0: never */
    int64_t again_key;                               /* its rating key since then */
    bool gone;                                       /* deleted for good */
    bool remapped; /* Tautulli's rows have the new key throughout: its owner fixed the metadata */
    int section;
    int index, parent_index; /* 0: none */
    char title[LABELLED_TEXT], parent_title[LABELLED_TEXT], grandparent_title[LABELLED_TEXT];
    char guid[LABELLED_TEXT];
};

enum {
    LABELLED_FILMS = 400,
    LABELLED_SHOWS = 40,
    LABELLED_EPISODES = 40, /* a show */
    LABELLED_ARTISTS = 50,
    LABELLED_TRACKS = 24, /* an artist */
    LABELLED_FIRST_EPISODE = LABELLED_FILMS,
    LABELLED_FIRST_TRACK = LABELLED_FIRST_EPISODE + LABELLED_SHOWS * LABELLED_EPISODES,
    LABELLED_ITEMS = LABELLED_FIRST_TRACK + LABELLED_ARTISTS * LABELLED_TRACKS
};

void labelled_item_at(uint64_t seed, int number, struct labelled_item *out);

/* ---- who plays ---- */

struct labelled_account {
    const char *name;
    int64_t id;      /* at plex.tv, and in Tautulli */
    int64_t plex_id; /* in the server's history: 1 for its owner */
    int people;      /* 2: a household shares it */
};

enum { LABELLED_ACCOUNTS = 10, LABELLED_DEVICES_EACH = 3 };

extern const struct labelled_account labelled_accounts[LABELLED_ACCOUNTS];

/* What the server and Tautulli call a device of a person. */
void labelled_device(uint64_t seed, int device, char out[static LABELLED_TEXT]);

/* ---- what happened ---- */

/* Plays are judged by class: what is hard for everybody stands apart. */
enum labelled_class {
    LABELLED_VIDEO,
    LABELLED_MUSIC,
    LABELLED_REPEAT, /* one track over and over */
    LABELLED_SKEWED, /* the clocks of Tautulli and server were two minutes apart */
    LABELLED_OFFLINE /* played away, told to the server later, all at once */
};

/* Why a play is interesting; any of them together. */
enum labelled_trait {
    TRAIT_RESUMED = 1,         /* one item in several sittings */
    TRAIT_REWATCHED = 2,       /* the same item twice a day */
    TRAIT_TWO_DEVICES = 4,     /* one account, two devices at once */
    TRAIT_SAME_SECOND = 8,     /* both became watched in one second */
    TRAIT_DEVICE_UNKNOWN = 16, /* to one side at least */
    TRAIT_OWNER = 32,          /* whose two ids differ */
    TRAIT_REKEYED = 64,        /* its item was deleted, or added again */
    TRAIT_SCROBBLED_TWICE = 128,
    TRAIT_STOPPED_LATE = 256, /* Tautulli noticed its end late */
    TRAIT_STUCK = 512,        /* … days late */
    TRAIT_MARKED = 1024,      /* a person marked it as played, the server wrote a burst */
    TRAIT_PLEXWATCH = 2048,   /* Tautulli has it from a PlexWatch import */
    TRAIT_TITLE_ONLY = 4096   /* its item is gone, and its title alone is left in Plex */
};

struct labelled_play {
    int item, account, device;
    int64_t started_s, stopped_s; /* by the server's clock */
    int64_t paused_s;
    int64_t from_s, to_s; /* positions in the item */
    enum labelled_class class;
    unsigned traits;
    bool in_tautulli, in_copy;
    bool device_unknown; /* to Tautulli */
    bool end_unknown;    /* to PlexWatch: each import of its row takes its own time for it */
    int64_t told_started_s, told_stopped_s; /* by Tautulli */
    int64_t tautulli_id, copy_id;           /* 0: none */
    size_t first_scrobble, scrobbles;
};

/* A row of the server's own history. */
struct labelled_scrobble {
    int64_t key;
    int64_t viewed_s;
    size_t play;
    bool device_unknown;
};

struct labelled_set {
    uint64_t seed;
    struct labelled_play *plays; /* owned, as the next; made in this order, not told so */
    size_t play_count, play_room;
    struct labelled_scrobble *scrobbles;
    size_t scrobble_count, scrobble_room;
};

struct labelled_set *labelled_new(size_t plays, uint64_t seed);
void labelled_destroy(struct labelled_set **set);

/* Writes tautulli.db, copy.db, plex.jsonl (a row of the server's history a line, oldest first) and
 * truth.jsonl (a play a line: the rows that tell of it) into a folder that is there. */
NODISCARD enum err labelled_write(struct labelled_set *set, const char *folder,
                                  const char *server_id);

#endif
