/* SPDX-License-Identifier: MIT
 * plex_call.c - one question to the server: when it may be asked, and what its answer means.
 *
 * A question outlives its job, and its server's pace, where it has to: libcurl tells the end of it
 * later. The token is in memory that is wiped when it is freed. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/shared/plex/plex_job.h"
#include "actors/shared/plex/plex_json.h"
#include "actors/shared/plex_maintenance.h"
#include "proto/base/clock.h"

enum {
    ANSWER_MS = 120000, /* a server thinks 11 ms about each row of a page */
    HEADERS_MAX = 5
};

struct plex_call {
    struct plex_job *job; /* NULL: it is over */
    struct http_pace *pace;
    plex_answered *done;
    bool with_token;
    int timer;       /* until it may be asked; 0: it was asked */
    uint64_t handle; /* of the client, once it was asked */
    char path[PLEX_PATH_SIZE];
};

/* ---- the server ---- */

void plex_server_take(struct plex_server *s, const struct server_credentials *given)
{
    plex_server_release(s);
    s->arena = arena_new();
    s->address = arena_keep(s->arena, given->address);
    s->certificate = arena_keep(s->arena, given->certificate_sha256);
    s->client_id = arena_keep(s->arena, given->client_id);
    s->name = arena_keep(s->arena, given->server_name);
    s->identity = arena_keep(s->arena, given->identity);
    size_t size = strlen(given->token) + 1;
    s->token = sodium_malloc(size);
    if (s->token == NULL) { /* no memory can be locked */
        abort();
    }
    memcpy(s->token, given->token, size);
    sodium_memzero((char *)(uintptr_t)given->token, size - 1);
}

void plex_server_release(struct plex_server *s)
{
    arena_destroy(&s->arena);
    sodium_free(s->token);
    *s = (struct plex_server){0};
}

/* ---- what an answer means ---- */

static void on_answer(struct actor *a, const struct http_answer *answer, void *context)
{
    (void)a;
    struct plex_call *call = context;
    struct plex_job *j = call->job;
    OWNED(json_release) json_t *root = NULL;
    const json_t *container = NULL;
    char text[SERVER_ANSWER_TEXT_SIZE];
    if (j == NULL) {
        free(call);
        return;
    }
    http_pace_ended(call->pace, answer, clock_monotonic_ms());
    enum err e =
        answer->end != HTTP_ANSWERED ? server_answer_end(answer, j->server.certificate != NULL)
        : answer->status != 200      ? server_answer_status(answer, ERR_SERVER_TOKEN_TOO_LOW,
                                                            plex_is_in_maintenance(answer->body))
                                     : plex_container(answer->body, &root, &container);
    server_answer_text(e, answer, text);
    if (e != OK) {
        log_info("the server did not answer as hoped code=%s end=%s status=%d path=%.100s "
                 "correlation_id=%s",
                 err_code(e), http_end_name(answer->end), answer->status, call->path,
                 j->job.task.job_id);
    }
    plex_answered *done = call->done;
    j->call = NULL;
    free(call);
    done(j, e, text, container);
}

/* ---- asking ---- */

static void ask_now(struct actor *a, void *context)
{
    (void)a;
    struct plex_call *call = context;
    const struct plex_server *server = &call->job->server;
    const struct http_header headers[HEADERS_MAX] = {
        {"Accept", "application/json"},      {"X-Plex-Product", "Playbus"},
        {"X-Plex-Version", PLAYBUS_VERSION}, {"X-Plex-Client-Identifier", server->client_id},
        {"X-Plex-Token", server->token},
    };
    OWNED(arena_destroy) struct arena *arena = arena_new();
    int64_t now = clock_monotonic_ms();
    const struct http_ask ask = {
        .url = arena_format(arena, "%s%s", server->address, call->path),
        .headers = headers,
        .headers_count = call->with_token ? HEADERS_MAX : HEADERS_MAX - 1,
        .body_max = PLEX_BODY_MAX,
        .deadline_ms = now + ANSWER_MS,
        .pinned_sha256 = server->certificate,
    };
    call->timer = 0;
    http_pace_began(call->pace, now);
    call->handle = http_ask(call->job->client, &ask, on_answer, call);
}

void plex_ask(struct plex_job *j, const char *path, bool with_token, plex_answered *done)
{
    struct actor *a = j->job.runner->actor;
    struct plex_call *call = must_alloc(sizeof(*call));
    call->job = j;
    call->pace = j->pace;
    call->done = done;
    call->with_token = with_token;
    (void)snprintf(call->path, sizeof(call->path), "%s", path);
    j->call = call;
    int64_t wait_ms = http_pace_wait_ms(j->pace, clock_monotonic_ms());
    call->timer = actor_after(a, wait_ms > 0 ? wait_ms : 0, ask_now, call);
}

void plex_call_drop(struct plex_job *j)
{
    struct plex_call *call = TAKE(j->call);
    if (call == NULL) {
        return;
    }
    struct actor *a = j->job.runner->actor;
    call->job = NULL;
    if (call->timer != 0) {
        actor_cancel(a, call->timer);
        free(call);
    } else {
        const struct http_answer cancelled = {.end = HTTP_CANCELLED, .retry_after_ms = -1};
        http_pace_ended(call->pace, &cancelled, clock_monotonic_ms());
        http_cancel(j->client, call->handle);
    }
}
