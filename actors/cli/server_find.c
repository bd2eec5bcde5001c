/* SPDX-License-Identifier: MIT
 * server_find.c - a media server by its id or name. */
#include "actors/cli/server_find.h"

#include <string.h>
#include <strings.h>

#include "actors/cli/table.h"

const json_t *server_find(const json_t *servers, const char *called)
{
    size_t i = 0;
    const json_t *server = NULL;
    json_array_foreach(json_object_get(servers, "items"), i, server)
    {
        if (strcmp(member_text(server, "id"), called) == 0 ||
            strcasecmp(member_text(server, "name"), called) == 0) {
            return server;
        }
    }
    return NULL;
}
