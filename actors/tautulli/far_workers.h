/* SPDX-License-Identifier: MIT
 * far_workers.h - what is held against workers on other machines while one job runs.
 *
 * Their word is never a fact about the job: who says that it cannot read, or stands in the way, is
 * given no lease for a while, longer each time, and others read. It is by the key, not by the
 * process: a worker that is started anew is the same. Local workers are not known here. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_FAR_WORKERS_H
#define PLAYBUS_ACTORS_TAUTULLI_FAR_WORKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actors/shared/worker_key.h"
#include "proto/base/error.h"
#include "proto/schema/schema.h"

#define FAR_WORKERS_MAX 64

enum {
    FAR_FAILED_MS =
        2000, /* something that passes: it took too long, its file changed, we were busy */
    FAR_NO_ROWS_MS = 30000,     /* it has not got these rows, or cannot read them */
    FAR_IN_THE_WAY_MS = 600000, /* everybody waited for it in vain */
    FAR_IDLE_MS = 60000,        /* it costs more than it brings */
    FAR_COST_ROWS = 4000,       /* beyond what it brings; each may be slow once */
    FAR_BARRED_MAX_MS = 3600000
};

struct far_worker {
    char key[WORKER_KEY_SIZE];
    unsigned strikes; /* since rows of it were last stored */
    int64_t barred_until_ms;
    enum idle_reason because; /* it is barred */
    int64_t heard_ms;
    bool delivered; /* it has these rows, it says */
    /* In rows, of late: what others could have read while they waited for it, and what it read. */
    double cost, brought;
    unsigned idled; /* how often it was left idle for that */
};

struct far_workers {
    char job_id[65]; /* of which this is, … */
    uint64_t attempt;
    struct far_worker items[FAR_WORKERS_MAX];
    size_t count;
    uint64_t changes; /* of who is barred, and until when */
};

/* Of another job or attempt than before, all is forgotten. */
void far_workers_begin(struct far_workers *f, const char *job_id, uint64_t attempt);
/* What a worker's saying that it could not read is worth; by SAMPLE_DIFFERS its rows may have
 * changed meanwhile, and it is barred for good where they have not. */
int64_t far_workers_strike_ms(enum err said);
/* No lease for first_ms, doubled with each strike before it; nothing while it is barred. True if it
 * is barred by this. */
bool far_workers_strike(struct far_workers *f, const char *worker, int64_t first_ms,
                        int64_t now_ms);
/* No lease while the job runs. */
void far_workers_bar(struct far_workers *f, const char *worker, int64_t now_ms);
/* It says that it delivered some: it can read them, or nothing comes of what it is given. */
void far_workers_said(struct far_workers *f, const char *worker, int64_t now_ms);
/* The history has about so many rows of it: what was held against it is over. */
void far_workers_brought(struct far_workers *f, const char *worker, double rows, int64_t now_ms);
/* Others wait for it, and could have read so many rows meanwhile. True: it costs more than it
 * brings, and is left idle for a while. */
bool far_workers_waited(struct far_workers *f, const char *worker, double rows, int64_t now_ms);
/* Time passes: what was counts less. */
void far_workers_fade(struct far_workers *f);
bool far_workers_is_barred(const struct far_workers *f, const char *worker, int64_t now_ms);
bool far_workers_has_rows(const struct far_workers *f, const char *worker);

#endif
