/* SPDX-License-Identifier: MIT
 * people_fold.h - who is who: what the jobs that joined and split persons say, one after the other,
 * those that were undone left out. Whatever changes what they say reads it anew.
 *
 * Whole persons are joined, under the lowest number that one of them has; an account that is taken
 * out is a person of its own again. A person keeps its number as long as one of its accounts has a
 * job that says so, and no other person ever gets it. */
#ifndef PLAYBUS_ACTORS_HISTORY_PEOPLE_FOLD_H
#define PLAYBUS_ACTORS_HISTORY_PEOPLE_FOLD_H

#include "actors/history/store.h"

/* Both within a transaction; s->people is read anew, by the caller too if it fails.
 *
 * `but`: one more job that counts as undone; 0: none. */
enum err people_fold(struct store *s, int64_t but) NODISCARD;

/* A source of the server `before` is now one of `after`: so are its accounts, whoever they are and
 * whether they are kept away. Of a server that other sources tell of they stay too. */
enum err people_move_server(struct store *s, const char *before, const char *after) NODISCARD;
/* What is said of accounts that are kept away is said no longer. */
enum err people_leave_out_forgotten(struct store *s) NODISCARD;

#endif
