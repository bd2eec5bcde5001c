/* SPDX-License-Identifier: MIT
 * forget.h - erasing a person: plays, the rows and versions that tell of them, rejected rows,
 * names. Marks keep later rows of these accounts away until they are lifted.
 *
 * The marks stand from the transaction that makes the job, so nothing comes in while it erases.
 * What is erased is overwritten in history.db; backups keep it. */
#ifndef PLAYBUS_ACTORS_HISTORY_FORGET_H
#define PLAYBUS_ACTORS_HISTORY_FORGET_H

#include "actors/history/own_jobs.h"
#include "actors/history/query.h"

extern const struct own_operation forget_operation;

/* Which accounts a person has, for its marks: those that are mapped to it, and its plex.tv ids; and
 * the names that it alone has on a server, hashed, in place of user ids. */
struct person_marks {
    struct account_ref *accounts, *names;
    size_t count, names_count;
};
/* PERSON_NOT_FOUND if the text names none that anything is known of. */
enum err person_marks_of(sqlite3 *db, const struct people *people, const char *id,
                         struct arena *arena, struct person_marks *out) NODISCARD;

/* Under what, since when the person is kept away, by whichever of its ids; NULL: it is not. */
struct mark_found {
    const char *person;
    int64_t since;
};
enum err forgotten_find(sqlite3 *db, const struct people *people, const char *id,
                        struct arena *arena, struct mark_found *out) NODISCARD;

/* PERSON_NOT_FOUND if it is not forgotten, FORGET_RUNNING while anybody is being erased. An erasure
 * that ended early is not gone on with afterwards: its marks are gone. */
enum err forget_lift(struct history *h, const char *id) NODISCARD;
/* After commits that erased, in this process or before: what was erased goes from history.db-wal,
 * as soon as the index of plays has it no more. To be called now and then. */
void forget_scrub(struct history *h);

#endif
