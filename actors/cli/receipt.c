/* SPDX-License-Identifier: MIT
 * receipt.c - prints the receipt: totals first, then the reasons, then the longest lists in short.
 */
#include "actors/cli/receipt.h"

#include <stdbool.h>
#include <string.h>

#include "actors/cli/table.h"
#include "proto/base/error.h"
#include "proto/base/own.h"

#define LINES_SHOWN 12 /* of a list; --json has all */

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

const char *job_id_of(const json_t *job)
{
    const char *id = member_text(job, "job_id");
    return id[0] != '\0' ? id : member_text(job_progress(job), "job_id");
}

static const char *headline(const json_t *progress)
{
    const char *status = member_text(progress, "status");
    bool dry = json_is_true(json_object_get(progress, "dry_run"));
    if (strcmp(status, "completed") == 0) {
        return dry ? "Dry run completed: this is what an import would do"
                   : "Import completed: every row is accounted for";
    }
    if (strcmp(status, "cancelled") == 0) {
        return dry ? "Dry run stopped" : "Import stopped: what was stored stays";
    }
    return dry ? "Dry run failed" : "Import failed: what was stored stays";
}

static void total(FILE *out, const char *name, int64_t n, const char *note)
{
    (void)fprintf(out, "  %-14s", name);
    cell_number(out, n, 13);
    (void)fprintf(out, "%s%s\n", note[0] == '\0' ? "" : "   ", note);
}

static void totals(FILE *out, const json_t *progress)
{
    char took[DURATION_SIZE];
    char note[96] = "";
    int64_t updated = member_number(progress, "updated_records");
    int64_t vanished = member_number(progress, "vanished_records");
    if (updated > 0) {
        (void)snprintf(note, sizeof(note), "%lld of them completed a stored play",
                       (long long)updated);
    }
    total(out, "source rows", member_number(progress, "total_records"), "");
    total(out, "imported", member_number(progress, "imported_records"), "");
    total(out, "duplicates", member_number(progress, "duplicate_records"), note);
    if (member_number(progress, "merged_records") > 0) {
        total(out, "merged", member_number(progress, "merged_records"), "");
    }
    total(out, "rejected", member_number(progress, "error_count"), "");
    if (vanished > 0) {
        total(out, "vanished", vanished, "deleted from the source while it was read");
    }
    (void)fprintf(out, "  %-14s%13s\n", "time",
                  duration_text(member_real(progress, "elapsed_seconds"), took));
}

/* Reasons that the totals already tell. */
static bool is_told(const char *reason)
{
    static const char *const told[] = {"new", "duplicate", "updated", "merged", "vanished"};
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        if (strcmp(reason, told[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* What a code stands for: of rejected rows a row of errors.def, else one of repairs.def. */
static const char *words_of(const char *code)
{
    static const char *const repairs[][2] = {
#define REPAIR(code, sentence) {#code, sentence},
#include "proto/schema/repairs.def"
#undef REPAIR
    };
    for (size_t i = 0; i < COUNT_OF(repairs); i++) {
        if (strcmp(code, repairs[i][0]) == 0) {
            return repairs[i][1];
        }
    }
    enum err e = err_from_code(code);
    return e != ERR_SYSTEM ? err_sentence(e) : "";
}

static void reasons(FILE *out, const char *title, const json_t *list)
{
    bool titled = false;
    size_t i = 0;
    const json_t *line = NULL;
    json_array_foreach(list, i, line)
    {
        const char *key = member_text(line, "key");
        if (is_told(key)) {
            continue;
        }
        if (!titled) {
            (void)fprintf(out, "\n%s\n", title);
            titled = true;
        }
        (void)fputs("  ", out);
        cell_text(out, key, 24);
        cell_number(out, member_number(line, "n"), 10);
        (void)fprintf(out, "   %s\n", words_of(key));
    }
}

static void line_of(FILE *out, const char *name, const json_t *line)
{
    (void)fputs("  ", out);
    cell_text(out, name, 26);
    cell_number(out, member_number(line, "imported"), 12);
    cell_number(out, member_number(line, "duplicate") + member_number(line, "merged"), 12);
    cell_number(out, member_number(line, "error"), 12);
    (void)fputc('\n', out);
}

/* `newest`: of a list in order of time the end is what is worth showing. Rows that belong to none
 * of them come first there and are told last. */
static void lines(FILE *out, const char *title, const json_t *list, bool newest)
{
    const json_t *none = NULL;
    size_t begin = 0;
    size_t count = json_array_size(list);
    if (count == 0) {
        return;
    }
    if (newest && json_is_null(json_object_get(json_array_get(list, 0), "key"))) {
        none = json_array_get(list, begin++);
        count--;
    }
    size_t first = begin + (newest && count > LINES_SHOWN ? count - LINES_SHOWN : 0);
    (void)fprintf(out, "\n%-28s%12s%12s%12s\n", title, "imported", "duplicate", "rejected");
    for (size_t i = first; i < begin + count && i < first + LINES_SHOWN; i++) {
        const json_t *line = json_array_get(list, i);
        line_of(out, json_string_value(json_object_get(line, "key")), line);
    }
    if (count > LINES_SHOWN) {
        (void)fprintf(out, "  … and %zu %s; --json has all\n", count - LINES_SHOWN,
                      newest ? "earlier" : "more");
    }
    if (none != NULL) {
        line_of(out, "(no time)", none);
    }
}

void receipt_print(FILE *out, const json_t *answer)
{
    const json_t *job = job_record(answer);
    const json_t *progress = job_progress(job);
    const json_t *receipt = json_object_get(answer, "receipt");
    (void)fprintf(out, "%s\n  job %s\n", headline(progress), job_id_of(job));
    totals(out, progress);
    reasons(out, "Rejected rows, by reason", json_object_get(receipt, "by_reason"));
    reasons(out, "Stored with a repair", json_object_get(receipt, "repairs"));
    lines(out, "By library", json_object_get(receipt, "by_library"), false);
    lines(out, "By user", json_object_get(receipt, "by_user"), false);
    lines(out, "By month", json_object_get(receipt, "by_month"), true);
    if (member_number(progress, "error_count") > 0) {
        (void)fprintf(out, "\nThe rejected rows: playbus errors %s\n", job_id_of(job));
    }
}
