/* SPDX-License-Identifier: MIT
 * request.c - a request's memory, and its input read strictly: a field that does not exist is
 * refused by name, so a misspelt dry_run never starts a real import. */
#include "gateway/rest/request.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/guard/query.h"
#include "gateway/rest/body.h"
#include "gateway/rest/upload.h"
#include "proto/base/clock.h"
#include "proto/wire/json.h"

struct request *request_new(const struct services *services, struct MHD_Connection *connection,
                            const char *target)
{
    struct request *r = must_alloc(sizeof *r);
    r->services = services;
    r->connection = connection;
    r->began_ms = clock_monotonic_ms();
    r->target = must_strdup(target);
    r->target_at = target;
    r->facts.content_length = -1;
    return r;
}

/* Texts of the input that are nobody's but the caller's. */
static void forget_secrets(struct request *r)
{
    static const char *const secrets[] = {"password", "current_password", "new_password", "code",
                                          "token"};
    bool known = r->input != NULL && r->route != NULL;
    const struct record_desc *record = known ? r->route->input.record() : NULL;
    for (size_t i = 0; record != NULL && i < record->count; i++) {
        for (size_t k = 0; k < COUNT_OF(secrets); k++) {
            const struct field *field = &record->fields[i];
            if (field->type == TYPE_STR && strcmp(field->name, secrets[k]) == 0) {
                char *text = *(char **)((char *)r->input + field->offset);
                sodium_memzero(text, text != NULL ? strlen(text) : 0);
            }
        }
    }
}

void request_destroy(struct request **request)
{
    struct request *gone = TAKE(*request);
    if (gone == NULL) {
        return;
    }
    upload_discard(&gone->upload);
    forget_secrets(gone);
    arena_destroy(&gone->arena);
    body_release(gone);
    buffer_release(&gone->stream.text);
    free(gone->stream.cursor);
    free(gone->outcome.text);
    free(gone->outcome.cookie);
    shared_text_drop(&gone->outcome.shared);
    free(gone->target);
    free(gone);
}

enum err request_refuse(struct request *r, enum err code, const char *why)
{
    r->refused = code;
    r->flaw = (struct flaw){.code = code};
    snprintf(r->flaw.text, sizeof r->flaw.text, "%s", why);
    return code;
}

/* The body as a JSON object; none at all is an empty one. */
static enum err read_body(struct request *r, json_t **out)
{
    if (r->body.size == 0) {
        *out = json_object();
        return OK;
    }
    if (r->facts.content_type.value == NULL) {
        return request_refuse(r, ERR_UNSUPPORTED_MEDIA_TYPE, "");
    }
    json_error_t why;
    OWNED(json_release)
    json_t *body = json_loadb(r->body.data, r->body.size, JSON_REJECT_DUPLICATES, &why);
    if (body == NULL) {
        char text[160];
        bool nul = json_error_code(&why) == json_error_null_character;
        snprintf(text, sizeof text, "The body is not JSON: %.80s in line %d",
                 nul ? "\\u0000 is not allowed" : why.text, why.line);
        return request_refuse(r, ERR_BAD_REQUEST, text);
    }
    if (!json_is_object(body)) {
        return request_refuse(r, ERR_BAD_REQUEST, "The body must be a JSON object");
    }
    *out = TAKE(body);
    return OK;
}

/* Names in refusals are the caller's. */
static void name_as_caller(struct request *r)
{
    const struct route_input *in = &r->route->input;
    if (in->alias_field != NULL && strcmp(r->flaw.field, in->alias_field) == 0) {
        snprintf(r->flaw.field, sizeof r->flaw.field, "%s", in->alias_public);
    }
}

static enum err fill(struct request *r, const json_t *values)
{
    const struct record_desc *record = r->route->input.record();
    r->arena = arena_new();
    r->input = arena_alloc(r->arena, record->size);
    r->refused =
        record_from_json(record, values, r->route->input.hidden, r->arena, r->input, &r->flaw);
    if (r->refused != OK) {
        name_as_caller(r);
    }
    return r->refused;
}

/* Where nothing may stand, the first thing that does is refused by its name. */
static enum err expect_nothing(struct request *r, const json_t *values, const char *what)
{
    const char *name = json_object_iter_key(json_object_iter((json_t *)values));
    if (name == NULL) {
        return OK;
    }
    snprintf(r->flaw.field, sizeof r->flaw.field, "%s", name);
    snprintf(r->flaw.text, sizeof r->flaw.text, "There is no such %s here", what);
    r->refused = r->flaw.code = ERR_UNKNOWN_FIELD;
    return r->refused;
}

enum err request_read_input(struct request *r)
{
    const struct route_input *in = &r->route->input;
    bool in_body = in->place == INPUT_RECORD && route_reads_body(r->route);
    bool in_query = in->place != INPUT_NONE && !in_body;
    const char *mark = strchr(r->target, '?');
    if (in->place == INPUT_NONE && mark == NULL && r->body.size == 0) {
        return OK;
    }
    OWNED(json_release) json_t *query = NULL;
    OWNED(json_release) json_t *body = NULL;
    r->refused = query_parse(mark != NULL ? mark + 1 : NULL, in_query ? in->record() : NULL,
                             in->alias_public, in->alias_field, &query, &r->flaw);
    if (r->refused == OK && in->place != INPUT_FILE) {
        r->refused = read_body(r, &body);
    }
    if (r->refused == OK && !in_query) {
        r->refused = expect_nothing(r, query, "parameter");
    }
    if (r->refused == OK && !in_body) {
        r->refused = expect_nothing(r, body, "field");
    }
    if (r->refused != OK || in->place == INPUT_NONE) {
        return r->refused;
    }
    return fill(r, in_body ? body : query);
}

bool request_caller_is_live(const struct request *r)
{
    return r->caller.kind == CALLER_NOBODY ||
           access_is_live(r->services->access, &r->caller, clock_wall_ms());
}

const char *request_counted_as(const struct request *r)
{
    switch (r->caller.kind) {
    case CALLER_SESSION:
    case CALLER_TOKEN:
        return r->caller.user_id; /* all sessions and tokens of a user together */
    case CALLER_LOCAL:
        return r->caller.key;
    case CALLER_NOBODY:
        break;
    }
    return r->address_group;
}
