/* SPDX-License-Identifier: MIT
 * test_access.c - who is let in by what they show, and for how long. */
#include "tests/unit/gateway/access_fixture.h"

#include <grp.h>

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

static void the_local_token_is_shared_with_a_group_that_is_set_and_no_other_is_made_up(void **state)
{
    struct access_fixture *f = *state;
    const struct group *group = getgrgid(getegid());
    struct stat status;
    assert_non_null(group);
    assert_int_equal(run_file_write(LOCAL_TOKEN_FILE, "secret", group->gr_name), OK);
    assert_int_equal(stat(LOCAL_TOKEN_FILE, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    assert_int_equal(status.st_gid, group->gr_gid);
    assert_int_equal(stat("run", &status), 0);
    assert_int_equal(status.st_mode & 07777, 0710); /* may be passed, not listed */
    access_close(&f->access);
    assert_int_equal(setenv("PLAYBUS_ACCESS_CLI_GROUP", "no such group", 1), 0);
    config_close(&f->config);
    assert_int_equal(config_open(f->folder, &f->config), OK);
    assert_int_equal(access_open(f->config, &f->access), ERR_BAD_SETTING);
    assert_int_equal(unsetenv("PLAYBUS_ACCESS_CLI_GROUP"), 0);
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

/* ---- sessions ---- */

static struct caller caller_of(struct access_fixture *f, const char *cookie)
{
    struct caller caller;
    assert_int_equal(fixture_identify(f, cookie, &caller), OK);
    return caller;
}

static struct credentials with_cookie(struct access_fixture *f, const char *cookie,
                                      char header[static 256], bool passive)
{
    snprintf(header, 256, "%s=%s", access_cookie_name(f->access), cookie);
    return (struct credentials){
        .cookie = header, .cookie_size = strlen(header), .passive = passive};
}

static void a_session_is_its_users_and_survives_a_restart(void **state)
{
    struct access_fixture *f = *state;
    struct admission in;
    fixture_admin(f, &in);
    assert_true(caller_of(f, in.cookie).fresh);
    access_close(&f->access);
    fixture_open(f);
    struct caller caller = caller_of(f, in.cookie);
    assert_int_equal(caller.kind, CALLER_SESSION);
    assert_int_equal(caller.role, ROLE_ADMIN);
    assert_string_equal(caller.name, "Ada");
    assert_false(caller.fresh); /* the password is asked again */
}

static void a_session_ends_12_hours_after_its_last_call_that_was_not_passive(void **state)
{
    struct access_fixture *f = *state;
    struct admission in;
    char header[256];
    struct caller caller;
    fixture_admin(f, &in);
    struct credentials passive = with_cookie(f, in.cookie, header, true);
    f->now += 11 * HOUR;
    caller_of(f, in.cookie); /* extends it */
    f->now += 11 * HOUR;
    assert_int_equal(access_identify(f->access, &passive, f->now, &caller), OK);
    f->now += HOUR - 1;
    assert_int_equal(access_identify(f->access, &passive, f->now, &caller), OK);
    assert_true(access_is_live(f->access, &caller, f->now));
    f->now += 1;
    assert_int_equal(access_identify(f->access, &passive, f->now, &caller), ERR_NOT_SIGNED_IN);
    assert_false(access_is_live(f->access, &caller, f->now));
}

static void a_session_ends_after_7_days_however_much_it_is_used(void **state)
{
    struct access_fixture *f = *state;
    struct admission in;
    struct caller caller;
    fixture_admin(f, &in);
    for (int hour = 0; hour < 7 * 24; hour += 6) {
        assert_int_equal(fixture_identify(f, in.cookie, &caller), OK);
        f->now += 6 * HOUR;
    }
    assert_int_equal(fixture_identify(f, in.cookie, &caller), ERR_NOT_SIGNED_IN);
}

static void what_lies_in_the_future_has_expired_until_the_clock_catches_up(void **state)
{
    struct access_fixture *f = *state;
    struct admission in;
    struct caller caller;
    fixture_admin(f, &in);
    assert_true(caller_of(f, in.cookie).fresh);
    f->now -= 5000; /* as clocks are set every day */
    assert_true(caller_of(f, in.cookie).fresh);
    f->now -= HOUR;
    assert_int_equal(fixture_identify(f, in.cookie, &caller), ERR_NOT_SIGNED_IN);
    assert_int_equal(accounts_tidy(f->access, f->now), OK);
    f->now += HOUR;
    assert_true(caller_of(f, in.cookie).fresh);
}

static void a_clock_that_jumps_forward_and_back_removes_nothing(void **state)
{
    struct access_fixture *f = *state;
    struct admission in;
    struct caller caller;
    fixture_admin(f, &in);
    f->now += 366 * 24 * HOUR;
    assert_int_equal(fixture_identify(f, in.cookie, &caller), ERR_NOT_SIGNED_IN);
    assert_int_equal(accounts_tidy(f->access, f->now), OK);
    access_close(&f->access);
    fixture_open(f);
    f->now -= 366 * 24 * HOUR;
    assert_string_equal(caller_of(f, in.cookie).name, "Ada");
}

static void when_a_session_was_used_is_written_each_minute_and_at_the_end(void **state)
{
    struct access_fixture *f = *state;
    struct admission in;
    fixture_admin(f, &in);
    f->now += 11 * HOUR;
    caller_of(f, in.cookie);
    assert_int_equal(accounts_tidy(f->access, f->now), OK);
    int64_t written = 0;
    assert_int_equal(
        db_number(access_db(f->access), "SELECT last_used_at FROM sessions", 0, &written), OK);
    assert_int_equal(written, f->now);
}

static void the_csrf_token_belongs_to_one_session_and_bearer_calls_have_none(void **state)
{
    struct access_fixture *f = *state;
    struct admission one, two;
    struct verdict verdict;
    char header[256];
    fixture_admin(f, &one);
    assert_int_equal(fixture_sign_in(f, "ada", FIXTURE_PASSWORD, "192.0.2.1", &two, &verdict), OK);
    assert_string_not_equal(one.cookie, two.cookie);
    struct credentials shown = with_cookie(f, one.cookie, header, false);
    assert_true(access_csrf_matches(f->access, &shown, one.csrf, strlen(one.csrf)));
    assert_false(access_csrf_matches(f->access, &shown, two.csrf, strlen(two.csrf)));
    assert_false(access_csrf_matches(f->access, &shown, "", 0));
    shown.authorization = "Bearer x";
    shown.authorization_size = 8;
    assert_false(access_csrf_matches(f->access, &shown, one.csrf, strlen(one.csrf)));
}

static void of_two_cookies_with_our_name_none_is_believed(void **state)
{
    struct access_fixture *f = *state;
    struct admission in;
    char header[256];
    struct caller caller;
    fixture_admin(f, &in);
    const char *name = access_cookie_name(f->access);
    int size = snprintf(header, sizeof header, "%s=%s; %s=%s", name, in.cookie, name, in.cookie);
    struct credentials shown = {.cookie = header, .cookie_size = (size_t)size};
    assert_int_equal(access_identify(f->access, &shown, f->now, &caller), ERR_NOT_SIGNED_IN);
}

static void signing_in_again_ends_the_session_that_was_shown(void **state)
{
    struct access_fixture *f = *state;
    struct admission one, two;
    struct verdict verdict = {0};
    struct caller caller;
    fixture_admin(f, &one);
    caller = caller_of(f, one.cookie);
    struct auth_login asked = {.name = "Ada", .password = FIXTURE_PASSWORD};
    struct visit visit = fixture_visit(f, &caller);
    assert_int_equal(accounts_sign_in(f->access, &asked, &visit, &two, &verdict), OK);
    assert_int_equal(fixture_identify(f, one.cookie, &caller), ERR_NOT_SIGNED_IN);
    caller_of(f, two.cookie);
}

static void a_user_has_at_most_50_sessions_and_the_one_longest_unused_gives_way(void **state)
{
    struct access_fixture *f = *state;
    struct admission first, other;
    struct verdict verdict;
    struct caller caller;
    fixture_admin(f, &first);
    for (int i = 0; i < 49; i++) {
        f->now += 1000;
        assert_int_equal(fixture_sign_in(f, "Ada", FIXTURE_PASSWORD, "192.0.2.1", &other, &verdict),
                         OK);
    }
    caller_of(f, first.cookie);
    f->now += 1000;
    assert_int_equal(fixture_sign_in(f, "Ada", FIXTURE_PASSWORD, "192.0.2.1", &other, &verdict),
                     OK);
    caller_of(f, first.cookie); /* the second one is the oldest now */
    int64_t count = 0;
    assert_int_equal(db_number(access_db(f->access), "SELECT count(*) FROM sessions", 0, &count),
                     OK);
    assert_int_equal(count, 50);
    assert_int_equal(fixture_identify(f, other.cookie, &caller), OK);
}

static void a_session_ended_is_refused_at_once_and_sockets_are_told(void **state)
{
    struct access_fixture *f = *state;
    struct admission in;
    struct verdict verdict = {0};
    fixture_admin(f, &in);
    struct caller caller = caller_of(f, in.cookie), again;
    uint64_t before = access_generation(f->access);
    struct visit visit = fixture_visit(f, &caller);
    assert_int_equal(accounts_end_session(f->access, caller.key, &visit, &verdict), OK);
    assert_true(access_generation(f->access) > before);
    assert_false(access_is_live(f->access, &caller, f->now));
    assert_int_equal(fixture_identify(f, in.cookie, &again), ERR_NOT_SIGNED_IN);
    assert_int_equal(accounts_end_session(f->access, caller.key, &visit, &verdict), ERR_NOT_FOUND);
}

int main(void)
{
    umask(0077); /* as every process of ours (process.c) */
    const struct CMUnitTest tests[] = {
        ACCESS_TEST(who_shows_nothing_is_nobody),
        ACCESS_TEST(the_local_token_is_believed_from_a_direct_loopback_peer_only),
        ACCESS_TEST(secrets_of_the_file_system_can_be_read_by_their_owner_alone),
        ACCESS_TEST(the_local_token_is_shared_with_a_group_that_is_set_and_no_other_is_made_up),
        ACCESS_TEST(what_is_shown_wrongly_is_refused_and_never_taken_for_nobody),
        ACCESS_TEST(a_session_is_its_users_and_survives_a_restart),
        ACCESS_TEST(a_session_ends_12_hours_after_its_last_call_that_was_not_passive),
        ACCESS_TEST(a_session_ends_after_7_days_however_much_it_is_used),
        ACCESS_TEST(what_lies_in_the_future_has_expired_until_the_clock_catches_up),
        ACCESS_TEST(a_clock_that_jumps_forward_and_back_removes_nothing),
        ACCESS_TEST(when_a_session_was_used_is_written_each_minute_and_at_the_end),
        ACCESS_TEST(the_csrf_token_belongs_to_one_session_and_bearer_calls_have_none),
        ACCESS_TEST(of_two_cookies_with_our_name_none_is_believed),
        ACCESS_TEST(signing_in_again_ends_the_session_that_was_shown),
        ACCESS_TEST(a_user_has_at_most_50_sessions_and_the_one_longest_unused_gives_way),
        ACCESS_TEST(a_session_ended_is_refused_at_once_and_sockets_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
