/* SPDX-License-Identifier: MIT
 * import.h - one import from its start to its receipt. */
#ifndef PLAYBUS_ACTORS_CLI_IMPORT_H
#define PLAYBUS_ACTORS_CLI_IMPORT_H

#include <stdbool.h>

#include "actors/cli/cli.h"

/* Imports o->argument and returns the exit status. `just_started`: the service is one that this
 * process has started itself; an import that it goes on with is followed first. */
int import_file(const struct options *o, bool just_started);

#endif
