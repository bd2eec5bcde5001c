/* SPDX-License-Identifier: MIT
 * credentials.h - what opens a server: for the syncs of this process, and for the one other actor
 * that asks servers of its kind. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_CREDENTIALS_H
#define PLAYBUS_ACTORS_SERVER_SYNC_CREDENTIALS_H

#include "actors/server_sync/servers.h"
#include "proto/bus/actor.h"

/* How the server is reached, in the arena, and what opens it, in a secret of its own. As below, but
 * for SERVER_DISABLED. */
enum err credentials_read(struct servers *servers, const char *id, struct arena *arena,
                          struct secret **out_token, struct server_credentials *out) NODISCARD;

/* Answers with those of a server of this kind. The broker has seen who asks. SERVER_NOT_FOUND,
 * NO_PLEX_SERVER if it is disabled, SERVER_TOKEN_MISSING, SERVER_KEY_LOST. */
enum err credentials_answer(struct actor *a, const struct msg *m, struct servers *servers,
                            enum server_kind kind, const char *id) NODISCARD;

#endif
