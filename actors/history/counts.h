/* SPDX-License-Identifier: MIT
 * counts.h - adds up a transaction's rows by user, month, library, error and repair before they are
 * written to job_counts, so that the writer does a few upserts a transaction and none a row. */
#ifndef PLAYBUS_ACTORS_HISTORY_COUNTS_H
#define PLAYBUS_ACTORS_HISTORY_COUNTS_H

#include "actors/history/outcome.h"
#include "actors/history/store.h"

struct counts;

struct counts *counts_new(void);
void counts_destroy(struct counts **counts);
void counts_reset(struct counts *c);
/* `key` is borrowed until the flush; NULL is counted as no key. */
enum err counts_add(struct counts *c, struct store *s, int64_t job_no, enum dimension dimension,
                    const char *key, enum outcome outcome, uint64_t n) NODISCARD;
enum err counts_flush(struct counts *c, struct store *s, int64_t job_no) NODISCARD;

#endif
