/* SPDX-License-Identifier: MIT
 * respond.c - makes answers. There is one error shape, made in one place from errors.def, whoever
 * refused: a check of the gateway or an actor on the bus. */
#include "gateway/rest/respond.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/rest/redact.h"
#include "proto/wire/json.h"

static void finish(struct request *r)
{
    r->stage = STAGE_ANSWERED;
    if (r->done != NULL) {
        r->done(r);
    }
}

void respond_json(struct request *r, int status, json_t **json)
{
    OWNED(json_release) json_t *body = TAKE(*json);
    if (r->caller.role != ROLE_ADMIN) {
        redact_json(body);
        if (r->caller.people[0] != '\0') {
            redact_others(body);
        }
    }
    r->outcome.status = status;
    r->outcome.type = "application/json";
    r->outcome.text = json_dumps(body, JSON_COMPACT);
    r->outcome.size = strlen(r->outcome.text);
    finish(r);
}

json_t *success_json(const char *message, const struct record_desc *record, const void *value)
{
    json_t *json = json_object();
    json_object_set_new(json, "success", json_true());
    if (message != NULL) {
        json_object_set_new(json, "message", json_string(message));
    }
    OWNED(json_release) json_t *fields = record_to_json(record, value);
    json_object_update(json, fields);
    return json;
}

static void respond_tree(struct request *r, const struct record_desc *record, const void *value,
                         enum json_text_kind kind)
{
    json_t *json = success_json(NULL, record, value);
    if (kind == JSON_TEXT_LIST && json_object_get(json, "next") == NULL) {
        json_object_set_new(json, "next", json_null());
    }
    respond_json(r, r->route->output.status, &json);
}

void respond_body(struct request *r, const struct record_desc *record, const void *value,
                  enum json_text_kind kind)
{
    if (r->caller.role != ROLE_ADMIN) { /* is looked through first */
        respond_tree(r, record, value, kind);
        return;
    }
    struct buffer text = {0};
    record_to_json_text(record, value, kind, &text);
    r->outcome.status = r->route->output.status;
    r->outcome.type = "application/json";
    r->outcome.text = text.data;
    r->outcome.size = text.size;
    finish(r);
}

void respond_record(struct request *r, const struct record_desc *record, const void *value)
{
    respond_body(r, record, value, JSON_TEXT_ANSWER);
}

void respond_shared(struct request *r, const char *type, struct shared_text *shared)
{
    r->outcome.status = MHD_HTTP_OK;
    r->outcome.type = type;
    r->outcome.shared = shared_text_keep(shared_text_for(shared, r->caller.role == ROLE_ADMIN));
    finish(r);
}

void respond_text(struct request *r, const char *type, struct buffer *text)
{
    r->outcome.status = MHD_HTTP_OK;
    r->outcome.type = type;
    r->outcome.size = text->size;
    r->outcome.text = TAKE(text->data);
    *text = (struct buffer){0};
    finish(r);
}

/* An error names the request that it answers. */
static void respond_alike_error(struct request *r, const struct outcome *other)
{
    json_t *body = json_loadb(other->text, other->size, 0, NULL);
    json_object_set_new(body, "correlation_id", json_string(r->correlation_id));
    r->outcome.code = other->code;
    r->outcome.retry_after_s = other->retry_after_s;
    respond_json(r, other->status, &body);
}

void respond_alike(struct request *r, struct outcome *other)
{
    if (other->code != OK) {
        respond_alike_error(r, other);
        return;
    }
    if (other->shared == NULL) {
        other->shared = shared_text_new(other->text, other->size);
        free(other->text);
        other->text = NULL;
    }
    r->outcome.status = other->status;
    r->outcome.type = other->type;
    r->outcome.shared = shared_text_keep(other->shared);
    finish(r);
}

void respond_asset(struct request *r)
{
    r->outcome.status = r->choice.unchanged ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK;
    r->outcome.type = r->choice.asset->type;
    finish(r);
}

static const char *text_or(const char *text, const char *otherwise)
{
    return text != NULL && text[0] != '\0' ? text : otherwise;
}

/* The job in the way stands at the top as well as in details: both readings of the contract work.
 */
static void describe_refusal(json_t *body, const struct refusal *why)
{
    static const char *const told[] = {"code", "text", "remedy", "field"};
    static const char *const on_top[] = {"operation", "job_id", "stats"};
    OWNED(json_release) json_t *details = record_to_json(desc_refusal(), why);
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        json_object_del(details, told[i]);
    }
    for (size_t i = 0; i < COUNT_OF(on_top); i++) {
        json_object_set(body, on_top[i], json_object_get(details, on_top[i]));
    }
    if (json_object_size(details) > 0) {
        json_object_set(body, "details", details);
    }
}

static const char *sentence_of(enum err code, const struct flaw *flaw, const struct refusal *why)
{
    const char *text = flaw != NULL ? flaw->text : why != NULL ? why->text : NULL;
    return text_or(text, err_sentence(code));
}

static json_t *error_json(struct request *r, enum err code, const struct flaw *flaw,
                          const struct refusal *why)
{
    json_t *body = json_object();
    r->outcome.code = code;
    const char *field = flaw != NULL ? flaw->field : why != NULL ? why->field : NULL;
    json_object_set_new(body, "success", json_false());
    json_object_set_new(body, "error", json_string(sentence_of(code, flaw, why)));
    json_object_set_new(body, "code", json_string(err_code(code)));
    json_object_set_new(body, "remedy",
                        json_string(text_or(why != NULL ? why->remedy : NULL, err_remedy(code))));
    json_object_set_new(body, "correlation_id", json_string(r->correlation_id));
    if (text_or(field, NULL) != NULL) {
        json_object_set_new(body, "field", json_string(field));
    }
    if (why != NULL) {
        describe_refusal(body, why);
    }
    return body;
}

void respond_error(struct request *r, enum err code, const struct flaw *flaw,
                   const struct refusal *why)
{
    char text[ACTOR_DAMAGE_SIZE];
    const struct refusal damage = {.text = text};
    if (code == ERR_STORE_DAMAGED && why == NULL && r->done != NULL &&
        actor_tells_damage(r->services->bus, text, sizeof text)) {
        why = &damage;
    }
    json_t *body = error_json(r, code, flaw, why);
    respond_json(r, err_http(code), &body);
}

void respond_unready(struct request *r, enum err code, const struct refusal *why)
{
    json_t *body = error_json(r, code, NULL, why);
    respond_json(r, MHD_HTTP_SERVICE_UNAVAILABLE, &body);
}

void respond_away(struct request *r, const char *actor)
{
    struct refusal why = {.code = err_code(ERR_ACTOR_AWAY), .actor = actor};
    respond_error(r, ERR_ACTOR_AWAY, NULL, &why);
}

bool respond_refusal(struct request *r, const struct answer *answer)
{
    if (answer->code == OK) {
        return false;
    }
    respond_error(r, answer->code, NULL, answer->why);
    return true;
}
