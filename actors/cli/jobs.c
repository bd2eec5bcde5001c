/* SPDX-License-Identifier: MIT
 * jobs.c - a job as the terminal shows it. Where a terminal has no room for a job in one line, what
 * it worked on stands below its figures. */
#include "actors/cli/jobs.h"

#include <stdio.h>
#include <string.h>

#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "actors/cli/times.h"
#include "actors/shared/database_path.h"

#define ID_CELLS 8
#define ID_WHOLE_CELLS 32 /* where nothing is cut */
#define TIME_CELLS 16     /* 2024-01-31 12:34 */
#define STATUS_CELLS 9
#define SUBJECT_MIN 30 /* cells that a path can be known by */

const json_t *job_record(const json_t *answer)
{
    const json_t *job = json_object_get(answer, "job");
    return json_is_object(job) ? job : answer;
}

const json_t *job_progress(const json_t *job)
{
    const json_t *progress = json_object_get(job, "progress");
    return json_is_object(progress) ? progress : job;
}

const char *job_error(const json_t *progress)
{
    const char *text = member_text(progress, "error");
    return text[0] != '\0' ? text
                           : err_sentence(err_from_code(member_text(progress, "error_code")));
}

const char *job_remedy(const json_t *progress)
{
    const char *remedy = member_text(progress, "remedy");
    return remedy[0] != '\0' ? remedy
                             : err_remedy(err_from_code(member_text(progress, "error_code")));
}

const struct operation_desc *job_operation(const json_t *progress)
{
    static const struct operation_desc unknown = {
        .noun = "job", .doing = "at work", .works_on = "source"};
    int operation = schema_enum_value(&enum_operation, member_text(progress, "operation"));
    return operation < 0 ? &unknown : &operations[operation];
}

const char *job_subject(const json_t *job)
{
    const char *path = json_string_value(json_object_get(job, "db_path"));
    return path != NULL ? path : json_string_value(json_object_get(job, "title"));
}

const char *article(const char *noun)
{
    return strchr("aeiou", noun[0]) != NULL ? "an" : "a";
}

const char *job_id_of(const json_t *job)
{
    const char *id = member_text(job, "job_id");
    return id[0] != '\0' ? id : member_text(job_progress(job), "job_id");
}

const char *job_id_shown(FILE *out, const json_t *job)
{
    const char *id = member_text(job, "short_id");
    return id[0] == '\0' || terminal_width(out) == 0 ? job_id_of(job) : id;
}

void job_print_subject(FILE *out, const json_t *job, int used)
{
    static const char dry_run[] = "dry run of ";
    const char *by = json_string_value(json_object_get(job, "asked_by"));
    const char *path = job_subject(job);
    int by_cells = by == NULL ? 0 : (int)strlen(", by ") + text_cells(by);
    if (json_is_true(json_object_get(job_progress(job), "dry_run"))) {
        (void)fputs(dry_run, out);
        used += (int)strlen(dry_run);
    }
    const char *uploaded = path == NULL ? NULL : upload_name(path);
    const char *note = uploaded == NULL ? "" : " (uploaded)";
    cell_path(out,
              uploaded != NULL ? uploaded
              : path == NULL   ? "-"
                               : path,
              used + by_cells + (int)strlen(note));
    (void)fputs(note, out);
    if (by != NULL) {
        (void)fputs(", by ", out);
        cell_text(out, by, 0);
    }
}

static int id_cells(void)
{
    return terminal_width(stdout) == 0 ? ID_WHOLE_CELLS : ID_CELLS;
}

/* The title, with a zone, may be wider than a time, or narrower. */
static int time_cells(void)
{
    char title[TIME_SIZE];
    int titled = text_cells(time_title("started", title));
    return titled > TIME_CELLS ? titled : TIME_CELLS;
}

/* The cells before the subject. */
static int figures_cells(void)
{
    return id_cells() + 1 + STATUS_CELLS + 1 + 6 + 11 + 11 + 11 + 2 + time_cells() + 2;
}

/* The word for a person; REST has others. */
static const char *status_word(const char *status)
{
    return strcmp(status, "cancelled") == 0 ? "stopped"
           : strcmp(status, "error") == 0   ? "failed"
                                            : status;
}

static bool is_wide(void)
{
    int width = terminal_width(stdout);
    return width == 0 || width >= figures_cells() + SUBJECT_MIN;
}

void jobs_print_titles(void)
{
    char title[TIME_SIZE];
    (void)printf("%-*s %-*s %6s%11s%11s%11s  ", id_cells(), "job", STATUS_CELLS, "status", "done",
                 "imported", "skipped", "rejected");
    cell_text(stdout, time_title("started", title), is_wide() ? time_cells() : 0);
    (void)fputs(is_wide() ? "  database\n" : "\n", stdout);
}

void jobs_print(const json_t *job)
{
    const json_t *progress = job_progress(job);
    char time[TIME_SIZE];
    cell_column(stdout, job_id_shown(stdout, job), id_cells());
    cell_column(stdout, status_word(member_text(progress, "status")), STATUS_CELLS);
    (void)printf("%5.1f%%", member_real(progress, "progress_percent"));
    cell_number(stdout, member_number(progress, "imported_records"), 11);
    cell_number(stdout, member_number(progress, "skipped_records"), 11);
    cell_number(stdout, member_number(progress, "error_count"), 11);
    (void)fputs("  ", stdout);
    (void)time_text(member_text(progress, "start_time"), time);
    if (is_wide()) {
        cell_text(stdout, time, time_cells());
        (void)fputs("  ", stdout);
        job_print_subject(stdout, job, figures_cells());
    } else {
        (void)printf("%s\n%*s", time, ID_CELLS + 1, "");
        job_print_subject(stdout, job, ID_CELLS + 1);
    }
    (void)fputc('\n', stdout);
}
