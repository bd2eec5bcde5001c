/* SPDX-License-Identifier: MIT
 * bar.c - draws a job's progress; every figure in it is the gateway's. */
#include "actors/cli/bar.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actors/cli/jobs.h"
#include "actors/cli/table.h"
#include "proto/base/clock.h"
#include "proto/base/own.h"

#define LINE_SIZE 512
#define PHASE_SIZE 64
#define LINE_EVERY_MS 3000
#define CELLS_MAX 30
#define CELLS_WIDE 10 /* of a bar beside all figures */
#define CELLS_MIN 5
#define REJECTED_CELLS 6 /* 99,999: more is rare, and takes it from the bar */
#define KEY_CELLS 2      /* ^C */

void bar_init(struct bar *bar)
{
    bar->terminal = isatty(STDERR_FILENO) == 1;
    bar->drawn = false;
    bar->next_ms = 0;
    bar->message[0] = '\0';
}

long bar_interval_ms(const struct bar *bar)
{
    return bar->terminal ? 200 : 250;
}

/* What a job says of itself in words, before and beside the figures. */
static void phase_text(const json_t *stats, char out[static PHASE_SIZE])
{
    static const char *const words[][2] = {
        {"planning", "counting rows"}, {"waiting", "waiting"}, {"finishing", "finishing"}};
    const struct operation_desc *operation = job_operation(stats);
    const char *phase = member_text(stats, "phase");
    if (strcmp(phase, "opening") == 0) {
        (void)snprintf(out, PHASE_SIZE, "opening the %s", operation->works_on);
        return;
    }
    bool dry = json_is_true(json_object_get(stats, "dry_run"));
    (void)snprintf(out, PHASE_SIZE, "%s", dry ? "dry run" : operation->doing);
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (strcmp(phase, words[i][0]) == 0) {
            (void)snprintf(out, PHASE_SIZE, "%s", words[i][1]);
        }
    }
}

/* `brief`: what a narrow terminal has room for, beside a bar. Returns the cells that it may come to
 * need while the numbers grow, so that what stands beside it can stay where it is. */
static int figures(const json_t *stats, bool brief, char out[static LINE_SIZE])
{
    char done[NUMBER_SIZE];
    char total[NUMBER_SIZE];
    char rate[NUMBER_SIZE];
    char imported[NUMBER_SIZE];
    char skipped[NUMBER_SIZE];
    char errors[NUMBER_SIZE];
    char left[DURATION_SIZE] = "    …"; /* five cells */
    out[0] = '\0';
    (void)number_text(member_number(stats, "processed_records"), done);
    (void)number_text(member_number(stats, "records_per_second"), rate);
    if (member_number(stats, "total_records") == 0) { /* not counted, or nothing to count */
        if (member_number(stats, "processed_records") == 0) {
            return 0;
        }
        (void)snprintf(out, LINE_SIZE, "%s rows so far  %7s rows/s", done, rate);
        return text_cells(out) + NUMBER_SIZE - (int)strlen(done);
    }
    if (member_real(stats, "records_per_second") > 0) {
        (void)duration_text(member_real(stats, "estimated_remaining_seconds"), left);
    }
    double percent = member_real(stats, "progress_percent");
    (void)number_text(member_number(stats, "total_records"), total);
    (void)number_text(member_number(stats, "error_count"), errors);
    int width = (int)strlen(total);
    if (brief) {
        (void)snprintf(out, LINE_SIZE, "%5.1f%% of %s  %7s/s  ETA %5s  rejected %s", percent, total,
                       rate, left, errors);
        return text_cells(out) + REJECTED_CELLS - (int)strlen(errors);
    }
    if (operation_is_own(job_operation(stats))) {
        (void)snprintf(out, LINE_SIZE, "%5.1f%%  %*s/%s  %7s rows/s  ETA %5s", percent, width, done,
                       total, rate, left);
        return text_cells(out) + width - (int)strlen(done);
    }
    (void)number_text(member_number(stats, "imported_records"), imported);
    (void)number_text(member_number(stats, "skipped_records"), skipped);
    (void)snprintf(out, LINE_SIZE,
                   "%5.1f%%  %*s/%s  %7s rows/s  ETA %5s  imported %s  skipped %s  rejected %s",
                   percent, width, done, total, rate, left, imported, skipped, errors);
    /* Each row is one of the three, so that only one of them grows to its full width. */
    return text_cells(out) + 2 * width - (int)(strlen(imported) + strlen(skipped)) +
           REJECTED_CELLS - (int)strlen(errors);
}

/* The bar gets what phase and figures leave of the line, so that nothing wraps; nor does the ^C
 * that a terminal shows behind them. */
static void draw(struct bar *bar, const json_t *stats)
{
    char text[LINE_SIZE];
    char phase[PHASE_SIZE];
    phase_text(stats, phase);
    int width = terminal_width(stderr);
    int room = (width == 0 ? 80 : width) - 1 - KEY_CELLS - text_cells(phase) -
               4; /* two spaces, two brackets */
    int wanted = figures(stats, false, text);
    if (wanted > room - CELLS_WIDE) {
        wanted = figures(stats, true, text);
    }
    int cells = room - wanted;
    cells = cells > CELLS_MAX ? CELLS_MAX : cells;
    (void)fprintf(stderr, "\r%s ", phase);
    if (cells >= CELLS_MIN) {
        int full = (int)(member_real(stats, "progress_percent") / 100.0 * cells);
        (void)fputc('[', stderr);
        for (int i = 0; i < cells; i++) {
            (void)fputc(i < full ? '#' : '.', stderr);
        }
        (void)fputs("] ", stderr);
    }
    cell_text(stderr, text, cells >= CELLS_MIN || room <= 0 ? 0 : room + 3);
    (void)fputs("\033[K", stderr);
    (void)fflush(stderr);
    bar->drawn = true;
}

/* It may be longer than a line, so it stands above what is redrawn. */
static void show_message(struct bar *bar, const json_t *stats)
{
    const char *message = member_text(stats, "message");
    bool importing = strcmp(member_text(stats, "phase"), "importing") == 0;
    if (!importing || message[0] == '\0' || strcmp(message, bar->message) == 0) {
        return;
    }
    (void)snprintf(bar->message, sizeof(bar->message), "%s", message);
    if (bar->drawn) {
        (void)fputs("\r\033[K", stderr);
    }
    cell_sentence(stderr, bar->message, 0);
    (void)fputc('\n', stderr);
}

void bar_show(struct bar *bar, const json_t *stats)
{
    const int64_t now = clock_monotonic_ms();
    show_message(bar, stats);
    if (bar->terminal) {
        draw(bar, stats);
    } else if (now >= bar->next_ms) {
        char text[LINE_SIZE];
        char phase[PHASE_SIZE];
        (void)figures(stats, false, text);
        phase_text(stats, phase);
        (void)fprintf(stderr, "%s%s%s\n", phase, text[0] == '\0' ? "" : ": ", text);
        bar->next_ms = now + LINE_EVERY_MS;
    }
}

void bar_end(struct bar *bar)
{
    if (bar->drawn) {
        (void)fputc('\n', stderr);
        bar->drawn = false;
    }
}
