/* SPDX-License-Identifier: MIT
 * query.h - the query of a request, strictly: unknown, repeated or unreadable parameters are
 * refused by name, never ignored. */
#ifndef PLAYBUS_GATEWAY_GUARD_QUERY_H
#define PLAYBUS_GATEWAY_GUARD_QUERY_H

#include <jansson.h>

#include "proto/wire/codec.h"

/* Reads "a=b&c=d" (NULL or "" is no parameter) into a JSON object whose values have the types that
 * `record` gives them (NULL: all are texts), ready for record_from_json. BAD_FIELD names the
 * parameter. `alias_public` (may be NULL) is what the query calls the field `alias_field`. */
enum err query_parse(const char *query, const struct record_desc *record, const char *alias_public,
                     const char *alias_field, json_t **out, struct flaw *out_flaw) NODISCARD;

/* Undoes percent-encoding; `out` has room for size + 1 bytes. False if it is none, or no UTF-8
 * without NUL comes of it. */
bool query_decode(const char *text, size_t size, char *out, size_t *out_size);

#endif
