/* SPDX-License-Identifier: MIT
 * undo.c - `playbus undo JOB`: what it would do in figures, the question, and the undo itself. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actors/cli/asking.h"
#include "actors/cli/follow.h"
#include "actors/cli/interrupts.h"
#include "actors/cli/receipt.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "proto/wire/json.h"

static enum err start(struct follow *f, struct reply *out)
{
    char path[CLIENT_PATH_SIZE];
    (void)snprintf(path, sizeof path, "/sync/jobs/%s/undo", f->argument);
    f->repeated = false;
    json_t *body = json_object();
    enum err e = follow_ask(f, "POST", path, body, out);
    json_decref(body);
    return e;
}

static const struct follow_kind undo = {
    .operation = operation_undo,
    .start = start,
    .goes_on = true,
};

/* In the words of the receipt. */
static void print_figures(FILE *out, const json_t *figures)
{
    static const char *const names[] = {"removed", "kept", "restored", "split"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        receipt_own_line(out, names[i], member_number(figures, names[i]));
    }
}

/* Asks for the figures; NULL: said, and *out_status is the exit status. */
static json_t *figures_of(const struct options *o, struct service *s, int *out_status)
{
    char path[CLIENT_PATH_SIZE];
    (void)snprintf(path, sizeof path, "/sync/jobs/%s/undo", o->argument);
    *out_status = asking_open_history(o, s);
    json_t *figures = NULL;
    bool counting = *out_status == EXIT_COMPLETED;
    for (bool told = false; counting; told = true) {
        json_release(&figures);
        figures = asking_call(s, "GET", path, NULL, out_status);
        counting = json_is_true(json_object_get(figures, "counting"));
        if (counting && interrupts_stop_asked()) {
            json_release(&figures);
            *out_status = EXIT_STOPPED;
            counting = false;
        }
        if (counting && !told) {
            (void)fputs("Looking at every row that it saw …\n", stderr);
        }
    }
    return figures;
}

static bool says_yes(void)
{
    char line[16] = "";
    (void)fputs("Undo it? [y/N] ", stderr);
    (void)fflush(stderr);
    return fgets(line, sizeof line, stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}

/* Shows what would be done; EXIT_COMPLETED with *out_go_on if it is to be done. */
static int ask_first(const struct options *o, char out_job[static FOLLOW_JOB_SIZE], bool *out_go_on)
{
    struct service s = SERVICE_NONE;
    int status = EXIT_COMPLETED;
    OWNED(json_release) json_t *figures = figures_of(o, &s, &status);
    FILE *out = o->dry_run ? stdout : stderr;
    *out_go_on = false;
    if (figures != NULL && o->dry_run && o->json) {
        say_json(stdout, figures, JSON_INDENT(2));
    } else if (figures != NULL) {
        (void)snprintf(out_job, FOLLOW_JOB_SIZE, "%s", member_text(figures, "job_id"));
        say(out, "Undoing job %.8s %s\n", out_job, o->dry_run ? "would leave" : "leaves");
        print_figures(out, figures);
        *out_go_on = !o->dry_run;
    }
    service_close(&s);
    return status;
}

/* Of this job; without one, of whatever is being undone. */
static int stop(const struct options *o)
{
    char path[CLIENT_PATH_SIZE];
    char newest[FOLLOW_JOB_SIZE] = "";
    struct service s = SERVICE_NONE;
    int status = o->argument != NULL ? EXIT_COMPLETED : asking_open_history(o, &s);
    if (o->argument == NULL && status == EXIT_COMPLETED) {
        OWNED(json_release)
        json_t *jobs = asking_call(&s, "GET", "/sync/jobs?operation=undo&limit=1", NULL, &status);
        const json_t *first = json_array_get(json_object_get(jobs, "items"), 0);
        (void)snprintf(newest, sizeof newest, "%s", member_text(first, "job_id"));
        if (jobs != NULL && newest[0] == '\0') {
            (void)fputs("playbus: no job is being undone\n", stderr);
            status = EXIT_CONFLICT;
        }
    }
    service_close(&s);
    (void)snprintf(path, sizeof path, "/sync/jobs/%s/undo",
                   o->argument != NULL ? o->argument : newest);
    return status == EXIT_COMPLETED
               ? follow_stop(o, path, "Stopped. Undoing the same job goes on with it.\n")
               : status;
}

/* The job as it was named: nobody waits for its figures. */
static int take_named(const struct options *o, char out_job[static FOLLOW_JOB_SIZE],
                      bool *out_go_on)
{
    struct service s = SERVICE_NONE;
    int status = asking_open_history(o, &s);
    service_close(&s);
    (void)snprintf(out_job, FOLLOW_JOB_SIZE, "%s", o->argument);
    *out_go_on = status == EXIT_COMPLETED;
    return status;
}

int command_undo(const struct options *o)
{
    char job[FOLLOW_JOB_SIZE] = "";
    bool go_on = false;
    if (o->stop) {
        return stop(o);
    }
    bool asks = !o->yes || o->dry_run;
    int status = asks ? ask_first(o, job, &go_on) : take_named(o, job, &go_on);
    if (!go_on) {
        return status;
    }
    if (!o->yes && isatty(STDIN_FILENO) != 1) {
        (void)fputs("playbus: nobody is there to be asked\n  Add --yes to undo it.\n", stderr);
        return EXIT_USAGE;
    }
    if (!o->yes && !says_yes()) {
        (void)fputs("Nothing was changed.\n", stderr);
        return EXIT_STOPPED;
    }
    struct follow f;
    follow_init(&f, &undo, o);
    f.argument = must_strdup(job);
    status = follow_run(&f, NULL);
    follow_release(&f);
    return status;
}
