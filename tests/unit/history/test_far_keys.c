/* SPDX-License-Identifier: MIT
 * test_far_keys.c - what is held against workers on other machines. */
#include "tests/unit/history/fixture.h"

#include "actors/history/far_keys.h"

/* Under the lease with this seal, of a worker elsewhere. */
static struct batch_commit batch_of(const char *job_id, unsigned char seal[LEASE_MAC_SIZE],
                                    unsigned char first)
{
    memset(seal, 0, LEASE_MAC_SIZE);
    seal[0] = first;
    struct batch_commit b = {.job_id = job_id, .has_lease = true};
    b.lease.seal = (struct bytes){(const char *)seal, LEASE_MAC_SIZE};
    b.lease.sample = (struct bytes){"s", 1};
    return b;
}

static const char *flaw_of(const struct far_keys *k, const char *worker)
{
    unsigned char seal[LEASE_MAC_SIZE];
    const struct batch_commit b = batch_of("job-1", seal, 255);
    return far_keys_flaw(k, &b, worker);
}

static void a_lease_of_which_a_batch_was_refused_delivers_nothing_more(void **state)
{
    (void)state;
    static struct far_keys k;
    unsigned char seal[LEASE_MAC_SIZE];
    const struct batch_commit b = batch_of("job-1", seal, 1);
    assert_null(far_keys_flaw(&k, &b, "w#a.1"));
    for (int i = 0; i < 2 * FAR_REFUSED_MAX; i++) { /* it counts once, however often it comes */
        assert_false(far_keys_note(&k, &b, "w#a.1", "why"));
    }
    assert_string_equal(far_keys_flaw(&k, &b, "w#a.1"), "a batch of its lease was refused");
    assert_null(flaw_of(&k, "w#a.1"));
}

static void who_has_several_in_one_job_is_let_in_no_more(void **state)
{
    (void)state;
    static struct far_keys k;
    unsigned char seal[LEASE_MAC_SIZE];
    for (unsigned char i = 1; i < FAR_REFUSED_MAX; i++) {
        const struct batch_commit before = batch_of("job-0", seal, 100 + i);
        assert_false(far_keys_note(&k, &before, "w#a.1", "why"));
    }
    for (unsigned char i = 1; i <= FAR_REFUSED_MAX; i++) {
        const struct batch_commit b = batch_of("job-1", seal, i);
        assert_null(flaw_of(&k, "w#a.1"));
        assert_true(far_keys_note(&k, &b, "w#a.1", "why") == (i == FAR_REFUSED_MAX));
    }
    assert_non_null(flaw_of(&k, "w#a.2"));
    assert_null(flaw_of(&k, "w#b.1"));
}

static void of_a_worker_of_this_machine_nothing_is_noted(void **state)
{
    (void)state;
    static struct far_keys k;
    unsigned char seal[LEASE_MAC_SIZE];
    struct batch_commit b = batch_of("job-1", seal, 1);
    b.lease.sample = (struct bytes){0};
    assert_false(far_keys_note(&k, &b, "w#1", "why"));
    assert_null(far_keys_flaw(&k, &b, "w#1"));
}

static void who_is_let_in_no_more_is_known_by_its_key_whatever_process_it_was(void **state)
{
    (void)state;
    static struct far_keys k;
    far_keys_gone(&k, "import-worker#aa");
    assert_non_null(flaw_of(&k, "import-worker#aa.1.2"));
    assert_non_null(flaw_of(&k, "import-worker#aa.2.1"));
    assert_null(flaw_of(&k, "import-worker#aab.1.2"));
    assert_null(flaw_of(&k, "import-worker#a"));
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
    assert_non_null(flaw_of(&k, worker));
    assert_null(flaw_of(&k, "import-worker#0"));
    assert_null(flaw_of(&k, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lease_of_which_a_batch_was_refused_delivers_nothing_more),
        cmocka_unit_test(who_has_several_in_one_job_is_let_in_no_more),
        cmocka_unit_test(of_a_worker_of_this_machine_nothing_is_noted),
        cmocka_unit_test(who_is_let_in_no_more_is_known_by_its_key_whatever_process_it_was),
        cmocka_unit_test(the_oldest_gives_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
