/* SPDX-License-Identifier: MIT
 * import_address.h - a Tautulli by its address, as `playbus import http://nas:8181` names it. */
#ifndef PLAYBUS_ACTORS_CLI_IMPORT_ADDRESS_H
#define PLAYBUS_ACTORS_CLI_IMPORT_ADDRESS_H

#include "actors/cli/follow.h"

bool is_import_address(const char *argument);
/* Registers the Tautulli of f->argument, with the key that the person gives, if it works with that.
 * The answer to the last request is in *out. Not OK: there is none, which was said. */
enum err import_register(struct follow *f, struct reply *out) NODISCARD;

#endif
