/* SPDX-License-Identifier: MIT
 * questions.h - answers questions off the loop, in one thread with a read-only connection. */
#ifndef PLAYBUS_ACTORS_HISTORY_QUESTIONS_H
#define PLAYBUS_ACTORS_HISTORY_QUESTIONS_H

#include "actors/history/live.h"
#include "proto/bus/actor.h"

/* Answers m later: jobs.list, job.get, notes.list, history.list or history.summary. `reader_db` is
 * used by that thread alone. */
enum err questions_ask(struct actor *a, const struct msg *m, const struct history *h,
                       sqlite3 *reader_db) NODISCARD;

#endif
