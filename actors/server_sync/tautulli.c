/* SPDX-License-Identifier: MIT
 * tautulli.c - a Tautulli: no media server, but what has watched one, and is imported from. Which
 * one it watched is what it is known by; its key opens all of it. */
#include <string.h>

#include "actors/server_sync/vendor.h"
#include "actors/shared/tautulli_api.h"

static void introduce(struct vendor_headers *headers, const char *client_id,
                      const struct secret *token)
{
    (void)client_id;
    (void)token; /* in the body */
    vendor_add_header(headers, "Accept", "application/json");
}

/* ---- what is sent ---- */

static struct secret *form(const char *call, const struct secret *key)
{
    size_t size = tautulli_form_size(call, key != NULL ? key->bytes : NULL);
    struct secret *body = secret_new(NULL, size - 1);
    tautulli_form(call, key != NULL ? key->bytes : NULL, body->bytes);
    return body;
}

static struct secret *post_without_key(const char *username, const struct secret *given)
{
    (void)username;
    (void)given;
    return form("cmd=get_tautulli_info", NULL);
}

static struct secret *post_info(const char *username, const struct secret *given)
{
    (void)username;
    return form("cmd=get_tautulli_info", given);
}

static struct secret *post_server_info(const char *username, const struct secret *given)
{
    (void)username;
    return form("cmd=get_server_info", given);
}

/* ---- what is answered ---- */

static enum err judge(const struct http_answer *answer, const json_t *said, bool with_token)
{
    const json_t *data = NULL;
    return tautulli_judge(answer->status, answer->location, said, with_token, &data);
}

static const json_t *data_of(const json_t *answer)
{
    return json_object_get(json_object_get(answer, "response"), "data");
}

static enum err read_nothing(const json_t *answer, struct arena *arena, struct server_facts *facts)
{
    (void)answer;
    (void)arena;
    facts->kind = server_kind_tautulli;
    return OK;
}

static enum err read_info(const json_t *answer, struct arena *arena, struct server_facts *facts)
{
    facts->version = vendor_text(data_of(answer), "tautulli_version", 128, arena);
    return facts->version != NULL ? OK : ERR_NOT_A_TAUTULLI;
}

/* The media server itself may be registered too, under its own identity. */
static enum err read_server_info(const json_t *answer, struct arena *arena,
                                 struct server_facts *facts)
{
    const char *watched = vendor_text(data_of(answer), "pms_identifier", 200, arena);
    facts->server_name = vendor_text(data_of(answer), "pms_name", 1024, arena);
    if (watched == NULL) {
        return ERR_TAUTULLI_NO_SERVER;
    }
    facts->identity = arena_format(arena, "tautulli:%s", watched);
    return OK;
}

#define STEP(body, with_key, what)                                                         \
    {                                                                                      \
        .path = TAUTULLI_API_PATH, .post = (body), .form = true, .with_token = (with_key), \
        .body_max = 1024 * 1024, .read = (what)                                            \
    }

const struct vendor vendor_tautulli = {
    .name = "Tautulli",
    .introduce = introduce,
    .other = server_kind_plex,
    .judge = judge,
    .steps = {[ASK_WHETHER_IT_WORKS] = {STEP(post_without_key, false, read_nothing),
                                        STEP(post_info, true, read_info),
                                        STEP(post_server_info, true, read_server_info)}},
};
