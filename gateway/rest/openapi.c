/* SPDX-License-Identifier: MIT
 * openapi.c - every route becomes a path, every record a schema. Where the JSON of a record differs
 * from its table (a list that is an object by key), the difference is a row of `reshaped`. */
#include "gateway/rest/openapi.h"

#include <stdio.h>
#include <string.h>

#include "gateway/rest/routes.h"
#include "proto/wire/json.h"

static json_t *text(const char *value)
{
    return json_string(value);
}

static json_t *reference(const char *record)
{
    return json_pack("{s:s+}", "$ref", "#/components/schemas/", record);
}

/* ---- schemas ---- */

static json_t *enum_schema(const struct enum_desc *e)
{
    json_t *items = json_array();
    for (size_t i = 0; i < e->count; i++) {
        json_array_append_new(items, text(e->items[i]));
    }
    return json_pack("{s:s, s:o}", "type", "string", "enum", items);
}

static json_t *number_schema(const struct field *field)
{
    json_t *schema = json_pack("{s:s}", "type", field->type == TYPE_F64 ? "number" : "integer");
    if (field->ranged) {
        json_object_set_new(schema, "minimum", json_integer(field->low));
        json_object_set_new(schema, "maximum", json_integer(field->high));
    } else if (field->type == TYPE_U64) {
        json_object_set_new(schema, "minimum", json_integer(0));
    }
    return schema;
}

static json_t *list_schema(const struct field *field, json_t *items)
{
    json_t *schema = json_pack("{s:s, s:o}", "type", "array", "items", items);
    if (field->max > 0) {
        json_object_set_new(schema, "maxItems", json_integer((json_int_t)field->max));
    }
    return schema;
}

static json_t *text_schema(const struct field *field)
{
    json_t *schema = json_pack("{s:s}", "type", "string");
    if (field->max > 0) {
        json_object_set_new(schema, "maxLength", json_integer((json_int_t)field->max));
    }
    return schema;
}

static json_t *type_schema(const struct field *field)
{
    switch (field->type) {
    case TYPE_STR:
        return text_schema(field);
    case TYPE_BIN:
        return json_pack("{s:s, s:s}", "type", "string", "contentEncoding", "base64");
    case TYPE_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case TYPE_I64:
    case TYPE_U64:
    case TYPE_F64:
        return number_schema(field);
    case TYPE_ID:
        return json_pack("{s:[s, s], s:I}", "type", "integer", "string", "maxLength",
                         (json_int_t)field->max);
    case TYPE_TIME:
        return json_pack("{s:s, s:s}", "type", "string", "format", "date-time");
    case TYPE_ENUM:
        return enum_schema(field->enumeration);
    case TYPE_RECORD:
        return reference(field->record()->name);
    case TYPE_LIST:
        return list_schema(field, reference(field->record()->name));
    case TYPE_STRS:
        return list_schema(field, json_pack("{s:s}", "type", "string"));
    }
    return json_object();
}

/* Lists of the bus that are objects by key in JSON. */
static const struct reshaped {
    const char *record, *field, *values; /* record of the values; NULL: whole numbers */
} reshaped[] = {
    {"import_validated", "media_types", NULL},
    {"note_view", "raw", "raw_cell"}, /* the name of a cell is its key */
    {"sync_standing", "server_syncs", "progress"},
};

static json_t *field_schema(const struct record_desc *record, const struct field *field)
{
    json_t *schema = NULL;
    for (size_t i = 0; i < COUNT_OF(reshaped); i++) {
        if (strcmp(reshaped[i].record, record->name) == 0 &&
            strcmp(reshaped[i].field, field->name) == 0) {
            json_t *values = reshaped[i].values != NULL ? reference(reshaped[i].values)
                                                        : json_pack("{s:s}", "type", "integer");
            schema = json_pack("{s:s, s:o}", "type", "object", "additionalProperties", values);
        }
    }
    schema = schema != NULL ? schema : type_schema(field);
    if (field->presence == PRESENCE_NIL) {
        schema = json_pack("{s:[o, {s:s}]}", "anyOf", schema, "type", "null");
    }
    json_object_set_new(schema, "description", text(field->doc));
    return schema;
}

static bool is_hidden(const struct route_input *input, const char *name)
{
    for (size_t i = 0; input != NULL && input->hidden != NULL && input->hidden[i] != NULL; i++) {
        if (strcmp(input->hidden[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_key(const struct record_desc *record, const struct field *field)
{
    return strcmp(record->name, "raw_cell") == 0 && strcmp(field->name, "column") == 0;
}

/* `input` leaves out what a caller may not set; NULL: everything. */
static json_t *record_schema(const struct record_desc *record, const struct route_input *input)
{
    json_t *properties = json_object();
    json_t *required = json_array();
    for (size_t i = 0; i < record->count; i++) {
        const struct field *field = &record->fields[i];
        if (is_hidden(input, field->name) || is_key(record, field)) {
            continue;
        }
        json_object_set_new(properties, field->name, field_schema(record, field));
        if (field->presence != PRESENCE_OPT) {
            json_array_append_new(required, text(field->name));
        }
    }
    return json_pack("{s:s, s:s, s:o, s:o}", "type", "object", "description", record->doc,
                     "properties", properties, "required", required);
}

/* ---- routes ---- */

static json_t *parameter(const char *name, const char *place, bool required, json_t *schema)
{
    return json_pack("{s:s, s:s, s:b, s:o}", "name", name, "in", place, "required", required,
                     "schema", schema);
}

static json_t *parameters_of(const struct route *route)
{
    const struct route_input *in = &route->input;
    bool in_query =
        in->place == INPUT_FILE || (in->place == INPUT_RECORD && !route_reads_body(route));
    json_t *list = json_array();
    const char *brace = strchr(route->path, '{');
    if (brace != NULL) {
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(brace + 1, "}"), brace + 1);
        json_array_append_new(list,
                              parameter(name, "path", true, json_pack("{s:s}", "type", "string")));
    }
    for (size_t i = 0; in_query && i < in->record()->count; i++) {
        const struct field *field = &in->record()->fields[i];
        bool renamed = in->alias_field != NULL && strcmp(in->alias_field, field->name) == 0;
        if (!is_hidden(in, field->name)) {
            json_array_append_new(list, parameter(renamed ? in->alias_public : field->name, "query",
                                                  field->presence == PRESENCE_REQ,
                                                  field_schema(in->record(), field)));
        }
    }
    return list;
}

static json_t *body_of(const struct route *route)
{
    json_t *schema = route->input.place == INPUT_FILE
                         ? json_pack("{s:s, s:s}", "type", "string", "format", "binary")
                         : record_schema(route->input.record(), &route->input);
    const char *type =
        route->input.place == INPUT_FILE ? "application/octet-stream" : "application/json";
    return json_pack("{s:{s:{s:o}}}", "content", type, "schema", schema);
}

static json_t *success_of(const struct route *route)
{
    const struct route_output *out = &route->output;
    if (out->record != NULL) {
        json_t *schema =
            json_pack("{s:[{s:s, s:{s:{s:s}, s:{s:s}, s:{s:s}}}, o]}", "allOf", "type", "object",
                      "properties", "success", "type", "boolean", "message", "type", "string",
                      "correlation_id", "type", "string", reference(out->record()->name));
        return json_pack("{s:s, s:{s:{s:o}}}", "description", route->summary, "content",
                         "application/json", "schema", schema);
    }
    json_t *response = json_pack("{s:s}", "description", route->summary);
    if (out->media_type != NULL) {
        json_object_set_new(response, "content", json_pack("{s:{}}", out->media_type));
    }
    return response;
}

/* Any one of the list suffices; of one all names are needed. */
static json_t *security_of(const struct route *route)
{
    if (route->role == ROLE_PUBLIC) {
        return json_array();
    }
    return strcmp(route->method, "GET") == 0
               ? json_pack("[{s:[]}, {s:[]}]", "session", "bearer")
               : json_pack("[{s:[], s:[]}, {s:[]}]", "session", "csrf", "bearer");
}

static json_t *scheme_in(const char *place, const char *name, const char *description)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "type", "apiKey", "in", place, "name", name,
                     "description", description);
}

static json_t *security_schemes(void)
{
    json_t *session = scheme_in("cookie", "playbus_INSTANCE",
                                "Set by POST /api/v1/auth/login, each data folder under a name of "
                                "its own. Only with an Origin of ours where a call is not a GET.");
    json_t *csrf = scheme_in("header", "X-CSRF-Token",
                             "csrf_token of POST /api/v1/auth/login or GET /api/v1/auth/session.");
    return json_pack(
        "{s:o, s:o, s:{s:s, s:s, s:s}}", "session", session, "csrf", csrf, "bearer", "type", "http",
        "scheme", "bearer", "description",
        "A token of POST /api/v1/tokens; on this machine also the line in run/cli.token.");
}

static json_t *operation_of(const struct route *route)
{
    char status[8];
    snprintf(status, sizeof status, "%d", route->output.status);
    json_t *failure = json_pack("{s:s, s:{s:{s:o}}}", "description", "Any failure", "content",
                                "application/json", "schema", reference("api_error"));
    json_t *operation = json_pack(
        "{s:s, s:s, s:o, s:{s:o, s:o}, s:s, s:s, s:s, s:b, s:b}", "operationId", route->name,
        "summary", route->summary, "parameters", parameters_of(route), "responses", status,
        success_of(route), "default", failure, "x-role", route_role_text(route->role),
        "x-rate-class", route_rate_text(route->rate), "x-audited", route_audit_text(route->audit),
        "x-passive", route->passive, "x-fresh-password", route->asks != ASK_ANYTIME);
    json_object_set_new(operation, "security", security_of(route));
    if (route_reads_body(route) && route->input.place != INPUT_NONE) {
        json_object_set_new(operation, "requestBody", body_of(route));
    }
    return operation;
}

static json_t *paths(void)
{
    json_t *all = json_object();
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        char method[16];
        size_t size = strlen(routes[i].method);
        for (size_t c = 0; c <= size; c++) {
            method[c] = (char)(routes[i].method[c] | (c < size ? 0x20 : 0)); /* capitals to small */
        }
        json_t *path = json_object_get(all, routes[i].path);
        if (path == NULL) {
            path = json_object();
            json_object_set_new(all, routes[i].path, path);
        }
        json_object_set_new(path, method, operation_of(&routes[i]));
    }
    return all;
}

static json_t *schemas(void)
{
    json_t *all = json_object();
    for (size_t i = 0; schema_records[i] != NULL; i++) {
        const struct record_desc *record = schema_records[i]();
        json_object_set_new(all, record->name, record_schema(record, NULL));
    }
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        if (routes[i].output.record != NULL) {
            const struct record_desc *record = routes[i].output.record();
            json_object_set_new(all, record->name, record_schema(record, NULL));
        }
    }
    return all;
}

json_t *openapi_document(void)
{
    return json_pack("{s:s, s:{s:s, s:s, s:s}, s:o, s:{s:o, s:o}}", "openapi", "3.1.0", "info",
                     "title", "Playbus", "version", "1", "description",
                     "Playback history from Tautulli and media servers. Progress is pushed over "
                     "the WebSocket at /api/v1/ws.",
                     "paths", paths(), "components", "schemas", schemas(), "securitySchemes",
                     security_schemes());
}

struct shared_text *openapi_text(void)
{
    OWNED(json_release) json_t *document = openapi_document();
    OWNED(free_text) char *body = json_dumps(document, JSON_COMPACT);
    return shared_text_new(body, strlen(body));
}
