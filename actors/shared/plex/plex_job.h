/* SPDX-License-Identifier: MIT
 * plex_job.h - a sync of a Plex server that runs, as a driver of the job runner: its server, its
 * questions, and what it reads. All of it belongs to the loop; the runner's thread only takes the
 * result over. Which server that is, from when on it is read and what opens it are the
 * coordinator's to say, in a struct plex_use. */
#ifndef PLAYBUS_ACTORS_SHARED_PLEX_PLEX_JOB_H
#define PLAYBUS_ACTORS_SHARED_PLEX_PLEX_JOB_H

#include "actors/shared/batch.h"
#include "actors/shared/http_client.h"
#include "actors/shared/http_pace.h"
#include "actors/shared/job_runner.h"
#include "actors/shared/plex/names.h"
#include "actors/shared/plex/plex_row.h"
#include "actors/shared/plex/reading.h"
#include "actors/shared/server_answer.h"

#define PLEX_WATCHED_PERCENT 90.0 /* what a server takes for watched, unless told otherwise */

enum {
    PLEX_BODY_MAX = 4 * 1024 * 1024, /* of one answer */
    PLEX_LIBRARIES_MAX = 200,
    PLEX_ITEMS_MAX = 100, /* asked for at once */
    PLEX_PATH_SIZE = 4096
};

/* What the loop finds out before a thread of the runner takes it over. */
enum stage_state { STAGE_NONE, STAGE_UNDER_WAY, STAGE_DONE };
struct stage {
    enum stage_state state;
    enum err code;
    char text[512]; /* "" if the code says it all */
};

/* How the server is reached. */
struct plex_server {
    struct arena *arena; /* owned; of the texts */
    const char *address, *certificate, *client_id, *name;
    const char *identity; /* what it has to be; NULL: not known before it was asked */
    char *token;          /* owned; wiped when it is freed */
};

/* A place to go on from: a position and the cursor of the batch before it. */
struct place {
    int64_t position; /* 0: none */
    struct buffer cursor;
};

struct plex_job;

/* What an operation that reads a Plex server brings. */
struct plex_use {
    /* From job->task.params to job->params, and where that is no number of days to job->since_s. */
    enum err (*read_params)(struct plex_job *j);
    /* Gets what opens the server, now or later; then plex_credentials_came, once. */
    void (*ask_credentials)(struct plex_job *j);
    /* Sets job->seen, as a reading begins. May be NULL: nobody looked. */
    void (*take_seen)(struct plex_job *j);
};

/* A play that was seen among the server's sessions. */
struct plex_seen {
    struct plex_session session;
    json_t *about; /* owned by whoever set it; a row of its item */
};

struct plex_job {
    struct runner_job job; /* first */
    const struct plex_use *use;
    struct http_client *client; /* borrowed */
    struct http_pace *pace;     /* borrowed; of the server */
    struct plex_params params;
    bool since_given; /* since_s is that of the params, and not so many days before the plan */
    struct plex_server server;
    struct plex_call *call; /* under way; NULL: none */
    struct stage opening, planning;

    struct arena *names_arena; /* owned; of what follows */
    struct names names;
    const char *identity, *server_name;

    /* ---- the plan ---- */
    int64_t planned_at; /* ms */
    int64_t since_s;
    uint64_t total, pass_total; /* of all; of the library that is being counted */
    size_t pass;
    uint64_t low, high; /* between them is the first row that is wanted, of a server that ignores
                           from when on it was asked */
    uint64_t starts[PLEX_LIBRARIES_MAX + 1]; /* READ_BY_TIME, or the offset of the first row; the
                                                last is that of all libraries */
    bool whole; /* all are read at once: the server does not filter by library, or all were named */
    struct row_key sample;

    /* ---- reading ---- */
    struct reading reading;
    bool reading_begun;
    bool page_ready, seen_ready;   /* the items of the page are known; of what was seen */
    int64_t reading_at;            /* position of the row that the reading gives next */
    struct place committed, given; /* the newest two places */
    const struct plex_seen *seen;  /* borrowed; what comes after the server's rows … */
    size_t seen_count, seen_at;    /* … and the next of it */
    int64_t unread_since_ms;       /* asked in vain since; 0: the newest answer could be used */
    bool given_last;               /* the newest batch is the last one */
    json_t *items;                 /* owned; what the server says of items now, by key */
    json_t *asked;                 /* owned; the keys that were asked for */
    size_t items_at_once;
    struct row row;
    struct batch *batch;
    struct buffer scratch;
};

static inline struct plex_job *plex_job_of(struct runner_job *job)
{
    return (struct plex_job *)job; /* its first member */
}

/* What the drivers of all that read a Plex server have in common: all but their name, operation,
 * job_size, init, release and fill_plan. */
#define PLEX_READER                                                                             \
    .source_wait_ms = 60000, .probe = plex_probe, .open = plex_open, .plan = plex_plan,         \
    .is_away = server_may_heal, .wait_ms = server_wait_ms, .ready_to_open = plex_ready_to_open, \
    .fill_create = plex_fill_create, .ready_to_plan = plex_ready_to_plan,                       \
    .next_batch = plex_next_batch

/* ---- plex_job.c ---- */
/* What the driver's init begins with. */
void plex_job_init(struct runner_job *job, const struct plex_use *use, struct http_client *client,
                   struct http_pace *pace);
void plex_release(struct runner_job *job);
/* The server is opened when the job is made: a start is answered at once. */
void plex_probe(struct runner_job *job);
/* What a resume is found by: the same server, whatever it is called and wherever it is. */
void plex_fill_create(struct runner_job *job, struct job_create *out);

/* ---- plex_call.c ---- */
/* `container` when OK, borrowed for the call; `text` else, "" if the code says it all. */
typedef void plex_answered(struct plex_job *j, enum err code, const char *text,
                           const json_t *container);
/* Asks the server, when its pace allows. One question at a time. */
void plex_ask(struct plex_job *j, const char *path, bool with_token, plex_answered *done);
void plex_call_drop(struct plex_job *j); /* nobody waits for it any more */
void plex_server_take(struct plex_server *s, const struct server_credentials *given);
void plex_server_release(struct plex_server *s);

/* ---- plex_open.c, plex_plan.c, plex_read.c: functions of the driver, of all but init ---- */
bool plex_ready_to_open(struct runner_job *job);
void plex_open(struct runner_job *job);
/* What opens the server, which is wiped here; or why it cannot be had, with a text or NULL. */
void plex_credentials_came(struct plex_job *j, enum err code, const char *text,
                           const struct server_credentials *given);
bool plex_ready_to_plan(struct runner_job *job);
void plex_plan(struct runner_job *job);
void plex_fill_plan(struct runner_job *job, struct job_plan *out);
bool plex_next_batch(struct runner_job *job, int64_t from, struct batch_commit *out);

void stage_end(struct plex_job *j, struct stage *stage, enum err code, const char *text);
/* The first second that is asked for, as the plan's clock has it. */
int64_t plex_since(const struct plex_job *j);

#endif
