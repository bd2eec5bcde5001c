/* SPDX-License-Identifier: MIT
 * invocation.h - commands for a person to paste: this program as it was called, on its data folder.
 */
#ifndef PLAYBUS_ACTORS_CLI_INVOCATION_H
#define PLAYBUS_ACTORS_CLI_INVOCATION_H

#include <limits.h>
#include <stddef.h>

#include "proto/base/shell.h"

#define INVOCATION_SIZE ((size_t)16 * PATH_MAX) /* program and folder, each quoted */

/* At the start, before the working directory changes. */
void invocation_remember(const char *argv0);

/* `playbus COMMAND --data FOLDER`: the program by its path if it is not found without, the folder
 * (the working directory) only where it is not the one meant without --data. */
void invocation_text(const char *command, const char *folder, char out[static INVOCATION_SIZE]);

#endif
