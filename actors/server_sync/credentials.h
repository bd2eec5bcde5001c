/* SPDX-License-Identifier: MIT
 * credentials.h - hands out what opens a server, to the one actor that asks it. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_CREDENTIALS_H
#define PLAYBUS_ACTORS_SERVER_SYNC_CREDENTIALS_H

#include "actors/server_sync/servers.h"
#include "proto/bus/actor.h"

/* Answers a server.credentials. The broker has seen who asks. SERVER_NOT_FOUND, NO_PLEX_SERVER if
 * it is disabled, SERVER_TOKEN_MISSING, SERVER_KEY_LOST. */
enum err credentials_answer(struct actor *a, const struct msg *m,
                            struct servers *servers) NODISCARD;

#endif
