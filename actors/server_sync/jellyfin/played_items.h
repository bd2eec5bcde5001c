/* SPDX-License-Identifier: MIT
 * played_items.h - plays from what the server keeps of each user and item: when it was last begun.
 *
 * There is no way to ask from when on, so the newest are asked for first, one kind of item at a
 * time, until they are older than wanted or were never begun. Not told are: what is still being
 * played, or could be by its length (`later`); three items of one series or album within five
 * seconds, which somebody marked as played (`marked`); and a start of which the server's own log,
 * which reaches back that far, has no trace, as it was put there by hand or copied by a program
 * (`copied`). */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_PLAYED_ITEMS_H
#define PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_PLAYED_ITEMS_H

#include "actors/server_sync/jellyfin/told.h"

enum { ITEMS_PAGE = 200, ITEMS_QUESTION_SIZE = 512, ITEMS_HELD_MAX = 1000 };

struct item_reading {
    struct dialect dialect;
    int64_t since, now; /* ms; since 0: all */
    const struct playing *playing;
    struct traces *traces;
    const struct person *users; /* borrowed */
    size_t user_count;

    size_t user, type;        /* whose, and which kind, is read */
    int64_t start;            /* items of these that were read */
    char first[TOLD_ID_SIZE]; /* the page before began with it */
    bool done;

    struct held {        /* begun within seconds of each other; newest first */
        json_t *item;    /* owned */
        int64_t at;      /* ms */
        uint64_t series; /* or album, as a hash; 0: none */
    } held[ITEMS_HELD_MAX];
    size_t held_count;
};

void items_begin(struct item_reading *r, const struct dialect *dialect, int64_t since, int64_t now,
                 const struct playing *playing, struct traces *traces);
void items_begin_users(struct item_reading *r, const struct person *users, size_t count);
void items_release(struct item_reading *r);
size_t items_lists(const struct item_reading *r); /* one for each user and kind of item */
void items_question(const struct item_reading *r, char out[static ITEMS_QUESTION_SIZE]);
/* SERVER_FAILED: it is no page of items. SERVER_FLOODS: there is no end of them. */
enum err items_take(struct item_reading *r, const json_t *page, struct told_list *out) NODISCARD;
/* Nothing more can be had of this user and kind. */
void items_pass_over(struct item_reading *r, struct told_list *out);

#endif
