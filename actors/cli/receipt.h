/* SPDX-License-Identifier: MIT
 * receipt.h - what became of every source row of a finished job, as a table. */
#ifndef PLAYBUS_ACTORS_CLI_RECEIPT_H
#define PLAYBUS_ACTORS_CLI_RECEIPT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* `errors_command` lists what was rejected, and can be pasted. */
void receipt_print(FILE *out, const json_t *answer, const char *errors_command);

/* The same on stdout, or with `json` the answer itself; in the data folder. */
void receipt_show(const json_t *answer, bool json);

/* A figure of a job that the history does itself, with what it means. */
void receipt_own_line(FILE *out, const char *name, int64_t n);

#endif
