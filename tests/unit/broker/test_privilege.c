/* SPDX-License-Identifier: MIT
 * test_privilege.c - who may ask for what opens a media server: the process that holds the lock of
 * playbus-plex, and nobody who only calls itself so. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/children.h"

static void say_answer(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    (void)context;
    say("answer: %s", err_code(answer->code));
}

static void ask(struct actor *a, void *context)
{
    (void)context;
    const struct server_credentials_get get = {.id = "home"};
    ask_server_credentials_get(a, "server-sync", &get, NULL, 5000, say_answer, NULL);
}

static enum err start(struct actor *a)
{
    actor_after(a, 500, ask, NULL); /* when the broker knows it */
    return OK;
}

/* It has the lock run/plex.lock, as any actor of which there is one. */
static const struct actor_spec genuine = {.name = "plex", .summary = "Asks once.", .start = start};
/* Those of which there are several have none. */
static const struct actor_spec pretender = {
    .name = "plex", .summary = "Asks once.", .many = true, .start = start};
static const struct actor_spec other = {.name = "gateway", .summary = "Asks once.", .start = start};

static const struct role roles[] = {{"genuine", &genuine, NULL},
                                    {"pretender", &pretender, NULL},
                                    {"other", &other, NULL},
                                    {NULL, NULL, NULL}};

static void expect_answer(const char *data, const char *role, const char *answer)
{
    struct child asking;
    char line[128];
    child_start(&asking, role, data);
    child_line(&asking, line, sizeof(line));
    assert_string_equal(line, answer);
    assert_int_equal(child_end(&asking), 0);
}

static void only_who_holds_the_lock_may_ask_what_opens_a_server(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *data = children_folder();
    struct child broker;
    broker_start(&broker, data);
    expect_answer(data, "other", "answer: NOT_FOR_ASKER");
    expect_answer(data, "pretender", "answer: NOT_FOR_ASKER");
    expect_answer(data, "genuine", "answer: ACTOR_AWAY"); /* passed on, and nobody is there */
    expect_answer(data, "pretender", "answer: NOT_FOR_ASKER");
    assert_int_equal(child_end(&broker), 0);
}

int main(int argc, char **argv)
{
    int status = 0;
    if (child_plays(argc, argv, roles, &status)) {
        return status;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_who_holds_the_lock_may_ask_what_opens_a_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
