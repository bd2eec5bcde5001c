/* SPDX-License-Identifier: MIT
 * plex_feed.c - plex-feed: stands for the coordinator of a Plex server's own history. It is the
 * actor `plex` of a running service for the time of one job, which imports rows from a file: a JSON
 * object a line, as make-labelled writes them. It ends with its job and prints the job's record.
 *
 * The service's own playbus-plex is down meanwhile. SIGINT stops the job; SIGTERM leaves it as it
 * is to the next plex-feed, which goes on with it. */
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actors/shared/batch_limits.h"
#include "proto/base/ids.h"
#include "proto/bus/parts.h"
#include "proto/wire/codec.h"
#include "proto/wire/json.h"
#include "tests/support/plex_feed_job.h"

enum { STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_OTHER_RUNS = 3, STATUS_STOPPED = 130 };
enum { ANSWER_MS = 10000 };

struct options {
    const char *data, *server;
    char path[PATH_MAX];
    bool dry_run, resume;
};

static struct options asked; /* of the command line */

/* ---- the actor ---- */

struct feed {
    struct job_runner runner;
    int interrupts; /* signalfd */
    bool begun;
    char job_id[RUNNER_JOB_ID_SIZE]; /* that it ends with; "" before it is known */
    char told_of[RUNNER_JOB_ID_SIZE];
    enum status told_status;
    json_t *told; /* owned; the newest record, and in the two above whose it is */
};

static void end_if_over(struct actor *a)
{
    struct feed *f = actor_self(a);
    if (f->told == NULL || strcmp(f->told_of, f->job_id) != 0 || f->told_status == status_running) {
        return;
    }
    (void)json_dumpf(f->told, stdout, JSON_COMPACT);
    (void)puts("");
    actor_stop(a, f->told_status == status_completed   ? EXIT_SUCCESS
                  : f->told_status == status_cancelled ? STATUS_STOPPED
                                                       : STATUS_FAILED);
}

static enum err on_progress(struct actor *a, const struct msg *m)
{
    struct feed *f = actor_self(a);
    const struct sync_progress *e = msg_sync_progress(m);
    job_runner_on_progress(&f->runner, e);
    if (e->progress.operation == operation_plex_historical && e->progress.job_id != NULL) {
        json_release(&f->told);
        f->told = record_to_json(desc_progress(), &e->progress);
        f->told_status = e->progress.status;
        (void)snprintf(f->told_of, sizeof(f->told_of), "%s", e->progress.job_id);
        end_if_over(a);
    }
    return OK;
}

/* With --resume a job that still runs, as after a kill, is the one that is waited for. */
static void refused(struct actor *a, const struct answer *answer)
{
    struct feed *f = actor_self(a);
    const struct refusal *why = answer->why;
    bool ours = why != NULL && why->has_operation && why->operation == operation_plex_historical;
    if (asked.resume && ours && why->job_id != NULL) {
        (void)snprintf(f->job_id, sizeof(f->job_id), "%s", why->job_id);
        end_if_over(a);
        return;
    }
    fprintf(stderr, "plex-feed: %s: %s\n", err_code(answer->code),
            why != NULL && why->text != NULL ? why->text : err_sentence(answer->code));
    actor_stop(a, why != NULL && why->job_id != NULL ? STATUS_OTHER_RUNS : STATUS_FAILED);
}

static void on_started(struct actor *a, const struct answer *answer, void *context)
{
    (void)context;
    struct feed *f = actor_self(a);
    if (answer->code != OK) {
        refused(a, answer);
        return;
    }
    (void)snprintf(f->job_id, sizeof(f->job_id), "%s", msg_import_started(answer->reply)->job_id);
    end_if_over(a);
}

static enum err on_start(struct actor *a, const struct msg *m)
{
    struct feed *f = actor_self(a);
    const struct import_start *start = msg_import_start(m);
    const struct import_params params = {.db_path = start->db_path};
    OWNED(buffer_release) struct buffer packed = {0};
    enum err e = record_pack(desc_import_params(), &params, &packed, NULL);
    if (e != OK) {
        return e;
    }
    struct job_create create = {.job_id = start->job_id,
                                .operation = operation_plex_historical,
                                .title = start->server_id,
                                .params = {packed.data, packed.size},
                                .server_id = start->server_id,
                                .asked_by = start->asked_by};
    PUT(&create, resume, start->has_resume && start->resume);
    if (start->has_dry_run) {
        PUT(&create, dry_run, start->dry_run);
    }
    return job_runner_start(&f->runner, m, &create);
}

static void start_ours(struct actor *a)
{
    char job_id[ID_SIZE];
    id_new(job_id);
    struct import_start start = {.job_id = job_id,
                                 .db_path = asked.path,
                                 .server_id = asked.server,
                                 .asked_by = "plex-feed"};
    PUT(&start, resume, asked.resume);
    if (asked.dry_run || !asked.resume) {
        PUT(&start, dry_run, asked.dry_run);
    }
    ask_import_start(a, "plex", &start, job_id, ANSWER_MS, on_started, NULL);
}

static enum err on_changed(struct actor *a, const struct msg *m)
{
    struct feed *f = actor_self(a);
    const struct actor_changed *e = msg_actor_changed(m);
    if (strcmp(e->actor, HISTORY) == 0 && e->condition == actor_condition_up) {
        job_runner_history_is_up(&f->runner);
        if (!f->begun) {
            f->begun = true;
            start_ours(a);
        }
    }
    return OK;
}

static void on_stop_asked(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    (void)context;
    if (answer->code != OK) {
        fprintf(stderr, "plex-feed: not stopped: %s\n", err_sentence(answer->code));
    }
}

static void on_interrupt(struct actor *a, int fd, short ready, void *context)
{
    (void)ready;
    (void)context;
    struct signalfd_siginfo signal;
    if (read(fd, &signal, sizeof(signal)) == (ssize_t)sizeof(signal)) {
        const struct job_stop stop = {.operation = operation_plex_historical};
        ask_job_stop(a, HISTORY, &stop, "", ANSWER_MS, on_stop_asked, NULL);
    }
}

/* An actor takes SIGINT for its end; of this one it is only the job's. */
static enum err take_interrupts(struct actor *a, int *out_fd)
{
    sigset_t end;
    sigset_t interrupt;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    if (signalfd(a->process.signals, &end, 0) < 0) {
        return ERR_SYSTEM;
    }
    *out_fd = signalfd(-1, &interrupt, SFD_CLOEXEC | SFD_NONBLOCK);
    return *out_fd >= 0 ? OK : ERR_SYSTEM;
}

static enum err begin(struct actor *a)
{
    struct feed *f = actor_self(a);
    enum err e = take_interrupts(a, &f->interrupts);
    if (e == OK) {
        actor_watch_fd(a, f->interrupts, ZMQ_POLLIN, on_interrupt, NULL);
        job_runner_open(&f->runner, a, &feed_driver);
    }
    return e;
}

static void end(struct actor *a)
{
    struct feed *f = actor_self(a);
    job_runner_close(&f->runner);
    actor_unwatch_fd(a, f->interrupts);
    fd_release(&f->interrupts);
    json_release(&f->told);
}

/* The service's own actor, whose place it takes, may open no such file. */
static enum err read_source(struct actor *a)
{
    (void)a;
    char piece[65536];
    FILE *file = fopen(asked.path, "re");
    for (size_t size = 1; file != NULL && size > 0;) {
        size = fread(piece, 1, sizeof piece, file);
        buffer_append(&feed_source, piece, size);
    }
    return file != NULL && fclose(file) == 0 ? OK : ERR_FILE_NOT_FOUND;
}

static const struct actor_spec plex = {.name = "plex",
                                       .summary = "Stands for the sync of a Plex history in tests",
                                       .self_size = sizeof(struct feed),
                                       .open = read_source,
                                       .start = begin,
                                       .stop = end,
                                       .on = {[MSG_import_start] = on_start,
                                              [MSG_sync_progress] = on_progress,
                                              [MSG_actor_changed] = on_changed}};

/* ---- the process ---- */

static bool read_options(int argc, char **argv)
{
    static const struct option known[] = {
        {"data", required_argument, NULL, 'd'},  {"server", required_argument, NULL, 's'},
        {"batch", required_argument, NULL, 'b'}, {"dry-run", no_argument, NULL, 'n'},
        {"resume", no_argument, NULL, 'r'},      {0}};
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (option == 'd') {
            asked.data = optarg;
        } else if (option == 's') {
            asked.server = optarg;
        } else if (option == 'b') {
            feed_batch_rows = strtoll(optarg, NULL, 10);
        } else if (option == 'n') {
            asked.dry_run = true;
        } else if (option == 'r') {
            asked.resume = true;
        } else {
            return false;
        }
    }
    return optind == argc - 1 && asked.data != NULL && asked.server != NULL &&
           feed_batch_rows >= 1 && feed_batch_rows <= BATCH_ROWS_MAX;
}

/* The place of the service's own actor is taken, and given back. */
static int supervise(const char *wanted)
{
    char path[PATH_MAX];
    char wait[] = "-wD";
    char deadline[] = "-T5000";
    char program[] = "s6-svc";
    (void)snprintf(path, sizeof(path), "%s/run/services/plex", asked.data);
    char *up[] = {program, (char *)(uintptr_t)wanted, path, NULL};
    char *down[] = {program, wait, deadline, (char *)(uintptr_t)wanted, path, NULL};
    pid_t child = 0;
    int status = EXIT_FAILURE;
    if (access(path, F_OK) != 0) {
        return EXIT_SUCCESS; /* nobody supervises */
    }
    bool runs = posix_spawnp(&child, program, NULL, NULL, strcmp(wanted, "-d") == 0 ? down : up,
                             environ) == 0 &&
                waitpid(child, &status, 0) == child;
    return runs ? status : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    if (!read_options(argc, argv)) {
        fputs("usage: plex-feed --data DIR --server ID FILE [--batch N] [--dry-run] [--resume]\n",
              stderr);
        return STATUS_USAGE;
    }
    if (realpath(argv[optind], asked.path) == NULL) {
        perror(argv[optind]);
        return STATUS_FAILED;
    }
    char data[] = "--data";
    char *own[] = {argv[0], data, (char *)(uintptr_t)asked.data, NULL};
    if (supervise("-d") != EXIT_SUCCESS) {
        fputs("plex-feed: the service's own playbus-plex does not stop\n", stderr);
        return STATUS_FAILED;
    }
    int status = actor_main(3, own, &plex);
    (void)supervise("-u"); /* its folder may be gone with the service */
    return status;
}
