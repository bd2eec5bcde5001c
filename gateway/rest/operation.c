/* SPDX-License-Identifier: MIT
 * operation.c - what is said of a job that was started, stopped or given up, in the words of its
 * operation. */
#include "gateway/rest/operation.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "gateway/rest/ask.h"
#include "gateway/rest/respond.h"
#include "proto/base/ids.h"
#include "proto/schema/operations.h"
#include "proto/wire/json.h"

#define MESSAGE_SIZE 128

/* The record with the sentence and the job's id, which is also what the log gets. */
static void answer_job(struct request *r, const char *sentence, const struct record_desc *record,
                       const void *value, const char *job_id)
{
    (void)snprintf(r->job_id, sizeof r->job_id, "%s", job_id != NULL ? job_id : "");
    json_t *json = success_json(sentence, record, value);
    if (job_id != NULL) {
        json_object_set_new(json, "correlation_id", json_string(job_id));
    }
    respond_json(r, r->route->output.status, &json);
}

/* "Import stopped" and whatever follows. */
static void sentence_of(enum operation operation, const char *what, char out[static MESSAGE_SIZE])
{
    (void)snprintf(out, MESSAGE_SIZE, "%s %s", operations[operation].noun, what);
    out[0] = (char)toupper(out[0]);
}

void operation_answer_start(struct request *r, const struct answer *answer, bool resumed)
{
    char sentence[MESSAGE_SIZE];
    if (answer->code != OK && answer->code != ERR_TIMEOUT && answer->code != ERR_ACTOR_AWAY) {
        r->job_id[0] = '\0'; /* none was made of it */
    }
    if (respond_refusal(r, answer)) {
        return;
    }
    const struct import_started *body = msg_import_started(answer->reply);
    sentence_of(body->stats.operation, resumed ? "resumed" : "started", sentence);
    answer_job(r, sentence, desc_import_started(), body, body->job_id); /* a resume's is older */
}

static void own_started(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct request *r = context;
    char sentence[MESSAGE_SIZE];
    if (answer->code != OK && answer->code != ERR_TIMEOUT && answer->code != ERR_ACTOR_AWAY) {
        r->job_id[0] = '\0'; /* none was made of it */
    }
    if (respond_refusal(r, answer)) {
        return;
    }
    const struct job_created *made = msg_job_created(answer->reply);
    const struct import_started body = {.job_id = made->task.job_id, .stats = made->stats};
    sentence_of(made->stats.operation, made->task.attempt > 1 ? "resumed" : "started", sentence);
    answer_job(r, sentence, desc_import_started(), &body, body.job_id);
}

void operation_start_own(struct request *r, enum operation operation,
                         const struct record_desc *record, const void *params)
{
    OWNED(buffer_release) struct buffer packed = {0};
    id_new(r->job_id);
    if (record_pack(record, params, &packed, NULL) != OK) {
        respond_error(r, ERR_BAD_FIELD, NULL, NULL);
        return;
    }
    const struct job_create create = {.job_id = r->job_id,
                                      .operation = operation,
                                      .asked_by = r->caller.name,
                                      .params = {packed.data, packed.size}};
    ask_job_create(r->services->bus, "history", &create, r->job_id, ASK_MS, own_started, r);
}

void operation_answer_stop(struct request *r, const struct answer *answer)
{
    char sentence[MESSAGE_SIZE];
    if (respond_refusal(r, answer)) {
        return;
    }
    const struct job_state *state = msg_job_state(answer->reply);
    bool own = operation_is_own(&operations[state->stats.operation]);
    sentence_of(state->stats.operation,
                state->stats.job_id == NULL ? "stopped before it read anything"
                : own                       ? "stopped; it can be gone on with"
                                            : "stopped; what was stored stays and can be resumed",
                sentence);
    answer_job(r, sentence, desc_job_state(), state, state->stats.job_id);
}

static void stopped(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    operation_answer_stop(context, answer);
}

void operation_stop(struct request *r, enum operation operation)
{
    operation_stop_of(r, operation, NULL);
}

void operation_stop_of(struct request *r, enum operation operation, const char *job_id)
{
    const struct job_stop stop = {.operation = operation, .job_id = job_id};
    ask_job_stop(r->services->bus, "history", &stop, r->correlation_id, ASK_MS, stopped, r);
}

static void cleared(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct request *r = context;
    if (respond_refusal(r, answer)) {
        return;
    }
    const struct job_state *state = msg_job_state(answer->reply);
    answer_job(r, "Saved progress cleared; the stored plays stay", desc_job_state(), state,
               state->stats.job_id);
}

void operation_stop_of_server(struct request *r, enum operation operation, const char *server_id)
{
    const struct job_stop stop = {.operation = operation, .server_id = server_id};
    ask_job_stop(r->services->bus, "history", &stop, r->correlation_id, ASK_MS, stopped, r);
}

void operation_clear(struct request *r, enum operation operation)
{
    const struct job_clear clear = {.operation = operation};
    ask_job_clear(r->services->bus, "history", &clear, r->correlation_id, ASK_MS, cleared, r);
}

void operation_ask_standing(struct request *r, enum operation operation)
{
    struct import_status_get get = {0};
    PUT(&get, operation, operation);
    ask_import_status_get(r->services->bus, "history", &get, r->correlation_id, ASK_MS,
                          answer_record, r);
}
