/* SPDX-License-Identifier: MIT
 * listen.h - looks at gateway.listen before anything is started, so that a port in use is told at
 * once and not after a gateway has failed again and again. */
#ifndef PLAYBUS_ACTORS_CLI_LISTEN_H
#define PLAYBUS_ACTORS_CLI_LISTEN_H

#include "proto/base/error.h"
#include "proto/base/own.h"

/* BAD_SETTING: not ADDR:PORT with a loopback address. SYSTEM: it cannot be bound now; errno says
 * why. */
enum err listen_check(const char *listen) NODISCARD;

#endif
