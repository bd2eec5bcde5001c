/* SPDX-License-Identifier: MIT
 * media_call.c - one question to a media server: when it may be asked, and what its
 * answer means. The token is in memory that is wiped when it is freed.
 *
 * A question outlives its job, and even the server's sync, where it has to: libcurl tells the end
 * of it later. So it counts as ended for the pace when nobody waits for it any more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/server_sync/credentials.h"
#include "actors/server_sync/media_call.h"
#include "actors/server_sync/vendor.h"
#include "actors/shared/server_answer.h"
#include "proto/base/clock.h"
#include "proto/base/text.h"
#include "proto/wire/json.h"

enum {
    ANSWER_MS = 120000,
    DAY_MS = 86400000,
    AGREES_MS = 1500,
    VALUES_MAX = 800000 /* of one answer: more would take too much memory as a tree */
};

struct media_call {
    struct media_server *server; /* NULL: it is over */
    media_answered *done;
    bool with_token;
    int timer;       /* until it may be asked; 0: it was asked */
    uint64_t handle; /* of the client, once it was asked */
    char path[MEDIA_PATH_SIZE];
    char *post; /* owned; NULL: a GET */
};

static void destroy(struct media_call **call)
{
    free((*call)->post);
    free(*call);
    *call = NULL;
}

/* ---- what an answer means ---- */

/* It says seconds, so one that agrees with ours is read from ours. A clock that is off by days is
 * none, and neither is what has no battery. */
static int64_t time_of(const struct http_answer *answer)
{
    int64_t ours = clock_wall_ms();
    int64_t theirs = answer->date_ms + 500;
    int64_t off = theirs > ours ? theirs - ours : ours - theirs;
    return off > AGREES_MS && off < DAY_MS ? theirs : ours;
}

static enum err forbidden(const struct media_server *s)
{
    return s->sync->kind == server_kind_plex ? ERR_SERVER_TOKEN_TOO_LOW : ERR_SERVER_NOT_ADMIN;
}

/* At most as many values as separators and openings. */
static bool has_too_many_values(struct bytes body)
{
    size_t values = 0;
    const char *text = body.data;
    for (size_t i = 0; i < body.size; i++) {
        values += text[i] == ',' || text[i] == '[' || text[i] == '{';
    }
    return values > VALUES_MAX;
}

static enum err parse(struct bytes body, json_t **out)
{
    if (has_too_many_values(body)) {
        return ERR_SERVER_FLOODS;
    }
    *out = json_loadb(body.data, body.size, 0, NULL);
    return *out != NULL ? OK : ERR_SERVER_FAILED;
}

static void on_answer(struct actor *a, const struct http_answer *answer, void *context)
{
    (void)a;
    OWNED(destroy) struct media_call *call = context;
    OWNED(json_release) json_t *body = NULL;
    struct media_server *s = call->server;
    char text[SERVER_ANSWER_TEXT_SIZE];
    if (s == NULL) {
        return;
    }
    http_pace_ended(&s->sync->pace, answer, clock_monotonic_ms());
    enum err e = answer->end != HTTP_ANSWERED ? server_answer_end(answer, s->certificate != NULL)
                 : answer->status != 200
                     ? server_answer_status(answer, forbidden(s),
                                            vendors[s->sync->kind]->is_maintenance(answer))
                     : parse(answer->body, &body);
    server_answer_text(e, answer, text);
    if (e != OK) {
        log_info(
            "the server did not answer as hoped code=%s end=%s status=%d path=%.100s server_id=%s",
            err_code(e), http_end_name(answer->end), answer->status, call->path, s->sync->id);
    }
    const struct media_answer given = {e, text, answer->status, body, time_of(answer)};
    s->call = NULL;
    call->done(s->owner, &given);
}

/* ---- asking ---- */

static void release_headers(struct vendor_headers *headers)
{
    secret_destroy(&headers->made);
}

static void ask_now(struct actor *a, void *context)
{
    (void)a;
    struct media_call *call = context;
    const struct media_server *s = call->server;
    OWNED(release_headers) struct vendor_headers headers = {0};
    OWNED(arena_destroy) struct arena *arena = arena_new();
    int64_t now = clock_monotonic_ms();
    vendors[s->sync->kind]->introduce(&headers, s->client_id, call->with_token ? s->token : NULL);
    if (call->post != NULL) {
        vendor_add_header(&headers, "Content-Type", "application/json");
    }
    const struct http_ask ask = {
        .url = arena_format(arena, "%s%s", s->address, call->path),
        .headers = headers.items,
        .headers_count = headers.count,
        .post = {call->post, call->post != NULL ? strlen(call->post) : 0},
        .body_max = MEDIA_BODY_MAX,
        .deadline_ms = now + ANSWER_MS,
        .pinned_sha256 = s->certificate,
    };
    call->timer = 0;
    http_pace_began(&s->sync->pace, now);
    call->handle = http_ask(s->sync->client, &ask, on_answer, call);
}

static void ask(struct media_server *s, const char *path, const char *post, bool with_token,
                media_answered *done)
{
    struct media_call *call = must_alloc(sizeof *call);
    call->server = s;
    call->done = done;
    call->with_token = with_token;
    call->post = post != NULL ? must_strdup(post) : NULL;
    (void)snprintf(call->path, sizeof call->path, "%s", path);
    s->call = call;
    int64_t wait_ms = http_pace_wait_ms(&s->sync->pace, clock_monotonic_ms());
    call->timer = actor_after(s->actor, wait_ms > 0 ? wait_ms : 0, ask_now, call);
}

void media_ask(struct media_server *s, const char *path, const char *post, media_answered *done)
{
    ask(s, path, post, true, done);
}

void media_ask_who(struct media_server *s, media_answered *done)
{
    ask(s, vendors[s->sync->kind]->steps[ASK_WHO_IT_IS][0].path, NULL, false, done);
}

void media_call_drop(struct media_server *s)
{
    struct media_call *call = TAKE(s->call);
    if (call == NULL) {
        return;
    }
    call->server = NULL;
    if (call->timer != 0) {
        actor_cancel(s->actor, call->timer);
        destroy(&call);
    } else {
        const struct http_answer cancelled = {.end = HTTP_CANCELLED, .retry_after_ms = -1};
        http_pace_ended(&s->sync->pace, &cancelled, clock_monotonic_ms());
        http_cancel(s->sync->client, call->handle);
    }
}

/* ---- the server ---- */

void media_server_init(struct media_server *s, struct actor *a, struct sync *sync, void *owner)
{
    *s = (struct media_server){.actor = a, .sync = sync, .owner = owner, .arena = arena_new()};
}

void media_server_release(struct media_server *s)
{
    media_call_drop(s);
    secret_destroy(&s->token);
    arena_destroy(&s->arena);
}

enum err media_server_read(struct media_server *s)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct server_credentials given;
    secret_destroy(&s->token);
    arena_reset(s->arena);
    enum err e = credentials_read(s->sync->servers, s->sync->id, arena, &s->token, &given);
    if (e != OK) {
        return e;
    }
    s->address = arena_keep(s->arena, given.address);
    s->certificate = arena_keep(s->arena, given.certificate_sha256);
    s->client_id = arena_keep(s->arena, given.client_id);
    s->identity = arena_keep(s->arena, given.identity);
    s->name = arena_keep(s->arena, given.server_name);
    return OK;
}

enum err media_server_check(struct media_server *s, const struct media_answer *answer,
                            const char *wanted, struct server_facts *out)
{
    const struct vendor_step *step = &vendors[s->sync->kind]->steps[ASK_WHO_IT_IS][0];
    struct server_facts facts = {0};
    enum err e = answer->code;
    if (e == ERR_SERVER_TOKEN_REFUSED || e == forbidden(s)) {
        e = ERR_SERVER_PATH_MISSING; /* it was sent none: of any other path a token is wanted */
    }
    e = e == OK ? step->read(answer->body, s->arena, &facts) : e;
    if (e != OK) {
        return e;
    }
    if (facts.kind != s->sync->kind) {
        return ERR_SERVER_WRONG_KIND;
    }
    if (!text_is_clean(facts.identity, strlen(facts.identity))) {
        return ERR_NOT_A_MEDIA_SERVER;
    }
    if (wanted != NULL && strcmp(facts.identity, wanted) != 0) {
        return ERR_SERVER_ANOTHER;
    }
    *out = facts;
    return OK;
}
