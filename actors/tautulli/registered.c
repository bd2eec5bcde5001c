/* SPDX-License-Identifier: MIT
 * registered.c - which of the registered servers an import is of, if it is of one. */
#include "actors/tautulli/registered.h"

#include <string.h>
#include <strings.h>

#include "proto/base/ids.h"

static bool is_address(const char *text)
{
    return text != NULL &&
           (strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0);
}

static bool is_empty(const char *text)
{
    return text == NULL || text[0] == '\0';
}

bool registered_is_meant(const char *db_path, const char *server_id)
{
    return is_address(db_path) || (is_empty(db_path) && !is_empty(server_id));
}

/* Media servers whose history Tautulli keeps have longer ones. */
static bool is_registry_id(const char *id)
{
    return strlen(id) == ID_SIZE - 1 && strspn(id, "0123456789abcdef") == ID_SIZE - 1;
}

/* A slash at the end is none of the address. */
static bool is_at(const struct server_view *server, const char *address)
{
    size_t size = strlen(address);
    size -= size > 0 && address[size - 1] == '/';
    return strlen(server->address) == size && strncasecmp(server->address, address, size) == 0;
}

enum err registered_choose(const struct servers_listed *servers, const char *db_path,
                           const char *server_id, const struct server_view **out,
                           struct refusal *out_why)
{
    bool by_address = is_address(db_path);
    const struct server_view *found = NULL;
    bool other = false;
    for (size_t i = 0; i < servers->items_count; i++) {
        const struct server_view *one = &servers->items[i];
        bool meant = by_address ? is_at(one, db_path) : strcmp(one->id, server_id) == 0;
        found = meant && one->kind == server_kind_tautulli ? one : found;
        other = other || (meant && one->kind != server_kind_tautulli);
    }
    *out_why = (struct refusal){.field = by_address ? "db_path" : "server_id"};
    *out = found;
    if (found == NULL && by_address) {
        out_why->text = "No Tautulli is registered with this address";
        out_why->remedy = "Add it with its API key: playbus import ADDRESS asks for it, and so "
                          "does the panel";
        return ERR_SERVER_NOT_FOUND;
    }
    if (found == NULL && other) {
        out_why->text = "This server is registered, but is no Tautulli";
        return ERR_SERVER_WRONG_KIND;
    }
    if (found == NULL && is_empty(db_path) && is_registry_id(server_id)) {
        return ERR_SERVER_NOT_FOUND;
    }
    if (found != NULL && !found->enabled) {
        return ERR_SERVER_DISABLED;
    }
    if (found != NULL && !found->has_token) {
        out_why->remedy = "Give it the API key that Tautulli shows: Settings, Web Interface";
        return ERR_SERVER_TOKEN_MISSING;
    }
    return OK;
}
