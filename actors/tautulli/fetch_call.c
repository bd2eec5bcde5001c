/* SPDX-License-Identifier: MIT
 * fetch_call.c - one question to a Tautulli, and what its answer means. A question outlives who
 * asked it where it has to: libcurl tells the end of it later. */
#include "actors/tautulli/fetch_call.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "actors/shared/tautulli_api.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"

struct fetch_call {
    struct http_client *client; /* borrowed */
    uint64_t handle;
    fetch_answered *done; /* NULL: nobody waits */
    http_take *take;
    void *context;
};

static char *secret_room(size_t size)
{
    char *room = sodium_malloc(size);
    if (room == NULL) { /* no memory can be locked */
        abort();
    }
    return room;
}

void fetch_server_take(struct fetch_server *s, const struct server_credentials *given)
{
    size_t size = strlen(given->token) + 1;
    fetch_server_release(s);
    s->arena = arena_new();
    s->address = arena_keep(s->arena, given->address);
    s->certificate = arena_keep(s->arena, given->certificate_sha256);
    s->key = secret_room(size);
    memcpy(s->key, given->token, size);
    sodium_memzero((char *)(uintptr_t)given->token, size - 1);
}

void fetch_server_release(struct fetch_server *s)
{
    arena_destroy(&s->arena);
    sodium_free(s->key);
    *s = (struct fetch_server){0};
}

/* ---- asking ---- */

static void on_answer(struct actor *a, const struct http_answer *answer, void *context)
{
    (void)a;
    struct fetch_call *call = context;
    fetch_answered *done = call->done;
    void *asker = call->context;
    free(call);
    if (done != NULL) {
        done(asker, answer);
    }
}

static bool on_piece(void *context, struct bytes piece, int64_t whole)
{
    const struct fetch_call *call = context;
    return call->done != NULL && call->take(call->context, piece, whole);
}

struct fetch_call *fetch_call_new(struct http_client *client, const struct fetch_server *server,
                                  const struct fetch_question *q)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    const char *key = q->without_key ? NULL : server->key;
    struct fetch_call *call = must_alloc(sizeof(*call));
    *call = (struct fetch_call){
        .client = client, .done = q->done, .take = q->take, .context = q->context};
    char *body = secret_room(tautulli_form_size(q->call, key));
    tautulli_form(q->call, key, body);
    const struct http_header headers[] = {{"Accept", "application/json"},
                                          {"Content-Type", TAUTULLI_FORM}};
    const struct http_ask ask = {
        .url = arena_format(arena, "%s" TAUTULLI_API_PATH, server->address),
        .headers = headers,
        .headers_count = COUNT_OF(headers),
        .post = {body, strlen(body)},
        .body_max = q->body_max,
        .take = q->take != NULL ? on_piece : NULL,
        .take_context = call,
        .deadline_ms = clock_monotonic_ms() + q->answer_ms,
        .silence_max_ms = q->silence_ms,
        .pinned_sha256 = server->certificate,
    };
    call->handle = http_ask(client, &ask, on_answer, call);
    sodium_free(body);
    return call;
}

void fetch_call_drop(struct fetch_call **call)
{
    struct fetch_call *dropped = TAKE(*call);
    if (dropped != NULL) {
        dropped->done = NULL;
        http_cancel(dropped->client, dropped->handle);
    }
}

/* ---- what an answer means ---- */

enum err fetch_read(const struct http_answer *answer, bool with_key, bool pinned, json_t **out_said,
                    const json_t **out_data, char text[static SERVER_ANSWER_TEXT_SIZE])
{
    text[0] = '\0';
    if (answer->end != HTTP_ANSWERED) {
        log_info("tautulli did not answer end=%s detail=%s", http_end_name(answer->end),
                 answer->detail);
        return server_answer_end(answer, pinned);
    }
    *out_said = json_loadb(answer->body.data, answer->body.size, 0, NULL);
    enum err e = tautulli_judge(answer->status, answer->location, *out_said, with_key, out_data);
    e = e == ERR_NOT_A_TAUTULLI && with_key ? ERR_SERVER_FAILED : e; /* it was one before */
    server_answer_text(e, answer, text);
    return e;
}
