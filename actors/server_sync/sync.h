/* SPDX-License-Identifier: MIT
 * sync.h - the continuous sync of one server, as its reader sees it: a job runner of its own, its
 * own pace, and the registry that says what opens it. All of it belongs to the loop.
 *
 * A kind of server is read by a job driver, which begins with the names below; its job's params are
 * a packed struct server_sync_params, and the plan says the kind of source. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_SYNC_H
#define PLAYBUS_ACTORS_SERVER_SYNC_SYNC_H

#include "actors/server_sync/servers.h"
#include "actors/shared/http_client.h"
#include "actors/shared/http_pace.h"
#include "actors/shared/job_runner.h"

#define SYNC_SERVER_SIZE (SUBJECT_SERVER_MAX + 1)

struct jellyfin_watch;

struct sync {
    LIST_ENTRY(sync) link;
    struct http_client *client; /* borrowed, as what follows; of all servers */
    struct servers *servers;
    char id[SYNC_SERVER_SIZE]; /* of the server … */
    enum server_kind kind;
    bool gone; /* … and not registered any more */
    struct job_runner runner;
    struct http_pace pace;
    struct jellyfin_watch *watch; /* owned; NULL: it is not asked what is being played */
};

/* Of the runner that a job is of. */
static inline struct sync *sync_of(struct job_runner *runner)
{
    return (struct sync *)(void *)((char *)runner - offsetof(struct sync, runner));
}

/* What reads a server, by kind; NULL: none does yet. Its `started` and `ended` are not its own. */
extern const struct job_driver *const sync_readers[server_kind_COUNT];

extern const struct job_driver sync_reader_plex, sync_reader_jellyfin;

#endif
