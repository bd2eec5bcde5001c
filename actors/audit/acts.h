/* SPDX-License-Identifier: MIT
 * acts.h - the log as a person reads it: the entries of one call are one act, with what came of it
 * in words. Every entry is in exactly one act, whatever the page. */
#ifndef PLAYBUS_ACTORS_AUDIT_ACTS_H
#define PLAYBUS_ACTORS_AUDIT_ACTS_H

#include "proto/base/error.h"
#include "proto/store/sqlite.h"
#include "proto/wire/arena.h"

/* As listing_read does: a page may be short and not the last. `now` on the wall clock. */
enum err acts_read(sqlite3 *reader, const struct audit_acts *ask, int64_t now, struct arena *arena,
                   struct audit_acts_listed *out) NODISCARD;

#endif
