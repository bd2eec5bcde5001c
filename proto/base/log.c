/* SPDX-License-Identifier: MIT
 * log.c - writes one line with one write(2), so lines of several processes and threads never mix.
 * Control characters become question marks: text from outside cannot forge a second line. */
#include "proto/base/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/clock.h"
#include "proto/base/text.h"

#define LINE_SIZE 4096 /* longer lines are cut */
#define SELDOM_MS 60000
#define SELDOM_LINES 10

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static const char *const journal_levels[] = {"<7>", "<6>", "<4>", "<3>"};
static char actor_name[64] = "playbus";
static enum log_level least_level = LEVEL_INFO;
static bool brief;       /* no time and no level */
static bool for_journal; /* systemd's, which takes the level from "<3>" in front */

/* ---- writing without waiting ----
 * Nobody may be reading: a full pipe must not stop who writes. A description of our own is made of
 * the same pipe or terminal, for O_NONBLOCK on the one we were given would be for everybody who
 * shares it. */

static int descriptor = STDERR_FILENO;
static bool is_socket;
static atomic_ullong lost;

/* JOURNAL_STREAM names the stream by device and number: another than ours is somebody else's. */
static bool is_journal(const struct stat *st)
{
    char own[48];
    const char *stream = getenv("JOURNAL_STREAM");
    (void)snprintf(own, sizeof(own), "%llu:%llu", (unsigned long long)st->st_dev,
                   (unsigned long long)st->st_ino);
    return stream != NULL && strcmp(stream, own) == 0;
}

static void open_descriptor(void)
{
    struct stat st;
    if (fstat(STDERR_FILENO, &st) != 0 || descriptor != STDERR_FILENO) {
        return;
    }
    for_journal = is_journal(&st);
    is_socket = S_ISSOCK(st.st_mode);
    if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)) {
        int own = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        descriptor = own >= 0 ? own : STDERR_FILENO;
    }
}

static bool put_bytes(const char *bytes, size_t size)
{
    ssize_t n = is_socket ? send(descriptor, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL)
                          : write(descriptor, bytes, size);
    return n >= 0;
}

/* A line that finds no room is counted, and the count told with the next one that does. */
static void put(const char *line, size_t size)
{
    unsigned long long missing = atomic_exchange(&lost, 0);
    char told[96];
    if (missing > 0) {
        int n = snprintf(told, sizeof(told), "%llu lines of %.40s were lost, nobody read them\n",
                         missing, actor_name);
        if (!put_bytes(told, (size_t)n)) {
            atomic_fetch_add(&lost, missing + 1);
            return;
        }
    }
    if (!put_bytes(line, size)) {
        atomic_fetch_add(&lost, 1);
    }
}

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
    open_descriptor();
}

void log_for_people(void)
{
    brief = isatty(STDERR_FILENO) == 1;
}

bool log_is_for_journal(void)
{
    return for_journal;
}

void log_line(enum log_level level, const char *format, ...)
{
    if (level < least_level) {
        return;
    }
    char line[LINE_SIZE];
    char now[CLOCK_TEXT_SIZE];
    clock_to_text(clock_wall_ms(), now);
    size_t used = brief ? (size_t)snprintf(line, sizeof(line), "%s: ", actor_name)
                        : (size_t)snprintf(line, sizeof(line),
                                           "%s%s %s %s: ", for_journal ? journal_levels[level] : "",
                                           now, level_names[level], actor_name);
    va_list arguments;
    va_start(arguments, format);
    int wanted = vsnprintf(line + used, sizeof(line) - used - 1, format, arguments);
    va_end(arguments);
    size_t room = sizeof(line) - used - 2;
    used += wanted < 0 ? 0 : (size_t)wanted < room ? (size_t)wanted : room;
    text_neutralise(line, used, ""); /* no line, and no terminal, is a stranger's to shape */
    line[used++] = '\n';
    put(line, used);
}

enum log_level log_seldom(struct log_seldom *s, enum log_level level)
{
    int64_t now_ms = clock_monotonic_ms();
    if (s->since_ms == 0 || now_ms - s->since_ms >= SELDOM_MS) {
        if (s->lines > SELDOM_LINES) {
            log_info("lines like the next were left out count=%u", s->lines - SELDOM_LINES);
        }
        *s = (struct log_seldom){.since_ms = now_ms};
    }
    return s->lines++ < SELDOM_LINES ? level : LEVEL_DEBUG;
}
