/* SPDX-License-Identifier: MIT
 * jellyfin_call.c - one question to a Jellyfin or Emby server: when it may be asked, and what its
 * answer means. The token is in memory that is wiped when it is freed.
 *
 * A question outlives its job, and even the server's sync, where it has to: libcurl tells the end
 * of it later. So it counts as ended for the pace when nobody waits for it any more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/server_sync/jellyfin/jellyfin_job.h"
#include "actors/server_sync/vendor.h"
#include "proto/base/clock.h"
#include "proto/wire/json.h"

enum {
    ANSWER_MS = 120000,
    AWAY_MS = 60000,
    FAILED_MS = 20000,
    MAINTENANCE_MS = 1800000,
    VALUES_MAX = 800000 /* of one answer: more would take too much memory as a tree */
};

struct jellyfin_call {
    struct jellyfin_job *job; /* NULL: it is over */
    jellyfin_answered *done;
    bool with_token;
    int timer;       /* until it may be asked; 0: it was asked */
    uint64_t handle; /* of the client, once it was asked */
    char path[JELLYFIN_PATH_SIZE];
    char *post; /* owned; NULL: a GET */
};

static void destroy(struct jellyfin_call **call)
{
    free((*call)->post);
    free(*call);
    *call = NULL;
}

/* ---- what an answer means ---- */

int64_t jellyfin_wait_ms(enum err code)
{
    switch (code) {
    case ERR_SERVER_MAINTENANCE:
    case ERR_SERVER_BUSY:
        return MAINTENANCE_MS;
    case ERR_SERVER_UNREACHABLE:
    case ERR_SERVER_HOST_UNKNOWN:
    case ERR_SERVER_TIMED_OUT:
    case ERR_BUSY:
        return AWAY_MS;
    case ERR_SERVER_FAILED:
        return FAILED_MS;
    default:
        return 0;
    }
}

bool jellyfin_may_heal(enum err code)
{
    return jellyfin_wait_ms(code) > 0;
}

static enum err err_of_end(const struct jellyfin_job *j, const struct http_answer *answer)
{
    switch (answer->end) {
    case HTTP_NO_SUCH_HOST:
        return ERR_SERVER_HOST_UNKNOWN;
    case HTTP_TIMED_OUT:
        return ERR_SERVER_TIMED_OUT;
    case HTTP_CERTIFICATE:
        return j->certificate != NULL ? ERR_SERVER_CERTIFICATE_CHANGED : ERR_SERVER_CERTIFICATE;
    case HTTP_TOO_LARGE:
        return ERR_SERVER_FLOODS;
    case HTTP_CUT:
        return ERR_SERVER_FAILED;
    case HTTP_FORBIDDEN_ADDRESS:
        return ERR_SERVER_ADDRESS_FORBIDDEN;
    default:
        return ERR_SERVER_UNREACHABLE;
    }
}

static enum err err_of_status(const struct jellyfin_job *j, const struct http_answer *answer)
{
    switch (answer->status) {
    case 401:
        return ERR_SERVER_TOKEN_REFUSED;
    case 403:
        return ERR_SERVER_NOT_ADMIN;
    case 404:
        return ERR_SERVER_PATH_MISSING;
    case 429:
        return ERR_SERVER_BUSY;
    case 503:
        return vendors[j->sync->kind]->is_maintenance(answer) ? ERR_SERVER_MAINTENANCE
                                                              : ERR_SERVER_FAILED;
    default:
        return answer->status >= 300 && answer->status < 400 ? ERR_SERVER_REDIRECTS
                                                             : ERR_SERVER_FAILED;
    }
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
    OWNED(destroy) struct jellyfin_call *call = context;
    OWNED(json_release) json_t *body = NULL;
    struct jellyfin_job *j = call->job;
    char text[512] = "";
    if (j == NULL) {
        return;
    }
    http_pace_ended(&j->sync->pace, answer, clock_monotonic_ms());
    enum err e = answer->end != HTTP_ANSWERED ? err_of_end(j, answer)
                 : answer->status != 200      ? err_of_status(j, answer)
                                              : parse(answer->body, &body);
    if (e == ERR_SERVER_FAILED && answer->status != 200 && answer->status != 0) {
        (void)snprintf(text, sizeof text, "%s: HTTP status %d", err_sentence(e), answer->status);
    } else if (e == ERR_SERVER_REDIRECTS) {
        (void)snprintf(text, sizeof text, "%s: %.300s", err_sentence(e), answer->location);
    }
    if (e != OK) {
        log_info("the server did not answer as hoped code=%s end=%s status=%d path=%.100s "
                 "correlation_id=%s",
                 err_code(e), http_end_name(answer->end), answer->status, call->path,
                 j->job.task.job_id);
    }
    const struct jellyfin_answer given = {e, text, answer->status, body};
    j->call = NULL;
    call->done(j, &given);
}

/* ---- asking ---- */

static void release_headers(struct vendor_headers *headers)
{
    secret_destroy(&headers->made);
}

static void ask_now(struct actor *a, void *context)
{
    (void)a;
    struct jellyfin_call *call = context;
    const struct jellyfin_job *j = call->job;
    OWNED(release_headers) struct vendor_headers headers = {0};
    OWNED(arena_destroy) struct arena *arena = arena_new();
    int64_t now = clock_monotonic_ms();
    vendors[j->sync->kind]->introduce(&headers, j->client_id, call->with_token ? j->token : NULL);
    if (call->post != NULL) {
        vendor_add_header(&headers, "Content-Type", "application/json");
    }
    const struct http_ask ask = {
        .url = arena_format(arena, "%s%s", j->address, call->path),
        .headers = headers.items,
        .headers_count = headers.count,
        .post = {call->post, call->post != NULL ? strlen(call->post) : 0},
        .body_max = JELLYFIN_BODY_MAX,
        .deadline_ms = now + ANSWER_MS,
        .pinned_sha256 = j->certificate,
    };
    call->timer = 0;
    http_pace_began(&j->sync->pace, now);
    call->handle = http_ask(j->sync->client, &ask, on_answer, call);
}

void jellyfin_ask(struct jellyfin_job *j, const char *path, const char *post, bool with_token,
                  jellyfin_answered *done)
{
    struct actor *a = j->job.runner->actor;
    struct jellyfin_call *call = must_alloc(sizeof *call);
    call->job = j;
    call->done = done;
    call->with_token = with_token;
    call->post = post != NULL ? must_strdup(post) : NULL;
    (void)snprintf(call->path, sizeof call->path, "%s", path);
    j->call = call;
    int64_t wait_ms = http_pace_wait_ms(&j->sync->pace, clock_monotonic_ms());
    call->timer = actor_after(a, wait_ms > 0 ? wait_ms : 0, ask_now, call);
}

void jellyfin_call_drop(struct jellyfin_job *j)
{
    struct jellyfin_call *call = TAKE(j->call);
    if (call == NULL) {
        return;
    }
    call->job = NULL;
    if (call->timer != 0) {
        actor_cancel(j->job.runner->actor, call->timer);
        destroy(&call);
    } else {
        const struct http_answer cancelled = {.end = HTTP_CANCELLED, .retry_after_ms = -1};
        http_pace_ended(&j->sync->pace, &cancelled, clock_monotonic_ms());
        http_cancel(j->sync->client, call->handle);
    }
}
