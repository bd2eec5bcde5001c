/* SPDX-License-Identifier: MIT
 * errors.c - `playbus errors JOB`: the rows a job rejected, or those it stored with a repair. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/cli/asking.h"
#include "actors/cli/cli.h"
#include "actors/cli/jobs.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "proto/wire/json.h"

#define CODE_CELLS 20 /* STARTED_OUT_OF_RANGE */
#define VALUE_CELLS 40
#define VALUE_SIZE 512 /* a column's name and so many characters with their accents */

static void print_titles(void)
{
    (void)printf("%11s  %-*s %s\n", "row", CODE_CELLS, "code", "what is wrong");
}

/* Of a repaired row only the column at fault is kept; of a rejected one all are, and the code names
 * the one: STARTED_INVALID. NULL if it is none. */
static const char *column_at_fault(const char *code, const json_t *raw)
{
    static const char *const columns[][2] = {{"STARTED_", "session_history.started"},
                                             {"USER_", "session_history.user"}};
    const json_t *only = json_object_size(raw) == 1 ? raw : NULL;
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        if (strncmp(code, columns[i][0], strlen(columns[i][0])) == 0) {
            return columns[i][1];
        }
    }
    return only == NULL ? NULL : json_object_iter_key(json_object_iter((json_t *)only));
}

/* "a sentence: column = value", the value no longer than can be read; "" if there is none. */
static void value_of(const json_t *row, char out[static VALUE_SIZE])
{
    const json_t *raw = json_object_get(row, "raw");
    const char *column = column_at_fault(member_text(row, "code"), raw);
    const json_t *cell = column == NULL ? NULL : json_object_get(raw, column);
    const char *text = json_string_value(json_object_get(cell, "text"));
    const char *bytes = json_string_value(json_object_get(cell, "base64"));
    bool quoted = strcmp(member_text(cell, "type"), "text") == 0;
    char *at = NULL;
    size_t size = 0;
    out[0] = '\0';
    if (column == NULL || (text == NULL && bytes == NULL)) {
        return;
    }
    const char *dot = strchr(column, '.');
    const char *quote = text == NULL ? "" : quoted ? "'" : "";
    FILE *value = open_memstream(&at, &size);
    if (value == NULL) {
        abort();
    }
    (void)fprintf(value, ": %s = %s%s", dot != NULL ? dot + 1 : column, quote,
                  text == NULL ? "base64 " : "");
    const char *shown = text == NULL ? bytes : text;
    cell_text(value, shown, text_cells(shown) > VALUE_CELLS ? VALUE_CELLS : 0);
    (void)fputs(quote, value);
    (void)fclose(value);
    (void)snprintf(out, VALUE_SIZE, "%s", at);
    free(at);
}

static void print_rejected(const json_t *row)
{
    char value[VALUE_SIZE];
    OWNED(free_text) char *sentence = NULL;
    value_of(row, value);
    const json_t *record = json_object_get(row, "record_id");
    if (json_is_string(record)) {
        cell_column(stdout, json_string_value(record), 11);
    } else {
        (void)printf("%11lld  ", (long long)json_integer_value(record));
    }
    cell_column(stdout, member_text(row, "code"), CODE_CELLS);
    bool made = asprintf(&sentence, "%s%s", member_text(row, "message"), value) >= 0;
    cell_sentence(stdout, made ? sentence : "-", 13 + CODE_CELLS + 1);
    (void)fputc('\n', stdout);
}

static int64_t count_of(const json_t *job, bool repairs)
{
    int64_t sum = 0;
    size_t i = 0;
    const json_t *line = NULL;
    if (!repairs) {
        return member_number(job_progress(job_record(job)), "error_count");
    }
    json_array_foreach(json_object_get(json_object_get(job, "receipt"), "repairs"), i, line)
    {
        sum += member_number(line, "n");
    }
    return sum;
}

/* That none is listed, or fewer than were rejected, may have a reason. */
static int say_what_is_missing(struct service *s, const struct options *o, int64_t printed)
{
    char path[CLIENT_PATH_SIZE];
    char number[NUMBER_SIZE];
    int status = EXIT_COMPLETED;
    (void)snprintf(path, sizeof path, "/sync/jobs/%.64s", o->argument);
    OWNED(json_release) json_t *job = asking_call(s, "GET", path, NULL, &status);
    int64_t counted = job == NULL ? 0 : count_of(job, o->repairs);
    if (job != NULL && counted > printed) {
        say(stderr,
            "Job %s %s %s rows. Those that are not listed are counted only: of so many the "
            "setting history.notes_max keeps no more.\n",
            o->argument, o->repairs ? "repaired" : "rejected", number_text(counted, number));
    } else if (job != NULL && printed == 0) {
        say(stderr, "Job %s %s.\n", o->argument,
            o->repairs ? "stored no row with a repair" : "rejected no row");
    }
    return status;
}

int command_errors(const struct options *o)
{
    char path[CLIENT_PATH_SIZE] = "/import/errors";
    struct service s = SERVICE_NONE;
    const struct list_form form = {o->json, print_titles, print_rejected};
    long printed = 0;
    bool empty = true;
    int status = asking_open_history(o, &s);
    path_add(path, "job", o->argument);
    path_add(path, "repairs", o->repairs ? "1" : NULL);
    if (status == EXIT_COMPLETED) {
        status = o->csv ? asking_file(&s, path, "text/csv", &empty)
                        : asking_rows(&s, path, &form, o->limit, &printed);
    }
    if (status == EXIT_COMPLETED && empty && (o->limit == 0 || printed < o->limit)) {
        status = say_what_is_missing(&s, o, printed);
    }
    service_close(&s);
    return status;
}
