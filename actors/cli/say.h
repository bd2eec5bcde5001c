/* SPDX-License-Identifier: MIT
 * say.h - how the command line prints what may hold a stranger's text: nothing of it reaches a
 * terminal as a command. */
#ifndef PLAYBUS_ACTORS_CLI_SAY_H
#define PLAYBUS_ACTORS_CLI_SAY_H

#include <jansson.h>
#include <stdio.h>

#include "proto/base/own.h"

/* fprintf, with text_neutralise over all of it; newlines and tabs stay. */
void say(FILE *out, const char *format, ...) PRINTF_LIKE(2, 3);
/* `  What to do.` A remedy that ends with a command, behind a colon, can be pasted as it stands. */
void say_remedy(FILE *out, int indent, const char *remedy);
/* The JSON and a newline. DEL, C1 and what turns or hides text is written as \uXXXX. */
void say_json(FILE *out, const json_t *json, size_t flags);

#endif
