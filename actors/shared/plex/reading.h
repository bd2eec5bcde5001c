/* SPDX-License-Identifier: MIT
 * reading.h - where the reading of a server's history is, and what it asks next. No clock, no
 * network: a page is handed in, and its rows come out one by one, each once.
 *
 * A page is asked for from the newest second on that was read, in order of time; rows of that
 * second which are known are passed over by an offset. So a row that is removed behind us moves
 * nothing. Rows read lately are remembered by id, and asked for again with an overlap. A server
 * that does not filter by time, or does not sort, is read by offset alone, with an overlap of a
 * page. Every row is held against what was asked for, whatever the server made of it. */
#ifndef PLAYBUS_ACTORS_SHARED_PLEX_READING_H
#define PLAYBUS_ACTORS_SHARED_PLEX_READING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/schema/schema.h"
#include "proto/wire/codec.h"

enum {
    READING_PAGE_ROWS = 500,
    READING_IDS = 1024, /* remembered: two pages */
    READING_QUESTION_SIZE = 256
};

#define READ_BY_TIME UINT64_MAX

struct reading {
    const char *const *libraries; /* borrowed; without any all are read */
    size_t library_count;
    uint64_t expected; /* rows, as the server counted them; more than twice that is no end */

    const uint64_t *starts; /* borrowed; of each library, then of the whole, READ_BY_TIME or an
                               offset; NULL: by time */
    int64_t since;          /* seconds: older rows were not asked for */

    /* ---- where it is; kept as the cursor ---- */
    bool whole;  /* all rows are asked for at once, and the libraries chosen here */
    size_t pass; /* which library */
    bool by_offset;
    int64_t floor;   /* seconds: older rows are not wanted, or read already */
    int64_t second;  /* newest viewedAt read */
    uint64_t offset; /* rows read of that second; by_offset: of all */
    int64_t ids[READING_IDS];
    size_t id_count, id_next;

    /* ---- how it asks ---- */
    size_t page_rows;
    int64_t window_s, until; /* 0: to the end; else a page reaches so far, as more is too large,
                                but behind `until` to the end */
    int64_t window_to;       /* of the question that was asked; 0: to the end */
    uint64_t seen;           /* different rows since it began here */
    uint64_t unwanted;       /* of these, rows of other libraries; the reader of it sets it to 0 */
    size_t barren;           /* pages in a row that had nothing new … */
    size_t repeats;          /* … though they were not asked for as an overlap */

    /* ---- the page at hand ---- */
    json_t *page;       /* owned; its rows */
    size_t at, fresh;   /* the next row; how many before it were new */
    size_t count;       /* rows of it, or of the one before */
    uint64_t start;     /* offset of its first row in what was asked for … */
    uint64_t behind;    /* … and how many rows of that were read before it */
    size_t second_at;   /* the row at which the newest second began … */
    uint64_t second_of; /* … and how many of it came before */
    bool ends, done;    /* nothing comes after it, in the window or at all */
};

void reading_begin(struct reading *r, int64_t since, const char *const *libraries, size_t count);
void reading_release(struct reading *r);

/* The path and arguments of the next question. */
void reading_question(struct reading *r, char out[static READING_QUESTION_SIZE]);
/* Takes the rows of the answer to it. `total`: rows that the server says there are, -1: it does not
 * say. SERVER_FLOODS: its pages have no end. */
enum err reading_take_page(struct reading *r, const json_t *rows, int64_t total) NODISCARD;
/* The next row that is wanted; NULL: the page is at its end. `done` then says whether that was the
 * last. */
const json_t *reading_next_row(struct reading *r);
/* Of the library that is to be read next, from its first row on. */
void reading_begin_pass(struct reading *r);
/* The server does not filter by time: its rows are read from the one of this offset on. */
void reading_go_by_offset(struct reading *r, uint64_t from);
/* After an answer that was too large: asks for less. False: it cannot be less. */
bool reading_ask_less(struct reading *r, int64_t now_s);

/* Where it is, as it stands after the newest row that was taken out. */
enum err reading_pack(const struct reading *r, struct buffer *out) NODISCARD;
enum err reading_unpack(struct reading *r, struct bytes cursor) NODISCARD;

#endif
