/* SPDX-License-Identifier: MIT
 * listen.h - looks at gateway.listen before anything is started, so that a port in use is told at
 * once and not after a gateway has failed again and again. */
#ifndef PLAYBUS_ACTORS_CLI_LISTEN_H
#define PLAYBUS_ACTORS_CLI_LISTEN_H

#include <stdbool.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

#define LISTEN_SIZE 80 /* "[::1]:65535" and longer ones, with the NUL */

/* Writes ADDR:PORT as it can be bound now; for port 0 with one that is free, so that a gateway that
 * is restarted comes back where it was. BAD_SETTING: not ADDR:PORT, or not a loopback address
 * unless `beyond_loopback`. ADDRESS_TAKEN: another program has it. SYSTEM: it cannot be bound;
 * errno says why. */
enum err listen_settle(const char *listen, bool beyond_loopback,
                       char out[static LISTEN_SIZE]) NODISCARD;

#endif
