/* SPDX-License-Identifier: MIT
 * test_plex_sign_ins.c - when the time of a sign-in with Plex is over, no token of it is left in
 * memory, whatever it was waiting for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "actors/server_sync/plex_sign_ins_parts.h"
#include "proto/base/clock.h"
#include "tests/support/children.h"

enum { LISTING, DONE, SIGN_INS, KEPT_MS = 300, LOOK_MS = 20 };

/* One whose servers plex.tv never lists, one whose person never chooses. */
struct signing_in {
    struct plex_sign_ins all;
    struct sign_in *one[SIGN_INS];
    bool was_kept; /* the tokens were there when somebody looked before the end */
};

static struct sign_in *sign_in(struct plex_sign_ins *all, const char *id)
{
    const struct plex_pin_open open = {.id = id, .holder = id};
    struct sign_in *s = plex_sign_in_new(all, &open);
    (void)state_move(&s->state, SIGN_IN_WAITING, id);
    (void)state_move(&s->state, SIGN_IN_LISTING, id);
    plex_sign_in_end_in(s, KEPT_MS);
    return s;
}

static void look(struct actor *a, void *context)
{
    (void)context;
    struct signing_in *self = actor_self(a);
    const struct sign_in *listing = self->one[LISTING];
    const struct sign_in *done = self->one[DONE];
    bool none = listing->account == NULL && done->servers.count == 0;
    bool all = listing->account != NULL && done->servers.count == 1;
    self->was_kept |= all && clock_wall_ms() < listing->expires_at;
    if (none) {
        bool over = listing->state.now == SIGN_IN_OVER && done->state.now == SIGN_IN_OVER;
        bool in_time = clock_wall_ms() >= listing->expires_at - LOOK_MS;
        say("wiped over=%d in_time=%d was_kept=%d", over, in_time, self->was_kept);
        actor_stop(a, EXIT_SUCCESS);
    }
}

static enum err start(struct actor *a)
{
    struct signing_in *self = actor_self(a);
    self->all.actor = a;
    LIST_INIT(&self->all.open);
    struct sign_in *listing = self->one[LISTING] = sign_in(&self->all, "listing");
    listing->account = secret_new("token", 5);
    struct sign_in *done = self->one[DONE] = sign_in(&self->all, "done");
    (void)state_move(&done->state, SIGN_IN_TRYING, "done");
    (void)state_move(&done->state, SIGN_IN_DONE, "done");
    done->servers.items = arena_alloc(done->arena, sizeof(*done->servers.items));
    done->servers.items[0].token = secret_new("token", 5);
    done->servers.count = 1;
    look(a, NULL);
    (void)actor_every(a, LOOK_MS, look, NULL);
    return OK;
}

static void stop(struct actor *a)
{
    struct signing_in *self = actor_self(a);
    for (size_t i = 0; i < SIGN_INS; i++) {
        plex_sign_in_drop(self->one[i], OK, NULL);
    }
}

static const struct actor_spec signing_in = {.name = "server-sync",
                                             .summary = "Signs in.",
                                             .self_size = sizeof(struct signing_in),
                                             .start = start,
                                             .stop = stop};
static const struct role roles[] = {{"signing_in", &signing_in, NULL}, {NULL, NULL, NULL}};

static void no_token_outlives_the_time_of_a_sign_in(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *data = children_folder();
    struct child child;
    child_start(&child, "signing_in", data);
    child_expect(&child, "wiped over=1 in_time=1 was_kept=1");
    assert_int_equal(child_wait(&child), 0);
}

int main(int argc, char **argv)
{
    int status = 0;
    if (child_plays(argc, argv, roles, &status)) {
        return status;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_token_outlives_the_time_of_a_sign_in)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
