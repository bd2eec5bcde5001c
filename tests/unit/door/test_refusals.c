/* SPDX-License-Identifier: MIT
 * test_refusals.c - what is kept for the audit log, however much one key sends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "actors/door/refusals.h"

static struct refusals refusals;

static int setup(void **state)
{
    (void)state;
    refusals = (struct refusals){0};
    return 0;
}

static void refuse(const char *key_id, enum audit_action action, const char *format, int number)
{
    struct refusal_kind kind = {.action = action, .outcome = "NOT_FOR_ASKER"};
    (void)snprintf(kind.key_id, sizeof(kind.key_id), "%s", key_id);
    (void)snprintf(kind.about, sizeof(kind.about), format, number);
    refusals_note(&refusals, &kind);
}

/* How many messages of this key wait, and of how many kinds. */
static uint64_t waiting(const char *key_id, const char *about, size_t *out_kinds)
{
    uint64_t count = 0;
    *out_kinds = 0;
    for (size_t i = 0; i < REFUSALS_MAX; i++) {
        const struct refusal_kind *k = &refusals.kinds[i];
        if (strcmp(k->key_id, key_id) == 0 && (about == NULL || strcmp(k->about, about) == 0)) {
            count += k->waiting;
            (*out_kinds)++;
        }
    }
    return count;
}

static void a_kind_is_one_entry_however_often_it_comes(void **state)
{
    (void)state;
    size_t kinds = 0;
    for (int i = 0; i < 1000; i++) {
        refuse("a", audit_action_worker_message, "job.list", 0);
    }
    assert_int_equal(waiting("a", NULL, &kinds), 1000);
    assert_int_equal(kinds, 1);
}

static void one_key_takes_no_more_than_its_share_and_all_that_it_sends_counts(void **state)
{
    (void)state;
    size_t kinds = 0;
    for (int i = 0; i < 2000; i++) {
        refuse("a", audit_action_worker_message, "message %d", i);
    }
    assert_int_equal(waiting("a", NULL, &kinds), 2000);
    assert_int_equal(kinds, REFUSALS_OF_KEY_MAX + 1);
    assert_int_equal(waiting("a", "others", &kinds), 2000 - REFUSALS_OF_KEY_MAX);
    assert_int_equal(refusals.lost, 0);
    refuse("b", audit_action_worker_message, "job.list", 0);
    assert_int_equal(waiting("b", "job.list", &kinds), 1);
}

static void who_joins_is_told_of_though_messages_fill_every_place(void **state)
{
    (void)state;
    size_t kinds = 0;
    char key[8];
    for (int i = 0; i < REFUSALS_MAX; i++) {
        (void)snprintf(key, sizeof(key), "k%d", i);
        refuse(key, audit_action_worker_message, "job.list", 0);
    }
    assert_true(refusals.lost > 0);
    refuse("new", audit_action_worker_joined, "attic", 0);
    assert_int_equal(waiting("new", "attic", &kinds), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_kind_is_one_entry_however_often_it_comes, setup),
        cmocka_unit_test_setup(one_key_takes_no_more_than_its_share_and_all_that_it_sends_counts,
                               setup),
        cmocka_unit_test_setup(who_joins_is_told_of_though_messages_fill_every_place, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
