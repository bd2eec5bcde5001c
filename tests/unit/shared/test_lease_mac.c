/* SPDX-License-Identifier: MIT
 * test_lease_mac.c - a seal fits the batches of its lease and its worker, and no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "actors/shared/lease_mac.h"

#define WORKER "import-worker#1"

struct sealed {
    unsigned char key[LEASE_KEY_SIZE];
    unsigned char mac[LEASE_MAC_SIZE];
    struct batch_commit batch;
};

static struct sealed a_batch(bool last)
{
    const struct leased l = {.job_id = "job",
                             .worker = WORKER,
                             .attempt = 2,
                             .runner = 3,
                             .first_id = -7,
                             .last_id = 90,
                             .rows = 50,
                             .last = last,
                             .watched_percent = 85};
    struct sealed s = {.batch = {.job_id = "job",
                                 .attempt = 2,
                                 .runner = 3,
                                 .first_id = -7,
                                 .last_id = 90,
                                 .planned_rows = 50,
                                 .watched_percent = 85,
                                 .has_watched_percent = true,
                                 .has_lease = true,
                                 .lease = {.last_id = 90, .rows = 50}}};
    lease_key_make(s.key);
    lease_mac(s.key, &l, s.mac);
    PUT(&s.batch.lease, last, last);
    return s;
}

static bool fits(struct sealed *s, const char *worker)
{
    s->batch.lease.seal = (struct bytes){(const char *)s->mac, sizeof(s->mac)};
    return lease_mac_flaw(s->key, &s->batch, worker) == NULL;
}

static void a_batch_may_be_all_of_its_lease_or_its_begin(void **state)
{
    (void)state;
    struct sealed s = a_batch(true);
    assert_true(fits(&s, WORKER));
    PUT(&s.batch, last, true);
    assert_true(fits(&s, WORKER));
    s = a_batch(false);
    s.batch.last_id = 40;
    s.batch.planned_rows = 12;
    assert_true(fits(&s, WORKER));
}

static void whatever_else_it_says_does_not_fit(void **state)
{
    (void)state;
    enum {
        JOB,
        ATTEMPT,
        RUNNER,
        FIRST,
        LAST,
        ROWS,
        LEASED,
        LEASED_ROWS,
        ENDS,
        SHORT_END,
        MAC,
        KEY,
        NONE,
        UNWANTED,
        CURSOR,
        NATIVE,
        SAMPLE,
        WATCHED,
        NO_WATCHED,
        CASES
    };
    for (int i = 0; i < CASES; i++) {
        struct sealed s = a_batch(i == SHORT_END);
        s.batch.job_id = i == JOB ? "jo" : "job";
        s.batch.attempt += i == ATTEMPT;
        s.batch.runner += i == RUNNER;
        s.batch.watched_percent -= i == WATCHED;
        s.batch.has_watched_percent = i != NO_WATCHED;
        s.batch.first_id += i == FIRST;
        s.batch.last_id += i == LAST;
        s.batch.planned_rows -= i == ROWS;
        s.batch.lease.last_id += i == LEASED;
        s.batch.lease.rows += i == LEASED_ROWS;
        if (i == ENDS || i == SHORT_END) {
            PUT(&s.batch, last, true);
            s.batch.last_id -= i == SHORT_END;
        }
        s.mac[31] ^= i == MAC;
        s.key[0] ^= i == KEY;
        s.batch.has_lease = i != NONE;
        s.batch.has_unwanted_rows = i == UNWANTED;
        s.batch.cursor = (struct bytes){"x", i == CURSOR};
        s.batch.native_ids = s.batch.has_native_ids = i == NATIVE;
        s.batch.lease.sample = (struct bytes){i == SAMPLE ? "x" : NULL, i == SAMPLE};
        assert_false(fits(&s, WORKER));
    }
    struct sealed s = a_batch(false);
    assert_false(fits(&s, "import-worker#2"));
    s.batch.lease.seal = (struct bytes){(const char *)s.mac, 31};
    assert_non_null(lease_mac_flaw(s.key, &s.batch, WORKER));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_may_be_all_of_its_lease_or_its_begin),
        cmocka_unit_test(whatever_else_it_says_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
