/* SPDX-License-Identifier: MIT
 * log.h - one event, one line on stderr: `time level actor: text key=value…`. The level is the
 * setting log.level. Never a token, cookie, key or whole row. */
#ifndef PLAYBUS_PROTO_BASE_LOG_H
#define PLAYBUS_PROTO_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

enum log_level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR };

/* debug, info, warn or error; BAD_SETTING else. */
enum err log_level_from_text(const char *text, enum log_level *out) NODISCARD;
void log_open(const char *actor, enum log_level least);
/* From here on, where stderr is a terminal: `actor: text` alone, for a person who has just typed.
 */
void log_for_people(void);
/* Does stderr go to systemd's journal, which takes a line's level from "<3>" in front? Known once
 * the log is open. */
bool log_is_for_journal(void);
void log_line(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

/* For lines that whoever sends messages can cause: some a minute at their level, the others at
 * debug, and how many those were. */
struct log_seldom {
    int64_t since_ms;
    unsigned lines;
};
enum log_level log_seldom(struct log_seldom *s, enum log_level level);

#define log_debug(...) log_line(LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) log_line(LEVEL_INFO, __VA_ARGS__)
#define log_warn(...) \
    log_line(LEVEL_WARN, __VA_ARGS__) /* healed itself; ends with what happens now */
#define log_error(...) log_line(LEVEL_ERROR, __VA_ARGS__) /* needs a person */

#endif
