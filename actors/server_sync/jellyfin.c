/* SPDX-License-Identifier: MIT
 * jellyfin.c - who a Jellyfin server is, whose token opens it, and how a token is got.
 *
 * Jellyfin 12 takes a token in the header Authorization alone, and all before it do so too. A token
 * is of a user and a device, and signing in again with the same device ends the one before: each
 * registration is a device of its own. */
#include "actors/server_sync/jellyfin.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>

#include "proto/wire/json.h"

/* ---- what is sent ---- */

static void introduce(struct vendor_headers *headers, const char *client_id,
                      const struct secret *token)
{
    static const char form[] = "MediaBrowser %s%s%sClient=\"Playbus\", Device=\"Playbus\", "
                               "DeviceId=\"%s\", Version=\"" PLAYBUS_VERSION "\"";
    const char *text = token != NULL ? token->bytes : "";
    const char *before = token != NULL ? "Token=\"" : "";
    const char *behind = token != NULL ? "\", " : "";
    size_t room = sizeof(form) + strlen(before) + strlen(text) + strlen(behind) + strlen(client_id);
    headers->made = secret_new(NULL, room);
    (void)snprintf(headers->made->bytes, room, form, before, text, behind, client_id);
    vendor_add_header(headers, "Accept", "application/json");
    vendor_add_header(headers, "Authorization", headers->made->bytes);
}

static struct secret *body_of(json_t *taken)
{
    OWNED(json_release) json_t *body = taken;
    size_t size = json_dumpb(body, NULL, 0, JSON_COMPACT);
    struct secret *text = secret_new(NULL, size);
    (void)json_dumpb(body, text->bytes, size, JSON_COMPACT);
    return text;
}

struct secret *jellyfin_post_password(const char *username, const struct secret *given)
{
    return body_of(json_pack("{s:s, s:s}", "Username", username, "Pw", given->bytes));
}

static struct secret *post_secret(const char *username, const struct secret *given)
{
    (void)username;
    return body_of(json_pack("{s:s}", "Secret", given->bytes));
}

/* ---- what is answered ---- */

/* Newer servers tell when to try again, or say nothing at all; older ones name themselves [which is
 * assumed]. */
bool jellyfin_is_maintenance(const struct http_answer *answer)
{
    static const char *const names[] = {"Jellyfin", "Emby"};
    bool named = false;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        named = named || (answer->body.size > 0 && memmem(answer->body.data, answer->body.size,
                                                          names[i], strlen(names[i])) != NULL);
    }
    return named;
}

/* Jellyfin alone names its product. */
enum err jellyfin_read_public(const json_t *answer, struct arena *arena, struct server_facts *facts)
{
    const char *product = json_string_value(json_object_get(answer, "ProductName"));
    facts->identity = vendor_text(answer, "Id", 255, arena);
    facts->version = vendor_text(answer, "Version", 128, arena);
    facts->server_name = vendor_text(answer, "ServerName", 1024, arena);
    if (facts->identity == NULL || facts->version == NULL) {
        return ERR_NOT_A_MEDIA_SERVER;
    }
    bool jellyfin = product != NULL && strncmp(product, "Jellyfin", strlen("Jellyfin")) == 0;
    if (!jellyfin && product != NULL) {
        return ERR_NOT_A_MEDIA_SERVER; /* something that imitates one */
    }
    facts->kind = jellyfin ? server_kind_jellyfin : server_kind_emby;
    return json_is_false(json_object_get(answer, "StartupWizardCompleted")) ? ERR_SERVER_MAINTENANCE
                                                                            : OK;
}

enum err jellyfin_read_info(const json_t *answer, struct arena *arena, struct server_facts *facts)
{
    const char *identity = vendor_text(answer, "Id", 255, arena);
    if (identity == NULL) {
        return ERR_SERVER_FAILED;
    }
    return strcmp(identity, facts->identity) == 0 ? OK : ERR_SERVER_ANOTHER;
}

enum err jellyfin_read_activity(const json_t *answer, struct arena *arena,
                                struct server_facts *facts)
{
    (void)arena;
    (void)facts;
    return json_is_array(json_object_get(answer, "Items")) ? OK : ERR_SERVER_FAILED;
}

/* Printable ASCII without blanks and quotes: it becomes a part of a header, or of a path. */
static struct secret *secret_of(const json_t *answer, const char *name)
{
    const char *text = json_string_value(json_object_get(answer, name));
    size_t size = 0;
    while (text != NULL && isgraph((unsigned char)text[size]) &&
           strchr("\"%&#?/", text[size]) == NULL) {
        size++;
    }
    bool fits = size > 0 && size <= SERVER_SECRET_MAX && text[size] == '\0';
    return fits ? secret_new(text, size) : NULL;
}

enum err jellyfin_read_token(const json_t *answer, struct arena *arena, struct server_facts *facts)
{
    const json_t *user = json_object_get(answer, "User");
    secret_destroy(&facts->token);
    facts->token = secret_of(answer, "AccessToken");
    facts->username = vendor_text(user, "Name", 256, arena);
    return facts->token != NULL && facts->username != NULL ? OK : ERR_SERVER_FAILED;
}

static enum err read_code(const json_t *answer, struct arena *arena, struct server_facts *facts)
{
    const char *code = vendor_text(answer, "Code", 32, arena);
    for (const char *c = code; c != NULL && *c != '\0'; c++) {
        code = isalnum((unsigned char)*c) ? code : NULL;
    }
    secret_destroy(&facts->secret);
    facts->secret = secret_of(answer, "Secret");
    facts->code = code;
    return code != NULL && facts->secret != NULL ? OK : ERR_SERVER_FAILED;
}

static enum err read_agreement(const json_t *answer, struct arena *arena,
                               struct server_facts *facts)
{
    (void)arena;
    const json_t *agreed = json_object_get(answer, "Authenticated");
    facts->agreed = json_is_true(agreed);
    return json_is_boolean(agreed) ? OK : ERR_SERVER_FAILED;
}

const struct vendor vendor_jellyfin = {
    .name = "Jellyfin",
    .introduce = introduce,
    .is_maintenance = jellyfin_is_maintenance,
    .other = server_kind_plex,
    .steps =
        {
            JELLYFIN_QUESTIONS,
            [ASK_FOR_QUICK_CONNECT] = {JELLYFIN_WHO_IT_IS,
                                       {.path = "/QuickConnect/Initiate",
                                        .post = vendor_post_nothing,
                                        .or_get = true,
                                        .body_max = 65536,
                                        .read = read_code,
                                        .refused = ERR_QUICK_CONNECT_OFF,
                                        .forbidden = ERR_QUICK_CONNECT_OFF}},
            [ASK_ABOUT_QUICK_CONNECT] = {JELLYFIN_WHO_IT_IS,
                                         {.path = "/QuickConnect/Connect?secret=",
                                          .with_secret_in_path = true,
                                          .body_max = 65536,
                                          .read = read_agreement,
                                          .refused = ERR_QUICK_CONNECT_OFF,
                                          .forbidden = ERR_QUICK_CONNECT_OFF,
                                          .missing = ERR_QUICK_CONNECT_OVER}},
            [ASK_TO_END_QUICK_CONNECT] = {JELLYFIN_WHO_IT_IS,
                                          JELLYFIN_SIGN_IN("/Users/AuthenticateWithQuickConnect",
                                                           post_secret),
                                          JELLYFIN_TAKES_THE_TOKEN, JELLYFIN_IS_ADMIN},
        },
};
