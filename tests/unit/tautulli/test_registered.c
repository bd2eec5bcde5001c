/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "actors/tautulli/registered.h"
#include "proto/base/own.h"

#define TAUTULLI "11111111111111111111111111111111"
#define PLEX "22222222222222222222222222222222"
#define GONE "33333333333333333333333333333333"
#define WATCHED "c0ffee00d15ea5edfeedfacecafebeef01234567"

static enum err choose(const char *db_path, const char *server_id, const struct server_view **out)
{
    static struct server_view items[] = {
        {.id = TAUTULLI,
         .kind = server_kind_tautulli,
         .address = "http://nas:8181",
         .enabled = true,
         .has_token = true},
        {.id = PLEX, .kind = server_kind_plex, .address = "http://nas:32400", .enabled = true}};
    const struct servers_listed servers = {.items = items, .items_count = COUNT_OF(items)};
    struct refusal why = {0};
    return registered_choose(&servers, db_path, server_id, out, &why);
}

static void a_tautulli_is_chosen_by_its_id_or_its_address(void **state)
{
    (void)state;
    const struct server_view *found = NULL;
    assert_int_equal(choose("", TAUTULLI, &found), OK);
    assert_string_equal(found->id, TAUTULLI);
    assert_int_equal(choose("http://NAS:8181/", NULL, &found), OK);
    assert_string_equal(found->id, TAUTULLI);
    assert_int_equal(choose("http://nas:8182", NULL, &found), ERR_SERVER_NOT_FOUND);
}

/* Its plays would be stored as those of a server that they are not of. */
static void an_id_of_the_registry_that_is_no_tautulli_imports_no_file(void **state)
{
    (void)state;
    const struct server_view *found = NULL;
    assert_int_equal(choose("", GONE, &found), ERR_SERVER_NOT_FOUND);
    assert_int_equal(choose("", PLEX, &found), ERR_SERVER_WRONG_KIND);
    assert_int_equal(choose("", WATCHED, &found), OK);
    assert_null(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tautulli_is_chosen_by_its_id_or_its_address),
        cmocka_unit_test(an_id_of_the_registry_that_is_no_tautulli_imports_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
