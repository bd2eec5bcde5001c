/* SPDX-License-Identifier: MIT
 * rows_read.h - maps rows that were sent, by the very rules and hashes that rows of a file are
 * mapped by. Nothing of them is written anywhere. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_ROWS_READ_H
#define PLAYBUS_ACTORS_TAUTULLI_ROWS_READ_H

#include "actors/tautulli/reader.h"

/* What is known of the file. */
struct rows_file {
    const struct person *people;
    size_t people_count;
    const struct library *libraries;
    size_t library_count;
    struct bytes columns; /* as rows.named tells them */
};

struct rows_reader;

/* BAD_MESSAGE if these are no columns of ours. The lists are borrowed. */
enum err rows_reader_open(const struct rows_file *file, const struct reader_settings *settings,
                          struct rows_reader **out) NODISCARD;
void rows_reader_close(struct rows_reader **r);

/* Begins a parcel, which is borrowed, of rows from first_id to last_id. */
enum err rows_reader_begin(struct rows_reader *r, const struct rows_sent *parcel, int64_t first_id,
                           int64_t last_id) NODISCARD;
/* As reader_next(). BAD_MESSAGE for what is no row of the range. */
enum err rows_reader_next(struct rows_reader *r, const struct mapped_row **out_row) NODISCARD;

#endif
