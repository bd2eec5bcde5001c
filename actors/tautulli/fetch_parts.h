/* SPDX-License-Identifier: MIT
 * fetch_parts.h - what the parts of a fetch share: fetch.c leads it, fetch_pages.c reads
 * get_history. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_FETCH_PARTS_H
#define PLAYBUS_ACTORS_TAUTULLI_FETCH_PARTS_H

#include "actors/tautulli/fetch.h"

enum {
    FETCH_AGAIN_MS = 2000, /* after what failed */
    FETCH_ANSWER_MS = 30000,
    FETCH_PAGE_MS = 180000, /* each page is a query of the whole history there */
};

#define FETCH_LACKS                                                                               \
    "which does not tell libraries, positions and lengths (so not what was watched to its end), " \
    "bandwidth, quality, and the details of streams and items"
#define FETCH_COMPLETE "; importing again, or the database file, completes them"

void fetch_ask(struct fetch *f, const char *call, fetch_answered *done, size_t body_max,
               int64_t answer_ms);
/* An answer that is of use: its data, else the fetch is over and it is false. */
bool fetch_read_answer(struct fetch *f, const struct http_answer *answer, bool with_key,
                       json_t **out_said, const json_t **out_data);
/* Where too much waits for the thread, fetch_ready tries again. */
void fetch_work(struct fetch *f, void (*what)(struct runner_job *job),
                void (*done)(struct runner_job *job));
/* Of the job whose work is done. */
struct fetch *fetch_of(struct runner_job *job);
void fetch_warn(struct fetch *f, const char *sentence);
/* The file in the staging folder, if there is one. */
void fetch_remove_copy(struct fetch *f);
void fetch_end(struct fetch *f, enum err code, const char *text);
void fetch_after(struct fetch *f, int64_t ms, void (*what)(struct fetch *f));
/* The same question after a wait; the third failure ends the fetch. */
void fetch_again(struct fetch *f, enum err code, const char *text, void (*ask)(struct fetch *f));

/* Reads get_history into the database in the staging folder, and ends the fetch. */
void fetch_pages(struct fetch *f);

#endif
