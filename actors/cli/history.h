/* SPDX-License-Identifier: MIT
 * history.h - what the commands about plays have in common. */
#ifndef PLAYBUS_ACTORS_CLI_HISTORY_H
#define PLAYBUS_ACTORS_CLI_HISTORY_H

#include "actors/cli/cli.h"
#include "actors/cli/service.h"

/* The filters that were given, as parameters of the path. */
void history_add_filters(char path[static CLIENT_PATH_SIZE], const struct options *o);
/* Can o->play be the id of one, and is it asked for alone, without the filters in the path? Else it
 * is said. */
bool play_is_asked_for(const struct options *o, const char *path);
/* The play o->play with what each source said of it. Returns the exit status. */
int play_show(struct service *s, const struct options *o);

#endif
