/* SPDX-License-Identifier: MIT
 * test_head.c - heads that two programs could read differently are refused; honest ones pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/guard/head.h"
#include "gateway/ws/handshake.h"

#define HOST "Host: 127.0.0.1\r\n"

/* A head taken apart in place, the way libmicrohttpd does it. */
static char received[65536];
static struct head head;

static char *cut(char **at, const char *ends)
{
    char *piece = *at;
    *at += strcspn(*at, ends);
    if (**at != '\0') {
        *(*at)++ = '\0';
    }
    return piece;
}

static void take_line(char *line, char *end)
{
    char *colon = memchr(line, ':', (size_t)(end - line));
    assert_non_null(colon);
    *colon = '\0';
    char *value = colon + 1 + strspn(colon + 1, " \t");
    struct head_line taken = {line, value, strlen(line), strlen(value)};
    head_add(&head, &taken);
}

static void receive(const char *bytes, size_t size)
{
    memcpy(received, bytes, size);
    received[size] = '\0';
    char *at = received;
    memset(&head, 0, sizeof head);
    head.size = size;
    head.method = cut(&at, " ");
    head.target = head.target_at = cut(&at, " ");
    head.version = cut(&at, "\r\n");
    at++;
    for (char *next = NULL; *at != '\r'; at = next) {
        char *end = memchr(at, '\n', size);
        next = end + 1;
        *end = '\0';
        if (end[-1] == '\r') {
            end[-1] = '\0';
        }
        take_line(at, end);
    }
    at[0] = at[1] = '\0';
}

static enum err check(const char *text, struct head_facts *facts)
{
    const char *why = NULL;
    receive(text, strlen(text));
    enum err e = head_check(&head, facts, &why);
    assert_true(e == OK || why != NULL);
    return e;
}

static void an_honest_head_passes_and_tells_its_facts(void **state)
{
    (void)state;
    struct head_facts facts;
    assert_int_equal(
        check("POST /api/v1/import HTTP/1.1\r\n" HOST
              "Origin: http://localhost\r\nContent-Type:application/json; charset=x\r\n"
              "X-Empty:\r\nContent-Length: 12\r\n\r\n",
              &facts),
        OK);
    assert_int_equal(facts.content_length, 12);
    assert_false(facts.chunked);
    assert_true(head_line_is(&facts.host, "127.0.0.1"));
    assert_true(head_media_is(&facts.content_type, "application/json"));
    assert_false(head_media_is(&facts.content_type, "application/js"));
}

static void every_way_to_smuggle_is_refused(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\ncontent-length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
        "POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Content-Length : 1\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Content\tLength: 1\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Host: other\r\n\r\n",
        "GET / HTTP/1.1\r\nX: y\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "X: a\x01z\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST ": a\r\n\r\n",
        "GET http://x/ HTTP/1.1\r\n" HOST "\r\n",
        "G(T / HTTP/1.1\r\n" HOST "\r\n",
        "GET / HTTP/1.1\r\n" HOST "Expect: wonders\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        struct head_facts facts;
        if (check(heads[i], &facts) != ERR_BAD_REQUEST) {
            fail_msg("accepted: %s", heads[i]);
        }
    }
}

static void bare_newlines_and_nul_are_found_between_the_lines(void **state)
{
    (void)state;
    static const char bare[] = "GET / HTTP/1.1\r\nX: a\nHost: h\r\n\r\n";
    static const char nul[] = "GET / HTTP/1.1\r\nX: a\0b\r\nHost: h\r\n\r\n";
    static const char last[] = "GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n";
    struct head_facts facts;
    const char *why = NULL;
    receive(bare, sizeof bare - 1);
    assert_int_equal(head_check(&head, &facts, &why), ERR_BAD_REQUEST);
    receive(nul, sizeof nul - 1);
    assert_int_equal(head_check(&head, &facts, &why), ERR_BAD_REQUEST);
    receive(last, sizeof last - 1);
    assert_int_equal(head_check(&head, &facts, &why), ERR_BAD_REQUEST);
}

static void a_folded_line_is_known_by_its_moved_name(void **state)
{
    (void)state;
    struct head_facts facts;
    const char *why = NULL;
    static char moved[] = "X";
    receive("GET / HTTP/1.1\r\nX: a\r\nHost: h\r\n\r\n", 34);
    head.lines[0].name = moved;
    assert_int_equal(head_check(&head, &facts, &why), ERR_BAD_REQUEST);
    head.target_at = NULL; /* another libmicrohttpd: nothing can be said about places */
    assert_int_equal(head_check(&head, &facts, &why), OK);
}

static void a_head_beyond_the_limits_is_too_large(void **state)
{
    (void)state;
    struct head_facts facts;
    const char *why = NULL;
    receive("GET / HTTP/1.1\r\nHost: h\r\n\r\n", 27);
    struct head_line line = {"X", "y", 1, 1};
    for (int i = 0; i < HEAD_LINES_MAX; i++) {
        head_add(&head, &line);
    }
    assert_int_equal(head_check(&head, &facts, &why), ERR_TOO_LARGE);
    receive("GET / HTTP/1.1\r\nHost: h\r\n\r\n", 27);
    line.value_size = HEAD_BYTES_MAX;
    head_add(&head, &line);
    assert_int_equal(head_check(&head, &facts, &why), ERR_TOO_LARGE);
}

#define UPGRADE "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"

static const char *flaw_of(const char *text)
{
    struct head_facts facts;
    assert_int_equal(check(text, &facts), OK);
    return handshake_flaw(&head, &facts);
}

static void a_handshake_is_accepted_only_as_rfc_6455_wants_it(void **state)
{
    (void)state;
    assert_null(flaw_of("GET / HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "\r\n"));
    assert_non_null(flaw_of("GET / HTTP/1.0\r\n" HOST UPGRADE KEY VERSION "\r\n"));
    assert_non_null(flaw_of("POST / HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "\r\n"));
    assert_non_null(flaw_of("GET / HTTP/1.1\r\n" HOST KEY VERSION "\r\n"));
    assert_non_null(flaw_of("GET / HTTP/1.1\r\n" HOST UPGRADE VERSION "\r\n"));
    assert_non_null(flaw_of("GET / HTTP/1.1\r\n" HOST UPGRADE KEY VERSION KEY "\r\n"));
    assert_non_null(
        flaw_of("GET / HTTP/1.1\r\n" HOST UPGRADE KEY "Sec-WebSocket-Version: 12\r\n\r\n"));
    assert_non_null(flaw_of("GET / HTTP/1.1\r\n" HOST UPGRADE VERSION
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=\r\n\r\n"));
    assert_non_null(flaw_of("GET / HTTP/1.1\r\n" HOST UPGRADE VERSION
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n\r\n"));
    assert_non_null(
        flaw_of("GET / HTTP/1.1\r\n" HOST UPGRADE KEY VERSION "Content-Length: 3\r\n\r\n"));
}

static void the_head_made_for_libwebsockets_carries_the_key_and_no_extension(void **state)
{
    (void)state;
    char out[HANDSHAKE_HEAD_SIZE];
    assert_null(flaw_of("GET / HTTP/1.1\r\n" HOST UPGRADE KEY VERSION
                        "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"));
    size_t size = handshake_head(&head, out);
    assert_true(size < sizeof out);
    assert_non_null(strstr(out, "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
    assert_null(strstr(out, "Extensions"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_head_passes_and_tells_its_facts),
        cmocka_unit_test(every_way_to_smuggle_is_refused),
        cmocka_unit_test(bare_newlines_and_nul_are_found_between_the_lines),
        cmocka_unit_test(a_folded_line_is_known_by_its_moved_name),
        cmocka_unit_test(a_head_beyond_the_limits_is_too_large),
        cmocka_unit_test(a_handshake_is_accepted_only_as_rfc_6455_wants_it),
        cmocka_unit_test(the_head_made_for_libwebsockets_carries_the_key_and_no_extension),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
