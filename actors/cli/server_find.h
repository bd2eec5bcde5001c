/* SPDX-License-Identifier: MIT
 * server_find.h - a media server as a person calls it. */
#ifndef PLAYBUS_ACTORS_CLI_SERVER_FIND_H
#define PLAYBUS_ACTORS_CLI_SERVER_FIND_H

#include <jansson.h>

/* Of the answer of /servers, by id, or by name regardless of case; NULL: there is none. */
const json_t *server_find(const json_t *servers, const char *called);

#endif
