/* SPDX-License-Identifier: MIT
 * check.h - are the databases of a folder whole, and what did the newest `playbus check` find? */
#ifndef PLAYBUS_ACTORS_CLI_CHECK_H
#define PLAYBUS_ACTORS_CLI_CHECK_H

#include <jansson.h>
#include <stdio.h>

/* Looks at every database of the folder we are in, and at the audit log's chain up to the head that
 * the file tells of: a check_result. */
json_t *check_stores(const char *head_file);
/* A line a store; what helps goes to stderr. */
void check_print(FILE *out, const json_t *result);

/* The check_result of the data folder we are in; NULL if it
 * was never checked. */
json_t *check_result_read(void);

#endif
