/* SPDX-License-Identifier: MIT
 * bar.c - draws a job's progress; every figure in it is the gateway's. */
#include "actors/cli/bar.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actors/cli/table.h"
#include "proto/base/clock.h"
#include "proto/base/own.h"

#define LINE_SIZE 512
#define LINE_EVERY_MS 3000
#define CELLS_MAX 30
#define CELLS_MIN 10 /* of a bar that can be read */

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

static int columns(void)
{
    int width = terminal_width(stderr);
    return width == 0 ? 80 : width;
}

/* What a job says of itself in words, before and beside the figures. */
static const char *phase_text(const json_t *stats)
{
    static const char *const words[][2] = {{"opening", "opening the file"},
                                           {"planning", "counting rows"},
                                           {"waiting", "waiting"},
                                           {"finishing", "finishing"}};
    const char *phase = member_text(stats, "phase");
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (strcmp(phase, words[i][0]) == 0) {
            return words[i][1];
        }
    }
    return json_is_true(json_object_get(stats, "dry_run")) ? "dry run" : "importing";
}

/* `brief`: what a narrow terminal has room for, beside a bar. */
static void figures(const json_t *stats, bool brief, char out[static LINE_SIZE])
{
    char done[NUMBER_SIZE];
    char total[NUMBER_SIZE];
    char rate[NUMBER_SIZE];
    char imported[NUMBER_SIZE];
    char skipped[NUMBER_SIZE];
    char errors[NUMBER_SIZE];
    char left[DURATION_SIZE] = "…";
    out[0] = '\0';
    if (member_number(stats, "total_records") == 0) {
        return; /* not counted yet, or nothing to count */
    }
    if (member_real(stats, "records_per_second") > 0) {
        (void)duration_text(member_real(stats, "estimated_remaining_seconds"), left);
    }
    int used = snprintf(out, LINE_SIZE, "%5.1f%%  %s/%s  %s rows/s  ETA %s  ",
                        member_real(stats, "progress_percent"),
                        number_text(member_number(stats, "processed_records"), done),
                        number_text(member_number(stats, "total_records"), total),
                        number_text(member_number(stats, "records_per_second"), rate), left);
    if (!brief) {
        used += snprintf(out + used, LINE_SIZE - (size_t)used, "imported %s  skipped %s  ",
                         number_text(member_number(stats, "imported_records"), imported),
                         number_text(member_number(stats, "skipped_records"), skipped));
    }
    (void)snprintf(out + used, LINE_SIZE - (size_t)used, "errors %s",
                   number_text(member_number(stats, "error_count"), errors));
}

/* The bar gets what phase and figures leave of the line, so that nothing wraps. */
static void draw(struct bar *bar, const json_t *stats)
{
    char text[LINE_SIZE];
    const char *phase = phase_text(stats);
    int room = columns() - 1 - text_cells(phase) - 3; /* a space and two brackets */
    figures(stats, false, text);
    if (text_cells(text) > room - CELLS_MIN) {
        figures(stats, true, text);
    }
    int cells = room - text_cells(text);
    cells = cells > CELLS_MAX ? CELLS_MAX : cells;
    (void)fprintf(stderr, "\r%s ", phase);
    if (cells >= 5) {
        int full = (int)(member_real(stats, "progress_percent") / 100.0 * cells);
        (void)fputc('[', stderr);
        for (int i = 0; i < cells; i++) {
            (void)fputc(i < full ? '#' : '.', stderr);
        }
        (void)fputc(']', stderr);
    }
    cell_text(stderr, text, cells >= 5 || room <= 0 ? 0 : room + 2);
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
        figures(stats, false, text);
        (void)fprintf(stderr, "%s%s%s\n", phase_text(stats), text[0] == '\0' ? "" : ": ", text);
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
