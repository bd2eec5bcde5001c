/* SPDX-License-Identifier: MIT
 * plex_sign_ins_parts.h - what the files of a sign-in with Plex share. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_PLEX_SIGN_INS_PARTS_H
#define PLAYBUS_ACTORS_SERVER_SYNC_PLEX_SIGN_INS_PARTS_H

#include <sys/queue.h>

#include "actors/server_sync/plex_servers.h"
#include "actors/server_sync/plex_sign_ins.h"
#include "actors/server_sync/plex_tv.h"
#include "proto/base/state.h"

enum sign_in_state {
    SIGN_IN_OPENING,
    SIGN_IN_WAITING,
    SIGN_IN_LISTING,
    SIGN_IN_TRYING,
    SIGN_IN_DONE,
    SIGN_IN_OVER
};

extern const struct state_table plex_sign_in_moves;

struct plex_sign_ins {
    struct actor *actor; /* borrowed, as the next two */
    struct http_client *client;
    struct servers *servers;
    struct arena *arena; /* owned; of plex_tv */
    struct plex_tv plex_tv;
    LIST_HEAD(, sign_in) open;
    size_t count;
    int64_t left_alone_until_ms; /* monotonic; plex.tv asked for it */
};

struct sign_in {
    LIST_ENTRY(sign_in) link;
    struct plex_sign_ins *all; /* borrowed */
    struct arena *arena;       /* owned; of all texts */
    struct state state;
    const char *id, *holder;
    const char *forward_url;                     /* NULL: none */
    bool typed;                                  /* a person types the code */
    struct msg *opened_by;                       /* kept; NULL: it was answered */
    int64_t pin;                                 /* what plex.tv calls it */
    const char *code, *page;                     /* NULL until plex.tv has told */
    int64_t began_ms;                            /* monotonic */
    int64_t expires_at;                          /* wall clock */
    int timer, end_timer;                        /* 0: none */
    struct plex_tv_trouble trouble;              /* the newest; OK: none */
    unsigned failures;                           /* one after the other */
    struct secret *account;                      /* owned; while the servers are being listed */
    struct plex_servers servers;                 /* owned; their tokens while it is open */
    size_t next_server, next_connection, trying; /* which address is tried next; how many are now */
    bool adding;                                 /* a server is being tested, to be added */
    bool gone;                                   /* out of the list: nobody may ask for it */
    int asked;                                   /* requests that hold it in memory */
};

struct sign_in *plex_sign_in_new(struct plex_sign_ins *all, const struct plex_pin_open *open);
/* Out of the list; `why`: for who still waits for it to begin, OK: nobody is to be told. */
void plex_sign_in_drop(struct sign_in *s, enum err why, const struct refusal *text);
/* NULL: it is not there, or not this holder's. */
struct sign_in *plex_sign_in_find(struct plex_sign_ins *all, const char *id, const char *holder);
/* Nothing more can be done with it: every token is wiped. */
void plex_sign_in_end(struct sign_in *s);
/* The same when the time is over; what is told as expires_at. */
void plex_sign_in_end_in(struct sign_in *s, int64_t ms);
/* A request that held it has ended. False: so has the sign-in, and with the last one its memory. */
bool plex_sign_in_is_held(struct sign_in *s);
/* Tries the addresses of the servers, a few at a time; it is done when all have been tried. */
void plex_sign_in_try(struct sign_in *s);

#endif
