/* SPDX-License-Identifier: MIT
 * play_choice.h - a filter looked up in the index of plays: which dimensions and which titles it
 * chooses, and how the plays that have both are reached over few others. */
#ifndef PLAYBUS_ACTORS_HISTORY_PLAY_CHOICE_H
#define PLAYBUS_ACTORS_HISTORY_PLAY_CHOICE_H

#include "actors/history/number_set.h"
#include "actors/history/play_filter.h"

/* Along which order of the index the chosen plays are looked for. */
enum play_order { BY_TIME, BY_DIMENSION, BY_TITLE };

struct play_choice {
    struct number_set dimensions, titles;
    enum play_order order;
    int64_t watermark;
    bool behind;   /* more than REST_MAX plays are not in the index, or not as they are */
    bool changed;  /* some in the index are not as they are: play_index_changed */
    int64_t until; /* no play of the index that began at or after this is chosen */
};

#define REST_MAX 2000

/* What the last search found, as long as nothing was written since: who pages through a search asks
 * the same again and again. Of one connection. */
struct found_titles;
void found_titles_release(struct found_titles **titles);

/* Within a read transaction. */
enum err play_choice_make(struct reader *r, const struct play_filter *f,
                          struct play_choice *out) NODISCARD;
/* Binds :dimensions and :titles (sets), :dimension_list and :title_list (JSON) and :watermark,
 * where the statement has them. */
void play_choice_bind(sqlite3_stmt *stmt, const struct play_choice *c);

/* SQL: what leads along each order of `play_index i`, and the condition that it is chosen. */
const char *play_order_table(enum play_order order);
const char *play_order_condition(enum play_order order);
const char *play_chosen(const struct play_choice *c);

#endif
