/* SPDX-License-Identifier: MIT
 * slips.h - a command or an option that there is not: which one may have been meant. */
#ifndef PLAYBUS_ACTORS_CLI_SLIPS_H
#define PLAYBUS_ACTORS_CLI_SLIPS_H

#include <stdbool.h>

#include "actors/cli/commands.h"

/* Says on stderr that there is no such command, and the nearest one; `second` is the second word of
 * a command of two, or NULL. */
void slip_say_command(const char *first, const char *second);

/* Has the command every long option among the words (ended by NULL, the first is its own name)? An
 * option may be written as far as no other begins. False, and stderr names the one it has not.
 * A command without a name is `playbus` alone. `common`: the options of every command. */
bool slip_options_are_known(const struct command *command, const struct argp_option *common,
                            char **words);

#endif
