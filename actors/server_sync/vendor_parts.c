/* SPDX-License-Identifier: MIT
 * vendor_parts.c - what the rows of the table of kinds share. */
#include <assert.h>
#include <string.h>

#include "actors/server_sync/vendor.h"

void vendor_add_header(struct vendor_headers *headers, const char *name, const char *value)
{
    assert(headers->count < VENDOR_HEADERS_MAX);
    headers->items[headers->count++] = (struct http_header){name, value};
}

const char *vendor_text(const json_t *object, const char *name, size_t max, struct arena *arena)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL && text[0] != '\0' && strlen(text) <= max ? arena_keep(arena, text) : NULL;
}

struct secret *vendor_post_nothing(const char *username, const struct secret *given)
{
    (void)username;
    (void)given;
    return secret_new("", 0);
}
