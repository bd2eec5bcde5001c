/* SPDX-License-Identifier: MIT
 * test_bounds.c - the broker's tables stay bounded, and what makes room is what nobody misses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "actors/broker/pending_requests.h"
#include "actors/broker/registry.h"
#include "actors/broker/retained.h"

/* ---- retained events ---- */

static bool is_alive(void *dead, const char *publisher)
{
    return dead == NULL || strcmp(publisher, dead) != 0;
}

static enum retained_result put(struct retained *n, const char *subject, const char *publisher,
                                uint64_t seq, size_t size, void *dead)
{
    zmq_msg_t head;
    zmq_msg_t body;
    size_t slot = 0;
    zmq_msg_init_size(&head, 10);
    zmq_msg_init_size(&body, size);
    memset(zmq_msg_data(&body), 0, size);
    const struct retained_origin origin = {
        .name = MSG_sync_progress, .subject = subject, .publisher = publisher, .seq = seq};
    enum retained_result took = retained_put(n, &origin, &head, &body, is_alive, dead, &slot);
    zmq_msg_close(&head);
    zmq_msg_close(&body);
    return took;
}

static int open_retained(void **state)
{
    struct retained *n = must_alloc(sizeof(*n));
    retained_open(n);
    *state = n;
    return 0;
}

static int close_retained(void **state)
{
    retained_release(*state);
    free(*state);
    return 0;
}

static void an_event_that_is_not_newer_is_dropped(void **state)
{
    struct retained *n = *state;
    assert_int_equal(put(n, "s", "a#1", 5, 10, NULL), RETAINED_NEW);
    assert_int_equal(put(n, "s", "a#1", 5, 10, NULL), RETAINED_STALE);
    assert_int_equal(put(n, "s", "a#0", 4, 10, NULL),
                     RETAINED_STALE); /* a straggler's last words */
    assert_int_equal(put(n, "s", "a#2", 6, 10, NULL), RETAINED_NEW);
    assert_int_equal(retained_seq(n, MSG_sync_progress, "s"), 6);
    assert_int_equal(n->count, 1);
}

static void a_full_table_drops_the_oldest_subject_of_who_is_gone(void **state)
{
    struct retained *n = *state;
    char subject[32];
    for (int i = 0; i < RETAINED_MAX; i++) {
        snprintf(subject, sizeof(subject), "s%d", i);
        const char *publisher = i == 7 || i == 9 ? "gone#1" : "here#1";
        assert_int_equal(put(n, subject, publisher, 1, 10, NULL), RETAINED_NEW);
    }
    assert_int_equal(put(n, "more", "here#1", 1, 10, NULL), RETAINED_NO_ROOM);
    assert_int_equal(put(n, "more", "here#1", 1, 10, (void *)"gone#1"), RETAINED_NEW);
    assert_int_equal(retained_seq(n, MSG_sync_progress, "s7"), 0);
    assert_int_equal(retained_seq(n, MSG_sync_progress, "s9"), 1);
    assert_int_equal(n->count, RETAINED_MAX);
}

static void bodies_are_bounded_one_by_one_and_together(void **state)
{
    struct retained *n = *state;
    char subject[32];
    assert_int_equal(put(n, "s", "a#1", 1, RETAINED_EVENT_BYTES + 1, NULL), RETAINED_NO_ROOM);
    for (int i = 0; i < RETAINED_TOTAL_BYTES / RETAINED_EVENT_BYTES; i++) {
        snprintf(subject, sizeof(subject), "s%d", i);
        assert_int_equal(put(n, subject, "a#1", 1, RETAINED_EVENT_BYTES, NULL), RETAINED_NEW);
    }
    assert_int_equal(put(n, "one more", "a#1", 1, 1, NULL), RETAINED_NO_ROOM);
    assert_int_equal(put(n, "s0", "a#1", 2, 1, NULL), RETAINED_NEW); /* smaller than it was */
    assert_int_equal(put(n, "one more", "a#1", 1, 1, NULL), RETAINED_NEW);
    retained_forget(n, MSG_sync_progress, "s1");
    assert_int_equal(n->bytes, RETAINED_TOTAL_BYTES - 2 * RETAINED_EVENT_BYTES + 2);
}

/* ---- commands under way ---- */

static bool any(const struct pending_request *request, const void *context)
{
    (void)request;
    (void)context;
    return true;
}

static void commands_under_way_are_bounded_in_number_and_bytes(void **state)
{
    (void)state;
    struct pending_requests f = {0};
    struct pending_request request = {
        .asker = "a#1", .target = "b#1", .bytes = PENDING_REQUESTS_MAX_BYTES / 2};
    pending_requests_open(&f);
    request.id = 1;
    assert_true(pending_requests_add(&f, &request));
    assert_false(pending_requests_add(&f, &request)); /* the same id again */
    request.id = 2;
    assert_true(pending_requests_have_room(&f, request.bytes));
    assert_true(pending_requests_add(&f, &request));
    assert_false(pending_requests_have_room(&f, 1));
    assert_non_null(pending_requests_find(&f, "a#1", 2));
    while (pending_requests_take(&f, any, NULL, &request)) {
    }
    assert_int_equal(f.bytes, 0);
    request.bytes = 0;
    for (request.id = 1; pending_requests_have_room(&f, 0); request.id++) {
        assert_true(pending_requests_add(&f, &request));
    }
    assert_int_equal(request.id - 1, PENDING_REQUESTS_MAX);
    pending_requests_release(&f);
}

/* ---- instances ---- */

static void a_full_registry_forgets_who_is_away_longest(void **state)
{
    (void)state;
    struct registry *r = must_alloc(sizeof(*r));
    char instance[32];
    for (int i = 0; i < REGISTRY_MAX; i++) {
        snprintf(instance, sizeof(instance), "w#%d", i);
        struct peer *peer = registry_add(r, "w", instance);
        peer->up = i != 3 && i != 5;
        peer->left_ms = 1000 - i;
    }
    assert_null(registry_add(r, "w", "w#new"));
    const char *const in_order[] = {"w#5", "w#3"};
    for (size_t i = 0; i < COUNT_OF(in_order); i++) {
        struct peer *old = registry_take_old(r, INT64_MAX);
        assert_string_equal(old->instance, in_order[i]);
        free(old);
    }
    assert_null(registry_take_old(r, INT64_MAX)); /* all are up */
    assert_non_null(registry_add(r, "w", "w#new"));
    registry_release(r);
    free(r);
}

static void the_newest_instance_that_is_up_has_the_name(void **state)
{
    (void)state;
    struct registry *r = must_alloc(sizeof(*r));
    registry_add(r, "history", "history#1")->up = true;
    registry_add(r, "history", "history#2")->up = true;
    struct peer *many = registry_add(r, "import-worker", "import-worker#1");
    many->up = many->many = true;
    assert_string_equal(registry_named(r, "history")->instance, "history#2");
    registry_find(r, "history#2")->up = false;
    assert_string_equal(registry_named(r, "history")->instance, "history#1");
    assert_null(registry_named(r, "import-worker"));
    registry_release(r);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_event_that_is_not_newer_is_dropped, open_retained,
                                        close_retained),
        cmocka_unit_test_setup_teardown(a_full_table_drops_the_oldest_subject_of_who_is_gone,
                                        open_retained, close_retained),
        cmocka_unit_test_setup_teardown(bodies_are_bounded_one_by_one_and_together, open_retained,
                                        close_retained),
        cmocka_unit_test(commands_under_way_are_bounded_in_number_and_bytes),
        cmocka_unit_test(a_full_registry_forgets_who_is_away_longest),
        cmocka_unit_test(the_newest_instance_that_is_up_has_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
