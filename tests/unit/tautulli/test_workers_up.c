/* SPDX-License-Identifier: MIT
 * test_workers_up.c - however many workers come from elsewhere, those of this machine are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "actors/tautulli/workers_up.h"

static void add(struct workers_up *w, const char *form, size_t count)
{
    char name[64];
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(name, sizeof(name), form, i);
        workers_up_add(w, name);
    }
}

static void workers_elsewhere_leave_the_places_of_those_here(void **state)
{
    (void)state;
    struct workers_up w = {0};
    add(&w, "import-worker#aa.%zu", 3 * WORKERS_MAX);
    assert_int_equal(w.count, WORKERS_MAX);
    add(&w, "import-worker#%zu", 3 * WORKERS_MAX);
    assert_int_equal(w.count, 2 * WORKERS_MAX);
    workers_up_add(&w, "import-worker#1");
    workers_up_remove(&w, "import-worker#1");
    assert_int_equal(w.count, 2 * WORKERS_MAX - 1);
    add(&w, "import-worker#bb.%zu", 1);
    assert_int_equal(w.count, 2 * WORKERS_MAX - 1);
    workers_up_remove(&w, "import-worker#nobody");
    workers_up_add(&w, "import-worker#new");
    assert_int_equal(w.count, 2 * WORKERS_MAX);
    for (size_t i = 0; i < 2; i++) {
        workers_up_remove(&w, "import-worker#new"); /* the last of the list, and once only */
        assert_int_equal(w.count, 2 * WORKERS_MAX - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_elsewhere_leave_the_places_of_those_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
