/* SPDX-License-Identifier: MIT
 * plex_maintenance.c - the title that such an answer has. */
#include "actors/shared/plex_maintenance.h"

#include <string.h>

#include "proto/base/own.h"

bool plex_is_in_maintenance(struct bytes body)
{
    static const char *const titles[] = {"title=\"Maintenance\"", "\"title\":\"Maintenance\"",
                                         "\"title\": \"Maintenance\""};
    for (size_t i = 0; i < COUNT_OF(titles); i++) {
        if (body.size > 0 && memmem(body.data, body.size, titles[i], strlen(titles[i])) != NULL) {
            return true;
        }
    }
    return false;
}
