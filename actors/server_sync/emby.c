/* SPDX-License-Identifier: MIT
 * emby.c - an Emby server: as Jellyfin, but a token is in the header X-Emby-Token, and who signs in
 * says which device it is in a header of its own. It has no Quick Connect. */
#include <string.h>

#include "actors/server_sync/jellyfin.h"

static void introduce(struct vendor_headers *headers, const char *client_id,
                      const struct secret *token)
{
    static const char form[] = "Emby Client=\"Playbus\", Device=\"Playbus\", DeviceId=\"%s\", "
                               "Version=\"" PLAYBUS_VERSION "\"";
    vendor_add_header(headers, "Accept", "application/json");
    if (token != NULL) {
        vendor_add_header(headers, "X-Emby-Token", token->bytes);
        return;
    }
    size_t room = sizeof(form) + strlen(client_id);
    headers->made = secret_new(NULL, room);
    (void)snprintf(headers->made->bytes, room, form, client_id);
    vendor_add_header(headers, "X-Emby-Authorization", headers->made->bytes);
}

const struct vendor vendor_emby = {
    .name = "Emby",
    .introduce = introduce,
    .is_maintenance = jellyfin_is_maintenance,
    .other = server_kind_plex,
    .steps =
        {
            JELLYFIN_QUESTIONS,
        },
};
