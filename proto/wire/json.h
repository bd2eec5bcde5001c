/* SPDX-License-Identifier: MIT
 * json.h - records to and from JSON, by walking the schema's tables. TIME is ISO 8601 text, an enum
 * its item's name, BIN base64. Absent OPT fields are left out, absent NIL fields are null. */
#ifndef PLAYBUS_PROTO_WIRE_JSON_H
#define PLAYBUS_PROTO_WIRE_JSON_H

#include <jansson.h>

#include "proto/wire/codec.h"

/* Never fails on a struct that record_pack accepts. The caller owns the result (json_decref). */
json_t *record_to_json(const struct record_desc *r, const void *value);
/* Strict, for requests: unknown fields are UNKNOWN_FIELD with their name. `ignored` (may be NULL)
 * lists fields of the record that a request may not set, ending in NULL: they count as unknown and
 * stay absent even if REQ, for the caller to fill in. */
enum err record_from_json(const struct record_desc *r, const json_t *json,
                          const char *const *ignored, struct arena *arena, void *out,
                          struct flaw *out_flaw) NODISCARD;
/* From here on jansson wipes all that it frees: for who reads secrets. Before the first value. */
void json_wipe_freed(void);
/* cleanup for OWNED */
void json_release(json_t **json);

#endif
