/* SPDX-License-Identifier: MIT
 * test_origin.c - under which names the gateway answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/guard/address.h"
#include "gateway/guard/origin.h"

static bool host(const struct origins *o, const char *text)
{
    return origins_host_allowed(o, text, strlen(text));
}

static bool from_to(const struct origins *o, const char *page, const char *called)
{
    struct head_line origin = {.value = page, .value_size = strlen(page)};
    struct head_line its_host = {.value = called, .value_size = strlen(called)};
    return origins_origin_allowed(o, &origin, &its_host);
}

/* A page that calls the name it came under. */
static bool origin(const struct origins *o, const char *page)
{
    const char *name = strstr(page, "://");
    return from_to(o, page, name != NULL ? name + 3 : "localhost:8674");
}

static void loopback_names_with_our_port_are_answered(void **state)
{
    (void)state;
    struct origins o;
    assert_int_equal(origins_init(&o, 8674, "", false), OK);
    assert_true(host(&o, "127.0.0.1:8674"));
    assert_true(host(&o, "LocalHost:8674"));
    assert_true(host(&o, "[::1]:8674"));
    assert_true(origin(&o, "http://localhost:8674"));
    assert_true(origin(&o, "http://[::1]:8674"));
}

static void other_names_ports_and_schemes_are_not(void **state)
{
    (void)state;
    struct origins o;
    assert_int_equal(origins_init(&o, 8674, "", false), OK);
    static const char *const hosts[] = {"",
                                        "localhost",
                                        "localhost:8675",
                                        "evil.example:8674",
                                        "127.0.0.1.evil.example:8674",
                                        "localhost:8674:8674",
                                        "localhost:",
                                        "localhost:08674x",
                                        "user@localhost:8674",
                                        "localhost:8674/",
                                        "[::1:8674",
                                        ":8674"};
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        if (host(&o, hosts[i])) {
            fail_msg("answered as %s", hosts[i]);
        }
    }
    assert_false(origin(&o, "null"));
    assert_false(origin(&o, "https://localhost:8674"));
    assert_false(origin(&o, "http://evil.example"));
    assert_false(origin(&o, "http://localhost:8674.evil.example"));
    assert_false(origin(&o, ""));
}

static void the_public_address_is_answered_with_or_without_its_default_port(void **state)
{
    (void)state;
    struct origins o;
    assert_int_equal(origins_init(&o, 8674, "https://Playbus.example/", false), OK);
    assert_true(host(&o, "playbus.example"));
    assert_true(host(&o, "playbus.example:443"));
    assert_false(host(&o, "playbus.example:80"));
    assert_true(origin(&o, "https://playbus.example"));
    assert_false(origin(&o, "http://playbus.example"));
    assert_true(host(&o, "localhost:8674"));
}

static void a_public_address_that_is_none_is_a_bad_setting(void **state)
{
    (void)state;
    struct origins o;
    assert_int_equal(origins_init(&o, 1, "playbus.example", false), ERR_BAD_SETTING);
    assert_int_equal(origins_init(&o, 1, "ftp://playbus.example", false), ERR_BAD_SETTING);
    assert_int_equal(origins_init(&o, 1, "https://playbus.example/path", false), ERR_BAD_SETTING);
    assert_int_equal(origins_init(&o, 1, "https://playbus.example:99999", false), ERR_BAD_SETTING);
}

static void on_a_plain_lan_addresses_and_the_machines_name_are_answered(void **state)
{
    (void)state;
    struct origins o;
    char name[300];
    assert_int_equal(origins_init(&o, 8674, "", true), OK);
    assert_true(host(&o, "192.168.1.20:8674"));
    assert_true(host(&o, "[fd00::20]:8674"));
    assert_true(origin(&o, "http://192.168.1.20:8674"));
    snprintf(name, sizeof name, "http://%s.local:8674", o.machine);
    assert_true(origin(&o, name));
    snprintf(name, sizeof name, "%s:8674", o.machine);
    assert_true(host(&o, name));
    snprintf(name, sizeof name, "%s.evil.example:8674", o.machine);
    assert_false(host(&o, name));
    assert_false(host(&o, "192.168.1.20"));
    assert_false(host(&o, "evil.example:8674"));
    assert_false(host(&o, "[fd00::20:8674"));
    assert_false(origin(&o, "https://192.168.1.20:8674"));
}

static void names_of_a_forwarded_port_are_answered_with_their_port(void **state)
{
    (void)state;
    struct origins o;
    assert_int_equal(origins_init(&o, 8674, "", true), OK);
    assert_false(host(&o, "nas.local"));
    assert_int_equal(origins_add_lan(&o, " NAS.local:80  192.168.1.5:8080 "), OK);
    assert_true(host(&o, "nas.local"));
    assert_true(host(&o, "nas.local:80"));
    assert_false(host(&o, "nas.local:8674"));
    assert_true(from_to(&o, "http://nas.local", "nas.local"));
    assert_true(from_to(&o, "http://192.168.1.5:8080", "192.168.1.5:8080"));
    assert_false(from_to(&o, "http://192.168.1.5:8080", "192.168.1.5:8674"));
    assert_false(from_to(&o, "http://nas.local", "localhost:8674"));
    assert_int_equal(origins_add_lan(&o, "nas.local:0"), ERR_BAD_SETTING);
    assert_int_equal(origins_add_lan(&o, "http://nas.local"), ERR_BAD_SETTING);
    assert_int_equal(origins_add_lan(&o, "a b c d e f g"), ERR_BAD_SETTING);
}

static bool names(const char *host, const char *here_text)
{
    struct origins o;
    struct address here;
    assert_int_equal(origins_init(&o, 8674, "", true), OK);
    assert_true(address_parse(here_text, strlen(here_text), &here));
    return origins_host_is(&o, host, strlen(host), &here);
}

static void a_call_of_this_machine_names_the_address_that_it_goes_to(void **state)
{
    (void)state;
    assert_true(names("127.0.0.1:8674", "127.0.0.1"));
    assert_true(names("localhost:8674", "::1"));
    assert_true(names("192.168.1.5:8674", "192.168.1.5"));
    assert_true(names("[fd00::20]:8674", "fd00::20"));
    assert_false(names("127.0.0.1:80", "127.0.0.1"));
    assert_false(names("192.168.1.5:8674", "127.0.0.1")); /* typed to a forwarder on loopback */
    assert_false(names("192.168.1.5:8674", "10.0.2.100"));
    assert_false(names("localhost:8674", "192.168.1.5"));
    assert_false(names("nas.local", "192.168.1.5"));
}

static void a_page_under_one_of_our_names_may_call_that_name_alone(void **state)
{
    (void)state;
    struct origins o;
    assert_int_equal(origins_init(&o, 8674, "https://playbus.example", true), OK);
    assert_true(from_to(&o, "http://192.168.1.20:8674", "192.168.1.20:8674"));
    assert_true(from_to(&o, "http://LOCALHOST:8674", "localhost:8674"));
    assert_false(from_to(&o, "http://192.168.1.66:8674", "192.168.1.20:8674"));
    assert_false(from_to(&o, "http://[fd00::66]:8674", "[fd00::20]:8674"));
    assert_false(from_to(&o, "http://192.168.1.66:8674", "localhost:8674"));
    assert_false(from_to(&o, "http://192.168.1.66:8674", "playbus.example"));
    assert_false(from_to(&o, "http://localhost:8674", "127.0.0.1:8674"));
    assert_true(from_to(&o, "https://playbus.example", "127.0.0.1:8674"));
    assert_false(from_to(&o, "https://other.example", "playbus.example"));
}

static bool trusted(const struct origins *o, const char *text)
{
    return origins_host_trustworthy(o, text, strlen(text));
}

static void browsers_trust_this_machine_and_tls_and_no_plain_lan(void **state)
{
    (void)state;
    struct origins o;
    assert_int_equal(origins_init(&o, 8674, "https://playbus.example", true), OK);
    assert_true(trusted(&o, "127.0.0.1:8674"));
    assert_true(trusted(&o, "playbus.example"));
    assert_false(trusted(&o, "192.168.1.20:8674"));
    assert_int_equal(origins_init(&o, 8674, "http://playbus.example", false), OK);
    assert_false(trusted(&o, "playbus.example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loopback_names_with_our_port_are_answered),
        cmocka_unit_test(other_names_ports_and_schemes_are_not),
        cmocka_unit_test(the_public_address_is_answered_with_or_without_its_default_port),
        cmocka_unit_test(a_public_address_that_is_none_is_a_bad_setting),
        cmocka_unit_test(browsers_trust_this_machine_and_tls_and_no_plain_lan),
        cmocka_unit_test(names_of_a_forwarded_port_are_answered_with_their_port),
        cmocka_unit_test(a_call_of_this_machine_names_the_address_that_it_goes_to),
        cmocka_unit_test(a_page_under_one_of_our_names_may_call_that_name_alone),
        cmocka_unit_test(on_a_plain_lan_addresses_and_the_machines_name_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
