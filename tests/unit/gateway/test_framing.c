/* SPDX-License-Identifier: MIT
 * test_framing.c - bytes that two programs could read as different requests are not passed on,
 * however they are cut into pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/guard/frames.h"
#include "gateway/guard/framing.h"
#include "proto/base/own.h"

#define POST "POST /a HTTP/1.1\r\nHost: x\r\n"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

/* In pieces of `piece` bytes: how many requests ended, or -1 if a flaw was found. */
static int requests_in(const char *text, size_t size, size_t piece)
{
    struct framing f = {0};
    for (size_t at = 0; at < size; at += piece) {
        size_t n = size - at < piece ? size - at : piece;
        if (framing_take(&f, text + at, n) < n) {
            assert_int_not_equal(f.code, OK);
            assert_non_null(f.why);
            return -1;
        }
    }
    assert_int_equal(f.code, OK);
    return (int)f.requests;
}

static void expect(const char *text, int requests)
{
    for (size_t piece = 1; piece <= strlen(text); piece++) {
        if (requests_in(text, strlen(text), piece) != requests) {
            print_error("in pieces of %zu: %s\n", piece, text);
            fail();
        }
    }
}

static void well_formed_requests_pass_in_any_pieces(void **state)
{
    (void)state;
    expect("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 1);
    expect("GET / HTTP/1.0\r\n\r\n", 1);
    expect("\r\nGET /?a=b&c=d HTTP/1.1\r\nHost:x\r\nX-Y: \t z \r\nE:\r\n\r\n", 1);
    expect(POST "Content-Length: 5\r\n\r\nab\ncdGET / HTTP/1.1\r\n\r\n", 2);
    expect(POST "content-length:  0 \r\n\r\nGET / HTTP/1.1\r\n\r\n", 2);
    expect(CHUNKED "5\r\nab\r\nc\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n", 2);
    expect(CHUNKED "2;a=\"b c\"\r\nab\r\nA\r\n0123456789\r\n000\r\nT: railer\r\n\r\n", 1);
}

static void lines_that_do_not_end_with_cr_lf_are_refused(void **state)
{
    (void)state;
    static const char *const flawed[] = {
        "GET / HTTP/1.1\nHost: x\r\n\r\n",     "GET / HTTP/1.1\r\nHost: x\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\n",     "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n",
        "GET / HTTP/1.1\r\n\rHost: x\r\n\r\n", CHUNKED "2\nab\r\n0\r\n\r\n",
        CHUNKED "2\r\nab\n0\r\n\r\n",          CHUNKED "2\r\nab\r0\r\n\r\n",
        CHUNKED "2\r\nab\r\n0\n\r\n",          CHUNKED "2\r\nab\r\n0\r\n\n",
        CHUNKED "2;a\rb\r\nab\r\n0\r\n\r\n",   CHUNKED "2;a\nab\r\n0\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT_OF(flawed); i++) {
        expect(flawed[i], -1);
    }
}

static void lengths_and_chunks_mean_one_thing(void **state)
{
    (void)state;
    static const char *const flawed[] = {
        POST "Content-Length: 2\r\nContent-Length: 2\r\n\r\n",
        POST "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        POST "Content-Length: +2\r\n\r\n",
        POST "Content-Length: 2, 2\r\n\r\n",
        POST "Content-Length: 0x2\r\n\r\n",
        POST "Content-Length:\r\n\r\n",
        POST "Content-Length: 99999999999999999999\r\n\r\n",
        POST "Content-Length : 2\r\n\r\n",
        POST "X-A: b\r\n Content-Length: 2\r\n\r\n",
        POST "Transfer-Encoding: xchunked\r\n\r\n",
        POST "Transfer-Encoding: chunked, chunked\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        CHUNKED "\r\n",
        CHUNKED ";a\r\n",
        CHUNKED "2 \r\nab\r\n",
        CHUNKED " 2\r\nab\r\n",
        CHUNKED "0x2\r\nab\r\n",
        CHUNKED "-2\r\nab\r\n",
        CHUNKED "2\r\nabc\r\n",
        CHUNKED "fffffffffffffff\r\n",
        CHUNKED "0\r\nContent-Length: 3\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT_OF(flawed); i++) {
        expect(flawed[i], -1);
    }
}

static void request_lines_have_three_parts_and_a_version_we_speak(void **state)
{
    (void)state;
    static const char *const flawed[] = {
        "GET /\r\n\r\n",           "GET / HTTP/2.0\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n", "GET / x HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1 \r\n\r\n", " GET / HTTP/1.1\r\n\r\n",
        "GET\t/ HTTP/1.1\r\n\r\n", "GET /\x80 HTTP/1.1\r\n\r\n",
        "\x16\x03\x01\r\n\r\n",    "GET / http/1.1x\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT_OF(flawed); i++) {
        expect(flawed[i], -1);
    }
}

static void heads_are_bounded(void **state)
{
    (void)state;
    static char text[64 * 1024];
    size_t size = (size_t)sprintf(text, "GET / HTTP/1.1\r\n");
    for (int i = 0; i < 101; i++) {
        size += (size_t)sprintf(text + size, "A: b\r\n");
    }
    assert_int_equal(requests_in(text, size, 1000), -1);
    size = (size_t)sprintf(text, "GET / HTTP/1.1\r\nA: ");
    memset(text + size, 'a', 20000);
    assert_int_equal(requests_in(text, size + 20000, 1000), -1);
    size = (size_t)sprintf(text, "GET /?");
    memset(text + size, '&', 100);
    assert_int_equal(requests_in(text, size + 100, 1000), -1);
}

static void frames_of_clients_are_masked(void **state)
{
    (void)state;
    static const unsigned char text[] = {0x81, 0x82, 1, 2, 3, 4, 'a', 'b', 0x89, 0x80, 1, 2, 3, 4};
    static const unsigned char bare[] = {0x81, 0x82, 1, 2, 3, 4, 'a', 'b', 0x81, 0x02, 'a', 'b'};
    static const unsigned char lengthy[] = {0x82, 0xfe, 0, 1, 1, 2, 3, 4, 'a', 0x81, 0x01, 'a'};
    for (size_t piece = 1; piece <= sizeof text; piece++) {
        struct frames good = {0}, bad = {0}, other = {0};
        bool sound = true, unsound = false, second = false;
        for (size_t at = 0; at < sizeof text; at += piece) {
            size_t n = sizeof text - at < piece ? sizeof text - at : piece;
            sound = sound && frames_take(&good, text + at, n);
        }
        for (size_t at = 0; at < sizeof bare; at += piece) {
            size_t n = sizeof bare - at < piece ? sizeof bare - at : piece;
            unsound = unsound || !frames_take(&bad, bare + at, n);
            second = second || !frames_take(&other, lengthy + at, n);
        }
        assert_true(sound && unsound && second);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_requests_pass_in_any_pieces),
        cmocka_unit_test(lines_that_do_not_end_with_cr_lf_are_refused),
        cmocka_unit_test(lengths_and_chunks_mean_one_thing),
        cmocka_unit_test(request_lines_have_three_parts_and_a_version_we_speak),
        cmocka_unit_test(heads_are_bounded),
        cmocka_unit_test(frames_of_clients_are_masked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
