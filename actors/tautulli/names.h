/* SPDX-License-Identifier: MIT
 * names.h - a source's users and libraries, found by id or by name. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_NAMES_H
#define PLAYBUS_ACTORS_TAUTULLI_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "actors/tautulli/source.h"

struct names;

/* Borrows the source's lists, which must outlive it. */
struct names *names_new(const struct source *s);
void names_destroy(struct names **n);

/* NULL if unknown. Of two users with one name the first in the file. */
const struct person *names_user_by_id(const struct names *n, const char *user_id);
const struct person *names_user_by_name(const struct names *n, const char *name);
/* Of the source's own server first, else of any. */
const char *names_library(const struct names *n, const char *section_id);

#endif
