/* SPDX-License-Identifier: MIT
 * server_test.c - the steps of a kind's row one after another, until one of them says no. */
#include "actors/server_sync/server_test.h"

#include <stdlib.h>
#include <string.h>

#include "actors/server_sync/vendor.h"
#include "actors/shared/server_answer.h"
#include "proto/base/clock.h"
#include "proto/wire/json.h"

struct test_run {
    struct http_client *client; /* borrowed */
    struct arena *arena;        /* owned; of the subject and the verdict */
    struct server_test_subject subject;
    struct secret *given; /* owned; NULL: nothing */
    struct server_verdict verdict;
    server_test_done *done;
    void *context;
    int64_t deadline_ms;
    size_t step;
    bool as_get; /* the step is asked once more, as older servers want it */
};

static const struct vendor *vendor_of(const struct test_run *run)
{
    return vendors[run->subject.kind];
}

bool server_test_knows(enum server_kind kind, enum server_question question)
{
    return vendors[kind]->steps[question][0].path != NULL;
}

static const struct vendor_step *step_of(const struct test_run *run)
{
    return &vendor_of(run)->steps[run->subject.question][run->step];
}

static void finish(struct actor *a, struct test_run *run, enum err code)
{
    struct server_facts *facts = &run->verdict.facts;
    run->verdict.code = code;
    /* BUSY: nothing more may be asked, for this process ends. */
    if (code != OK && code != ERR_BUSY && facts->token != NULL) {
        run->subject.identity = facts->identity;
        server_sign_out(run->client, &run->subject, &facts->token);
    }
    run->done(a, &run->verdict, run->context);
    secret_destroy(&facts->token);
    secret_destroy(&facts->secret);
    secret_destroy(&run->given);
    arena_destroy(&run->arena);
    free(run);
}

/* ---- asking ---- */

struct step_request {
    const struct server_test_subject *subject;
    const struct vendor_step *step;
    bool as_get;                /* although the step is a POST */
    const struct secret *given; /* a token, or what the step makes its body or path of; or NULL */
    int64_t deadline_ms;
};

static void send_step(struct http_client *client, const struct step_request *r, http_done *done,
                      void *context)
{
    const struct vendor_step *step = r->step;
    OWNED(secret_destroy) struct secret *body = NULL;
    OWNED(secret_destroy) struct secret *url = NULL;
    struct vendor_headers headers = {0};
    struct http_ask ask = {.body_max = step->body_max,
                           .deadline_ms = r->deadline_ms,
                           .pinned_sha256 = r->subject->certificate_sha256};
    vendors[r->subject->kind]->introduce(&headers, r->subject->client_id,
                                         step->with_token ? r->given : NULL);
    if (step->post != NULL && !r->as_get) {
        body = step->post(r->subject->username, r->given);
        ask.post = (struct bytes){.data = body->bytes, .size = body->size};
        vendor_add_header(&headers, "Content-Type",
                          step->form ? "application/x-www-form-urlencoded" : "application/json");
    }
    const char *end = step->with_secret_in_path && r->given != NULL ? r->given->bytes : "";
    size_t room = strlen(r->subject->address) + strlen(step->path) + strlen(end) + 1;
    url = secret_new(NULL, room);
    (void)snprintf(url->bytes, room, "%s%s%s", r->subject->address, step->path, end);
    ask.url = url->bytes;
    ask.headers = headers.items;
    ask.headers_count = headers.count;
    (void)http_ask(client, &ask, done, context);
    secret_destroy(&headers.made);
}

static void on_answer(struct actor *a, const struct http_answer *answer, void *context);

/* A sign-in's token takes the place of what it was got for. */
static const struct secret *given_of(const struct test_run *run)
{
    const struct secret *token = run->verdict.facts.token;
    return step_of(run)->with_token && token != NULL ? token : run->given;
}

static void ask_step(struct test_run *run)
{
    const struct step_request request = {.subject = &run->subject,
                                         .step = step_of(run),
                                         .as_get = run->as_get,
                                         .given = given_of(run),
                                         .deadline_ms = run->deadline_ms};
    send_step(run->client, &request, on_answer, run);
}

/* ---- what an answer that was not wanted means ---- */

static enum err err_of_end(struct test_run *run, const struct http_answer *answer)
{
    bool is_first = run->step == 0;
    switch (answer->end) {
    case HTTP_TOO_LARGE:
    case HTTP_CUT:
        return is_first ? ERR_NOT_A_MEDIA_SERVER : ERR_SERVER_FAILED;
    case HTTP_CANCELLED:
        return ERR_BUSY;
    case HTTP_CERTIFICATE:
        if (answer->certificate_sha256[0] != '\0') {
            run->verdict.why.certificate_sha256 =
                arena_keep(run->arena, answer->certificate_sha256);
        }
        break;
    default:
        break;
    }
    return server_answer_end(answer, run->subject.certificate_sha256 != NULL);
}

/* With what is to be said of it. */
static enum err told(struct test_run *run, enum err code, const struct http_answer *answer)
{
    char text[SERVER_ANSWER_TEXT_SIZE];
    server_answer_text(code, answer, text);
    run->verdict.why.text = text[0] != '\0' ? arena_keep(run->arena, text) : NULL;
    return code;
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
    if (answer->status == 404) {
        return step->missing != OK ? step->missing : told(run, ERR_SERVER_FAILED, answer);
    }
    bool says_maintenance = vendor->is_maintenance != NULL && vendor->is_maintenance(answer);
    return told(run, server_answer_status(answer, step->forbidden, says_maintenance), answer);
}

static enum err wrong_kind(struct test_run *run, enum server_kind kind)
{
    run->verdict.why.text = arena_format(run->arena, "%s: %s", err_sentence(ERR_SERVER_WRONG_KIND),
                                         vendors[kind]->name);
    return ERR_SERVER_WRONG_KIND;
}

/* ---- the steps ---- */

/* OK: it can be read. */
static enum err judge_answer(struct test_run *run, const struct http_answer *answer,
                             const json_t *said)
{
    const struct vendor *vendor = vendor_of(run);
    const struct vendor_step *step = step_of(run);
    enum err e = answer->status == 200 ? OK : ERR_SERVER_FAILED;
    e = vendor->judge != NULL ? vendor->judge(answer, said, step->with_token) : e;
    if (e == ERR_SERVER_FAILED || e == ERR_SERVER_REDIRECTS) {
        e = err_of_status(run, answer);
        e = e == OK ? told(run, ERR_SERVER_FAILED, answer) : e; /* the kind knows no such refusal */
    }
    return e;
}

/* OK: the next step may be asked for. */
static enum err judge(struct test_run *run, const struct http_answer *answer)
{
    const struct vendor_step *step = step_of(run);
    if (answer->end != HTTP_ANSWERED) {
        return err_of_end(run, answer);
    }
    if (step->read == NULL && answer->status == 204) {
        return OK;
    }
    if (step->read == NULL) {
        return err_of_status(run, answer);
    }
    OWNED(json_release) json_t *said = json_loadb(answer->body.data, answer->body.size, 0, NULL);
    enum err e = judge_answer(run, answer, said);
    if (e != OK) {
        return e;
    }
    struct server_facts *facts = &run->verdict.facts;
    e = step->read(said, run->arena, facts);
    const char *wanted = run->subject.identity;
    if (e == OK && facts->kind != run->subject.kind) {
        return wrong_kind(run, facts->kind);
    }
    if (e == OK && wanted != NULL && facts->identity != NULL &&
        strcmp(wanted, facts->identity) != 0) {
        e = ERR_SERVER_ANOTHER;
    }
    return e;
}

/* What is there instead, at a path that is missing? */
static void on_other_kind(struct actor *a, const struct http_answer *answer, void *context)
{
    struct test_run *run = context;
    const struct vendor_step *step = &vendors[vendor_of(run)->other]->steps[ASK_WHO_IT_IS][0];
    struct server_facts facts = {0};
    bool answered = answer->end == HTTP_ANSWERED && answer->status == 200;
    OWNED(json_release)
    json_t *said = answered ? json_loadb(answer->body.data, answer->body.size, 0, NULL) : NULL;
    enum err e = step->read(said, run->arena, &facts);
    bool found = e == OK || e == ERR_SERVER_MAINTENANCE;
    finish(a, run, found ? wrong_kind(run, facts.kind) : ERR_SERVER_PATH_MISSING);
}

static void ask_other_kind(struct test_run *run)
{
    const struct step_request request = {
        .subject = &run->subject,
        .step = &vendors[vendor_of(run)->other]->steps[ASK_WHO_IT_IS][0],
        .deadline_ms = run->deadline_ms};
    send_step(run->client, &request, on_other_kind, run);
}

static void next_step(struct actor *a, struct test_run *run)
{
    run->step++;
    run->as_get = false;
    bool more = run->step < VENDOR_STEPS_MAX && step_of(run)->path != NULL;
    if (!more) {
        finish(a, run, OK);
    } else if (step_of(run)->with_token && given_of(run) == NULL) {
        finish(a, run, ERR_SERVER_TOKEN_MISSING);
    } else {
        ask_step(run);
    }
}

static void on_answer(struct actor *a, const struct http_answer *answer, void *context)
{
    struct test_run *run = context;
    if (answer->status == 405 && step_of(run)->or_get && !run->as_get) {
        run->as_get = true;
        ask_step(run);
        return;
    }
    enum err e = judge(run, answer);
    if (e == OK) {
        next_step(a, run);
        return;
    }
    log_debug("a test of a media server failed address=%s step=%zu code=%s end=%s detail=%s",
              run->subject.address, run->step, err_code(e), http_end_name(answer->end),
              answer->detail);
    if (e == ERR_SERVER_PATH_MISSING && run->step == 0) {
        ask_other_kind(run);
    } else {
        finish(a, run, e);
    }
}

void server_test_begin(struct http_client *client, const struct server_test_subject *subject,
                       struct secret **given, server_test_done *done, void *context)
{
    struct test_run *run = must_alloc(sizeof *run);
    int64_t within_ms = subject->within_ms > 0 ? subject->within_ms : SERVER_TEST_MS;
    *run = (struct test_run){.client = client,
                             .arena = arena_new(),
                             .given = TAKE(*given),
                             .done = done,
                             .context = context,
                             .deadline_ms = clock_monotonic_ms() + within_ms};
    run->subject = (struct server_test_subject){
        .question = subject->question,
        .kind = subject->kind,
        .address = arena_keep(run->arena, subject->address),
        .identity = arena_keep(run->arena, subject->identity),
        .certificate_sha256 = arena_keep(run->arena, subject->certificate_sha256),
        .client_id = arena_keep(run->arena, subject->client_id),
        .username = arena_keep(run->arena, subject->username)};
    run->verdict.facts.kind = subject->kind;
    ask_step(run);
}

static void on_signed_out(struct actor *a, struct server_verdict *verdict, void *context)
{
    (void)a;
    (void)context;
    log_info("a token was ended on its server code=%s", err_code(verdict->code));
}

void server_sign_out(struct http_client *client, const struct server_test_subject *of,
                     struct secret **token)
{
    struct server_test_subject subject = *of;
    subject.question = ASK_TO_SIGN_OUT;
    if (*token != NULL && server_test_knows(of->kind, ASK_TO_SIGN_OUT)) {
        server_test_begin(client, &subject, token, on_signed_out, NULL);
    }
}
