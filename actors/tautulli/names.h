/* SPDX-License-Identifier: MIT
 * names.h - a source's users and libraries, found by id or by name. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_NAMES_H
#define PLAYBUS_ACTORS_TAUTULLI_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "actors/tautulli/source.h"

struct names;

/* Borrows the source's lists, which must outlive it. `server_id` is the one that plays are taken to
 * be of. */
struct names *names_new(const struct source *s, const char *server_id);
/* The same of lists that came otherwise. */
struct names *names_of(const struct person *people, size_t people_count,
                       const struct library *libraries, size_t library_count,
                       const char *server_id);
void names_destroy(struct names **n);

/* NULL if unknown. Of two users with one name the first in the file. */
const struct person *names_user_by_id(const struct names *n, const char *user_id);
const struct person *names_user_by_name(const struct names *n, const char *name);
/* What a person is called: the friendly name, else the user name; NULL if that is blank too. */
const char *names_display(const struct person *person);
/* Several servers use the same numbers: of the play's own server, else an active library of a kind
 * that fits the media type, else any of that kind, else any. */
const char *names_library(const struct names *n, const char *section_id, const char *media_type);

#endif
