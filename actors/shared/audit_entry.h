/* SPDX-License-Identifier: MIT
 * audit_entry.h - an entry and its exact bytes: the JSON text of its record. What the log tells of
 * itself has the phase `log`, and these actions and parameters. */
#ifndef PLAYBUS_ACTORS_SHARED_AUDIT_ENTRY_H
#define PLAYBUS_ACTORS_SHARED_AUDIT_ENTRY_H

#include "proto/base/error.h"
#include "proto/base/own.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

#define AUDIT_LOG_STARTED \
    AUDIT_ACTION(log_started) /* key_id, public_key: signed by that key itself */
#define AUDIT_KEY_ROTATED AUDIT_ACTION(key_rotated) /* key_id, public_key: of the next entry on */
#define AUDIT_RESTORED AUDIT_ACTION(restored)       /* head_n, head_hash, database_n */
#define AUDIT_SEGMENT_SEALED AUDIT_ACTION(segment_sealed) /* first, last, hash, file */

/* The bytes that are stored and hashed; the caller frees them. NULL if it cannot be told in JSON.
 */
char *audit_entry_bytes(const struct audit_entry *entry) NODISCARD;
/* AUDIT_BROKEN if the bytes are no entry. */
enum err audit_entry_read(struct bytes bytes, struct arena *arena,
                          struct audit_entry *out) NODISCARD;
/* A parameter of an entry; NULL or 0 if there is none such. The text lives in the arena. */
const char *audit_entry_text(const struct audit_entry *entry, const char *name,
                             struct arena *arena);
uint64_t audit_entry_number(const struct audit_entry *entry, const char *name);

#endif
