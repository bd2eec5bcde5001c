/* SPDX-License-Identifier: MIT
 * gap.h - entries that the outbox could not take (a full disk, a damaged accounts.db): kept in
 * memory and in a file whose room was taken before (gap_file.h), so many, the others counted. They
 * go into the outbox as soon as it can be written, or straight to playbus-audit where only that
 * works; what was counted becomes one entry about the gap. If the gateway is killed the next one
 * goes on with the file. Bus thread, but for gap_write. */
#ifndef PLAYBUS_GATEWAY_AUDIT_GAP_H
#define PLAYBUS_GATEWAY_AUDIT_GAP_H

#include <sqlite3.h>
#include <stdbool.h>

#include "proto/base/error.h"
#include "proto/base/own.h"
#include "proto/wire/arena.h"
#include "proto/wire/codec.h"

#define GAP_KEPT_MAX 1000

struct gap;

/* With what an earlier one has left in the file at `path`. */
struct gap *gap_new(const char *path) NODISCARD;
void gap_destroy(struct gap **gap);
bool gap_is_empty(const struct gap *gap);

/* Copies it; `code` says why the outbox did not take it. `held`: a better one with its entry_id may
 * come, and takes its place. */
void gap_keep(struct gap *gap, const struct audit_entry *entry, bool held, enum err code);
/* It is missing, and too small or too old a matter to be kept. */
void gap_count(struct gap *gap, enum err code);

/* Before what it tells of goes on: the file holds what changed since the last time. */
void gap_save(struct gap *gap);

/* All of it into the outbox, in the transaction that is open; accounts lane. */
enum err gap_write(const struct gap *gap, sqlite3 *db) NODISCARD;
/* The first of what is not held, for playbus-audit, in the arena; how many. */
size_t gap_take(struct gap *gap, struct arena *arena, struct audit_record *out);
/* What was taken is where it belongs. All: the gap is closed. */
void gap_drop(struct gap *gap);
void gap_close(struct gap *gap);

#endif
