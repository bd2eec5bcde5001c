/* SPDX-License-Identifier: MIT
 * registered.h - which of the registered servers an import is of, if it is of one: by its id, or by
 * its address in place of a path. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_REGISTERED_H
#define PLAYBUS_ACTORS_TAUTULLI_REGISTERED_H

#include "proto/base/error.h"
#include "proto/schema/schema.h"

/* May it be one? Else it is a file, and the registry need not be asked. */
bool registered_is_meant(const char *db_path, const char *server_id);

/* *out is the Tautulli; NULL: it is a file, and server_id names the media server that it is of.
 * SERVER_NOT_FOUND, also of an id that looks like one of the registry, SERVER_WRONG_KIND,
 * SERVER_DISABLED, SERVER_TOKEN_MISSING. */
enum err registered_choose(const struct servers_listed *servers, const char *db_path,
                           const char *server_id, const struct server_view **out,
                           struct refusal *out_why) NODISCARD;

#endif
