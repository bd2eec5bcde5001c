/* SPDX-License-Identifier: MIT
 * password.h - a password from a person at a terminal, or from a program that pipes it in. */
#ifndef PLAYBUS_ACTORS_CLI_PASSWORD_H
#define PLAYBUS_ACTORS_CLI_PASSWORD_H

#include <stdbool.h>

#include "actors/cli/cli.h"

#define PASSWORD_ROOM 1024 /* far above what is accepted, with the NUL */

/* Asks on the terminal, twice and without showing it. False if there is no terminal, it was stopped
 * or the two differ, which is said on stderr. */
bool password_ask(const char *name, char out[static PASSWORD_ROOM]);
/* The token of a media server, or the password of its user (NULL: the token), asked for once. */
bool password_ask_token(const char *server, const char *user, char out[static PASSWORD_ROOM]);
/* The first line of --token-file, or of stdin. False, and said, if there is none. */
bool password_token_from(const struct options *o, char out[static PASSWORD_ROOM]);
/* The first line of stdin. False, and said, if there is none. */
bool password_from_stdin(char out[static PASSWORD_ROOM]);

#endif
