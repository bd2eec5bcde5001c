/* SPDX-License-Identifier: MIT
 * receipt.c - prints the receipt: totals first, then the reasons, then the longest lists in short.
 */
#include "actors/cli/receipt.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "actors/cli/invocation.h"
#include "actors/cli/jobs.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "proto/base/error.h"
#include "proto/base/own.h"

#define LINES_SHOWN 12 /* of a list */
#define NOTES_AT 32    /* the column where notes on a total begin */
#define CHANGE_SIZE 96
#define NOTE_SIZE 96

static bool is_dry(const json_t *progress)
{
    return json_is_true(json_object_get(progress, "dry_run"));
}

/* Rows of which anything can be said: none of an empty database, nor before there was a plan. */
static bool has_rows(const json_t *progress)
{
    return member_number(progress, "total_records") > 0 ||
           member_number(progress, "vanished_records") > 0;
}

static bool is_own(const json_t *progress)
{
    return operation_is_own(job_operation(progress));
}

static void headline(FILE *out, const json_t *progress)
{
    const char *status = member_text(progress, "status");
    const char *noun = job_operation(progress)->noun;
    bool completed = strcmp(status, "completed") == 0;
    const char *ended = strcmp(status, "cancelled") == 0 ? "stopped" : "failed";
    if (!has_rows(progress) && completed) {
        (void)fprintf(out, "Completed: there was nothing to %s\n", noun);
    } else if (!has_rows(progress)) {
        (void)fprintf(out, "%c%s before anything was %s\n", toupper(ended[0]), ended + 1,
                      is_own(progress) ? "done" : "imported");
    } else if (is_dry(progress) && completed) {
        (void)fprintf(out, "Dry run completed: this is what %s %s would do\n", article(noun), noun);
    } else if (is_dry(progress)) {
        (void)fprintf(out, "Dry run %s\n", ended);
    } else {
        (void)fprintf(out, "%c%s %s\n", toupper(noun[0]), noun + 1,
                      completed                       ? "completed: every row is accounted for"
                      : is_own(progress)              ? "ended early; it can be gone on with"
                      : strcmp(ended, "stopped") == 0 ? "stopped: what was stored stays"
                                                      : "failed: what was stored stays");
    }
}

static void total(FILE *out, const char *name, int64_t n, const char *note)
{
    (void)fprintf(out, "  %-14s", name);
    cell_number(out, n, 13);
    (void)fprintf(out, "%s%s\n", note[0] == '\0' ? "" : "   ", note);
}

static int64_t rows_of(const json_t *reasons, const char *key)
{
    size_t i = 0;
    const json_t *line = NULL;
    json_array_foreach(reasons, i, line)
    {
        if (strcmp(member_text(line, "key"), key) == 0) {
            return member_number(line, "n");
        }
    }
    return 0;
}

/* "4 duplicates, 1 merged": why rows were skipped. */
static void kinds_of_skipped(const json_t *progress, char out[static NOTE_SIZE])
{
    char n[NUMBER_SIZE];
    int64_t duplicates = member_number(progress, "duplicate_records");
    int64_t merged = member_number(progress, "merged_records");
    size_t used = 0;
    out[0] = '\0';
    if (duplicates > 0) {
        used = (size_t)snprintf(out, NOTE_SIZE, "%s duplicate%s", number_text(duplicates, n),
                                duplicates == 1 ? "" : "s");
    }
    if (merged > 0) {
        (void)snprintf(out + used, NOTE_SIZE - used, "%s%s merged", used > 0 ? ", " : "",
                       number_text(merged, n));
    }
}

/* Those that completed a play, and those that say otherwise than one, are some of the duplicates.
 */
static void skipped(FILE *out, const json_t *progress, int64_t changed)
{
    char n[NUMBER_SIZE];
    char kinds[NOTE_SIZE];
    int64_t updated = member_number(progress, "updated_records");
    int64_t all =
        member_number(progress, "duplicate_records") + member_number(progress, "merged_records");
    kinds_of_skipped(progress, kinds);
    total(out, "skipped", all, kinds);
    if (updated > 0) {
        (void)fprintf(out, "%*s%s of them %s a stored play\n", NOTES_AT, "",
                      number_text(updated, n), is_dry(progress) ? "would complete" : "completed");
    }
    if (changed > 0) {
        (void)fprintf(out, "%*s%s of them %s otherwise now\n", NOTES_AT, "",
                      number_text(changed, n), changed == 1 ? "says" : "say");
    }
}

/* Where a resume would not come any further it is not offered. */
static void not_reached_note(const json_t *job, char out[static NOTE_SIZE])
{
    const char *command = job_operation(job_progress(job))->command;
    out[0] = '\0';
    if (strcmp(member_text(job_progress(job), "error_code"), "DATABASE_DAMAGED") == 0) {
        (void)snprintf(out, NOTE_SIZE, "from the damaged place on");
    } else if (json_is_true(json_object_get(job, "resumable")) && command != NULL) {
        bool dry = json_is_true(json_object_get(job, "dry_run"));
        (void)snprintf(out, NOTE_SIZE, "%s --resume%s goes on with them", command,
                       dry ? " --dry-run" : "");
    }
}

void receipt_own_line(FILE *out, const char *name, int64_t n)
{
    static const char *const notes[][2] = {
        {"removed", "rows that no other job saw"},
        {"kept", "rows that other jobs saw too"},
        {"restored", "rows that say again what the other jobs saw"},
        {"split", "plays that came apart"},
        {"erased_plays", "of the person"},
        {"erased_rows", "that told of them"},
        {"erased_rejected_rows", "rejected or repaired rows of the person"}};
    const char *note = "";
    for (size_t i = 0; i < COUNT_OF(notes); i++) {
        note = strcmp(name, notes[i][0]) == 0 ? notes[i][1] : note;
    }
    total(out, name, n, note);
}

/* What the history itself did: it imports nothing, so its reasons are its totals. */
static void own_totals(FILE *out, const json_t *job, const json_t *receipt)
{
    const json_t *progress = job_progress(job);
    char took[DURATION_SIZE];
    size_t i = 0;
    const json_t *line = NULL;
    total(out, "rows", member_number(progress, "total_records"), "");
    json_array_foreach(json_object_get(receipt, "by_reason"), i, line)
    {
        receipt_own_line(out, member_text(line, "key"), member_number(line, "n"));
    }
    if (member_number(receipt, "not_reached") > 0) {
        total(out, "not reached", member_number(receipt, "not_reached"), "");
    }
    (void)fprintf(out, "  %-14s%13s\n", "time",
                  duration_text(member_real(progress, "elapsed_seconds"), took));
}

static void totals(FILE *out, const json_t *job, const json_t *receipt)
{
    const json_t *progress = job_progress(job);
    char took[DURATION_SIZE];
    const json_t *reasons = json_object_get(receipt, "by_reason");
    int64_t not_reached = member_number(receipt, "not_reached");
    int64_t vanished = member_number(progress, "vanished_records");
    total(out, "source rows", member_number(progress, "total_records"), "");
    total(out, "imported", member_number(progress, "imported_records"), "");
    skipped(out, progress, rows_of(reasons, "changed"));
    total(out, "rejected", member_number(progress, "error_count"), "");
    if (not_reached > 0) {
        char note[NOTE_SIZE];
        not_reached_note(job, note);
        total(out, "not reached", not_reached, note);
    }
    if (vanished > 0) {
        total(out, "vanished", vanished, "deleted from the source while it was read");
    }
    (void)fprintf(out, "  %-14s%13s\n", "time",
                  duration_text(member_real(progress, "elapsed_seconds"), took));
}

/* Reasons that the totals already tell. */
static bool is_told(const char *reason)
{
    static const char *const told[] = {"new",     "duplicate", "updated",
                                       "changed", "merged",    "vanished"};
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
        (void)fputs("   ", out);
        cell_sentence(out, words_of(key), 39);
        (void)fputc('\n', out);
    }
}

/* What rows of a kind completed, or say otherwise: changes.def; a kind of a newer service by its
 * name. `out` is written only for the latter. */
static const char *change_words(const char *kind, bool completed, char out[static CHANGE_SIZE])
{
    static const char *const changes[][3] = {
#define CHANGE(kind, completed, otherwise) {#kind, completed, otherwise},
#include "proto/schema/changes.def"
#undef CHANGE
    };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        if (strcmp(kind, changes[i][0]) == 0) {
            return changes[i][completed ? 1 : 2];
        }
    }
    (void)snprintf(out, CHANGE_SIZE, completed ? "completed %s" : "have another %s now", kind);
    return out;
}

/* The words are of several rows in the past; of one, and of what would be, the verb is another. */
static void print_change(FILE *out, const char *words, bool one, bool completed, bool dry)
{
    int verb = (int)strcspn(words, " ");
    if (completed) {
        (void)fputs(dry ? "would complete" : "completed", out);
    } else if (one && strncmp(words, "are ", 4) == 0) {
        (void)fputs("is", out);
    } else if (one && strncmp(words, "have ", 5) == 0) {
        (void)fputs("has", out);
    } else {
        (void)fprintf(out, "%.*s%s", verb, words, one ? "s" : "");
    }
    cell_text(out, words + verb, 0);
    (void)fputc('\n', out);
}

static void changes(FILE *out, const char *title, const json_t *lines, bool completed, bool dry)
{
    size_t i = 0;
    const json_t *line = NULL;
    if (json_array_size(lines) > 0) {
        (void)fprintf(out, "\n%s\n", title);
    }
    json_array_foreach(lines, i, line)
    {
        char unknown[CHANGE_SIZE];
        bool one = member_number(line, "n") == 1;
        cell_number(out, member_number(line, "n"), 12);
        (void)fputs(one ? " row " : " rows ", out);
        print_change(out, change_words(member_text(line, "key"), completed, unknown), one,
                     completed, dry);
    }
}

/* Why it failed, and what to do: whoever reads no further has read what matters. */
static void failure(FILE *out, const json_t *progress)
{
    if (strcmp(member_text(progress, "status"), "error") == 0) {
        (void)fputs("  ", out);
        cell_sentence(out, job_error(progress), 2);
        (void)fputs(".\n", out);
        say_remedy(out, 2, job_remedy(progress));
    }
}

/* What the source was like: sentences, which may name files. */
static void warnings(FILE *out, const json_t *list)
{
    size_t i = 0;
    const json_t *warning = NULL;
    json_array_foreach(list, i, warning)
    {
        (void)fputs("  note: ", out);
        cell_sentence(out, json_string_value(warning), 8);
        (void)fputc('\n', out);
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

/* `newest`: a list in order of time is shown from its end. Rows that belong to no time come first
 * there and are told last. */
static void lines(FILE *out, const char *title, const json_t *list, bool newest)
{
    const json_t *none = NULL;
    size_t all = json_array_size(list);
    size_t count = all;
    if (all == 0) {
        return;
    }
    if (newest && json_is_null(json_object_get(json_array_get(list, 0), "key"))) {
        none = json_array_get(list, 0);
        count--;
    }
    (void)fprintf(out, "\n%-28s%12s%12s%12s\n", title, "imported", "skipped", "rejected");
    for (size_t i = 0; i < count && i < LINES_SHOWN; i++) {
        const json_t *line = json_array_get(list, newest ? all - 1 - i : i);
        line_of(out, json_string_value(json_object_get(line, "key")), line);
    }
    if (count > LINES_SHOWN) {
        (void)fprintf(out, "  … and %zu %s; panel and --json have all\n", count - LINES_SHOWN,
                      newest ? "earlier" : "more");
    }
    if (none != NULL) {
        line_of(out, "(no time)", none);
    }
}

void receipt_print(FILE *out, const json_t *answer, const char *errors_command)
{
    const json_t *job = job_record(answer);
    const json_t *progress = job_progress(job);
    const json_t *receipt = json_object_get(answer, "receipt");
    headline(out, progress);
    (void)fprintf(out, "  job %s\n", job_id_shown(out, job));
    failure(out, progress);
    warnings(out, json_object_get(receipt, "warnings"));
    if (!has_rows(progress)) {
        return;
    }
    if (is_own(progress)) {
        own_totals(out, job, receipt);
        return;
    }
    totals(out, job, receipt);
    bool dry = is_dry(progress);
    changes(out, dry ? "Would be completed" : "Completed", json_object_get(receipt, "completed"),
            true, dry);
    changes(out,
            dry ? "Said otherwise now; what is stored would stay"
                : "Said otherwise now; what is stored stays",
            json_object_get(receipt, "changed"), false, dry);
    reasons(out, "Rejected rows, by reason", json_object_get(receipt, "by_reason"));
    reasons(out, "Stored with a repair", json_object_get(receipt, "repairs"));
    lines(out, "By library", json_object_get(receipt, "by_library"), false);
    lines(out, "By user", json_object_get(receipt, "by_user"), false);
    lines(out, "By month", json_object_get(receipt, "by_month"), true);
    if (member_number(progress, "error_count") > 0) {
        (void)fprintf(out, "\nThe rejected rows:\n  %s\n", errors_command);
    }
}

void receipt_show(const json_t *answer, bool json)
{
    char errors[80];
    char command[INVOCATION_SIZE];
    if (json) {
        say_json(stdout, answer, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
        return;
    }
    (void)snprintf(errors, sizeof errors, "errors %.64s", job_id_shown(stdout, job_record(answer)));
    invocation_here(errors, command);
    receipt_print(stdout, answer, command);
}
