/* SPDX-License-Identifier: MIT
 * fetch_store.h - the database that a Tautulli handed out, looked at; and one that its API's rows
 * are written into, in Tautulli's own tables, so that they are read, mapped and recognised as all
 * others are. For a thread: all of it may take its time. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_FETCH_STORE_H
#define PLAYBUS_ACTORS_TAUTULLI_FETCH_STORE_H

#include <jansson.h>

#include "actors/tautulli/source.h"
#include "actors/tautulli/source_place.h"

/* What became of a download. */
enum copy_state {
    COPY_SOUND,
    COPY_NO_DATABASE, /* a text in its place */
    COPY_ANOTHER,     /* a database, but none of Tautulli's */
    COPY_DAMAGED,
};

struct copy_facts {
    enum copy_state state;
    int64_t newest_id, newest_start_s; /* 0: there is no row */
    uint64_t rows;
};

/* Makes it one plain file and looks at each page. TIMEOUT where nobody waits any more. */
enum err fetch_copy_look(const char *path, const struct place *place, const struct staging *staging,
                         struct copy_facts *out) NODISCARD;

struct fetch_store;

/* Opens a copy, or with `fresh` makes an empty database there. */
enum err fetch_store_open(const struct place *place, const struct staging *staging, bool fresh,
                          struct fetch_store **out) NODISCARD;
void fetch_store_close(struct fetch_store **s);

struct stored_rows {
    uint64_t seen;    /* rows of the list */
    uint64_t with_id; /* those that can be told from others */
    uint64_t stored;  /* those that were not there before */
};

/* Rows of get_history whose id is above this one. What the API says otherwise than the database has
 * it is not stored; rows of what plays at the moment are passed over. */
enum err fetch_store_rows(struct fetch_store *s, const json_t *rows, int64_t above_id,
                          struct stored_rows *out) NODISCARD;
/* Those of get_users. */
enum err fetch_store_users(struct fetch_store *s, const json_t *users) NODISCARD;

#endif
