/* SPDX-License-Identifier: MIT
 * follow.h - one job from its start to its receipt, for every command that starts one. A command
 * fills a struct follow and says how its start is asked for; the rest is the same for all.
 *
 * The job is the service's, not this process's: if we are killed it goes on (or, with a service of
 * our own, at the next start). Only Ctrl-C cancels it, and then says how to resume. */
#ifndef PLAYBUS_ACTORS_CLI_FOLLOW_H
#define PLAYBUS_ACTORS_CLI_FOLLOW_H

#include "actors/cli/bar.h"
#include "actors/cli/cli.h"
#include "actors/cli/client.h"
#include "actors/cli/service.h"
#include "proto/base/clock.h"
#include "proto/schema/operations.h"

struct follow;

/* What differs by command. Paths are below /api/v1. */
struct follow_kind {
    enum operation operation;
    const char *status_path; /* GET: where the newest job stands; NULL: the job itself is asked */
    const char *stop;        /* DELETE: stops it; NULL: its own job's /sync/jobs/…/undo */
    const char *command;     /* that begins it; NULL: that of the operation */
    bool goes_on;            /* the same command goes on with what was stopped; else --resume */
    /* Asks for the start with follow_ask(), and sets `subject`. */
    enum err (*start)(struct follow *f, struct reply *out);
};

#define FOLLOW_JOB_SIZE 65

struct follow {
    const struct follow_kind *kind;
    const struct options *o;
    struct service service;
    char *argument;              /* what the job is of, as the person named it; owned */
    char *subject;               /* the same as the service knows it; owned */
    char job[FOLLOW_JOB_SIZE];   /* "" before it has started */
    bool just_started;           /* the service, by this process */
    char begun[CLOCK_TEXT_SIZE]; /* when the command was given */
    bool repeated;               /* a request went out again, and the first may have been done */
    bool adopted;   /* an unfinished one that the service goes on with since its start */
    bool stop_sent; /* Ctrl-C was passed on */
    struct bar bar;
};

/* Watches for Ctrl-C from here on. `kind` and `o` are borrowed. */
void follow_init(struct follow *f, const struct follow_kind *kind, const struct options *o);
void follow_release(struct follow *f);

/* A request that bears with a service that is being restarted, and with one that others ask too
 * much. Not OK: it was away for too long. */
enum err follow_ask(struct follow *f, const char *method, const char *path, const json_t *body,
                    struct reply *out) NODISCARD;

/* Enters the data folder, finds its service or starts one (`allowed`, may be NULL, is then one more
 * folder it may read), starts the job, shows it until it has ended, prints its receipt. Returns the
 * exit status; what went wrong was said. */
int follow_run(struct follow *f, const char *allowed);

/* Stops what runs of it, wherever it was started, by a DELETE of this path; returns the exit
 * status.
 */
int follow_stop(const struct options *o, const char *path, const char *said);
/* Gives up what could be resumed. */
int follow_discard(const struct options *o, const char *path);

#endif
