/* SPDX-License-Identifier: MIT
 * plex_json.h - what a Plex server writes, read with all the ways it has of writing it: numbers as
 * numbers and as text, keys that are absent instead of empty. */
#ifndef PLAYBUS_ACTORS_SHARED_PLEX_PLEX_JSON_H
#define PLAYBUS_ACTORS_SHARED_PLEX_PLEX_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/base/error.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"
#include "proto/wire/json.h"

#define PLEX_VALUES_MAX 400000 /* of one answer: more would take too much memory as a tree */

/* The container of an answer, which lives as long as *out_root. SERVER_FAILED: there is none.
 * SERVER_FLOODS: it is of too many values. */
enum err plex_container(struct bytes body, json_t **out_root,
                        const json_t **out_container) NODISCARD;
/* The list of a container, NULL where it is absent, as it is when empty. SERVER_FAILED: it is no
 * list. */
enum err plex_list(const json_t *container, const char *name, const json_t **out) NODISCARD;

/* A whole number, quoted or not. */
bool plex_number(const json_t *object, const char *name, int64_t *out);
/* NULL unless it is a text that is not empty. */
const char *plex_text(const json_t *object, const char *name);
/* A copy without control characters; NULL of NULL, or of what is longer than `max` bytes. */
const char *plex_clean(const char *text, size_t max, struct arena *arena);
/* A key, which is a text here and a number there; digits alone, NULL otherwise. */
const char *plex_key(const json_t *object, const char *name, char out[static 24]);
/* The key at the end of a path, as in "/library/metadata/17"; NULL if there is none. */
const char *plex_path_key(const char *path, const char *before);
/* The number of a row of the history, from its historyKey. */
bool plex_row_number(const json_t *row, int64_t *out);

#endif
