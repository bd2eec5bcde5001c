/* SPDX-License-Identifier: MIT
 * jobs_command.c - `playbus jobs`: all of them, or one with its receipt. */
#include <stdio.h>

#include "actors/cli/asking.h"
#include "actors/cli/cli.h"
#include "actors/cli/invocation.h"
#include "actors/cli/jobs.h"
#include "actors/cli/receipt.h"
#include "actors/cli/say.h"
#include "proto/wire/json.h"

static int show_job(struct service *s, const struct options *o)
{
    char path[CLIENT_PATH_SIZE];
    int status = EXIT_COMPLETED;
    (void)snprintf(path, sizeof path, "/sync/jobs/%.64s", o->argument);
    OWNED(json_release) json_t *job = asking_call(s, "GET", path, NULL, &status);
    if (job != NULL) {
        receipt_show(job, o->json);
    }
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
