/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "actors/shared/tautulli_api.h"
#include "proto/wire/json.h"

static char *form(const char *call, const char *key)
{
    size_t size = tautulli_form_size(call, key);
    char *out = malloc(size);
    tautulli_form(call, key, out);
    assert_int_equal(strlen(out) + 1, size);
    return out;
}

static void a_call_ends_with_its_key_and_every_byte_of_it_is_a_value(void **state)
{
    (void)state;
    char *plain = form("cmd=get_users", "0aF9");
    char *odd = form("cmd=get_users", "a&cmd=x%~");
    char *none = form("cmd=get_users", NULL);
    assert_string_equal(plain, "cmd=get_users&apikey=0aF9");
    assert_string_equal(odd, "cmd=get_users&apikey=a%26cmd%3Dx%25%7E");
    assert_string_equal(none, "cmd=get_users");
    free(plain);
    free(odd);
    free(none);
}

static enum err judge(int status, const char *location, const char *body, bool with_key)
{
    OWNED(json_release) json_t *said = json_loads(body, 0, NULL);
    const json_t *data = NULL;
    return tautulli_judge(status, location, said, with_key, &data);
}

static void what_is_refused_is_known_by_its_words_whatever_the_status_is(void **state)
{
    (void)state;
    static const int statuses[] = {200, 400, 401, 404};
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        const char *wrong = "{\"response\":{\"result\":\"error\",\"message\":\"Invalid apikey\"}}";
        const char *off = "{\"response\":{\"result\":\"error\",\"message\":\"API not enabled\"}}";
        const char *wants = "{\"response\":{\"result\":\"error\",\"message\":"
                            "\"Parameter apikey is required\"}}";
        assert_int_equal(judge(statuses[i], "", wrong, true), ERR_TAUTULLI_KEY_REFUSED);
        assert_int_equal(judge(statuses[i], "", off, false), ERR_TAUTULLI_API_OFF);
        assert_int_equal(judge(statuses[i], "", wants, false), OK);
        assert_int_equal(judge(statuses[i], "", wants, true), ERR_SERVER_FAILED);
    }
}

static void what_is_no_tautulli_is_told_from_one_that_is_ill(void **state)
{
    (void)state;
    const char *fine = "{\"response\":{\"result\":\"success\",\"message\":null,\"data\":{}}}";
    assert_int_equal(judge(200, "", fine, true), OK);
    assert_int_equal(judge(500, "", fine, true), ERR_SERVER_FAILED);
    assert_int_equal(judge(200, "", "<html>", true), ERR_NOT_A_TAUTULLI);
    assert_int_equal(judge(404, "", "[]", true), ERR_NOT_A_TAUTULLI);
    assert_int_equal(judge(502, "", "<html>", true), ERR_SERVER_FAILED);
    assert_int_equal(judge(303, "http://nas/auth/login?x", "", true), ERR_TAUTULLI_SIGN_IN_PAGE);
    assert_int_equal(judge(303, "http://nas/auth/login?x", "", false), OK);
    assert_int_equal(judge(302, "http://other/", "", true), ERR_SERVER_REDIRECTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_ends_with_its_key_and_every_byte_of_it_is_a_value),
        cmocka_unit_test(what_is_refused_is_known_by_its_words_whatever_the_status_is),
        cmocka_unit_test(what_is_no_tautulli_is_told_from_one_that_is_ill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
