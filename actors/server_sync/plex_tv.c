/* SPDX-License-Identifier: MIT
 * plex_tv.c - the three requests of a sign-in. The token is in a header, never in an address. */
#include "actors/server_sync/plex_tv.h"

#include <ctype.h>
#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/server_sync/server_address.h"
#include "proto/base/clock.h"
#include "proto/wire/json.h"

enum {
    ANSWER_MS = 3500, /* who asked us is answered within 5 s */
    PIN_MAX = 65536,  /* bytes of an answer */
    SERVERS_MAX_BYTES = 4 * 1024 * 1024,
    TOKEN_MAX = 1024,
    LIFETIME_MAX_S = 900 /* of a PIN: nobody takes longer to agree */
};

#define PLEX_TV "https://plex.tv"
#define PLEX_TV_PAGES "https://app.plex.tv"

/* ---- addresses ---- */

enum err plex_tv_init(struct plex_tv *tv, const char *setting, struct arena *arena)
{
    const char *why = NULL;
    const char *address = NULL;
    if (server_address_read(setting, arena, &address, &why) != OK) {
        log_error("plex.tv_address is not an address as " PLEX_TV);
        err_about("plex.tv_address");
        return ERR_BAD_SETTING;
    }
    if (strncmp(address, "https:", 6) != 0 && !server_address_is_local(address)) {
        log_error("plex.tv_address=%s has to begin with https://, for tokens come from there; http "
                  "is for this machine alone",
                  address);
        err_about("plex.tv_address");
        return ERR_BAD_SETTING;
    }
    tv->address = address;
    tv->pages = strcmp(address, PLEX_TV) == 0 ? PLEX_TV_PAGES : address;
    return OK;
}

static char *escaped(const char *text, struct arena *arena)
{
    char *made = curl_easy_escape(NULL, text, 0);
    if (made == NULL) {
        abort();
    }
    char *kept = arena_keep(arena, made);
    curl_free(made);
    return kept;
}

char *plex_tv_page(const struct plex_tv *tv, const char *code, const char *forward_url,
                   struct arena *arena)
{
    char *page = arena_format(arena,
                              "%s/auth#?clientID=%s&code=%s&context%%5Bdevice%%5D%%5Bproduct%%5D="
                              "Playbus",
                              tv->pages, escaped(tv->client_id, arena), escaped(code, arena));
    return forward_url == NULL
               ? page
               : arena_format(arena, "%s&forwardUrl=%s", page, escaped(forward_url, arena));
}

char *plex_tv_typing_page(const struct plex_tv *tv, struct arena *arena)
{
    return arena_format(arena, "%s/link", tv->address);
}

/* ---- asking ---- */

static void ask(struct http_client *client, const struct plex_tv *tv, const char *path,
                const struct secret *token, struct http_ask question, http_done *done,
                void *context)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    const struct http_header headers[] = {{"Accept", "application/json"},
                                          {"X-Plex-Product", "Playbus"},
                                          {"X-Plex-Version", PLAYBUS_VERSION},
                                          {"X-Plex-Client-Identifier", tv->client_id},
                                          {"X-Plex-Token", token != NULL ? token->bytes : ""}};
    question.url = arena_format(arena, "%s/api/v2/%s", tv->address, path);
    question.headers = headers;
    question.headers_count = COUNT_OF(headers) - (token == NULL);
    question.deadline_ms = clock_monotonic_ms() + ANSWER_MS;
    (void)http_ask(client, &question, done, context);
}

void plex_tv_ask_pin(struct http_client *client, const struct plex_tv *tv, bool short_code,
                     http_done *done, void *context)
{
    const struct http_ask question = {.post = {.data = "", .size = 0}, .body_max = PIN_MAX};
    ask(client, tv, short_code ? "pins" : "pins?strong=true", NULL, question, done, context);
}

void plex_tv_ask_about_pin(struct http_client *client, const struct plex_tv *tv, int64_t pin,
                           http_done *done, void *context)
{
    char path[32];
    (void)snprintf(path, sizeof path, "pins/%lld", (long long)pin);
    ask(client, tv, path, NULL, (struct http_ask){.body_max = PIN_MAX}, done, context);
}

void plex_tv_ask_servers(struct http_client *client, const struct plex_tv *tv,
                         const struct secret *token, http_done *done, void *context)
{
    ask(client, tv, "resources?includeHttps=1&includeRelay=1&includeIPv6=1", token,
        (struct http_ask){.body_max = SERVERS_MAX_BYTES}, done, context);
}

/* ---- answers ---- */

static struct plex_tv_trouble trouble(enum err code, const char *detail)
{
    struct plex_tv_trouble made = {.code = code};
    (void)snprintf(made.text, sizeof made.text, "%s%s%.200s", err_sentence(code),
                   detail[0] != '\0' ? ": " : "", detail);
    return made;
}

struct plex_tv_trouble plex_tv_failed(void)
{
    return trouble(ERR_PLEX_TV_FAILED, "");
}

static struct plex_tv_trouble asks_to_wait(int64_t wait_ms)
{
    char detail[64] = "";
    if (wait_ms > 0) {
        (void)snprintf(detail, sizeof detail, "%lld s", (long long)(wait_ms + 999) / 1000);
    }
    struct plex_tv_trouble made = trouble(ERR_PLEX_TV_BUSY, detail);
    made.wait_ms = wait_ms > 0 ? wait_ms : 0;
    return made;
}

struct plex_tv_trouble plex_tv_trouble_of(const struct http_answer *answer, int wanted)
{
    char status[32];
    if (answer->end == HTTP_CUT || answer->end == HTTP_TOO_LARGE) {
        return trouble(ERR_PLEX_TV_FAILED, answer->detail);
    }
    if (answer->end != HTTP_ANSWERED) {
        return trouble(ERR_PLEX_TV_UNREACHABLE, answer->detail);
    }
    if (answer->status == wanted) {
        return (struct plex_tv_trouble){.code = OK};
    }
    if (answer->status == 429) {
        return asks_to_wait(answer->retry_after_ms);
    }
    if (answer->status == 401 || answer->status == 403) {
        return trouble(ERR_PLEX_TV_REFUSED, "");
    }
    (void)snprintf(status, sizeof status, "HTTP status %d", answer->status);
    return trouble(ERR_PLEX_TV_FAILED, status);
}

bool plex_tv_is_token(const char *text)
{
    size_t size = 0;
    while (text != NULL && text[size] > ' ' && text[size] <= '~') {
        size++;
    }
    return size > 0 && size <= TOKEN_MAX && text[size] == '\0';
}

static bool is_code(const char *text)
{
    size_t size = 0;
    while (text != NULL && isalnum((unsigned char)text[size])) {
        size++;
    }
    return size > 0 && size < PLEX_CODE_SIZE && text[size] == '\0';
}

struct plex_tv_trouble plex_tv_read_pin(const struct http_answer *answer, struct plex_pin *out)
{
    bool made = answer->end == HTTP_ANSWERED && answer->status == 201;
    struct plex_tv_trouble t = plex_tv_trouble_of(answer, made ? 201 : 200);
    if (answer->end == HTTP_ANSWERED && answer->status == 404) {
        return trouble(ERR_PLEX_PIN_OVER, "");
    }
    if (t.code != OK) {
        return t;
    }
    OWNED(json_release) json_t *said = json_loadb(answer->body.data, answer->body.size, 0, NULL);
    json_int_t id = json_integer_value(json_object_get(said, "id"));
    json_int_t left_s = json_integer_value(json_object_get(said, "expiresIn"));
    const char *code = json_string_value(json_object_get(said, "code"));
    const char *token = json_string_value(json_object_get(said, "authToken"));
    bool agreed = token != NULL && token[0] != '\0';
    if (id <= 0 || !is_code(code) || (agreed && !plex_tv_is_token(token))) {
        return plex_tv_failed();
    }
    *out = (struct plex_pin){
        .id = id,
        .lifetime_ms = 1000 * (left_s > 0 && left_s < LIFETIME_MAX_S ? left_s : LIFETIME_MAX_S),
        .token = agreed ? secret_new(token, strlen(token)) : NULL};
    (void)snprintf(out->code, sizeof out->code, "%s", code);
    return t;
}
