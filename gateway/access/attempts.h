/* SPDX-License-Identifier: MIT
 * attempts.h - failed sign-ins, counted in accounts.db so that a restart forgives nobody. Five for
 * an account from one address in 15 minutes and thirty from one address in an hour (settings), then
 * that address waits. An account alone is only slowed down, or anyone could lock its owner out. And
 * where many people sit behind an address that has to wait, one of them whose account has no
 * failures still gets in with the right password. */
#ifndef PLAYBUS_GATEWAY_ACCESS_ATTEMPTS_H
#define PLAYBUS_GATEWAY_ACCESS_ATTEMPTS_H

#include "gateway/access/accounts.h"
#include "gateway/access/parts.h"

/* RATE_LIMITED with when to come back, or OK with how long the answer is held. OK with a
 * retry_after_s too: only the right password helps, all else is RATE_LIMITED. */
enum err attempts_check(struct access *access, const char *name, const struct visit *visit,
                        struct verdict *verdict) NODISCARD;
/* Committed when it returns. */
enum err attempts_note_failure(struct access *access, const char *name,
                               const struct visit *visit) NODISCARD;
/* A success: the account's failures from there are forgiven, the address's own count stays. */
enum err attempts_forgive(struct access *access, const char *name,
                          const struct visit *visit) NODISCARD;
/* All failures of the account, from everywhere: it has a new password, and who lost the old one has
 * tried. */
enum err attempts_forget(struct access *access, const char *name) NODISCARD;
/* Drops what no window looks at any more. */
enum err attempts_tidy(sqlite3 *db, int64_t now) NODISCARD;

#endif
