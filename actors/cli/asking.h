/* SPDX-License-Identifier: MIT
 * asking.h - questions to the gateway, and their answers on stdout; what went wrong is said on
 * stderr. Every function returns the exit status that fits. */
#ifndef PLAYBUS_ACTORS_CLI_ASKING_H
#define PLAYBUS_ACTORS_CLI_ASKING_H

#include "actors/cli/cli.h"
#include "actors/cli/service.h"

/* Enters the data folder, and finds its service or starts one for the time of the question. */
int asking_open(const struct options *o, struct service *s);

/* One call; the body of a good answer, for json_decref, else NULL. `body` (borrowed) may be NULL.
 */
json_t *asking_call(struct service *s, const char *method, const char *path, const json_t *body,
                    int *out_status);

typedef void row_fn(const json_t *row);
/* Prints a list page by page, at most `most` rows (0: all). */
int asking_pages(struct service *s, const char *base, bool json, long most, row_fn *print);
/* A file of any size. */
int asking_stream(struct service *s, const char *path, const char *accept);

/* 2024-01-31 12:34:56 of an ISO 8601 time; UTC, as everything here. */
void print_time(const char *text);

#endif
