/* SPDX-License-Identifier: MIT
 * test_keys.c - which keys the door knows, over restarts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "actors/door/keys.h"
#include "proto/base/clock.h"
#include "tests/support/children.h"

static int setup(void **state)
{
    *state = children_folder();
    zsys_handler_set(NULL);
    return chdir(*state) == 0 && mkdir("door", 0700) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    char *folder = *state;
    int moved = chdir("/");
    children_remove_folder(&folder);
    return moved;
}

/* A new key, of which `name` is all that is said. */
static struct door_key some_key(const char *name, enum bus_role role, int64_t until_ms)
{
    zcert_t *cert = zcert_new();
    struct door_key key = {.role = role, .made_ms = clock_wall_ms(), .until_ms = until_ms};
    (void)snprintf(key.public_z85, sizeof(key.public_z85), "%s", zcert_public_txt(cert));
    (void)snprintf(key.name, sizeof(key.name), "%s", name);
    zcert_destroy(&cert);
    return key;
}

static void a_key_is_known_until_it_is_removed_whatever_it_is_called(void **state)
{
    (void)state;
    static struct door_keys keys;
    static struct door_keys again;
    keys = again = (struct door_keys){0};
    struct door_key key = some_key("a \"b\"\n#c = d", bus_role_worker, 0);
    assert_int_equal(keys_open(&keys), OK);
    assert_int_equal(keys_add(&keys, &key), OK);
    assert_int_equal(keys_open(&again), OK);
    const struct door_key *known = keys_by_public(&again, key.public_z85);
    assert_non_null(known);
    assert_string_equal(known->name, "a _b__#c = d");
    assert_int_equal(known->role, bus_role_worker);
    assert_int_equal(known->made_ms, key.made_ms);
    assert_int_equal(keys_remove(&again, known->id), OK);
    assert_null(keys_by_public(&again, key.public_z85));
    again = (struct door_keys){0};
    assert_int_equal(keys_open(&again), OK);
    assert_int_equal(again.count, 0);
}

static void a_revoked_key_stays_with_its_reason_and_is_let_in_no_more(void **state)
{
    (void)state;
    static struct door_keys keys;
    static struct door_keys again;
    char reason[] = "In a \"job\" it lied";
    keys = again = (struct door_keys){0};
    struct door_key key = some_key("attic", bus_role_worker, 0);
    assert_int_equal(keys_open(&keys), OK);
    assert_int_equal(keys_add(&keys, &key), OK);
    char id[REMOTE_ID_SIZE];
    memcpy(id, keys_by_public(&keys, key.public_z85)->id, sizeof(id));
    assert_int_equal(keys_revoke(&keys, id, reason), OK);
    assert_null(keys_by_public(&keys, key.public_z85));
    assert_int_equal(keys_open(&again), OK);
    assert_int_equal(again.count, 1);
    assert_null(keys_by_public(&again, key.public_z85));
    const struct door_key *known = keys_by_id(&again, id);
    assert_string_equal(known->name, "attic");
    assert_string_equal(known->reason, "In a _job_ it lied");
    assert_int_equal(keys_remove(&again, id), OK);
    again = (struct door_keys){0};
    assert_int_equal(keys_open(&again), OK);
    assert_int_equal(again.count, 0);
}

static void an_invitation_is_not_known_once_it_is_over(void **state)
{
    (void)state;
    static struct door_keys keys;
    keys = (struct door_keys){0};
    char over[REMOTE_ID_SIZE];
    struct door_key good = some_key("good", bus_role_join, clock_wall_ms() + 60000);
    struct door_key late = some_key("late", bus_role_join, clock_wall_ms() - 1);
    assert_int_equal(keys_open(&keys), OK);
    assert_int_equal(keys_add(&keys, &good), OK);
    assert_false(keys_find_over(&keys, over));
    assert_int_equal(keys_add(&keys, &late), OK);
    assert_non_null(keys_by_public(&keys, good.public_z85));
    assert_null(keys_by_public(&keys, late.public_z85));
    assert_true(keys_find_over(&keys, over));
    assert_string_equal(keys_by_id(&keys, over)->name, "late");
}

static void what_is_no_key_is_refused_and_passed_over(void **state)
{
    (void)state;
    static struct door_keys keys;
    keys = (struct door_keys){0};
    struct door_key key = some_key("short", bus_role_worker, 0);
    key.public_z85[10] = '\0';
    assert_int_equal(keys_open(&keys), OK);
    assert_int_equal(keys_add(&keys, &key), ERR_BAD_FIELD);
    FILE *file = fopen(KEYS_FOLDER "/0123", "we");
    assert_non_null(file);
    (void)fputs("metadata\n    role = \"worker\"\n", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(keys_open(&keys), OK);
    assert_int_equal(keys.count, 0);
}

static void there_is_an_end_to_how_many(void **state)
{
    (void)state;
    static struct door_keys keys;
    keys = (struct door_keys){0};
    assert_int_equal(keys_open(&keys), OK);
    for (size_t i = 0; i < KEYS_MAX; i++) {
        struct door_key key = some_key("one", bus_role_join, 0);
        assert_int_equal(keys_add(&keys, &key), OK);
    }
    struct door_key key = some_key("one more", bus_role_join, 0);
    assert_int_equal(keys_add(&keys, &key), ERR_WORKERS_FULL);
}

static void a_key_that_is_there_is_not_added_again_as_another(void **state)
{
    (void)state;
    static struct door_keys keys;
    keys = (struct door_keys){0};
    struct door_key key = some_key("guest", bus_role_join, clock_wall_ms() - 1);
    assert_int_equal(keys_open(&keys), OK);
    assert_int_equal(keys_add(&keys, &key), OK);
    key.role = bus_role_worker;
    key.until_ms = 0;
    assert_int_equal(keys_add(&keys, &key), ERR_BAD_FIELD);
    keys = (struct door_keys){0};
    assert_int_equal(keys_open(&keys), OK);
    assert_int_equal(keys.count, 1);
    assert_int_equal(keys.items[0].role, bus_role_join);
}

/* A folder in place of the file stands for a disk that does not let it go. */
static void a_key_whose_file_stays_is_known_no_more_and_said_to_be_there(void **state)
{
    (void)state;
    static struct door_keys keys;
    char path[128];
    char over[REMOTE_ID_SIZE];
    keys = (struct door_keys){0};
    struct door_key key = some_key("stays", bus_role_join, 0);
    assert_int_equal(keys_open(&keys), OK);
    assert_int_equal(keys_add(&keys, &key), OK);
    (void)snprintf(path, sizeof(path), KEYS_FOLDER "/%s", keys.items[0].id);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_not_equal(keys_remove(&keys, keys.items[0].id), OK);
    assert_int_equal(keys.count, 1);
    assert_null(keys_by_public(&keys, key.public_z85));
    keys.items[0].until_ms = 1;
    assert_false(keys_find_over(&keys, over));
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(keys_remove(&keys, keys.items[0].id), OK);
    assert_int_equal(keys.count, 0);
}

/* The same for the file with the reason. */
static void a_key_is_revoked_though_nobody_can_write_why(void **state)
{
    (void)state;
    static struct door_keys keys;
    char path[128];
    char id[REMOTE_ID_SIZE];
    keys = (struct door_keys){0};
    struct door_key key = some_key("attic", bus_role_worker, 0);
    assert_int_equal(keys_open(&keys), OK);
    assert_int_equal(keys_add(&keys, &key), OK);
    memcpy(id, keys.items[0].id, sizeof(id));
    (void)snprintf(path, sizeof(path), KEYS_FOLDER "/.%s", id);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(keys_revoke(&keys, id, "It lied"), OK);
    assert_null(keys_by_public(&keys, key.public_z85));
    assert_string_equal(keys_by_id(&keys, id)->reason, "It lied");
    assert_int_equal(rmdir(path), 0);
    keys = (struct door_keys){0};
    assert_int_equal(keys_open(&keys), OK);
    assert_int_equal(keys.count, 0);
}

static void what_a_worker_says_of_itself_is_cut_at_a_character(void **state)
{
    (void)state;
    static struct door_key key;
    char version[80];
    memset(version, 'v', 63);
    (void)snprintf(version + 63, sizeof(version) - 63, "\u00e9\u00e9");
    keys_describe(&key, "a\"b\n", version);
    assert_string_equal(key.machine, "a_b_");
    assert_int_equal(strlen(key.version), 63);
}

static void a_key_may_send_so_much_and_again_after_a_while(void **state)
{
    (void)state;
    static struct door_key key;
    int64_t now_ms = 5000;
    for (int i = 0; i < KEY_MESSAGES; i++) {
        assert_true(keys_allow(&key, 100, now_ms));
    }
    assert_false(keys_allow(&key, 100, now_ms));
    assert_true(keys_allow(&key, 100, now_ms += 1));
    assert_false(keys_allow(&key, 100, now_ms));
    assert_true(keys_allow(&key, KEY_BYTES, now_ms += 3600000));
    assert_false(keys_allow(&key, 1000000, now_ms));
    assert_true(keys_allow(&key, 1000000, now_ms += 10));
}

static void a_refused_batch_costs_a_key_ten_of_its_size_and_never_more_than_it_may_owe(void **state)
{
    (void)state;
    static struct door_key key;
    int64_t now_ms = 5000;
    const size_t batch = 2 * 1024 * 1024;
    assert_true(keys_allow(&key, batch, now_ms));
    for (int i = 0; i < 1000; i++) {
        keys_charge(&key, batch);
    }
    assert_false(keys_allow(&key, batch, now_ms += KEY_BYTES * 1000LL / KEY_BYTES_PER_S));
    assert_true(keys_allow(&key, batch, now_ms += 1000));
    int64_t before = key.bytes;
    keys_charge(&key, batch);
    assert_int_equal(before - key.bytes, (KEY_REFUSED_TIMES - 1) * batch);
    keys_charge(NULL, batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_is_known_until_it_is_removed_whatever_it_is_called,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_revoked_key_stays_with_its_reason_and_is_let_in_no_more,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(an_invitation_is_not_known_once_it_is_over, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_no_key_is_refused_and_passed_over, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_that_is_there_is_not_added_again_as_another, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_key_whose_file_stays_is_known_no_more_and_said_to_be_there, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_is_revoked_though_nobody_can_write_why, setup,
                                        teardown),
        cmocka_unit_test(a_key_may_send_so_much_and_again_after_a_while),
        cmocka_unit_test(
            a_refused_batch_costs_a_key_ten_of_its_size_and_never_more_than_it_may_owe),
        cmocka_unit_test(what_a_worker_says_of_itself_is_cut_at_a_character),
        cmocka_unit_test_setup_teardown(there_is_an_end_to_how_many, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
