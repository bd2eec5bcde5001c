/* SPDX-License-Identifier: MIT
 * play_filter.h - what plays are chosen by, the same for lists, sums and exports: one SQL condition
 * and its parameters. Who is limited to some persons finds nothing of anybody else's, whatever is
 * asked for. */
#ifndef PLAYBUS_ACTORS_HISTORY_PLAY_FILTER_H
#define PLAYBUS_ACTORS_HISTORY_PLAY_FILTER_H

#include "actors/history/query.h"

struct play_filter {
    const char *server, *user, *media_type, *library, *person, *q;
    int64_t from, to; /* INT64_MIN, INT64_MAX: not given */
    const char *const *only_persons;
    size_t only_persons_count;
    bool limited; /* to only_persons */
};

/* Of any record with the filter's and the asker's fields. */
#define PLAY_FILTER(ask)                                                     \
    ((struct play_filter){.server = (ask)->server,                           \
                          .user = (ask)->user,                               \
                          .media_type = (ask)->media_type,                   \
                          .library = (ask)->library,                         \
                          .person = (ask)->person,                           \
                          .q = (ask)->q,                                     \
                          .from = (ask)->has_from ? (ask)->from : INT64_MIN, \
                          .to = (ask)->has_to ? (ask)->to : INT64_MAX,       \
                          .only_persons = (ask)->only_persons,               \
                          .only_persons_count = (ask)->only_persons_count,   \
                          .limited = (ask)->limited})

/* SQL: the id of the person whose play it is. */
#define PERSON_ID(server_id, user_id) "person_id(" server_id ", " user_id ")"

/* SQL condition: may the asker know of this row of play_sources? A play has rows of several persons
 * after these were taken apart, until it is grouped anew. What repeats a row is of that one's. */
#define ROW_IS_SHOWN(row)                                                          \
    "(NOT :limited OR (SELECT person IS NULL OR person_among(person, :among) FROM" \
    " (SELECT person_key(s.server_id, row_user(coalesce(" row ".body,"             \
    "  (SELECT l.body FROM play_sources l WHERE l.no = " row ".link_no)))) AS person)))"

/* SQL conditions over `plays p` (or its index) and `sources s`: what concerns who, where and what
 * kind, and what concerns titles. Times are the caller's. */
extern const char filter_of_owner[];
extern const char filter_of_titles[];

/* Does it choose by who, where or what kind? By anything but time? */
bool filter_narrows_owner(const struct play_filter *f);
bool filter_narrows(const struct play_filter *f);
/* Binds what the statement has of the conditions' parameters; `f` outlives its use. */
void filter_bind(struct reader *r, const struct play_filter *f, sqlite3_stmt *stmt);
/* Binds a parameter where the statement has it. */
void filter_bind_text(sqlite3_stmt *stmt, const char *name, const char *text);
void filter_bind_number(sqlite3_stmt *stmt, const char *name, int64_t number);
/* Makes person_among(), row_user() and what searches known to a connection that asks. */
enum err filter_functions(sqlite3 *db) NODISCARD;

#endif
