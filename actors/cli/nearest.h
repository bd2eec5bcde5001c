/* SPDX-License-Identifier: MIT
 * nearest.h - what a person who misspelt a name may have meant. */
#ifndef PLAYBUS_ACTORS_CLI_NEAREST_H
#define PLAYBUS_ACTORS_CLI_NEAREST_H

#include "actors/cli/service.h"

/* Says on stderr that no play has such a value, and which there are: those most like it first, a
 * few of them. `by` is what GET /history/summary counts by, `kind` its word. The exit status of
 * what is not there. */
int nearest_say(struct service *s, const char *by, const char *kind, const char *wanted);

#endif
