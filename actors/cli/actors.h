/* SPDX-License-Identifier: MIT
 * actors.h - which actors of a data folder are running, asked of the system and not of the actors.
 */
#ifndef PLAYBUS_ACTORS_CLI_ACTORS_H
#define PLAYBUS_ACTORS_CLI_ACTORS_H

#include <jansson.h>

/* In the data folder: [{name, pid, state}], state up or away, pid null where there is none. */
json_t *actors_list(void);

#endif
