/* SPDX-License-Identifier: MIT
 * fetch.h - brings a Tautulli's history from its address into the staging folder, before it is
 * opened as any other file is.
 *
 *   who it is (without the key), what it watches, its newest row
 *   download_database, looked at; an old copy: again, twice, after a wait
 *   get_history: what the copy lacks, or all of it where there is no copy
 *
 * Nothing is taken for a database before it is there whole, and what is there is removed with the
 * job, or by the next start. A fetch that is cut short begins anew. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_FETCH_H
#define PLAYBUS_ACTORS_TAUTULLI_FETCH_H

#include "actors/shared/job_runner.h"
#include "actors/tautulli/fetch_call.h"
#include "actors/tautulli/fetch_store.h"
#include "proto/base/config.h"
#include "proto/wire/codec.h"

#define FETCH_WARNINGS_MAX 4

enum fetch_state { FETCH_NONE, FETCH_UNDER_WAY, FETCH_OVER };

struct fetch {
    /* ---- set before the first fetch ---- */
    struct runner_job *job;
    struct http_client *client; /* borrowed */
    const struct staging *staging;
    const struct config *config;

    enum fetch_state state;
    enum err code;        /* of one that is over … */
    char text[512];       /* … "" if the code says it all */
    struct arena *arena;  /* owned; of the texts of this fetch, and of its warnings */
    const char *path;     /* of the database in the staging folder; NULL: none */
    const char *identity; /* of the media server that it watched; NULL: not known */
    const char *warnings[FETCH_WARNINGS_MAX]; /* for the receipt */
    size_t warnings_count;

    struct fetch_server server;
    struct fetch_call *call;              /* under way; NULL: none */
    void (*after)(struct fetch *f);       /* what the timer waits for */
    int timer;                            /* 0: none */
    unsigned tries;                       /* of the question that failed */
    void (*work)(struct runner_job *job); /* for the job's thread; NULL: none waits for it … */
    void (*done)(struct runner_job *job); /* … and what the loop does then */
    int64_t newest_id, newest_start_s;    /* as Tautulli tells them */
    uint64_t rows;
    unsigned cuts, waits;
    struct place place;
    bool alone; /* there is no copy: all is read by get_history */

    /* ---- the download ---- */
    bool full; /* the staging folder */
    int fd;    /* -1: none */
    uint64_t taken, whole, room_until;
    int64_t said_ms; /* when a person was told how far it is */
    struct copy_facts copy;

    /* ---- get_history ---- */
    struct fetch_store *store;
    struct buffer page;          /* the body of an answer */
    uint64_t page_at, page_rows; /* where the page begins, and how many are asked for */
    uint64_t page_most;          /* how many may be, by their size */
    uint64_t page_whole;         /* rows that there are, as the page says */
    uint64_t stored;
    struct stored_rows page_stored;
    unsigned passed_over; /* rows that cannot be read */
    unsigned barren;      /* pages one after another that told nothing new */
    bool page_is_users;
    bool unreadable; /* no JSON, but something like it */
};

void fetch_init(struct fetch *f, struct runner_job *job);
void fetch_release(struct fetch *f);

/* Begins it, if it is not under way. True when it is over: then `code` says how it ended, and what
 * it brought is the caller's to take. In the loop. */
bool fetch_ready(struct fetch *f, const char *tautulli_id);
/* The path of the database, which is the caller's to remove; the next fetch_ready begins anew.
 * NULL where it failed. */
char *fetch_take(struct fetch *f) NODISCARD;
/* May it heal by itself? */
bool fetch_may_heal(enum err code);

#endif
