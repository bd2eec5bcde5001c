/* SPDX-License-Identifier: MIT
 * test_plex_servers.c - plex.tv's list of resources: what of it is a server, and which of its
 * addresses is the best. */
#include "actors/server_sync/plex_servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "actors/server_sync/plex_sign_ins_parts.h"
#include "proto/wire/json.h"
#include "tests/support/drawing.h"

#define CONNECTION(uri, address, local, relay)                                                \
    "{\"protocol\":\"https\",\"uri\":\"" uri "\",\"address\":\"" address "\",\"port\":32400," \
    "\"local\":" local ",\"relay\":" relay "}"
#define SERVER(name, owned, more)                               \
    "{\"name\":\"" name "\",\"clientIdentifier\":\"id-of-" name \
    "\",\"provides\":\"player,server\","                        \
    "\"accessToken\":\"token-of-" name "\",\"sourceTitle\":\"somebody\",\"owned\":" owned more "}"

static struct plex_servers read_text(const char *text, struct arena *arena)
{
    struct plex_servers servers = {0};
    OWNED(json_release) json_t *list = json_loads(text, 0, NULL);
    assert_non_null(list);
    assert_int_equal(plex_servers_read(list, arena, &servers), OK);
    return servers;
}

static void the_best_address_is_near_and_secure_and_what_works_comes_first(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct plex_servers servers = read_text(
        "[" SERVER(
            "home", "true",
            ",\"connections\":[" CONNECTION(
                "https://relay.plex.direct:8443", "1.2.3.4", "false",
                "true") "," CONNECTION("http://9.9.9.9:32400", "9.9.9.9", "false",
                                       "false") "," CONNECTION("https://far.plex.direct:32400",
                                                               "9.9.9.9", "false",
                                                               "false") "," CONNECTION("https://"
                                                                                       "near.plex."
                                                                                       "direct:"
                                                                                       "32400",
                                                                                       "192.168.1."
                                                                                       "10",
                                                                                       "true",
                                                                                       "false") "]") "]",
        arena);
    static const char *const best_first[] = {
        "https://near.plex.direct:32400", "http://192.168.1.10:32400",
        "https://far.plex.direct:32400", "https://relay.plex.direct:8443", "http://9.9.9.9:32400"};
    assert_int_equal(servers.count, 1);
    const struct plex_person_server *view = &servers.items[0].view;
    assert_int_equal(view->connections_count, COUNT_OF(best_first));
    for (size_t i = 0; i < COUNT_OF(best_first); i++) {
        assert_string_equal(view->connections[i].address, best_first[i]);
    }
    view->connections[3].works = true;
    plex_servers_rank(&servers.items[0]);
    assert_string_equal(view->connections[0].address, best_first[3]);
    assert_string_equal(view->connections[1].address, best_first[0]);
    plex_servers_forget(&servers);
}

static void where_https_is_required_no_plain_address_is_made_up(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct plex_servers servers =
        read_text("[" SERVER("home", "1",
                             ",\"httpsRequired\":true,\"connections\":[" CONNECTION(
                                 "https://near.plex.direct:32400", "fd00::1", "true",
                                 "false") "]") "," SERVER("v6", "1",
                                                          ",\"connections\":[" CONNECTION(
                                                              "https://near.plex.direct:32400",
                                                              "fd00::1", "true", "false") "]") "]",
                  arena);
    assert_int_equal(servers.items[0].view.connections_count, 1);
    assert_int_equal(servers.items[1].view.connections_count, 2);
    assert_string_equal(servers.items[1].view.connections[1].address, "http://[fd00::1]:32400");
    plex_servers_forget(&servers);
}

static void own_servers_come_first_and_what_is_none_is_passed_over(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct plex_servers servers = read_text(
        "[null, 7, {\"provides\":\"server\"}, {\"name\":\"tv\",\"clientIdentifier\":\"tv\","
        "\"accessToken\":\"t\",\"provides\":\"player,server-like\"}," SERVER(
            "a", "false", "") "," SERVER("z", "true", "") "," SERVER("b", "\"1\"", "") "]",
        arena);
    assert_int_equal(servers.count, 3);
    assert_string_equal(servers.items[0].view.name, "b");
    assert_string_equal(servers.items[1].view.name, "z");
    assert_string_equal(servers.items[2].view.owner, "somebody");
    assert_non_null(servers.items[2].view.note);
    assert_string_equal(servers.items[1].token->bytes, "token-of-z");
    plex_servers_forget(&servers);
    assert_int_equal(servers.count, 0);
    OWNED(json_release) json_t *none = json_object();
    assert_int_equal(plex_servers_read(none, arena, &servers), ERR_PLEX_TV_FAILED);
}

static void the_states_of_a_sign_in_are_as_they_are_drawn(void **state)
{
    (void)state;
    drawing_check("actors/server_sync/plex_sign_in.c", &plex_sign_in_moves);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_address_is_near_and_secure_and_what_works_comes_first),
        cmocka_unit_test(where_https_is_required_no_plain_address_is_made_up),
        cmocka_unit_test(own_servers_come_first_and_what_is_none_is_passed_over),
        cmocka_unit_test(the_states_of_a_sign_in_are_as_they_are_drawn),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
