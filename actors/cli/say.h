/* SPDX-License-Identifier: MIT
 * say.h - how the command line prints what may hold a stranger's text: nothing of it reaches a
 * terminal as a command. */
#ifndef PLAYBUS_ACTORS_CLI_SAY_H
#define PLAYBUS_ACTORS_CLI_SAY_H

#include <jansson.h>
#include <stdio.h>

#include "proto/base/own.h"

/* Text that reaches stderr in one write: under `up` other processes log to the same pipe, and none
 * of their lines may come between a sentence and its remedy. */
struct paragraph {
    FILE *out;
    char *text;
    size_t size;
};
/* Where to say it: `p->out`, stderr itself where memory is short. */
void paragraph_begin(struct paragraph *p);
void paragraph_end(struct paragraph *p);

/* fprintf, with text_neutralise over all of it; newlines and tabs stay. */
void say(FILE *out, const char *format, ...) PRINTF_LIKE(2, 3);
/* `  What to do.` A remedy that ends with a command, behind a colon, can be pasted as it stands. */
void say_remedy(FILE *out, int indent, const char *remedy);
/* The JSON and a newline. DEL, C1 and what turns or hides text is written as \uXXXX. */
void say_json(FILE *out, const json_t *json, size_t flags);

#endif
