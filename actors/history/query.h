/* SPDX-License-Identifier: MIT
 * query.h - what every read-only query works with, in the thread that reads. */
#ifndef PLAYBUS_ACTORS_HISTORY_QUERY_H
#define PLAYBUS_ACTORS_HISTORY_QUERY_H

#include "actors/history/jobs.h"
#include "actors/history/people.h"
#include "proto/wire/arena.h"

/* Newest jobs as the loop knows them: they carry what no row holds, such as the recent rate. */
struct shown_jobs {
    const struct progress *records;
    size_t count;
};

struct undo_figures;
struct found_titles;

struct reader {
    sqlite3 *db; /* read-only */
    struct arena *arena;
    /* Which accounts are one person, as this question finds it; NULL where it asks nothing of
     * persons.
     */
    struct people *people;
    struct shown_jobs shown;
    struct undo_figures **undo;   /* kept from question to question */
    struct found_titles **titles; /* the same; NULL: not kept */
    const char *field;            /* set with BAD_FIELD */
    /* In the arena: what to say instead of the code's own sentence and remedy; or NULL. */
    const char *text, *remedy;
};

/* One view of the file until reader_end, which returns what went wrong until then or itself. For
 * short reads: meanwhile the -wal grows. */
enum err reader_begin(struct reader *r) NODISCARD;
enum err reader_end(struct reader *r, enum err so_far) NODISCARD;

enum { PAGE_ROWS = 100, PAGE_BYTES = 4 * 1024 * 1024 };

/* The job of this id, or the only one whose id begins so; JOB_AMBIGUOUS if there are more, which
 * `text` then names. For job_release. */
enum err query_find_job(struct reader *r, const char *id, struct job *out) NODISCARD;

enum err query_jobs(struct reader *r, const struct jobs_list *ask,
                    struct jobs_listed *out) NODISCARD;
enum err query_job(struct reader *r, const struct job_get *ask, struct job_got *out) NODISCARD;
enum err query_notes(struct reader *r, const struct notes_list *ask,
                     struct notes_listed *out) NODISCARD;
/* A page looks at plays for half a second at most: it may then be short, with `next` set all the
 * same.
 */
enum err query_plays(struct reader *r, const struct history_list *ask,
                     struct history_listed *out) NODISCARD;
/* PLAY_NOT_FOUND also for one that the asker may not see. */
enum err query_play(struct reader *r, const struct play_get *ask, struct play_got *out) NODISCARD;
enum err query_people(struct reader *r, struct people_listed *out) NODISCARD;
enum err query_person_figures(struct reader *r, const struct person_figures *ask,
                              struct person_figured *out) NODISCARD;
enum err query_summary(struct reader *r, const struct history_summary *ask,
                       struct history_summarised *out) NODISCARD;

#endif
