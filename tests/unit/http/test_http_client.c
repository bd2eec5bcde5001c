/* SPDX-License-Identifier: MIT
 * test_http_client.c - what an HTTP client of ours does with servers that are slow, cut, endless or
 * not there: a real actor asks a real server over real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "actors/shared/http_client.h"
#include "proto/base/clock.h"
#include "tests/support/children.h"
#include "tests/unit/http/asker.h"
#include "tests/unit/http/server.h"

static struct server server;
static uint16_t full_port; /* takes a connection or two and says nothing, then not even that */
static char *folder;

static bool visit_serve(struct visit *v)
{
    const char *path = strchr(v->head, ' ') + 1;
    if (strncmp(path, "/hello ", 7) == 0) {
        return visit_answer(v, "200 OK\r\nContent-Type: text/plain", "hello", 5);
    }
    if (strncmp(path, "/later ", 7) == 0) {
        return visit_answer(v, "503 Later\r\nRetry-After: 7.5", "", 0);
    }
    if (strncmp(path, "/mute ", 6) == 0) {
        return visit_wait(v);
    }
    if (strncmp(path, "/slow ", 6) == 0) {
        return visit_say(v, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n") &&
               visit_repeat(v, "x", 50);
    }
    if (strncmp(path, "/endless ", 9) == 0) {
        return visit_say(v, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") &&
               visit_repeat(v, "20\r\n0123456789abcdef0123456789abcdef\r\n", 0);
    }
    if (strncmp(path, "/once ", 6) == 0) {
        (void)visit_answer(v, "200 OK", "once", 4);
        return false;
    }
    if (strncmp(path, "/post ", 6) == 0) {
        bool whole = strncmp(v->head, "POST ", 5) == 0 && strstr(v->head, "Expect") == NULL &&
                     strstr(v->head, "\r\nContent-Length: 11\r\n") != NULL &&
                     strstr(v->head, "\r\n\r\nstrong=true") != NULL;
        return visit_answer(v, "201 Created", whole ? "whole" : "not whole", whole ? 5 : 9);
    }
    if (strncmp(path, "/cut ", 5) == 0) {
        (void)visit_say(v, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        return false;
    }
    return visit_answer(v, "404 Not Found", "", 0);
}

static void start(struct child *c)
{
    child_start(c, "asker", folder);
    child_expect(c, "ready");
}

static void ends_well(struct child *c)
{
    assert_int_equal(child_end(c), 0);
}

/* ---- tests ---- */

static void an_answer_is_told_whole(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    child_tell(&c, "ask one 5000 1000 - http://127.0.0.1:%d/hello", server.port);
    child_expect_next(&c, "one ANSWERED 200 text/plain retry=-1 hello");
    child_tell(&c, "ask two 5000 1000 - http://127.0.0.1:%d/later", server.port);
    child_expect_next(&c, "two ANSWERED 503  retry=7500 ");
    ends_well(&c);
}

static void a_slow_answer_ends_at_the_deadline(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    child_tell(&c, "ask mute 300 1000 - http://127.0.0.1:%d/mute", server.port);
    child_expect(&c, "mute TIMED_OUT");
    child_tell(&c, "ask slow 300 1000 - http://127.0.0.1:%d/slow", server.port);
    child_expect(&c, "slow TIMED_OUT");
    ends_well(&c);
}

static void a_body_without_end_is_cut_at_the_cap(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    child_tell(&c, "ask flood 20000 100000 - http://127.0.0.1:%d/endless", server.port);
    child_expect(&c, "flood TOO_LARGE");
    child_tell(&c, "ask exact 5000 5 - http://127.0.0.1:%d/hello", server.port);
    child_expect(&c, "exact ANSWERED 200");
    child_tell(&c, "ask over 5000 4 - http://127.0.0.1:%d/hello", server.port);
    child_expect(&c, "over TOO_LARGE");
    ends_well(&c);
}

static void a_cut_answer_is_no_answer(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    child_tell(&c, "ask cut 5000 1000 - http://127.0.0.1:%d/cut", server.port);
    child_expect(&c, "cut CUT");
    ends_well(&c);
}

static void a_connection_that_the_server_gave_up_is_made_again(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    for (int i = 0; i < 5; i++) {
        child_tell(&c, "ask it 5000 1000 - http://127.0.0.1:%d/once", server.port);
        child_expect_next(&c, "it ANSWERED 200  retry=-1 once");
    }
    ends_well(&c);
}

static void a_body_can_be_posted(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    child_tell(&c, "post strong=true http://127.0.0.1:%d/post", server.port);
    child_expect_next(&c, "posted ANSWERED 201  retry=-1 whole");
    ends_well(&c);
}

static void what_does_not_connect_ends_as_well(void **state)
{
    (void)state;
    static const char *const schemes[] = {"https", "http", "http", "http"};
    struct child c;
    start(&c);
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        child_tell(&c, "ask gone 60000 1000 - %s://127.0.0.1:%d/", schemes[i], full_port);
        child_tell(&c, "cancel");
        child_expect(&c, "gone CANCELLED");
        child_tell(&c, "ask late 200 1000 - %s://127.0.0.1:%d/", schemes[i], full_port);
        child_expect(&c, "late TIMED_OUT");
    }
    ends_well(&c);
}

static void cancelled_it_is_told_once_and_the_rest_goes_on(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    child_tell(&c, "ask gone 60000 1000 - http://127.0.0.1:%d/mute", server.port);
    child_tell(&c, "cancel");
    child_expect(&c, "gone CANCELLED");
    child_tell(&c, "cancel");
    child_tell(&c, "ask next 5000 1000 - http://127.0.0.1:%d/hello", server.port);
    child_expect_next(&c, "next ANSWERED 200 text/plain retry=-1 hello");
    child_tell(&c, "ask last 60000 1000 - http://127.0.0.1:%d/mute", server.port);
    child_tell(&c, "close");
    child_expect_next(&c, "last CANCELLED this process ends");
    ends_well(&c);
}

static void what_is_no_address_of_ours_is_refused(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "ftp://127.0.0.1/", "file:///etc/passwd",          "127.0.0.1",
        "http://",          "http://user:word@127.0.0.1/", "nonsense"};
    struct child c;
    start(&c);
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        child_tell(&c, "ask bad 5000 1000 - %s", urls[i]);
        child_expect_next(&c, "bad BAD_URL this is no address of http or https");
    }
    child_tell(&c, "ask refused 5000 1000 - http://127.0.0.1:1/");
    child_expect(&c, "refused UNREACHABLE");
    ends_well(&c);
}

static void listen_and_do_nothing(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(at);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&at, size) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &size) != 0) {
        abort();
    }
    full_port = ntohs(at.sin_port);
}

int main(int argc, char **argv)
{
    int status = 0;
    if (child_plays(argc, argv, asker_roles, &status)) {
        return status;
    }
    folder = children_folder();
    server_start(&server, NULL);
    listen_and_do_nothing();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_told_whole),
        cmocka_unit_test(a_slow_answer_ends_at_the_deadline),
        cmocka_unit_test(a_body_without_end_is_cut_at_the_cap),
        cmocka_unit_test(a_cut_answer_is_no_answer),
        cmocka_unit_test(a_connection_that_the_server_gave_up_is_made_again),
        cmocka_unit_test(a_body_can_be_posted),
        cmocka_unit_test(what_does_not_connect_ends_as_well),
        cmocka_unit_test(cancelled_it_is_told_once_and_the_rest_goes_on),
        cmocka_unit_test(what_is_no_address_of_ours_is_refused),
    };
    status = cmocka_run_group_tests(tests, NULL, NULL);
    children_remove_folder(&folder);
    return status;
}
