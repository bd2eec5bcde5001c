/* SPDX-License-Identifier: MIT
 * server_sources.h - what tells of one media server: its sources, and who is who there. Rows are
 * joined within one server only. */
#ifndef PLAYBUS_ACTORS_HISTORY_GROUPS_SERVER_SOURCES_H
#define PLAYBUS_ACTORS_HISTORY_GROUPS_SERVER_SOURCES_H

#include "actors/history/people.h"
#include "actors/history/store.h"
#include "actors/history/version_rows.h"
#include "proto/wire/arena.h"

struct server_source {
    int64_t no;
    enum source_kind kind;
    bool marked; /* rows of it are known to be in groups */
};

struct server_sources {
    const struct people *people; /* borrowed: who is who there */
    char *server_id;             /* owned */
    size_t count;
    struct server_source sources[1000];
};

/* The sources of a server; NULL: that of this source. */
enum err server_sources_load(const struct store *s, int64_t source_no, const char *server_id,
                             struct server_sources *out) NODISCARD;
/* `fallback` for a source that is not there yet. */
enum source_kind server_sources_kind(const struct server_sources *sources, int64_t no,
                                     enum source_kind fallback);
/* NULL: no source of this server. */
struct server_source *server_sources_find(struct server_sources *sources, int64_t no);
void server_sources_release(struct server_sources *sources);

/* The key of whoever an account of the server belongs to (people.h); where there is no id, of the
 * name. */
uint64_t person_of(const struct server_sources *sources, const char *user_id, const char *user);
uint64_t person_of_cells(const struct server_sources *sources, const struct versions *v,
                         const struct cell *play);
/* An account that stands for whoever is at home: no id, or 0. */
bool account_is_nobody(const char *user_id);
/* A copy in the arena; NULL of what is no text. */
const char *cell_text(struct arena *arena, const struct cell *cell);

#endif
