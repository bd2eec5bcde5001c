/* SPDX-License-Identifier: MIT
 * people_page.h - the parts of the list of people. */
#ifndef PLAYBUS_ACTORS_HISTORY_PEOPLE_PAGE_H
#define PLAYBUS_ACTORS_HISTORY_PEOPLE_PAGE_H

#include "actors/history/query.h"

enum { PEOPLE_SHOWN = 5000, PROPOSALS_MAX = 200, PROPOSED_ACCOUNTS = 16 };

/* An account as it was read, with what it is compared by. */
struct known_account {
    struct person_account shown;
    const char *user_name, *display_name; /* NULL if not known */
    int64_t key;                          /* of its person; 0: nobody's */
};

/* Accounts that seem to be one person and are not yet; the surer ones first. */
void people_propose(struct arena *arena, const struct known_account *accounts, size_t count,
                    struct people_listed *out);
/* How the clocks of each server agree that both Plex and Tautulli tell of. */
enum err clock_skew_estimate(struct reader *r, struct people_listed *out) NODISCARD;

#endif
