/* SPDX-License-Identifier: MIT
 * asking.h - questions to the gateway, and their answers on stdout; what went wrong is said on
 * stderr. Every function returns the exit status that fits. */
#ifndef PLAYBUS_ACTORS_CLI_ASKING_H
#define PLAYBUS_ACTORS_CLI_ASKING_H

#include "actors/cli/cli.h"
#include "actors/cli/service.h"

/* Enters the data folder, and finds its service or starts one for the time of the question. */
int asking_open(const struct options *o, struct service *s);

/* The same for questions to the history. A folder without one has nothing to tell, and asking must
 * not make one. */
int asking_open_history(const struct options *o, struct service *s);
/* Says that there is no history in the folder that was entered, or why it was not. */
int asking_no_history(enum err e, const char *given, const char *entered);

/* One call; the body of a good answer, for json_decref, else NULL. `body` (borrowed) may be NULL.
 */
json_t *asking_call(struct service *s, const char *method, const char *path, const json_t *body,
                    int *out_status);

/* The same; `out_refused` gets the body of a refusal, which was said on stderr, for json_decref. */
json_t *asking_call_refused(struct service *s, const char *method, const char *path,
                            const json_t *body, int *out_status, json_t **out_refused);

typedef void row_fn(const json_t *row);
/* How a list is printed: as JSON, or as text with titles where there is anything below them. */
struct list_form {
    bool json;
    void (*titles)(void); /* NULL: none */
    row_fn *row;
};
/* Prints one row of a list that came whole. */
void asking_row(const struct list_form *form, const json_t *row, bool first);
/* Prints a list page by page, at most `most` rows (0: all). */
int asking_rows(struct service *s, const char *base, const struct list_form *form, long most,
                long *out_printed);
/* The same; that there are none is said on stderr. */
int asking_list(struct service *s, const char *base, const struct list_form *form, long most);
/* A file of any size. `out_empty`: there is nothing in it, but for the names of CSV columns. */
int asking_file(struct service *s, const char *path, const char *accept, bool *out_empty);
/* The same; that it is empty is said on stderr. */
int asking_stream(struct service *s, const char *path, const char *accept);

#endif
