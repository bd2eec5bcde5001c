/* SPDX-License-Identifier: MIT
 * jellyfin_job.h - the sync of a Jellyfin or Emby server that runs, as a driver of the job runner:
 * its server, its questions, and what it reads. All of it belongs to the loop.
 *
 * Opening learns who the server is, and planning who its users are, what is being played, and
 * whether it has the plugin. Then the records are read one after another: the log, the plugin, the
 * items of each user, what was seen to be played meanwhile. A job that goes on reads them from the
 * start: the history knows each row. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_JELLYFIN_JOB_H
#define PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_JELLYFIN_JOB_H

#include "actors/server_sync/jellyfin/activity_log.h"
#include "actors/server_sync/jellyfin/folders.h"
#include "actors/server_sync/jellyfin/played_items.h"
#include "actors/server_sync/jellyfin/plugin_report.h"
#include "actors/server_sync/jellyfin/told_row.h"
#include "actors/server_sync/media_call.h"
#include "actors/server_sync/sync.h"
#include "actors/server_sync/watched_plays.h"
#include "actors/shared/batch.h"

enum { JELLYFIN_USERS_MAX = 2000 };

/* What the loop finds out before a thread of the runner takes it over. */
enum stage_state { STAGE_NONE, STAGE_UNDER_WAY, STAGE_DONE };
struct stage {
    enum stage_state state;
    enum err code;
    char text[512]; /* "" if the code says it all */
};

enum record { READ_LOG, READ_REPORT, READ_ITEMS, READ_SESSIONS, READ_ALL };

struct jellyfin_job {
    struct runner_job job; /* first */
    struct media_server server;
    struct stage opening, planning;

    /* ---- the plan ---- */
    struct dialect dialect;
    int64_t since, now; /* ms, by the server's clock; since 0: all */
    struct person *users;
    size_t user_count;
    struct folders folders; /* none where the server did not tell */
    struct row_key sample;

    /* ---- reading ---- */
    bool reading_begun;
    enum record record;
    struct playing playing;
    struct traces traces;
    struct log_reading log;
    struct report_reading report;
    struct zone_runs zone; /* of the plugin; what earlier syncs found, and this one */
    char cursor[ZONE_RUNS_TEXT_MAX];
    struct item_reading items;
    struct told_list told;
    json_t *known;             /* owned; what the server says of items now, by id; null: nothing */
    json_t *asked;             /* owned; the ids that were asked for */
    bool ready;                /* the items of what is told are known */
    int64_t reading_at, given; /* position of the next row; behind the newest batch */
    struct arena *watched_arena;  /* owned; of the next */
    struct watched_plays watched; /* that have ended, as this reading tells of them */
    unsigned report_troubles;     /* answers of the plugin that were none, amid its rows */
    size_t passed_over;           /* lists of items that were not there */
    uint64_t rows;                /* given since the reading began */
    bool given_last;
    uint64_t pages, pages_best; /* answered since the reading began; the most of any reading */
    int64_t unread_since_ms;    /* no page beyond these since; 0: the newest answer was one */
    struct row row;
    struct batch *batch;
    struct buffer scratch;
};

static inline struct jellyfin_job *jellyfin_job_of(struct runner_job *job)
{
    return (struct jellyfin_job *)job; /* its first member */
}

/* ---- jellyfin_open.c, jellyfin_plan.c, jellyfin_read.c: functions of the driver ---- */
bool jellyfin_ready_to_open(struct runner_job *job);
void jellyfin_open(struct runner_job *job);
bool jellyfin_ready_to_plan(struct runner_job *job);
void jellyfin_plan(struct runner_job *job);
void jellyfin_fill_plan(struct runner_job *job, struct job_plan *out);
bool jellyfin_next_batch(struct runner_job *job, int64_t from, struct batch_commit *out);

/* The history has all that the job read: nothing of it waits any more. */
void jellyfin_stored(struct jellyfin_job *j);

void jellyfin_stage_end(struct jellyfin_job *j, struct stage *stage, enum err code,
                        const char *text);

#endif
