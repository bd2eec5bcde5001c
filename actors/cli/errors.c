/* SPDX-License-Identifier: MIT
 * errors.c - `playbus errors JOB`: the rows a job rejected, or those it stored with a repair. */
#include <stdio.h>

#include "actors/cli/asking.h"
#include "actors/cli/cli.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"

#define CODE_CELLS 20 /* the longest but one; a longer one moves its sentence */

static void print_titles(void)
{
    (void)printf("%11s  %-*s %s\n", "row", CODE_CELLS, "code", "what is wrong");
}

static void print_rejected(const json_t *row)
{
    (void)printf("%11lld  ", (long long)member_number(row, "record_id"));
    cell_column(stdout, member_text(row, "code"), CODE_CELLS);
    cell_sentence(stdout, member_text(row, "message"), 13 + CODE_CELLS + 1);
    (void)fputc('\n', stdout);
}

int command_errors(const struct options *o)
{
    char path[CLIENT_PATH_SIZE] = "/import/errors";
    struct service s = SERVICE_NONE;
    const struct list_form form = {o->json, print_titles, print_rejected};
    long printed = 0;
    bool empty = false;
    int status = asking_open_history(o, &s);
    path_add(path, "job", o->argument);
    path_add(path, "repairs", o->repairs ? "1" : NULL);
    if (status == EXIT_COMPLETED) {
        status = o->csv ? asking_file(&s, path, "text/csv", &empty)
                        : asking_rows(&s, path, &form, 0, &printed);
        empty = o->csv ? empty : printed == 0;
    }
    if (status == EXIT_COMPLETED && empty) {
        say(stderr, "Job %s %s.\n", o->argument,
            o->repairs ? "stored no row with a repair" : "rejected no row");
    }
    service_close(&s);
    return status;
}
