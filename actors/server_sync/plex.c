/* SPDX-License-Identifier: MIT
 * plex.c - who a Plex Media Server is, whose token opens it, and which libraries it has.
 *
 * /identity answers any token, so it says which server it is and nothing of the token; / takes any
 * token of the server; /accounts only the one of its owner, whose account has the number 1. */
#include <string.h>

#include "actors/server_sync/vendor.h"
#include "actors/shared/plex_maintenance.h"

#define OWNER_ACCOUNT 1
#define LIBRARIES_MAX 1000 /* as many as are told */

/* A text, or a number in decimal. */
static const char *text_or_number_of(const json_t *object, const char *name, size_t max,
                                     struct arena *arena)
{
    const json_t *value = json_object_get(object, name);
    return json_is_integer(value)
               ? arena_format(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value))
               : vendor_text(object, name, max, arena);
}

static bool is_number(const json_t *value, json_int_t number)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, number);
    const char *quoted = json_string_value(value);
    return json_is_integer(value) ? json_integer_value(value) == number
                                  : quoted != NULL && strcmp(quoted, text) == 0;
}

static const json_t *container_of(const json_t *answer)
{
    return json_object_get(answer, "MediaContainer");
}

static enum err read_identity(const json_t *answer, struct arena *arena, struct server_facts *facts)
{
    const json_t *container = container_of(answer);
    facts->kind = server_kind_plex;
    facts->identity = vendor_text(container, "machineIdentifier", 255, arena);
    facts->version = vendor_text(container, "version", 128, arena);
    return facts->identity != NULL ? OK : ERR_NOT_A_MEDIA_SERVER;
}

static enum err read_capabilities(const json_t *answer, struct arena *arena,
                                  struct server_facts *facts)
{
    const json_t *container = container_of(answer);
    const char *identity = vendor_text(container, "machineIdentifier", 255, arena);
    if (identity == NULL) {
        return ERR_SERVER_FAILED;
    }
    facts->server_name = vendor_text(container, "friendlyName", 1024, arena);
    return strcmp(identity, facts->identity) == 0 ? OK : ERR_SERVER_ANOTHER;
}

static enum err read_accounts(const json_t *answer, struct arena *arena, struct server_facts *facts)
{
    const json_t *list = json_object_get(container_of(answer), "Account");
    size_t i = 0;
    const json_t *account = NULL;
    json_array_foreach(list, i, account)
    {
        if (is_number(json_object_get(account, "id"), OWNER_ACCOUNT)) {
            facts->owner = vendor_text(account, "name", 1024, arena);
            return OK;
        }
    }
    return ERR_SERVER_TOKEN_TOO_LOW;
}

/* A row without what it is called by cannot be chosen. */
static enum err read_libraries(const json_t *answer, struct arena *arena,
                               struct server_facts *facts)
{
    const json_t *list = json_object_get(container_of(answer), "Directory");
    size_t size = json_array_size(list);
    bool is_list = list == NULL ? json_is_object(container_of(answer)) : json_is_array(list);
    if (!is_list || size > LIBRARIES_MAX) {
        return ERR_SERVER_FAILED;
    }
    struct server_library *libraries = arena_alloc(arena, size * sizeof *libraries);
    facts->libraries = libraries;
    facts->libraries_count = 0;
    for (size_t i = 0; i < size; i++) {
        const json_t *row = json_array_get(list, i);
        const struct server_library library = {.id = text_or_number_of(row, "key", 64, arena),
                                               .name = vendor_text(row, "title", 1024, arena),
                                               .type = vendor_text(row, "type", 64, arena)};
        if (library.id != NULL && library.name != NULL && library.type != NULL) {
            libraries[facts->libraries_count++] = library;
        }
    }
    return OK;
}

/* Of any other path it wants a token; which server it is it says without one. */
#define WHO_IT_IS                                                                 \
    {                                                                             \
        .path = "/identity", .body_max = 65536, .read = read_identity,            \
        .refused = ERR_SERVER_PATH_MISSING, .forbidden = ERR_SERVER_PATH_MISSING, \
        .missing = ERR_SERVER_PATH_MISSING                                        \
    }

static void introduce(struct vendor_headers *headers, const char *client_id,
                      const struct secret *token)
{
    vendor_add_header(headers, "Accept", "application/json");
    vendor_add_header(headers, "X-Plex-Product", "Playbus");
    vendor_add_header(headers, "X-Plex-Version", PLAYBUS_VERSION);
    vendor_add_header(headers, "X-Plex-Client-Identifier", client_id);
    if (token != NULL) {
        vendor_add_header(headers, "X-Plex-Token", token->bytes);
    }
}

static bool is_maintenance(const struct http_answer *answer)
{
    return plex_is_in_maintenance(answer->body);
}

const struct vendor vendor_plex = {
    .name = "Plex",
    .introduce = introduce,
    .is_maintenance = is_maintenance,
    .other = server_kind_jellyfin,
    .steps = {[ASK_WHO_IT_IS] = {WHO_IT_IS},
              [ASK_WHETHER_IT_WORKS] = {WHO_IT_IS,
                                        {.path = "/",
                                         .with_token = true,
                                         .body_max = 1024 * 1024,
                                         .read = read_capabilities,
                                         .refused = ERR_SERVER_TOKEN_REFUSED,
                                         .forbidden = ERR_SERVER_TOKEN_TOO_LOW},
                                        {.path = "/accounts",
                                         .with_token = true,
                                         .body_max = 8 * 1024 * 1024,
                                         .read = read_accounts,
                                         .refused = ERR_SERVER_TOKEN_TOO_LOW,
                                         .forbidden = ERR_SERVER_TOKEN_TOO_LOW}},
              [ASK_FOR_LIBRARIES] = {WHO_IT_IS,
                                     {.path = "/library/sections",
                                      .with_token = true,
                                      .body_max = 4 * 1024 * 1024,
                                      .read = read_libraries,
                                      .refused = ERR_SERVER_TOKEN_REFUSED,
                                      .forbidden = ERR_SERVER_TOKEN_TOO_LOW}}},
};
