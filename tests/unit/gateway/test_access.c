/* SPDX-License-Identifier: MIT
 * test_access.c - who is let in by what they show, and for how long. */
#include "tests/unit/gateway/access_fixture.h"

static void who_shows_nothing_is_nobody(void **state)
{
    struct access_fixture *f = *state;
    struct caller caller;
    assert_int_equal(access_identify(f->access, &(struct credentials){0}, f->now, &caller), OK);
    assert_int_equal(caller.kind, CALLER_NOBODY);
    assert_int_equal(caller.role, ROLE_PUBLIC);
    assert_string_equal(caller.name, "");
}

static void the_local_token_is_believed_from_a_direct_loopback_peer_only(void **state)
{
    struct access_fixture *f = *state;
    char token[128], header[160];
    fixture_read(LOCAL_TOKEN_FILE, token, sizeof token);
    snprintf(header, sizeof header, "Bearer %s", token);
    struct caller caller;
    struct credentials shown = {
        .authorization = header, .authorization_size = strlen(header), .direct = true};
    assert_int_equal(access_identify(f->access, &shown, f->now, &caller), OK);
    assert_int_equal(caller.kind, CALLER_LOCAL);
    assert_int_equal(caller.role, ROLE_ADMIN);
    assert_string_equal(caller.name, "local");
    shown.direct = false;
    assert_int_equal(access_identify(f->access, &shown, f->now, &caller), ERR_NOT_SIGNED_IN);
    header[strlen(header) - 1] ^= 1;
    shown.direct = true;
    assert_int_equal(access_identify(f->access, &shown, f->now, &caller), ERR_NOT_SIGNED_IN);
}

static void secrets_of_the_file_system_can_be_read_by_their_owner_alone(void **state)
{
    (void)state;
    static const char *const files[] = {LOCAL_TOKEN_FILE, SETUP_CODE_FILE, ACCOUNTS_FILE};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        struct stat status;
        assert_int_equal(stat(files[i], &status), 0);
        assert_int_equal(status.st_mode & 07777, 0600);
    }
}

static void what_is_shown_wrongly_is_refused_and_never_taken_for_nobody(void **state)
{
    struct access_fixture *f = *state;
    static const char *const headers[] = {
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer pbt_local_",
        "Bearer pbt_local_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "Bearer pbt__AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "Bearer pbt_0123456789abcdef0123456789abcdef_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "Bearer pbt_0123456789abcdef0123456789abcdef0_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    };
    struct caller caller;
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        struct credentials shown = {
            .authorization = headers[i], .authorization_size = strlen(headers[i]), .direct = true};
        assert_int_equal(access_identify(f->access, &shown, f->now, &caller), ERR_NOT_SIGNED_IN);
    }
    assert_int_equal(fixture_identify(f, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &caller),
                     ERR_NOT_SIGNED_IN);
    assert_int_equal(fixture_identify(f, "", &caller), ERR_NOT_SIGNED_IN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ACCESS_TEST(who_shows_nothing_is_nobody),
        ACCESS_TEST(the_local_token_is_believed_from_a_direct_loopback_peer_only),
        ACCESS_TEST(secrets_of_the_file_system_can_be_read_by_their_owner_alone),
        ACCESS_TEST(what_is_shown_wrongly_is_refused_and_never_taken_for_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
