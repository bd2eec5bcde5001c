/* SPDX-License-Identifier: MIT
 * test_request.c - what a caller may send, and the one shape of being told that it was wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/rest/body.h"
#include "gateway/rest/respond.h"
#include "proto/wire/json.h"

static struct request *request_for(enum route_id route, const char *target, const char *body)
{
    struct request *r = request_new(NULL, NULL, target);
    r->route = &routes[route];
    snprintf(r->correlation_id, sizeof r->correlation_id, "request-1");
    if (body != NULL) {
        r->facts.content_type.value = "application/json";
        assert_int_equal(body_append(r, body, strlen(body)), OK);
    }
    return r;
}

static void expect_refusal(enum route_id route, const char *target, const char *body, enum err code,
                           const char *field)
{
    OWNED(request_destroy) struct request *r = request_for(route, target, body);
    assert_int_equal(request_read_input(r), code);
    assert_string_equal(r->flaw.field, field);
}

static void a_body_fills_the_command(void **state)
{
    (void)state;
    OWNED(request_destroy)
    struct request *r =
        request_for(ROUTE_start_import, "/", "{\"db_path\": \"/a.db\", \"dry_run\": true}");
    assert_int_equal(request_read_input(r), OK);
    const struct import_start *start = r->input;
    assert_string_equal(start->db_path, "/a.db");
    assert_true(start->has_dry_run && start->dry_run);
    assert_false(start->has_resume);
}

static void no_body_is_an_empty_object(void **state)
{
    (void)state;
    OWNED(request_destroy) struct request *r = request_for(ROUTE_start_import, "/", NULL);
    assert_int_equal(request_read_input(r), OK);
    assert_null(((struct import_start *)r->input)->db_path);
}

static void a_misspelt_or_inner_field_is_refused_by_name(void **state)
{
    (void)state;
    enum route_id start = ROUTE_start_import;
    expect_refusal(start, "/", "{\"dryrun\": true}", ERR_UNKNOWN_FIELD, "dryrun");
    expect_refusal(start, "/", "{\"job_id\": \"mine\"}", ERR_UNKNOWN_FIELD, "job_id");
    expect_refusal(start, "/", "{\"asked_by\": \"root\"}", ERR_UNKNOWN_FIELD, "asked_by");
    expect_refusal(start, "/?dry_run=1", "{}", ERR_UNKNOWN_FIELD, "dry_run");
    expect_refusal(ROUTE_stop_import, "/", "{\"operation\": \"x\"}", ERR_UNKNOWN_FIELD,
                   "operation");
    expect_refusal(ROUTE_list_notes, "/?job_id=a", NULL, ERR_UNKNOWN_FIELD, "job_id");
}

static void a_wrong_value_is_refused_by_the_callers_name(void **state)
{
    (void)state;
    expect_refusal(ROUTE_start_import, "/", "{\"dry_run\": \"yes\"}", ERR_BAD_FIELD, "dry_run");
    expect_refusal(ROUTE_list_history, "/?limit=1001", NULL, ERR_BAD_FIELD, "limit");
    expect_refusal(ROUTE_list_history, "/?from=yesterday", NULL, ERR_BAD_FIELD, "from");
    expect_refusal(ROUTE_summarise_history, "/?by=moon", NULL, ERR_BAD_FIELD, "by");
    expect_refusal(ROUTE_summarise_history, "/", NULL, ERR_BAD_FIELD, "by");
    char target[128] = "/?job=";
    memset(target + 6, 'j', 100);
    expect_refusal(ROUTE_list_notes, target, NULL, ERR_BAD_FIELD, "job");
}

static void a_body_that_is_no_object_is_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {"[]",
                                         "\"x\"",
                                         "1",
                                         "{",
                                         "{\"a\":",
                                         "{}{}",
                                         "{\"db_path\": \"\xff\"}",
                                         "{\"resume\": true, \"resume\": false}"};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        expect_refusal(ROUTE_start_import, "/", bodies[i], ERR_BAD_REQUEST, "");
    }
}

static void every_failure_has_the_one_shape(void **state)
{
    (void)state;
    for (int code = 1; code < ERR_COUNT; code++) {
        OWNED(request_destroy) struct request *r = request_for(ROUTE_show_status, "/", NULL);
        respond_error(r, (enum err)code, NULL, NULL);
        OWNED(json_release) json_t *body = json_loads(r->outcome.text, 0, NULL);
        assert_true(json_is_false(json_object_get(body, "success")));
        assert_string_equal(json_string_value(json_object_get(body, "code")),
                            err_code((enum err)code));
        assert_true(strlen(json_string_value(json_object_get(body, "error"))) > 0);
        assert_true(strlen(json_string_value(json_object_get(body, "remedy"))) > 0);
        assert_string_equal(json_string_value(json_object_get(body, "correlation_id")),
                            "request-1");
        assert_int_equal(json_object_size(body), 5);
        assert_int_equal(r->outcome.status, err_http((enum err)code));
        assert_string_equal(r->outcome.type, "application/json");
    }
}

static void a_conflict_tells_of_the_job_in_the_way(void **state)
{
    (void)state;
    struct refusal why = {.code = "IMPORT_RUNNING",
                          .job_id = "job-7",
                          .operation = operation_tautulli_import,
                          .has_operation = true,
                          .stats = {.processed_records = 12},
                          .has_stats = true};
    struct answer answer = {.code = ERR_IMPORT_RUNNING, .why = &why};
    OWNED(request_destroy) struct request *r = request_for(ROUTE_start_import, "/", NULL);
    assert_true(respond_refusal(r, &answer));
    OWNED(json_release) json_t *body = json_loads(r->outcome.text, 0, NULL);
    const json_t *places[] = {body, json_object_get(body, "details")};
    assert_int_equal(r->outcome.status, 409);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        assert_string_equal(json_string_value(json_object_get(places[i], "job_id")), "job-7");
        assert_string_equal(json_string_value(json_object_get(places[i], "operation")),
                            "tautulli_import");
        assert_int_equal(json_integer_value(json_object_get(json_object_get(places[i], "stats"),
                                                            "processed_records")),
                         12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_fills_the_command),
        cmocka_unit_test(no_body_is_an_empty_object),
        cmocka_unit_test(a_misspelt_or_inner_field_is_refused_by_name),
        cmocka_unit_test(a_wrong_value_is_refused_by_the_callers_name),
        cmocka_unit_test(a_body_that_is_no_object_is_refused),
        cmocka_unit_test(every_failure_has_the_one_shape),
        cmocka_unit_test(a_conflict_tells_of_the_job_in_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
