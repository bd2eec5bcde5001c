/* SPDX-License-Identifier: MIT
 * gap.h - entries that the outbox could not take (a full disk, a damaged accounts.db): kept in
 * memory, so many, the others counted. They go into the outbox as soon as it can be written, or
 * straight to playbus-audit where only that works; what was counted becomes one entry about the
 * gap. Bus thread, but for gap_write. */
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

struct gap *gap_new(void) NODISCARD;
void gap_destroy(struct gap **gap);
bool gap_is_empty(const struct gap *gap);

/* Copies it; `code` says why the outbox did not take it. */
void gap_keep(struct gap *gap, const struct audit_entry *entry, enum err code);
/* It is missing, and too small or too old a matter to be kept. */
void gap_count(struct gap *gap, enum err code);

/* All of it into the outbox, in the transaction that is open; accounts lane. */
enum err gap_write(const struct gap *gap, sqlite3 *db) NODISCARD;
/* The first of it for playbus-audit, in the arena; how many. */
size_t gap_take(const struct gap *gap, struct arena *arena, struct audit_record *out);
/* The first `count` are where they belong. All: the gap is closed. */
void gap_drop(struct gap *gap, size_t count);
void gap_close(struct gap *gap);

#endif
