/* SPDX-License-Identifier: MIT
 * test_plex_tv.c - where plex.tv may be, which page a person opens, and what its answers mean. */
#include "actors/server_sync/plex_tv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

static void plain_http_is_for_this_machine_alone(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    static const char *const good[] = {"https://plex.tv",     "https://192.168.1.2/x",
                                       "http://127.0.0.1:80", "http://127.9.9.9",
                                       "http://[::1]:9",      "http://localhost:1/plex"};
    static const char *const bad[] = {"http://plex.tv",
                                      "plex.tv",
                                      "http://127.0.0.1.example",
                                      "http://128.0.0.1",
                                      "http://[::2]",
                                      "http://localhost.example",
                                      "",
                                      "ftp://127.0.0.1",
                                      "http://ada:b@127.0.0.1"};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct plex_tv tv = {0};
        assert_int_equal(plex_tv_init(&tv, good[i], arena), OK);
        assert_string_equal(tv.pages, i == 0 ? "https://app.plex.tv" : tv.address);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct plex_tv tv = {0};
        assert_int_equal(plex_tv_init(&tv, bad[i], arena), ERR_BAD_SETTING);
    }
}

static void the_page_says_who_asks_and_where_it_leads(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct plex_tv tv = {.client_id = "a&b"};
    assert_int_equal(plex_tv_init(&tv, "https://plex.tv/", arena), OK);
    assert_string_equal(plex_tv_page(&tv, "c0de", NULL, arena),
                        "https://app.plex.tv/auth#?clientID=a%26b&code=c0de"
                        "&context%5Bdevice%5D%5Bproduct%5D=Playbus");
    assert_non_null(strstr(plex_tv_page(&tv, "c0de", "http://localhost:1/x.html", arena),
                           "&forwardUrl=http%3A%2F%2Flocalhost%3A1%2Fx.html"));
    assert_string_equal(plex_tv_typing_page(&tv, arena), "https://plex.tv/link");
}

static enum err read_pin(int status, const char *body, struct plex_pin *out)
{
    const struct http_answer answer = {.end = HTTP_ANSWERED,
                                       .status = status,
                                       .retry_after_ms = -1,
                                       .detail = "",
                                       .body = {body, strlen(body)}};
    return plex_tv_read_pin(&answer, out).code;
}

static void a_pin_is_read_or_refused_whole(void **state)
{
    (void)state;
    struct plex_pin pin = {0};
    assert_int_equal(
        read_pin(201, "{\"id\":5,\"code\":\"ABCD\",\"expiresIn\":60,\"authToken\":null}", &pin),
        OK);
    assert_true(pin.id == 5 && pin.lifetime_ms == 60000 && pin.token == NULL);
    assert_int_equal(read_pin(200, "{\"id\":5,\"code\":\"ABCD\",\"authToken\":\"t0ken\"}", &pin),
                     OK);
    assert_string_equal(pin.token->bytes, "t0ken");
    assert_int_equal(pin.lifetime_ms, 900000);
    secret_destroy(&pin.token);
    static const char *const bad[] = {"",
                                      "[]",
                                      "{\"id\":0,\"code\":\"A\"}",
                                      "{\"id\":5}",
                                      "{\"id\":5,\"code\":\"A&B\"}",
                                      "{\"id\":5,\"code\":\"A\",\"authToken\":\"a b\"}"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(read_pin(200, bad[i], &pin), ERR_PLEX_TV_FAILED);
    }
    assert_int_equal(read_pin(404, "{}", &pin), ERR_PLEX_PIN_OVER);
    assert_int_equal(read_pin(401, "{}", &pin), ERR_PLEX_TV_REFUSED);
    assert_int_equal(read_pin(429, "", &pin), ERR_PLEX_TV_BUSY);
    assert_int_equal(read_pin(302, "", &pin), ERR_PLEX_TV_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_http_is_for_this_machine_alone),
        cmocka_unit_test(the_page_says_who_asks_and_where_it_leads),
        cmocka_unit_test(a_pin_is_read_or_refused_whole),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
