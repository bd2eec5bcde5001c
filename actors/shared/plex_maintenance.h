/* SPDX-License-Identifier: MIT
 * plex_maintenance.h - is a Plex server that answers with 503 only being looked after? */
#ifndef PLAYBUS_ACTORS_SHARED_PLEX_MAINTENANCE_H
#define PLAYBUS_ACTORS_SHARED_PLEX_MAINTENANCE_H

#include <stdbool.h>

#include "proto/schema/schema.h"

/* XML or JSON, whatever was asked for; a proxy's own 503 has no such title. */
bool plex_is_in_maintenance(struct bytes body);

#endif
