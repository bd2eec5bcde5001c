/* SPDX-License-Identifier: MIT
 * validate_address.h - says what a registered Tautulli has, by its API alone: its database is not
 * downloaded to be looked at, so what needs every row is left to a dry run, and said to be. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_VALIDATE_ADDRESS_H
#define PLAYBUS_ACTORS_TAUTULLI_VALIDATE_ADDRESS_H

#include "actors/shared/http_client.h"
#include "proto/bus/actor.h"

/* Answers an import.validate that names a Tautulli by its id or address. `under_way` (borrowed)
 * counts what has not been answered. */
void validate_address(struct actor *a, const struct msg *m, struct http_client *client,
                      unsigned *under_way);

#endif
