/* SPDX-License-Identifier: MIT
 * accounts.h - everything that hashes a password or writes accounts.db. Slow: accounts lane only,
 * one at a time. A change is committed first and in memory then. */
#ifndef PLAYBUS_GATEWAY_ACCESS_ACCOUNTS_H
#define PLAYBUS_GATEWAY_ACCESS_ACCOUNTS_H

#include "gateway/access/access.h"

/* Each minute, and at the end: writes when sessions and tokens were last used, and lets go of what
 * has expired. */
enum err accounts_tidy(struct access *access, int64_t now) NODISCARD;

#endif
