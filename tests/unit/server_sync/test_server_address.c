/* SPDX-License-Identifier: MIT
 * test_server_address.c - what people type as the address of a server, and what becomes of it. */
#include "actors/server_sync/server_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;

static const char *read_address(const char *text)
{
    const char *out = NULL;
    const char *why = NULL;
    return server_address_read(text, arena, &out, &why) == OK ? out : NULL;
}

static void one_address_has_one_form(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *kept;
    } rows[] = {
        {"http://192.168.1.10:32400", "http://192.168.1.10:32400"},
        {"http://192.168.1.10:32400/", "http://192.168.1.10:32400"},
        {"HTTP://Media.Example:80///", "http://media.example"},
        {"https://media.example:443/plex/", "https://media.example/plex"},
        {"https://media.example:32400/a/../plex", "https://media.example:32400/plex"},
        {"192.168.1.10:32400", "http://192.168.1.10:32400"},
        {"localhost:32400", "http://localhost:32400"},
        {"http://[FD00::1]:32400", "http://[fd00::1]:32400"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *kept = read_address(rows[i].typed);
        if (kept == NULL || strcmp(kept, rows[i].kept) != 0) {
            fail_msg("%s became %s", rows[i].typed, kept != NULL ? kept : "nothing");
        }
    }
}

static void what_is_no_address_or_may_hold_a_secret_is_refused_without_repeating_it(void **state)
{
    (void)state;
    static const char *const typed[] = {"",
                                        "/",
                                        "http://",
                                        "ftp://media.example",
                                        "file:///etc/passwd",
                                        "http://ada:hunter2hunter2@media.example",
                                        "http://media.example/?X-Plex-Token=hunter2hunter2",
                                        "http://media.example/#hunter2hunter2",
                                        "http://media.example:99999",
                                        "http://media example",
                                        "http://media.example/\r\nX: hunter2hunter2"};
    for (size_t i = 0; i < COUNT_OF(typed); i++) {
        const char *out = NULL;
        const char *why = NULL;
        if (server_address_read(typed[i], arena, &out, &why) != ERR_BAD_FIELD) {
            fail_msg("%s was taken", typed[i]);
        }
        assert_non_null(why);
        assert_null(strstr(why, "hunter2"));
    }
}

static void a_path_is_of_the_same_origin_and_another_port_or_scheme_is_not(void **state)
{
    (void)state;
    assert_true(server_address_same_origin("http://a:1", "http://a:1/plex"));
    assert_true(server_address_same_origin("http://a:1/x", "http://a:1/plex"));
    assert_false(server_address_same_origin("http://a:1", "http://a:12"));
    assert_false(server_address_same_origin("http://a", "https://a"));
    assert_false(server_address_same_origin("http://a", "http://a.evil.example"));
}

static void a_fingerprint_may_be_typed_with_colons_and_has_sixty_four_digits(void **state)
{
    (void)state;
    char out[FINGERPRINT_SIZE];
#define EIGHT "00:1F:22:33:44:55:66:77"
#define PLAIN "001f223344556677"
    assert_true(fingerprint_read(EIGHT ":" EIGHT ":" EIGHT ":" EIGHT, out));
    assert_string_equal(out, PLAIN PLAIN PLAIN PLAIN);
    assert_true(fingerprint_read(out, out));
    assert_false(fingerprint_read("", out));
    assert_false(fingerprint_read(EIGHT, out));
    assert_false(fingerprint_read(PLAIN PLAIN PLAIN PLAIN "0", out));
    assert_false(fingerprint_read(PLAIN PLAIN PLAIN "g01f223344556677", out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_address_has_one_form),
        cmocka_unit_test(what_is_no_address_or_may_hold_a_secret_is_refused_without_repeating_it),
        cmocka_unit_test(a_path_is_of_the_same_origin_and_another_port_or_scheme_is_not),
        cmocka_unit_test(a_fingerprint_may_be_typed_with_colons_and_has_sixty_four_digits),
    };
    arena = arena_new();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_destroy(&arena);
    return failed;
}
