/* SPDX-License-Identifier: MIT
 * audit_recorder_entry.c - a request as an entry of the audit log. Of its input only the fields
 * that its route names (audited_fields) are in it: passwords, codes and tokens never are; of a
 * password or a token only that there was one, of an address only where it leads. */
#include <stdio.h>
#include <string.h>

#include "gateway/rest/audit_recorder.h"
#include "proto/base/clock.h"
#include "proto/wire/json.h"

static const void *at_offset(const struct request *r, size_t offset)
{
    return (const char *)r->input + offset;
}

static json_t *texts_json(const char *const *texts, size_t count)
{
    if (texts == NULL) {
        return NULL;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list, json_string(texts[i]));
    }
    return list;
}

static json_t *accounts_json(const struct account_ref *accounts, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list,
                              json_sprintf("%s/%s", accounts[i].server_id, accounts[i].user_id));
    }
    return list;
}

/* One field of the input; NULL if it is absent, or of a kind that is never recorded. */
static json_t *field_json(const struct request *r, const struct field *f)
{
    const void *at = at_offset(r, f->offset);
    if (f->type == TYPE_STR) {
        const char *text = *(const char *const *)at;
        return text != NULL ? json_string(text) : NULL;
    }
    if (f->type == TYPE_STRS) {
        return texts_json(*(const char *const *const *)at,
                          *(const size_t *)at_offset(r, f->aux_offset));
    }
    if (f->type == TYPE_LIST && f->record() == desc_account_ref()) {
        return accounts_json(*(const struct account_ref *const *)at,
                             *(const size_t *)at_offset(r, f->aux_offset));
    }
    bool there = f->presence == PRESENCE_REQ || *(const bool *)at_offset(r, f->aux_offset);
    char time[CLOCK_TEXT_SIZE];
    switch (there ? f->type : TYPE_BIN) {
    case TYPE_BOOL:
        return json_boolean(*(const bool *)at);
    case TYPE_I64:
    case TYPE_U64:
        return json_integer(*(const int64_t *)at);
    case TYPE_ENUM:
        return json_string(schema_enum_text(f->enumeration, *(const int *)at));
    case TYPE_TIME:
        clock_to_text(*(const int64_t *)at, time);
        return json_string(time);
    default:
        return NULL;
    }
}

static json_t *named_field(const struct request *r, const char *name)
{
    const struct record_desc *input = r->route->input.record();
    for (size_t i = 0; i < input->count; i++) {
        if (strcmp(input->fields[i].name, name) == 0) {
            return field_json(r, &input->fields[i]);
        }
    }
    return NULL;
}

/* Of a secret, that there was one; of the address of a server what a secret cannot be in: a user's
 * name and password, or a token, may stand in the rest of it. */
static void add_param(json_t *params, const char *name, json_t *value)
{
    OWNED(json_release) json_t *owned = value;
    if (strcmp(name, "password") == 0) {
        json_object_set_new(params, "new_password", json_true());
    } else if (strcmp(name, "token") == 0) {
        json_object_set_new(params, "new_token", json_true());
    } else if (strcmp(name, "address") == 0 || strcmp(name, "connection") == 0) {
        const char *text = json_string_value(value);
        bool plain = text != NULL && text[strcspn(text, "?#@")] == '\0';
        json_object_set(params, name, plain ? value : json_null());
    } else {
        json_object_set(params, name, value);
    }
}

static const char *params_of(const struct request *r, enum audit_phase phase, struct arena *arena)
{
    const struct audited_fields *audited = &r->route->audited_fields;
    OWNED(json_release) json_t *params = json_object();
    for (size_t i = 0; audited->params[i] != NULL; i++) {
        json_t *value = named_field(r, audited->params[i]);
        if (value != NULL) {
            add_param(params, audited->params[i], value);
        }
    }
    if (audited->target != NULL && r->path_value[0] != '\0') {
        /* What was made got this id, by which later entries call it. */
        json_object_set_new(params, "id", json_string(r->path_value));
    }
    if (r->upload_removed && phase != audit_phase_requested) {
        json_object_set_new(params, "upload_removed", json_true());
    }
    OWNED(free_text) char *text = json_dumps(params, JSON_COMPACT);
    /* Too long to be recorded whole: the target still says what it was about. */
    return json_object_size(params) > 0 && strlen(text) <= 4096 ? arena_keep(arena, text) : NULL;
}

static const char *target_of(const struct request *r, struct arena *arena)
{
    const struct audited_fields *audited = &r->route->audited_fields;
    if (audited->target == NULL) {
        return NULL;
    }
    OWNED(json_release) json_t *value = named_field(r, audited->target);
    const char *text = json_string_value(value);
    if (text == NULL || !audited->target_is_user) {
        return arena_keep(arena, text);
    }
    char name[NAME_MAX_BYTES + 1];
    access_name_for_log(r->services->access, text, name);
    return arena_keep(arena, name);
}

static void describe_caller(const struct request *r, struct audit_entry *out)
{
    if (r->caller.kind != CALLER_NOBODY) {
        out->actor = r->caller.name;
        out->role = r->caller.role == ROLE_ADMIN ? "admin" : "viewer";
    }
    out->address = r->address[0] != '\0' ? r->address : NULL;
    out->request_id = r->correlation_id[0] != '\0' ? r->correlation_id : NULL;
    out->job_id = r->job_id[0] != '\0' ? r->job_id : NULL;
}

const char *audit_recorder_action(const struct request *r)
{
    return r->route == NULL ? AUDIT_ACTION(unknown_route)
                            : schema_enum_text(&enum_audit_action, (int)r->route->action);
}

void audit_recorder_entry(const struct request *r, enum audit_phase phase, struct arena *arena,
                          struct audit_entry *out)
{
    *out = (struct audit_entry){
        .phase = phase, .at = clock_wall_ms(), .action = audit_recorder_action(r)};
    describe_caller(r, out);
    if (r->path_value[0] != '\0') {
        char name[NAME_MAX_BYTES + 1];
        bool user = access_name_of_user(r->services->access, r->path_value, name);
        out->target = user ? arena_keep(arena, name) : r->path_value;
    }
    if (r->input != NULL && r->route->audited_fields.params != NULL) {
        const char *target = target_of(r, arena);
        out->target = target != NULL ? target : out->target;
        out->params = params_of(r, phase, arena);
    }
    if (phase == audit_phase_requested) {
        out->at = r->audit.asked_at;
        out->entry_id = r->audit.entry_id;
    } else if (phase == audit_phase_outcome && r->audit.outcome_id[0] != '\0') {
        out->entry_id = r->audit.outcome_id;
    } else {
        char id[ID_SIZE];
        id_new(id);
        out->entry_id = arena_keep(arena, id);
    }
}
