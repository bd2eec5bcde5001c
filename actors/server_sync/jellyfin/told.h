/* SPDX-License-Identifier: MIT
 * told.h - a play as one record of a Jellyfin or Emby server tells of it, and what all records are
 * read with: who is playing at the moment, where the server's log has traces of starts. No clock,
 * no network.
 *
 * A row that may still change is not told yet: it is counted as `later`, and told by a later sync,
 * once nobody plays that item any more. What is told once is never told otherwise. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_TOLD_H
#define PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_TOLD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/error.h"
#include "proto/base/own.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

enum {
    TOLD_ID_SIZE = 65, /* of users and items: 32 hexadecimal digits, or a number */
    TOLD_NATIVE_SIZE = 200,
    TOLD_TEXT_MAX = 1024,    /* kept of what a server says of a player */
    TOLD_ROWS_MAX = 5000000, /* of one list of a server: nobody has played more */
    TOLD_SECOND_MS = 1000,
    TOLD_NEAR_MS = 90 * TOLD_SECOND_MS,  /* records of one play begin no further apart */
    TOLD_REST_MS = 120 * TOLD_SECOND_MS, /* what ended so lately may go on */
    TOLD_DAY_MS = 86400 * TOLD_SECOND_MS
};

/* What differs between kinds and versions. */
struct dialect {
    enum source_kind source; /* jellyfin or emby */
    unsigned major;          /* version */
};

struct told {
    char native_id[TOLD_NATIVE_SIZE];
    char user[TOLD_ID_SIZE], item[TOLD_ID_SIZE];
    int64_t started_at, stopped_at, position_ms, paused_s; /* ms but the last */
    bool has_stop, has_position, has_paused, watched;
    /* Texts live as long as the list; NULL: not said. */
    const char *player, *product, *product_version, *machine_id, *address, *method;
    const char *type, *name;
    json_t *about; /* owned; what came with it about its item; NULL: to be asked for */
};

struct told_list {
    struct told *items;
    size_t count, capacity, at; /* the next to be taken out */
    struct arena *arena;
    uint64_t later, marked, copied; /* no plays, or not yet: see played_items.h */
};

struct told *told_add(struct told_list *list); /* zeroed */
void told_clear(struct told_list *list);       /* but what is counted */
void told_release(struct told_list *list);

/* An id without dashes and in lower case; false of what is none, and of the one that is all zeros,
 * which stands for nobody. */
bool told_id(const char *text, char out[static TOLD_ID_SIZE]);
const char *told_text(const json_t *object, const char *name);
bool told_time(const json_t *object, const char *name, int64_t *out_ms);
/* A whole number, quoted or not. */
bool told_number(const json_t *object, const char *name, int64_t *out);

/* ---- who is playing what at the moment ---- */
enum { PLAYING_MAX = 2000 };
struct playing {
    struct playing_one {
        char user[TOLD_ID_SIZE], item[TOLD_ID_SIZE];
    } * items;
    size_t count;
};
/* From the answer to /Sessions: previews and theme songs do not count, nor whoever has no user. */
enum err playing_take(struct playing *p, const json_t *sessions) NODISCARD;
bool playing_has(const struct playing *p, const char *user, const char *item);
void playing_release(struct playing *p);

/* ---- what the log and the plugin have traces of ---- */
enum { TRACES_MAX = 1000000 };
struct traces {
    struct trace {
        uint64_t user, item; /* hashes; item 0: the record does not say which */
        int64_t from, until; /* ms */
    } * items;
    size_t count, capacity;
    int64_t covered_from; /* the first start of the log; INT64_MAX: it has none */
    bool sorted;
};
void traces_begin(struct traces *t);
void traces_add(struct traces *t, const char *user, const char *item, int64_t from, int64_t until);
/* Was the item begun at that time, as far as is known? True where it is not known. */
bool traces_allow(struct traces *t, const char *user, const char *item, int64_t at);
void traces_release(struct traces *t);

#endif
