/* SPDX-License-Identifier: MIT
 * jobs_command.c - `playbus jobs`: all of them, or one with its receipt. */
#include <stdio.h>

#include "actors/cli/asking.h"
#include "actors/cli/cli.h"
#include "actors/cli/invocation.h"
#include "actors/cli/jobs.h"
#include "actors/cli/receipt.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "proto/wire/json.h"

static int show_job(struct service *s, const struct options *o)
{
    char path[CLIENT_PATH_SIZE];
    char errors[80];
    char command[INVOCATION_SIZE];
    int status = EXIT_COMPLETED;
    (void)snprintf(path, sizeof path, "/sync/jobs/%.64s", o->argument);
    OWNED(json_release) json_t *job = asking_call(s, "GET", path, NULL, &status);
    if (job == NULL) {
        return status;
    }
    if (o->json) {
        say_json(stdout, job, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
        return status;
    }
    (void)snprintf(errors, sizeof errors, "errors %.64s", job_id_shown(stdout, job_record(job)));
    invocation_here(errors, command);
    receipt_print(stdout, job, command);
    return status;
}

int command_jobs(const struct options *o)
{
    struct service s = SERVICE_NONE;
    const struct list_form form = {o->json, jobs_print_titles, jobs_print};
    long printed = 0;
    int status = asking_open_history(o, &s);
    if (status == EXIT_COMPLETED && o->argument != NULL) {
        printed = 1;
        status = show_job(&s, o);
    } else if (status == EXIT_COMPLETED) {
        status = asking_rows(&s, "/sync/jobs", &form, o->limit, &printed);
    }
    if (status == EXIT_COMPLETED && printed == 0) {
        char import[INVOCATION_SIZE];
        invocation_here("import", import);
        say(stderr, "There are no jobs yet. Import a database with:\n  %s FILE\n", import);
    }
    service_close(&s);
    return status;
}
