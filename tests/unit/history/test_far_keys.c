/* SPDX-License-Identifier: MIT
 * test_far_keys.c - of which workers nothing more is taken. */
#include "tests/unit/history/fixture.h"

#include "actors/history/far_keys.h"

static void who_is_let_in_no_more_is_known_by_its_key_whatever_process_it_was(void **state)
{
    (void)state;
    static struct far_keys k;
    far_keys_gone(&k, "import-worker#aa");
    assert_non_null(far_keys_flaw(&k, "import-worker#aa.1.2"));
    assert_non_null(far_keys_flaw(&k, "import-worker#aa.2.1"));
    assert_null(far_keys_flaw(&k, "import-worker#aab.1.2"));
    assert_null(far_keys_flaw(&k, "import-worker#a"));
}

static void the_oldest_gives_way(void **state)
{
    (void)state;
    static struct far_keys k;
    char worker[32];
    for (int i = 0; i < 2 * FAR_KEYS_MAX; i++) {
        far_keys_gone(&k, "import-worker#again");
        (void)snprintf(worker, sizeof(worker), "import-worker#%d", i);
        far_keys_gone(&k, worker);
    }
    assert_non_null(far_keys_flaw(&k, worker));
    assert_null(far_keys_flaw(&k, "import-worker#0"));
    assert_null(far_keys_flaw(&k, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_let_in_no_more_is_known_by_its_key_whatever_process_it_was),
        cmocka_unit_test(the_oldest_gives_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
