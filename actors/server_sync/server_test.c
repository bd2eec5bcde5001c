/* SPDX-License-Identifier: MIT
 * server_test.c - the steps of a kind's row one after another, until one of them says no. */
#include "actors/server_sync/server_test.h"

#include <stdlib.h>
#include <string.h>

#include "actors/server_sync/vendor.h"
#include "proto/base/clock.h"
#include "proto/wire/json.h"

#define LOCATION_SHOWN 300

struct test_run {
    struct http_client *client; /* borrowed */
    struct arena *arena;        /* owned; of the subject and the verdict */
    struct server_test_subject subject;
    struct secret *token; /* owned; NULL: none */
    struct server_verdict verdict;
    server_test_done *done;
    void *context;
    int64_t deadline_ms;
    size_t step;
};

static const struct vendor *vendor_of(const struct test_run *run)
{
    return vendors[run->subject.kind];
}

static const struct vendor_step *step_of(const struct test_run *run)
{
    return &vendor_of(run)->steps[run->subject.question][run->step];
}

static void finish(struct actor *a, struct test_run *run, enum err code)
{
    run->verdict.code = code;
    run->done(a, &run->verdict, run->context);
    secret_destroy(&run->token);
    arena_destroy(&run->arena);
    free(run);
}

static void on_answer(struct actor *a, const struct http_answer *answer, void *context);

static void ask(struct test_run *run, const char *path, bool with_token, size_t body_max,
                http_done *done)
{
    const struct vendor *vendor = vendor_of(run);
    struct http_header headers[VENDOR_HEADERS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(vendor->headers) && vendor->headers[i] != NULL; i += 2) {
        headers[count++] = (struct http_header){vendor->headers[i], vendor->headers[i + 1]};
    }
    headers[count++] = (struct http_header){vendor->client_header, run->subject.client_id};
    if (with_token) {
        headers[count++] = (struct http_header){vendor->token_header, run->token->bytes};
    }
    const struct http_ask question = {
        .url = arena_format(run->arena, "%s%s", run->subject.address, path),
        .headers = headers,
        .headers_count = count,
        .body_max = body_max,
        .deadline_ms = run->deadline_ms,
        .pinned_sha256 = run->subject.certificate_sha256};
    (void)http_ask(run->client, &question, done, run);
}

static void ask_step(struct test_run *run)
{
    const struct vendor_step *step = step_of(run);
    ask(run, step->path, step->with_token, step->body_max, on_answer);
}

/* ---- what an answer that was not wanted means ---- */

static enum err err_of_end(struct test_run *run, const struct http_answer *answer)
{
    switch (answer->end) {
    case HTTP_NO_SUCH_HOST:
        return ERR_SERVER_HOST_UNKNOWN;
    case HTTP_TIMED_OUT:
        return ERR_SERVER_TIMED_OUT;
    case HTTP_CERTIFICATE:
        if (answer->certificate_sha256[0] != '\0') {
            run->verdict.why.certificate_sha256 =
                arena_keep(run->arena, answer->certificate_sha256);
        }
        return run->subject.certificate_sha256 != NULL ? ERR_SERVER_CERTIFICATE_CHANGED
                                                       : ERR_SERVER_CERTIFICATE;
    case HTTP_TOO_LARGE:
    case HTTP_CUT:
        return run->step == 0 ? ERR_NOT_A_MEDIA_SERVER : ERR_SERVER_FAILED;
    case HTTP_FORBIDDEN_ADDRESS:
        return ERR_SERVER_ADDRESS_FORBIDDEN;
    case HTTP_CANCELLED:
        return ERR_BUSY;
    default:
        return ERR_SERVER_UNREACHABLE;
    }
}

static enum err failed_with(struct test_run *run, int status)
{
    run->verdict.why.text =
        arena_format(run->arena, "%s: HTTP status %d", err_sentence(ERR_SERVER_FAILED), status);
    return ERR_SERVER_FAILED;
}

static enum err err_of_status(struct test_run *run, const struct http_answer *answer)
{
    const struct vendor *vendor = vendor_of(run);
    const struct vendor_step *step = step_of(run);
    if (answer->status == 401) {
        return step->refused;
    }
    if (answer->status == 403) {
        return step->forbidden;
    }
    if (answer->status == 503 && vendor->is_maintenance(answer->body)) {
        return ERR_SERVER_MAINTENANCE;
    }
    if (answer->status >= 300 && answer->status < 400) {
        run->verdict.why.text =
            arena_format(run->arena, "%s: %.*s", err_sentence(ERR_SERVER_REDIRECTS), LOCATION_SHOWN,
                         answer->location);
        return ERR_SERVER_REDIRECTS;
    }
    return failed_with(run, answer->status);
}

/* ---- what is there instead, at a path that is missing ---- */

/* Jellyfin and Emby say without a token what they are. */
static void on_other_kind(struct actor *a, const struct http_answer *answer, void *context)
{
    struct test_run *run = context;
    bool answered = answer->end == HTTP_ANSWERED && answer->status == 200;
    OWNED(json_release)
    json_t *said = answered ? json_loadb(answer->body.data, answer->body.size, 0, NULL) : NULL;
    const char *version = json_string_value(json_object_get(said, "Version"));
    const char *id = json_string_value(json_object_get(said, "Id"));
    finish(a, run, version != NULL && id != NULL ? ERR_SERVER_WRONG_KIND : ERR_SERVER_PATH_MISSING);
}

/* ---- the steps ---- */

/* OK: the next step may be asked for. */
static enum err judge(struct test_run *run, const struct http_answer *answer)
{
    const struct vendor_step *step = step_of(run);
    if (answer->end != HTTP_ANSWERED) {
        return err_of_end(run, answer);
    }
    if (answer->status != 200) {
        return err_of_status(run, answer);
    }
    OWNED(json_release) json_t *said = json_loadb(answer->body.data, answer->body.size, 0, NULL);
    enum err e = step->read(said, run->arena, &run->verdict.facts);
    const char *wanted = run->subject.identity;
    if (e == OK && wanted != NULL && strcmp(wanted, run->verdict.facts.identity) != 0) {
        e = ERR_SERVER_ANOTHER;
    }
    return e;
}

static void on_answer(struct actor *a, const struct http_answer *answer, void *context)
{
    struct test_run *run = context;
    if (answer->end == HTTP_ANSWERED && answer->status == 404 && run->step == 0) {
        ask(run, "/System/Info/Public", false, 65536, on_other_kind);
        return;
    }
    enum err e = judge(run, answer);
    if (e != OK) {
        log_debug("a test of a media server failed address=%s step=%zu code=%s end=%s detail=%s",
                  run->subject.address, run->step, err_code(e), http_end_name(answer->end),
                  answer->detail);
        finish(a, run, e);
        return;
    }
    run->step++;
    bool more = run->step < VENDOR_STEPS_MAX && step_of(run)->path != NULL;
    if (!more) {
        finish(a, run, OK);
    } else if (step_of(run)->with_token && run->token == NULL) {
        finish(a, run, ERR_SERVER_TOKEN_MISSING);
    } else {
        ask_step(run);
    }
}

void server_test_begin(struct http_client *client, const struct server_test_subject *subject,
                       struct secret **token, server_test_done *done, void *context)
{
    struct test_run *run = must_alloc(sizeof *run);
    *run = (struct test_run){.client = client,
                             .arena = arena_new(),
                             .token = TAKE(*token),
                             .done = done,
                             .context = context,
                             .deadline_ms = clock_monotonic_ms() + SERVER_TEST_MS};
    run->subject = (struct server_test_subject){
        .question = subject->question,
        .kind = subject->kind,
        .address = arena_keep(run->arena, subject->address),
        .identity = arena_keep(run->arena, subject->identity),
        .certificate_sha256 = arena_keep(run->arena, subject->certificate_sha256),
        .client_id = arena_keep(run->arena, subject->client_id)};
    ask_step(run);
}
