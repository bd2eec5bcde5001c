/* SPDX-License-Identifier: MIT
 * vendor.c - the table of kinds, and what their files share. */
#include "actors/server_sync/vendor.h"

#include <assert.h>
#include <string.h>

const struct vendor *const vendors[server_kind_COUNT] = {[server_kind_plex] = &vendor_plex,
                                                         [server_kind_jellyfin] = &vendor_jellyfin,
                                                         [server_kind_emby] = &vendor_emby};

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
