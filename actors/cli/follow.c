/* SPDX-License-Identifier: MIT
 * follow.c - starts one job, shows it, and ends with its receipt. */
#include "actors/cli/follow.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/cli/asking.h"
#include "actors/cli/calls.h"
#include "actors/cli/interrupts.h"
#include "actors/cli/invocation.h"
#include "actors/cli/jobs.h"
#include "actors/cli/receipt.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "actors/cli/times.h"
#include "actors/shared/database_path.h"
#include "proto/base/log.h"
#include "proto/wire/json.h"

#define PATIENCE_MS 60000      /* how long the service may be away before we give up */
#define GONE_PATIENCE_MS 3000  /* the same where it was stopped; it may be started again at once */
#define STOP_PATIENCE_MS 10000 /* the same after Ctrl-C */

static const struct operation_desc *row_of(const struct follow *f)
{
    return &operations[f->kind->operation];
}

void follow_init(struct follow *f, const struct follow_kind *kind, const struct options *o)
{
    log_open("playbus", LEVEL_WARN);
    interrupts_watch();
    *f = (struct follow){.kind = kind, .o = o, .service = SERVICE_NONE};
    clock_to_text(clock_wall_ms(), f->begun);
    bar_init(&f->bar);
}

void follow_release(struct follow *f)
{
    bar_end(&f->bar);
    service_close(&f->service);
    free_text(&f->argument);
    free_text(&f->subject);
}

enum err follow_ask(struct follow *f, const char *method, const char *path, const json_t *body,
                    struct reply *out)
{
    const int64_t begin = clock_monotonic_ms();
    for (;;) {
        int64_t patience = service_is_gone(&f->service) ? GONE_PATIENCE_MS
                           : interrupts_stop_asked()    ? STOP_PATIENCE_MS
                                                        : PATIENCE_MS;
        enum err e = service_reconnect(&f->service)
                         ? client_call(f->service.client, method, path, body, out)
                         : ERR_ACTOR_AWAY;
        if (e == OK && reply_waited_out(out, false, begin)) {
            continue;
        }
        bool away = e != OK || out->status == 503 || out->status == 504;
        if (!away || (e == OK && !err_passes(err_from_code(reply_code(out))))) {
            return OK;
        }
        if (e == OK) {
            reply_release(out);
            e = ERR_ACTOR_AWAY;
        }
        enum err refused = service_say_refusals(&f->service);
        if (refused != OK) { /* it stays away, and why was just said */
            return refused;
        }
        if (clock_monotonic_ms() - begin > patience ||
            (f->service.own && !supervisor_alive(&f->service.supervisor))) {
            return e;
        }
        f->repeated = true;
        (void)pause_ms(250);
    }
}

/* ---- starting ---- */

static void remember_job(struct follow *f, const struct reply *reply)
{
    const char *id = member_text(reply->body, "correlation_id");
    if (!reply_is_good(reply)) {
        id = member_text(reply->body, "job_id");
        if (id[0] == '\0') {
            id = member_text(json_object_get(reply->body, "details"), "job_id");
        }
    }
    (void)snprintf(f->job, sizeof(f->job), "%s", id);
}

static enum err get_job(struct follow *f, struct reply *out)
{
    char path[CLIENT_PATH_SIZE];
    (void)snprintf(path, sizeof(path), "/sync/jobs/%s", f->job);
    return follow_ask(f, "GET", path, NULL, out);
}

/* Does f->job do what was asked for now? */
static bool is_what_was_asked(struct follow *f)
{
    struct reply reply = {0};
    if (get_job(f, &reply) != OK) {
        return false;
    }
    const json_t *job = job_record(reply.body);
    bool dry = json_is_true(json_object_get(job, "dry_run"));
    const char *subject = f->subject == NULL ? "" : f->subject;
    const char *path = job_subject(job);
    path = path == NULL ? "" : path;
    const char *uploaded = upload_name(path);
    const char *slash = f->argument == NULL ? NULL : strrchr(f->argument, '/');
    bool named = uploaded != NULL && slash != NULL && strcmp(uploaded, slash + 1) == 0;
    bool same = (named || strcmp(path, subject) == 0) && dry == f->o->dry_run;
    reply_release(&reply);
    return same;
}

/* What f->job works on, and for whom; of somebody else's also since when. */
static void tell_subject(struct follow *f, bool others)
{
    struct reply reply = {0};
    char begin[80];
    char since[TIME_SIZE + 16] = "";
    char time[TIME_SIZE];
    if (get_job(f, &reply) == OK && reply_is_good(&reply)) {
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

/* Ctrl-C came before. */
static int say_not_begun(const struct follow *f)
{
    const char *noun = row_of(f)->noun;
    if (f->argument == NULL) {
        say(stderr, "Stopped; the %s has not begun.\n", noun);
    } else {
        say(stderr, "Stopped; the %s of %s has not begun.\n", noun, f->argument);
    }
    return EXIT_STOPPED;
}

/* A service that has just started goes on by itself with what was interrupted, and may have
 * completed that before it could be asked to. */
static bool was_completed_meanwhile(struct follow *f)
{
    struct reply reply = {0};
    if (f->kind->status_path == NULL ||
        follow_ask(f, "GET", f->kind->status_path, NULL, &reply) != OK) {
        return false;
    }
    const json_t *stats = json_object_get(reply.body, "stats");
    bool meanwhile = strcmp(member_text(stats, "end_time"), f->begun) >= 0;
    (void)snprintf(f->job, sizeof(f->job), "%s", member_text(stats, "job_id"));
    reply_release(&reply);
    return meanwhile && is_what_was_asked(f);
}

/* What is in the way of the start, and how it is stopped: it may be of another operation. */
static void tell_in_the_way(struct follow *f, const struct operation_desc *other)
{
    char stop[32];
    char command[INVOCATION_SIZE];
    tell_subject(f, true);
    if (other->command != NULL) {
        (void)snprintf(stop, sizeof stop, "%s --stop", other->command);
        invocation_text(stop, f->service.folder, command);
        say(stderr, "  It is stopped with: %s\n", command);
    }
}

/* Nobody asked for the regrouping: after an upgrade it begins by itself. Until f->job has ended;
 * false: it could not be waited for. */
static bool wait_for_regrouping(struct follow *f)
{
    bool runs = true;
    say(stderr, "Plays are grouped anew; the %s begins afterwards …\n", row_of(f)->noun);
    while (runs && !interrupts_stop_asked()) {
        struct reply reply = {0};
        bool known = get_job(f, &reply) == OK && reply_is_good(&reply);
        const json_t *progress = job_progress(job_record(reply.body));
        runs = known && strcmp(member_text(progress, "status"), "running") == 0;
        reply_release(&reply);
        if (!known) {
            return false;
        }
        (void)pause_ms(runs ? 500 : 0);
    }
    return !runs;
}

/* Asks again once a regrouping that is in the way has ended. */
static enum err ask_to_start(struct follow *f, struct reply *out)
{
    for (;;) {
        enum err e = f->kind->start(f, out);
        const struct operation_desc *regroup = &operations[operation_regroup];
        bool in_the_way = e == OK && row_of(f) != regroup &&
                          strcmp(reply_code(out), err_code(regroup->one_runs)) == 0 &&
                          job_operation(out->body) == regroup;
        if (!in_the_way) {
            return e;
        }
        remember_job(f, out);
        if (!wait_for_regrouping(f)) {
            return OK;
        }
        reply_release(out);
    }
}

/* Sets f->job, or says the error and returns the exit status. A conflict may be with what our own
 * service goes on with, or with the job that the request made before its answer was lost. */
static int start(struct follow *f)
{
    struct reply reply = {0};
    enum err e = ask_to_start(f, &reply);
    if (e != OK && interrupts_stop_asked()) {
        return say_not_begun(f);
    }
    if (e != OK) {
        return f->service.refused != 0 ? EXIT_FAILED : say_error(e, NULL);
    }
    int status = EXIT_COMPLETED;
    const struct operation_desc *other = job_operation(reply.body); /* of a refusal */
    bool one_runs = strcmp(reply_code(&reply), err_code(other->one_runs)) == 0;
    bool runs = one_runs && other == row_of(f);
    bool nothing = strcmp(reply_code(&reply), "NOTHING_TO_RESUME") == 0;
    bool fresh = f->service.own || f->just_started;
    remember_job(f, &reply);
    f->adopted = fresh && (runs || (nothing && was_completed_meanwhile(f)));
    if (!reply_is_good(&reply) && !f->adopted && !(runs && f->repeated && is_what_was_asked(f))) {
        status = reply_say_error(&reply);
        if (one_runs) {
            tell_in_the_way(f, other);
        }
        if (nothing && f->o->dry_run) {
            const char *noun = row_of(f)->noun;
            say(stderr, "  That is of dry runs: %s %s that stores goes on without --dry-run.\n",
                article(noun), noun);
        }
    }
    reply_release(&reply);
    return status;
}

/* ---- following ---- */

static void say_how_to_resume(const struct follow *f)
{
    char resume[64];
    char command[INVOCATION_SIZE];
    char argument[4 * PATH_MAX + 3] = "";
    const char *named = f->argument == NULL ? "" : f->argument;
    (void)snprintf(resume, sizeof(resume), "%s%s%s",
                   f->kind->command != NULL ? f->kind->command : row_of(f)->command,
                   f->kind->goes_on ? "" : " --resume", f->o->dry_run ? " --dry-run" : "");
    invocation_text(resume, f->service.folder, command);
    if (named[0] == '\0' || shell_quote(named, argument, sizeof(argument)) == OK) {
        say(stderr, "%sTo go on:\n  %s%s%s\n",
            f->o->dry_run || f->kind->goes_on ? "" : "What was stored stays. ", command,
            named[0] == '\0' ? "" : " ", argument);
    }
}

static enum err pass_stop_on(struct follow *f)
{
    struct reply reply = {0};
    bar_end(&f->bar);
    (void)fputs("Stopping …\n", stderr);
    char path[CLIENT_PATH_SIZE];
    (void)snprintf(path, sizeof path, "/sync/jobs/%s/undo", f->job);
    enum err e =
        follow_ask(f, "DELETE", f->kind->stop != NULL ? f->kind->stop : path, NULL, &reply);
    reply_release(&reply); /* NOT_RUNNING: it ended by itself, which the next look tells */
    f->stop_sent = e == OK && reply.status != 429;
    return e;
}

/* Shows the job until it has ended; returns the exit status if that cannot be done. */
static int show(struct follow *f)
{
    for (;;) {
        if (f->stop_sent && interrupts_stop_urged()) {
            say_how_to_resume(f);
            return EXIT_STOPPED;
        }
        struct reply reply = {0};
        enum err e = interrupts_stop_asked() && !f->stop_sent ? pass_stop_on(f) : OK;
        if (e == OK) {
            e = f->kind->status_path != NULL
                    ? follow_ask(f, "GET", f->kind->status_path, NULL, &reply)
                    : get_job(f, &reply);
        }
        if (e != OK && service_is_gone(&f->service)) {
            bar_end(&f->bar);
            (void)fputs("playbus: Playbus was stopped meanwhile\n", stderr);
            say_how_to_resume(f);
            return EXIT_FAILED;
        }
        if (e != OK) {
            return say_error(e, NULL);
        }
        if (!reply_is_good(&reply)) {
            int status = reply_say_error(&reply);
            reply_release(&reply);
            return status;
        }
        const json_t *stats = f->kind->status_path != NULL ? json_object_get(reply.body, "stats")
                                                           : job_progress(job_record(reply.body));
        bool ours = strcmp(member_text(stats, "job_id"), f->job) == 0;
        if (ours && !f->stop_sent) { /* how far it came stands above "Stopping" already */
            bar_show(&f->bar, stats);
        }
        /* Another one runs: ours has ended. */
        bool ended = !ours || strcmp(member_text(stats, "status"), "running") != 0;
        reply_release(&reply);
        if (ended) {
            bar_end(&f->bar);
            return EXIT_COMPLETED;
        }
        (void)pause_ms(bar_interval_ms(&f->bar));
    }
}

/* ---- ending ---- */

static bool is_same_file(int one, int other)
{
    struct stat a;
    struct stat b;
    return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

static int outcome(const struct follow *f, const json_t *progress)
{
    const char *status = member_text(progress, "status");
    if (strcmp(status, "completed") == 0) {
        return EXIT_COMPLETED;
    }
    if (strcmp(status, "cancelled") == 0) {
        say_how_to_resume(f);
        return EXIT_STOPPED;
    }
    /* Where both are one file or terminal the receipt has just said it. */
    if (f->o->json || !is_same_file(STDOUT_FILENO, STDERR_FILENO)) {
        say(stderr, "playbus: %s\n", job_error(progress));
        say_remedy(stderr, 2, job_remedy(progress));
    }
    return EXIT_FAILED;
}

static int finish(struct follow *f)
{
    struct reply reply = {0};
    enum err e = get_job(f, &reply);
    if (e != OK) {
        return say_error(e, NULL);
    }
    if (!reply_is_good(&reply)) {
        int status = reply_say_error(&reply);
        reply_release(&reply);
        return status;
    }
    receipt_show(reply.body, f->o->json);
    (void)fflush(stdout);
    int status = outcome(f, job_progress(job_record(reply.body)));
    reply_release(&reply);
    return status;
}

static int run(struct follow *f)
{
    for (;;) {
        int status = start(f);
        if (status != EXIT_COMPLETED) {
            return status;
        }
        if (f->adopted) {
            const char *noun = row_of(f)->noun;
            say(stderr, "Going on with %s %s that was interrupted …\n", article(noun), noun);
        }
        tell_subject(f, false);
        status = show(f);
        if (status != EXIT_COMPLETED) {
            return status;
        }
        if (!f->adopted || f->stop_sent || is_what_was_asked(f)) {
            return finish(f);
        }
    }
}

int follow_run(struct follow *f, const char *allowed)
{
    enum err e = data_folder_enter(f->o->data, true, f->service.folder);
    if (e == OK) {
        e = service_find_or_start(&f->service, allowed);
    }
    if (e == OK) {
        return run(f);
    }
    if (interrupts_stop_asked()) {
        return say_not_begun(f);
    }
    if (f->service.folder[0] == '\0' || e == ERR_DATA_FOLDER_UNSAFE) {
        return data_folder_say_error(e, f->o->data);
    }
    return service_say_error(&f->service, e, SERVICE_LOG);
}

int follow_discard(const struct options *o, const char *path)
{
    return follow_stop(o, path, "Nothing can be resumed any more. What was stored stays.\n");
}

int follow_stop(const struct options *o, const char *path, const char *said)
{
    struct service s = SERVICE_NONE;
    int status = asking_open_history(o, &s);
    if (status == EXIT_COMPLETED) {
        OWNED(json_release) json_t *done = asking_call(&s, "DELETE", path, NULL, &status);
        if (done != NULL) {
            (void)fputs(said, stderr);
        }
    }
    service_close(&s);
    return status;
}
