/* SPDX-License-Identifier: MIT
 * labelled_plays.h - inside the labelled set: the sittings that evenings are made of. */
#ifndef PLAYBUS_TESTS_SUPPORT_LABELLED_PLAYS_H
#define PLAYBUS_TESTS_SUPPORT_LABELLED_PLAYS_H

#include "tests/support/labelled.h"

enum { IGNORED_ACCOUNT = 7 }; /* whose plays Tautulli was told not to keep, in the end */

struct labelled_maker {
    struct labelled_set *set;
    uint64_t drawn; /* chances so far */
    int64_t begin_s;
    bool devices_known;        /* to both sides, whatever chance says */
    struct labelled_item item; /* of the play that is being made */
};

/* Somebody sits down and plays an item from one thousandth of it to another. */
struct sitting {
    int account, device, item;
    int64_t at_s;
    int from_thousandth, to_thousandth;
    enum labelled_class class;
    unsigned traits;
    bool no_pause;
};

uint64_t chance(struct labelled_maker *m);
int64_t chance_between(struct labelled_maker *m, int64_t low, int64_t high); /* both included */
bool chance_of(struct labelled_maker *m, int in_thousand);

/* Adds the play and what is told of it; when it ends. */
int64_t labelled_sit(struct labelled_maker *m, const struct sitting *s);
/* Played away from the server, which is told at `at_s`; Tautulli never. */
void labelled_tell_later(struct labelled_maker *m, const struct sitting *s);
/* Marked as played by a person: only the server knows. */
void labelled_mark(struct labelled_maker *m, const struct sitting *s);

#endif
