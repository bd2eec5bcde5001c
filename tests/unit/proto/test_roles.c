/* SPDX-License-Identifier: MIT
 * test_roles.c - what a key of the door may say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/schema/roles.h"

static void a_role_may_send_commands_alone_and_few_of_them(void **state)
{
    (void)state;
    size_t allowed[bus_role_COUNT] = {0};
    for (int role = 0; role < bus_role_COUNT; role++) {
        for (int id = 1; id < MSG_COUNT; id++) {
            if (role_target((enum bus_role)role, (enum msg_id)id) != NULL) {
                assert_int_equal(schema_messages[id].kind, KIND_COMMAND);
                allowed[role]++;
            }
        }
    }
    assert_int_equal(allowed[bus_role_join], 1);
    assert_string_equal(role_target(bus_role_join, MSG_worker_join), "door");
    assert_null(role_target(bus_role_join, MSG_lease_take));
    assert_null(role_target(bus_role_worker, MSG_worker_join));
    assert_null(role_target(bus_role_worker, MSG_server_credentials_get));
    assert_null(role_target(bus_role_worker, MSG_none));
    assert_string_equal(role_target(bus_role_worker, MSG_batch_commit), "history");
}

static void the_hash_of_the_schema_is_one(void **state)
{
    (void)state;
    assert_int_equal(strlen(schema_hash()), SCHEMA_HASH_SIZE - 1);
    assert_ptr_equal(schema_hash(), schema_hash());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_role_may_send_commands_alone_and_few_of_them),
        cmocka_unit_test(the_hash_of_the_schema_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
