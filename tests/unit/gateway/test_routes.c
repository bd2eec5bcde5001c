/* SPDX-License-Identifier: MIT
 * test_routes.c - every row of routes.def is found and described; nothing else is. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/rest/openapi.h"
#include "gateway/rest/routes.h"
#include "proto/wire/json.h"

static char value[PATH_VALUE_SIZE], allowed[ALLOW_SIZE];

static const struct route *find(const char *method, const char *path)
{
    return route_find(method, path, strlen(path), value, allowed);
}

static void every_route_finds_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        char path[128];
        size_t fixed = strcspn(routes[i].path, "{");
        const char *end = strchr(routes[i].path, '}');
        snprintf(path, sizeof path, "%.*s%s%s", (int)fixed, routes[i].path,
                 end != NULL ? "a1-b_2" : "", end != NULL ? end + 1 : "");
        assert_ptr_equal(find(routes[i].method, path), &routes[i]);
    }
}

/* A row without a role is one for everybody: it has to be meant. */
static void only_these_routes_are_for_everybody(void **state)
{
    static const char *const open[] = {"show_session", "set_up",     "sign_in",
                                       "show_live",    "show_ready", "show_openapi"};
    (void)state;
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        bool listed = false;
        for (size_t k = 0; k < COUNT_OF(open); k++) {
            listed = listed || strcmp(routes[i].name, open[k]) == 0;
        }
        if (listed != (routes[i].role == ROLE_PUBLIC) || routes[i].output.status == 0) {
            fail_msg("%s has no role, or says not what it gives", routes[i].name);
        }
    }
}

static void head_is_answered_wherever_get_is(void **state)
{
    (void)state;
    assert_ptr_equal(find("HEAD", API_BASE "/history"), &routes[ROUTE_list_history]);
    assert_null(find("HEAD", API_BASE "/import"));
}

static void another_method_is_told_which_ones_the_path_takes(void **state)
{
    (void)state;
    assert_null(find("PUT", API_BASE "/import/status"));
    assert_string_equal(allowed, "GET, HEAD");
    assert_null(find("GET", API_BASE "/import"));
    assert_string_equal(allowed, "DELETE");
}

static void paths_that_are_nearly_right_are_not_found(void **state)
{
    (void)state;
    static const char *const paths[] = {"/",
                                        "",
                                        API_BASE,
                                        API_BASE "/",
                                        API_BASE "/history/",
                                        API_BASE "//history",
                                        API_BASE "/History",
                                        API_BASE "/histor",
                                        API_BASE "/sync/jobs/",
                                        API_BASE "/sync/jobs/a/b",
                                        API_BASE "/sync/jobs/a%20b",
                                        API_BASE "/sync/jobs/../jobs"};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        if (find("GET", paths[i]) != NULL || allowed[0] != '\0') {
            fail_msg("found %s", paths[i]);
        }
    }
}

/* NULL: there is none. */
static const struct field *find_field(const struct record_desc *record, const char *name)
{
    for (size_t i = 0; i < record->count; i++) {
        if (strcmp(record->fields[i].name, name) == 0) {
            return &record->fields[i];
        }
    }
    return NULL;
}

static bool has_field(const struct record_desc *record, const char *name)
{
    return find_field(record, name) != NULL;
}

/* A yes or no is none, whatever it is called. */
static bool is_secret(const struct field *f)
{
    return f->type != TYPE_BOOL &&
           (strstr(f->name, "password") != NULL || strstr(f->name, "token") != NULL);
}

/* A new audited route must say what of its input the log has, be it nothing. */
static void what_the_log_is_told_of_is_named_and_is_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        const struct audited_fields *audited = &routes[i].audited_fields;
        const struct record_desc *(*input)(void) = routes[i].input.record;
        if (input == NULL || routes[i].audit == AUDIT_NEVER) {
            assert_true(audited->params == NULL || input != NULL);
        } else if (audited->params == NULL) {
            fail_msg("%s does not say which fields of its input are audited", routes[i].name);
        }
        if (audited->target != NULL && !has_field(input(), audited->target)) {
            fail_msg("%s has no %s", routes[i].name, audited->target);
        }
        for (size_t n = 0; audited->params != NULL && audited->params[n] != NULL; n++) {
            const char *name = audited->params[n];
            /* Of these two only that there was one is recorded (audit_recorder_entry.c). */
            bool known = strcmp(name, "password") == 0 || strcmp(name, "token") == 0;
            const struct field *told = find_field(input(), name);
            if (told == NULL || (is_secret(told) && !known)) {
                fail_msg("%s has no %s, or tells a secret", routes[i].name, name);
            }
        }
    }
}

static void the_openapi_document_describes_every_route(void **state)
{
    (void)state;
    OWNED(json_release) json_t *document = openapi_document();
    assert_non_null(document);
    assert_string_equal(json_string_value(json_object_get(document, "openapi")), "3.1.0");
    const json_t *paths = json_object_get(document, "paths");
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        char method[16] = "", status[8];
        for (size_t c = 0; routes[i].method[c] != '\0'; c++) {
            method[c] = (char)tolower((unsigned char)routes[i].method[c]);
        }
        snprintf(status, sizeof status, "%d", routes[i].output.status);
        const json_t *operation = json_object_get(json_object_get(paths, routes[i].path), method);
        assert_string_equal(json_string_value(json_object_get(operation, "operationId")),
                            routes[i].name);
        assert_non_null(json_object_get(json_object_get(operation, "responses"), status));
    }
}

/* Every "$ref" below `json` points to a schema that is there. */
static void follow_references(const json_t *json, const json_t *schemas)
{
    const char *key;
    const json_t *child;
    size_t index;
    const char *target = json_string_value(json_object_get(json, "$ref"));
    if (target != NULL && json_object_get(schemas, strrchr(target, '/') + 1) == NULL) {
        fail_msg("%s leads nowhere", target);
    }
    json_object_foreach((json_t *)json, key, child)
    {
        follow_references(child, schemas);
    }
    json_array_foreach(json, index, child)
    {
        follow_references(child, schemas);
    }
}

static void the_openapi_document_refers_to_nothing_that_is_missing(void **state)
{
    (void)state;
    OWNED(json_release) json_t *document = openapi_document();
    follow_references(document,
                      json_object_get(json_object_get(document, "components"), "schemas"));
}

static void what_a_caller_may_not_set_is_not_offered(void **state)
{
    (void)state;
    OWNED(json_release) json_t *document = openapi_document();
    OWNED(free_text)
    char *text = json_dumps(json_object_get(json_object_get(json_object_get(document, "paths"),
                                                            API_BASE "/import/tautulli"),
                                            "post"),
                            0);
    assert_non_null(strstr(text, "dry_run"));
    assert_null(strstr(text, "asked_by"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_finds_itself),
        cmocka_unit_test(only_these_routes_are_for_everybody),
        cmocka_unit_test(head_is_answered_wherever_get_is),
        cmocka_unit_test(another_method_is_told_which_ones_the_path_takes),
        cmocka_unit_test(paths_that_are_nearly_right_are_not_found),
        cmocka_unit_test(what_the_log_is_told_of_is_named_and_is_there),
        cmocka_unit_test(the_openapi_document_describes_every_route),
        cmocka_unit_test(the_openapi_document_refers_to_nothing_that_is_missing),
        cmocka_unit_test(what_a_caller_may_not_set_is_not_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
