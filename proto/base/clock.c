/* SPDX-License-Identifier: MIT
 * clock.c - the clocks, and ISO 8601 both ways. Years 1 to 9999; text beyond is cut to their ends.
 */
#include "proto/base/clock.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_wall_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

static int64_t (*wall_source)(void) = system_wall_ms;

int64_t clock_wall_ms(void)
{
    return wall_source();
}

int64_t clock_monotonic_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

static pthread_once_t steady_once = PTHREAD_ONCE_INIT;
static int64_t steady_offset;

static void set_steady_offset(void)
{
    steady_offset = clock_wall_ms() - clock_monotonic_ms();
}

int64_t clock_steady_ms(void)
{
    (void)pthread_once(&steady_once, set_steady_offset);
    return clock_monotonic_ms() + steady_offset;
}

void clock_set_wall(int64_t (*source)(void))
{
    wall_source = source != NULL ? source : system_wall_ms;
}

void clock_to_text(int64_t wall_ms, char out[static CLOCK_TEXT_SIZE])
{
    int64_t ms = wall_ms < CLOCK_MIN_MS   ? CLOCK_MIN_MS
                 : wall_ms > CLOCK_MAX_MS ? CLOCK_MAX_MS
                                          : wall_ms;
    int fraction = (int)(((ms % 1000) + 1000) % 1000);
    time_t seconds = (time_t)((ms - fraction) / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    int used = snprintf(out, CLOCK_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u",
                        (unsigned)(utc.tm_year + 1900) % 10000, (unsigned)(utc.tm_mon + 1) % 100,
                        (unsigned)utc.tm_mday % 100, (unsigned)utc.tm_hour % 100,
                        (unsigned)utc.tm_min % 100, (unsigned)utc.tm_sec % 100);
    if (fraction != 0) {
        used += snprintf(out + used, CLOCK_TEXT_SIZE - (size_t)used, ".%03d", fraction);
    }
    snprintf(out + used, CLOCK_TEXT_SIZE - (size_t)used, "Z");
}

/* Exactly `digits` digits at *at, moved past them; -1 if there are fewer. */
static int take_digits(const char **at, int digits)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        if (**at < '0' || **at > '9') {
            return -1;
        }
        value = value * 10 + (*(*at)++ - '0');
    }
    return value;
}

static bool take(const char **at, char wanted)
{
    if (**at != wanted) {
        return false;
    }
    (*at)++;
    return true;
}

static bool take_date(const char **at, struct tm *out)
{
    out->tm_year = take_digits(at, 4) - 1900;
    if (out->tm_year < 1 - 1900 || !take(at, '-')) {
        return false;
    }
    out->tm_mon = take_digits(at, 2) - 1;
    if (out->tm_mon < 0 || out->tm_mon > 11 || !take(at, '-')) {
        return false;
    }
    out->tm_mday = take_digits(at, 2);
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = out->tm_year + 1900;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    int last = days[out->tm_mon] + (leap && out->tm_mon == 1 ? 1 : 0);
    return out->tm_mday >= 1 && out->tm_mday <= last;
}

/* HH:MM[:SS[.fraction]]; digits after the third are dropped. */
static bool take_time(const char **at, struct tm *out, int *out_ms)
{
    out->tm_hour = take_digits(at, 2);
    if (out->tm_hour < 0 || out->tm_hour > 23 || !take(at, ':')) {
        return false;
    }
    out->tm_min = take_digits(at, 2);
    if (out->tm_min < 0 || out->tm_min > 59) {
        return false;
    }
    if (!take(at, ':')) {
        return true;
    }
    out->tm_sec = take_digits(at, 2);
    if (out->tm_sec < 0 || out->tm_sec > 59) {
        return false;
    }
    if (!take(at, '.')) {
        return true;
    }
    int scale = 100;
    const char *first = *at;
    for (; **at >= '0' && **at <= '9'; (*at)++, scale /= 10) {
        *out_ms += (**at - '0') * scale;
    }
    return *at > first;
}

/* Z or +HH:MM or -HH:MM, the last thing in the text. */
static bool take_zone(const char **at, int *out_minutes)
{
    if (take(at, 'Z')) {
        return **at == '\0';
    }
    int sign = **at == '-' ? -1 : 1;
    if (!take(at, '+') && !take(at, '-')) {
        return false;
    }
    int hours = take_digits(at, 2);
    (void)take(at, ':');
    int minutes = hours >= 0 ? take_digits(at, 2) : -1;
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || **at != '\0') {
        return false;
    }
    *out_minutes = sign * (hours * 60 + minutes);
    return true;
}

enum err clock_from_text(const char *text, int64_t *out_wall_ms)
{
    struct tm utc = {0};
    int ms = 0;
    int offset_minutes = 0;
    const char *at = text;
    if (!take_date(&at, &utc)) {
        return ERR_BAD_FIELD;
    }
    if (*at != '\0') {
        if (!take(&at, 'T') || !take_time(&at, &utc, &ms) || !take_zone(&at, &offset_minutes)) {
            return ERR_BAD_FIELD;
        }
    }
    int64_t result = ((int64_t)timegm(&utc) - (int64_t)offset_minutes * 60) * 1000 + ms;
    if (result < CLOCK_MIN_MS || result > CLOCK_MAX_MS) {
        return ERR_BAD_FIELD;
    }
    *out_wall_ms = result;
    return OK;
}
