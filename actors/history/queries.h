/* SPDX-License-Identifier: MIT
 * queries.h - answers queries off the loop, in threads with read-only connections. */
#ifndef PLAYBUS_ACTORS_HISTORY_QUERIES_H
#define PLAYBUS_ACTORS_HISTORY_QUERIES_H

#include "actors/history/active_jobs.h"
#include "actors/history/play_choice.h"
#include "actors/history/undo_figures.h"
#include "proto/bus/actor.h"

/* A thread and a connection each: queries that look at few rows, and those that walk through
 * all. */
enum reading_lane { READING_SHORT, READING_LONG, READING_LANES };

/* Answers m later: jobs.list, job.get, notes.list, history.list, play.get, history.summary,
 * people.list, person.figures or undo.preview; TIMEOUT at the asker's deadline. Each of the
 * READING_LANES connections is used by its thread alone, and so are `undo` and `titles`, which
 * are of READING_LONG. */
enum err queries_run(struct actor *a, const struct msg *m, const struct history *h,
                     sqlite3 *const *reader_dbs, struct undo_figures **undo,
                     struct found_titles **titles) NODISCARD;

#endif
