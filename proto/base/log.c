/* SPDX-License-Identifier: MIT
 * log.c - writes one line with one write(2), so lines of several processes and threads never mix.
 * Control characters become question marks: text from outside cannot forge a second line. */
#include "proto/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/clock.h"

#define LINE_SIZE 4096 /* longer lines are cut */

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static char actor_name[64] = "playbus";
static enum log_level least_level = LEVEL_INFO;

enum err log_level_from_text(const char *text, enum log_level *out)
{
    for (size_t i = 0; i < COUNT_OF(level_names); i++) {
        if (strcmp(text, level_names[i]) == 0) {
            *out = (enum log_level)i;
            return OK;
        }
    }
    return ERR_BAD_SETTING;
}

void log_open(const char *actor, enum log_level least)
{
    snprintf(actor_name, sizeof(actor_name), "%s", actor);
    least_level = least;
}

void log_line(enum log_level level, const char *format, ...)
{
    if (level < least_level) {
        return;
    }
    char line[LINE_SIZE];
    char now[CLOCK_TEXT_SIZE];
    clock_to_text(clock_wall_ms(), now);
    size_t used =
        (size_t)snprintf(line, sizeof(line), "%s %s %s: ", now, level_names[level], actor_name);
    va_list arguments;
    va_start(arguments, format);
    int wanted = vsnprintf(line + used, sizeof(line) - used - 1, format, arguments);
    va_end(arguments);
    size_t room = sizeof(line) - used - 2;
    used += wanted < 0 ? 0 : (size_t)wanted < room ? (size_t)wanted : room;
    for (size_t i = 0; i < used; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f) {
            line[i] = '?'; /* no line, and no terminal, is a stranger's to shape */
        }
    }
    line[used++] = '\n';
    /* A log that cannot be written has nowhere to say so. */
    ssize_t written = write(STDERR_FILENO, line, used);
    (void)written;
}
