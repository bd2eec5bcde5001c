/* SPDX-License-Identifier: MIT
 * play_view.h - rows of `plays` as they are shown: with the names of libraries and people, and with
 * all sources that told of them. */
#ifndef PLAYBUS_ACTORS_HISTORY_PLAY_VIEW_H
#define PLAYBUS_ACTORS_HISTORY_PLAY_VIEW_H

#include "actors/history/play_filter.h"

/* Two statements: the plays, and the other sources of one of them. */
struct play_reader {
    sqlite3_stmt *plays, *sources; /* owned */
};

enum { PLAY_SOURCES_MAX = 1000, PLAY_FIELDS_MAX = 64 };

/* `tail` follows "SELECT … FROM"; it names the tables `plays p` and `sources s`, and may have the
 * parameters of the filter, which outlives the reader. `full`: with the stream and the item. */
enum err play_reader_open(struct reader *r, const struct play_filter *filter, bool full,
                          const char *tail, struct play_reader *out) NODISCARD;
void play_reader_release(struct play_reader *p);
/* The row at which p->plays stands. */
enum err play_reader_fill(struct reader *r, struct play_reader *p, struct play_view *out) NODISCARD;
/* Of the same row: the fields of the play alone, and its stream if it was read. */
void play_reader_fields(struct reader *r, struct play_reader *p, struct play_fields *out);
/* Do several rows tell of it? They all stand in play_sources then. */
bool play_reader_grouped(struct play_reader *p);
/* How much of an answer the row takes. */
size_t play_reader_bytes(struct play_reader *p);

/* The end of the order of a page: the columns of plays_time, newest first. */
struct play_key {
    int64_t started_at, content_hash, source_id;
};
struct play_key play_reader_key(struct play_reader *p);

#endif
