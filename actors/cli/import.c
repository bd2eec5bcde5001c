/* SPDX-License-Identifier: MIT
 * import.c - `playbus import FILE`: starts one import, shows it, and ends with its receipt.
 *
 * The import is the service's, not this process's: if we are killed it goes on (or, with a service
 * of our own, at the next start). Only Ctrl-C cancels it, and then says how to resume. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "actors/cli/bar.h"
#include "actors/cli/calls.h"
#include "actors/cli/cli.h"
#include "actors/cli/import.h"
#include "actors/cli/interrupts.h"
#include "actors/cli/invocation.h"
#include "actors/cli/jobs.h"
#include "actors/cli/receipt.h"
#include "actors/cli/say.h"
#include "actors/cli/service.h"
#include "actors/cli/table.h"
#include "actors/cli/times.h"
#include "actors/cli/upload.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"

#define PATIENCE_MS 60000      /* how long the service may be away before we give up */
#define GONE_PATIENCE_MS 3000  /* the same where it was stopped; it may be started again at once */
#define STOP_PATIENCE_MS 10000 /* the same after Ctrl-C */
#define JOB_SIZE 65

struct import {
    const struct options *o;
    struct service service;
    char *file;         /* absolute; as the person named it */
    char *sent;         /* the same as the service knows it: what was uploaded has another path */
    char job[JOB_SIZE]; /* "" before it has started */
    bool just_started;  /* the service, by this process */
    char begun[CLOCK_TEXT_SIZE]; /* when the command was given */
    bool repeated;               /* a request went out again, and the first may have been done */
    bool adopted;   /* an unfinished one that the service goes on with since its start */
    bool stop_sent; /* Ctrl-C was passed on */
    struct bar bar;
};

static void free_import(struct import *im)
{
    bar_end(&im->bar);
    service_close(&im->service);
    free_text(&im->file);
    free_text(&im->sent);
}

/* A request that bears with a service that is being restarted, and with one that others ask too
 * much. Not OK: it was away for too long. */
static enum err ask(struct import *im, const char *method, const char *path, const json_t *body,
                    struct reply *out)
{
    const int64_t begin = clock_monotonic_ms();
    for (;;) {
        int64_t patience = service_is_gone(&im->service) ? GONE_PATIENCE_MS
                           : interrupts_stop_asked()     ? STOP_PATIENCE_MS
                                                         : PATIENCE_MS;
        enum err e = service_reconnect(&im->service)
                         ? client_call(im->service.client, method, path, body, out)
                         : ERR_ACTOR_AWAY;
        if (e == OK && reply_waited_out(out, false, begin)) {
            continue;
        }
        if (e == OK && out->status != 503 && out->status != 504) {
            return OK;
        }
        if (e == OK) {
            reply_release(out);
            e = ERR_ACTOR_AWAY;
        }
        if (clock_monotonic_ms() - begin > patience ||
            (im->service.own && !tree_alive(&im->service.tree))) {
            return e;
        }
        im->repeated = true;
        (void)pause_ms(250);
    }
}

/* ---- starting ---- */

static json_t *start_body(const struct import *im)
{
    json_t *body = json_pack("{s:s}", "db_path", im->sent);
    if (im->o->resume) {
        (void)json_object_set_new(body, "resume", json_true());
    }
    (void)json_object_set_new(body, "dry_run", json_boolean(im->o->dry_run));
    return body;
}

static void remember_job(struct import *im, const struct reply *reply)
{
    const char *id = member_text(reply->body, "correlation_id");
    if (!reply_is_good(reply)) {
        id = member_text(reply->body, "job_id");
        if (id[0] == '\0') {
            id = member_text(json_object_get(reply->body, "details"), "job_id");
        }
    }
    (void)snprintf(im->job, sizeof(im->job), "%s", id);
}

static enum err start_with(struct import *im, const char *db_path, struct reply *out)
{
    free_text(&im->sent);
    im->sent = must_strdup(db_path);
    im->repeated = false;
    json_t *body = start_body(im);
    enum err e = ask(im, "POST", "/import/tautulli", body, out);
    json_decref(body);
    return e;
}

static enum err start_uploaded(struct import *im, struct reply *out)
{
    const int64_t begun = clock_monotonic_ms();
    (void)fputs("The file is in none of the folders that the running Playbus may import from.\n"
                "Uploading ",
                stderr);
    cell_path(stderr, im->file, 12);
    (void)fputs(" …\n", stderr);
    enum err e = OK;
    do {
        reply_release(out);
        e = upload_database(im->service.client, im->file, out);
    } while (e == OK && reply_waited_out(out, false, begun));
    if (e != OK || !reply_is_good(out)) {
        return e;
    }
    OWNED(free_text) char *staged = must_strdup(member_text(out->body, "db_path"));
    reply_release(out);
    return start_with(im, staged, out);
}

static enum err get_job(struct import *im, struct reply *out)
{
    char path[CLIENT_PATH_SIZE];
    (void)snprintf(path, sizeof(path), "/sync/jobs/%s", im->job);
    return ask(im, "GET", path, NULL, out);
}

/* Does im->job do what was asked for now? */
static bool is_what_was_asked(struct import *im)
{
    struct reply reply = {0};
    if (get_job(im, &reply) != OK) {
        return false;
    }
    const json_t *job = job_record(reply.body);
    bool dry = json_is_true(json_object_get(job, "dry_run"));
    bool same = strcmp(member_text(job, "db_path"), im->sent) == 0 && dry == im->o->dry_run;
    reply_release(&reply);
    return same;
}

/* Which database im->job works on, and for whom; of somebody else's also since when. */
static void tell_subject(struct import *im, bool others)
{
    struct reply reply = {0};
    char begin[80];
    char since[TIME_SIZE + 16] = "";
    char time[TIME_SIZE];
    if (get_job(im, &reply) == OK && reply_is_good(&reply)) {
        const json_t *job = job_record(reply.body);
        const char *started = member_text(job_progress(job), "start_time");
        if (others) {
            (void)snprintf(since, sizeof(since), ", since %s", time_with_zone(started, time));
        }
        (void)snprintf(begin, sizeof(begin), "%sJob %.64s: ", others ? "  " : "",
                       job_id_shown(stderr, job));
        (void)fputs(begin, stderr);
        job_print_subject(stderr, job, text_cells(begin) + text_cells(since));
        say(stderr, "%s\n", since);
    }
    reply_release(&reply);
}

static int say_not_begun(const struct import *im)
{
    say(stderr, "Stopped; the import of %s has not begun.\n", im->file);
    return EXIT_STOPPED;
}

/* A service that has just started goes on by itself with what was interrupted, and may have
 * completed that before it could be asked to. */
static bool was_completed_meanwhile(struct import *im)
{
    struct reply reply = {0};
    if (ask(im, "GET", "/import/status", NULL, &reply) != OK) {
        return false;
    }
    const json_t *stats = json_object_get(reply.body, "stats");
    bool meanwhile = strcmp(member_text(stats, "end_time"), im->begun) >= 0;
    (void)snprintf(im->job, sizeof(im->job), "%s", member_text(stats, "job_id"));
    reply_release(&reply);
    return meanwhile && is_what_was_asked(im);
}

/* Sets im->job, or complains and returns the exit status. A conflict may be with what our own
 * service goes on with, or with the job that the request made before its answer was lost. */
static int start(struct import *im)
{
    struct reply reply = {0};
    enum err e = start_with(im, im->file, &reply);
    if (e == OK && strcmp(reply_code(&reply), "PATH_NOT_ALLOWED") == 0) {
        e = start_uploaded(im, &reply);
    }
    if (e != OK && interrupts_stop_asked()) {
        return say_not_begun(im);
    }
    if (e != OK) {
        return complain(e, NULL);
    }
    int status = EXIT_COMPLETED;
    bool runs = strcmp(reply_code(&reply), "IMPORT_RUNNING") == 0;
    bool nothing = strcmp(reply_code(&reply), "NOTHING_TO_RESUME") == 0;
    bool fresh = im->service.own || im->just_started;
    remember_job(im, &reply);
    im->adopted = fresh && (runs || (nothing && was_completed_meanwhile(im)));
    if (!reply_is_good(&reply) && !im->adopted &&
        !(runs && im->repeated && is_what_was_asked(im))) {
        status = reply_complain(&reply);
        if (runs) {
            tell_subject(im, true);
            (void)fputs("  It is stopped with Ctrl-C where it was started, or in the panel.\n",
                        stderr);
        }
    }
    reply_release(&reply);
    return status;
}

/* ---- following ---- */

static void say_how_to_resume(const struct import *im)
{
    char command[INVOCATION_SIZE];
    char file[4 * PATH_MAX + 3] = "FILE";
    invocation_text(im->o->dry_run ? "import --resume --dry-run" : "import --resume",
                    im->service.folder, command);
    if (shell_quote(im->file, file, sizeof(file)) == OK) {
        say(stderr, "%sTo go on:\n  %s %s\n", im->o->dry_run ? "" : "What was stored stays. ",
            command, file);
    }
}

static bool is_final(const json_t *stats)
{
    const char *status = member_text(stats, "status");
    return strcmp(status, "completed") == 0 || strcmp(status, "error") == 0 ||
           strcmp(status, "cancelled") == 0;
}

static enum err pass_stop_on(struct import *im)
{
    struct reply reply = {0};
    bar_end(&im->bar);
    (void)fputs("Stopping …\n", stderr);
    enum err e = ask(im, "DELETE", "/import", NULL, &reply);
    reply_release(&reply); /* NOT_RUNNING: it ended by itself, which the next look tells */
    im->stop_sent = e == OK && reply.status != 429;
    return e;
}

/* Shows the job until it has ended; returns the exit status if that cannot be done. */
static int follow(struct import *im)
{
    for (;;) {
        if (im->stop_sent && interrupts_stop_urged()) {
            say_how_to_resume(im);
            return EXIT_STOPPED;
        }
        struct reply reply = {0};
        enum err e = interrupts_stop_asked() && !im->stop_sent ? pass_stop_on(im) : OK;
        if (e == OK) {
            e = ask(im, "GET", "/import/status", NULL, &reply);
        }
        if (e != OK && service_is_gone(&im->service)) {
            bar_end(&im->bar);
            (void)fputs("playbus: Playbus was stopped meanwhile\n", stderr);
            say_how_to_resume(im);
            return EXIT_FAILED;
        }
        if (e != OK) {
            return complain(e, NULL);
        }
        if (!reply_is_good(&reply)) {
            int status = reply_complain(&reply);
            reply_release(&reply);
            return status;
        }
        const json_t *stats = json_object_get(reply.body, "stats");
        bool ours = strcmp(member_text(stats, "job_id"), im->job) == 0;
        if (ours && !im->stop_sent) { /* how far it came stands above "Stopping" already */
            bar_show(&im->bar, stats);
        }
        bool ended = !ours || is_final(stats); /* another one runs: ours has ended */
        reply_release(&reply);
        if (ended) {
            bar_end(&im->bar);
            return EXIT_COMPLETED;
        }
        (void)pause_ms(bar_interval_ms(&im->bar));
    }
}

/* ---- ending ---- */

static int outcome(const struct import *im, const json_t *progress)
{
    const char *status = member_text(progress, "status");
    if (strcmp(status, "completed") == 0) {
        return EXIT_COMPLETED;
    }
    if (strcmp(status, "cancelled") == 0) {
        say_how_to_resume(im);
        return EXIT_STOPPED;
    }
    if (im->o->json || terminal_width(stdout) == 0) { /* else the receipt has just said it */
        say(stderr, "playbus: %s\n", job_error(progress));
        say_remedy(stderr, 2, job_remedy(progress));
    }
    return EXIT_FAILED;
}

static int finish(struct import *im)
{
    struct reply reply = {0};
    enum err e = get_job(im, &reply);
    if (e != OK) {
        return complain(e, NULL);
    }
    if (!reply_is_good(&reply)) {
        int status = reply_complain(&reply);
        reply_release(&reply);
        return status;
    }
    if (im->o->json) {
        say_json(stdout, reply.body, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    } else {
        char errors[sizeof("errors ") + JOB_SIZE];
        char command[INVOCATION_SIZE];
        const char *job = job_id_shown(stdout, job_record(reply.body));
        (void)snprintf(errors, sizeof(errors), "errors %.64s", job);
        invocation_text(errors, im->service.folder, command);
        receipt_print(stdout, reply.body, command);
    }
    (void)fflush(stdout);
    int status = outcome(im, job_progress(job_record(reply.body)));
    reply_release(&reply);
    return status;
}

static int run(struct import *im)
{
    for (;;) {
        int status = start(im);
        if (status != EXIT_COMPLETED) {
            return status;
        }
        if (im->adopted) {
            (void)fputs("Going on with an import that was interrupted …\n", stderr);
        }
        tell_subject(im, false);
        status = follow(im);
        if (status != EXIT_COMPLETED) {
            return status;
        }
        if (!im->adopted || im->stop_sent || is_what_was_asked(im)) {
            return finish(im);
        }
    }
}

static enum err open_service(struct import *im)
{
    OWNED(free_text) char *copy = must_strdup(im->file);
    enum err e = folder_enter(im->o->data, true, im->service.folder);
    return e == OK ? service_find_or_start(&im->service, dirname(copy)) : e;
}

int command_import(const struct options *o)
{
    return import_file(o, false);
}

int import_file(const struct options *o, bool just_started)
{
    struct stat st;
    struct import im = {.o = o, .service = SERVICE_NONE, .just_started = just_started};
    log_open("playbus", LEVEL_WARN);
    interrupts_watch();
    clock_to_text(clock_wall_ms(), im.begun);
    bar_init(&im.bar);
    im.file = realpath(o->argument, NULL);
    if (im.file == NULL) {
        return complain(errno == EACCES ? ERR_ACCESS_DENIED : ERR_FILE_NOT_FOUND, "%s",
                        o->argument);
    }
    if (stat(im.file, &st) == 0 && !S_ISREG(st.st_mode)) { /* not to be sent: a FIFO never ends */
        free_import(&im);
        return complain(ERR_NOT_TAUTULLI, "%s is %s", o->argument,
                        S_ISDIR(st.st_mode) ? "a folder" : "no regular file");
    }
    enum err e = open_service(&im);
    int status = e == OK ? run(&im) : EXIT_FAILED;
    if (e != OK && interrupts_stop_asked()) {
        status = say_not_begun(&im);
    } else if (e != OK && (im.service.folder[0] == '\0' || e == ERR_DATA_FOLDER_UNSAFE)) {
        status = folder_complain(e, o->data);
    } else if (e != OK) {
        status = service_complain(&im.service, e, SERVICE_LOG);
    }
    free_import(&im);
    return status;
}
