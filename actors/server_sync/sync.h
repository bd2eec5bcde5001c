/* SPDX-License-Identifier: MIT
 * sync.h - the continuous sync of one server: a job runner of its own, its own pace, and its
 * schedule. All of it belongs to the loop.
 *
 * A kind of server is read by a job driver. Its job's params are a packed struct
 * server_sync_params, which says from when on it is read, and its plan says the kind of source; the
 * cursor of its last batch is given back to the next sync as part of the history's word. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_SYNC_H
#define PLAYBUS_ACTORS_SERVER_SYNC_SYNC_H

#include "actors/server_sync/servers.h"
#include "actors/shared/http_client.h"
#include "actors/shared/http_pace.h"
#include "actors/shared/job_runner.h"
#include "proto/base/log.h"
#include "proto/wire/codec.h"

#define SYNC_SERVER_SIZE (SUBJECT_SERVER_MAX + 1)

struct watch;

/* Where a scheduled look at the server is. */
enum sync_step {
    SYNC_RESTS,
    SYNC_ASKS_HISTORY, /* how far it is */
    SYNC_TESTS,        /* whether the server is there, the right one, and takes the token */
    SYNC_STARTS,       /* the history makes the job, unless another one excludes it */
    SYNC_RUNS
};

struct sync_test; /* under way */

struct sync {
    LIST_ENTRY(sync) link;
    struct http_client *client; /* borrowed, as what follows; of all servers */
    struct servers *servers;
    int64_t minute_ms; /* of schedules; 0: nothing is synced by itself */
    struct job_runner runner;
    struct http_pace pace;
    struct watch *watch;    /* owned; NULL: it is not asked what is being played */
    struct sync_test *test; /* owned by whoever answers it; NULL: none */
    int64_t interval_minutes;
    int64_t changed_at;                 /* by a person */
    int64_t checked_at, newest_play_at; /* as the history has it, wall clock; 0: never, none */
    int64_t missed_at;                  /* a sync could not read all, wall clock; 0: never */
    int64_t next_ms;                    /* monotonic clock: the next look */
    unsigned failures;                  /* in a row */
    unsigned asking;                    /* answers of the history that will come */
    struct log_seldom not_stopped;      /* told of */
    enum sync_step step;
    enum server_kind kind;
    enum err lacks;      /* the reader's: why not all that the server has is read; OK: all is */
    bool partial;        /* as servers.db has it: the newest sync could not read all */
    bool gone;           /* not registered any more */
    bool by_itself;      /* it is enabled, scheduled, and nothing waits for a person */
    bool standing_known; /* the history has said how far it is */
    bool waits;          /* for the server, or until another job has ended */
    bool stopped;        /* a person does not want the job that is being made, or was made late */
    char id[SYNC_SERVER_SIZE];
};

/* Of the runner that a job is of. */
static inline struct sync *sync_of(struct job_runner *runner)
{
    return (struct sync *)(void *)((char *)runner - offsetof(struct sync, runner));
}

/* What reads a server, by kind; NULL: it is not synced. Its `started` and `ended` are not its own.
 */
extern const struct job_driver *const sync_readers[server_kind_COUNT];

extern const struct job_driver sync_reader_plex, sync_reader_jellyfin;

/* ---- sync_run.c ---- */
void sync_open(struct sync *sync, struct actor *a);
void sync_close(struct sync *sync); /* when the threads have ended, or it is at rest */
bool sync_is_at_rest(const struct sync *sync);
/* The row of the server, as it stands now. */
void sync_settings(struct sync *sync, const struct server_view *server);
/* Ends a look that has made no job yet, until the next one is due, and the job that is just being
 * made as soon as it is: false if there is neither, or a job beside it that a person began, which
 * only the history can stop. */
bool sync_stop_looking(struct sync *sync);
/* Does what is due. */
void sync_tick(struct sync *sync);
/* Asks the history how far it is, to be told of. */
void sync_learn(struct sync *sync);
/* What a job of it goes by: `params` is filled with what `create` borrows. */
enum err sync_fill_create(const struct sync *sync, const struct server_view *server,
                          const struct server_sync_standing *standing, struct buffer *params,
                          struct job_create *out) NODISCARD;
void sync_view(const struct sync *sync, struct server_sync_view *out);

#endif
