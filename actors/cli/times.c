/* SPDX-License-Identifier: MIT
 * times.c - between the gateway's ISO 8601 UTC and the local clock on the wall. */
#include "actors/cli/times.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void times_use_utc(void)
{
    (void)setenv("TZ", "UTC", 1);
    tzset();
}

static bool local_of(const char *iso, struct tm *out)
{
    int64_t ms = 0;
    if (clock_from_text(iso, &ms) != OK) {
        return false;
    }
    time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
    return localtime_r(&seconds, out) != NULL;
}

static const char *format(const char *iso, const char *how, char out[static TIME_SIZE])
{
    struct tm local = {0};
    if (!local_of(iso, &local) || strftime(out, TIME_SIZE, how, &local) == 0) {
        (void)snprintf(out, TIME_SIZE, "%.40s", iso[0] == '\0' ? "-" : iso);
    }
    return out;
}

const char *time_text(const char *iso, char out[static TIME_SIZE])
{
    return format(iso, "%Y-%m-%d %H:%M", out);
}

const char *time_seconds(const char *iso, char out[static TIME_SIZE])
{
    return format(iso, "%Y-%m-%d %H:%M:%S", out);
}

const char *time_with_zone(const char *iso, char out[static TIME_SIZE])
{
    return format(iso, "%Y-%m-%d %H:%M:%S %Z", out);
}

const char *time_title(const char *what, char out[static TIME_SIZE])
{
    /* Of now and of half a year ago: what a zone had long ago is nobody's clock. */
    const time_t now = time(NULL);
    const time_t clocks[] = {now, now - (time_t)182 * 24 * 60 * 60};
    char names[2][13] = {"", ""}; /* standard time, summer time */
    for (size_t i = 0; i < COUNT_OF(clocks); i++) {
        struct tm tm;
        if (localtime_r(&clocks[i], &tm) != NULL) {
            bool summer = tm.tm_isdst > 0;
            (void)strftime(names[summer], sizeof names[summer], "%Z", &tm);
        }
    }
    bool two = names[1][0] != '\0' && strcmp(names[0], names[1]) != 0;
    (void)snprintf(out, TIME_SIZE, "%s %s%s%s", what, names[0], two ? "/" : "",
                   two ? names[1] : "");
    return out;
}

/* How much of a date is there: YYYY, YYYY-MM or YYYY-MM-DD. */
enum precision { YEAR = 4, MONTH = 7, DAY = 10 };

static bool write_utc(struct tm *local, char out[static CLOCK_TEXT_SIZE])
{
    local->tm_isdst = -1;
    int64_t ms = (int64_t)mktime(local) * 1000;
    clock_to_text(ms < CLOCK_MIN_MS ? CLOCK_MIN_MS : ms > CLOCK_MAX_MS ? CLOCK_MAX_MS : ms, out);
    return true;
}

/* As they were written, without their zone. */
static bool date_and_time_of(int64_t ms, struct tm *out)
{
    time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
    return gmtime_r(&seconds, out) != NULL;
}

static bool bound_of_date(const char *text, enum precision precision, bool end,
                          char out[static CLOCK_TEXT_SIZE])
{
    static const char first_day[] = "YYYY-01-01";
    char date[sizeof first_day];
    int64_t ms = 0;
    struct tm local = {0};
    (void)snprintf(date, sizeof date, "%s%s", text, first_day + precision);
    if (clock_from_text(date, &ms) != OK || !date_and_time_of(ms, &local)) {
        return false;
    }
    local.tm_year += end && precision == YEAR;
    local.tm_mon += end && precision == MONTH;
    local.tm_mday += end && precision == DAY;
    return write_utc(&local, out);
}

/* 2024-01-31T12:34[:56], or with a space; with no zone of its own the local one is meant. */
static bool bound_of_time(const char *text, char out[static CLOCK_TEXT_SIZE])
{
    char iso[TIME_SIZE];
    int64_t ms = 0;
    struct tm local = {0};
    size_t size = (size_t)snprintf(iso, sizeof iso - 1, "%.40s", text);
    if (size > DAY && iso[DAY] == ' ') {
        iso[DAY] = 'T';
    }
    if (clock_from_text(iso, &ms) == OK) {
        clock_to_text(ms, out);
        return true;
    }
    (void)stpcpy(iso + size, "Z");
    if (clock_from_text(iso, &ms) != OK) {
        return false;
    }
    return date_and_time_of(ms, &local) && write_utc(&local, out);
}

bool time_bound(const char *text, bool end, char out[static CLOCK_TEXT_SIZE])
{
    size_t size = strlen(text);
    bool date = size == YEAR || size == MONTH || size == DAY;
    return date ? bound_of_date(text, (enum precision)size, end, out) : bound_of_time(text, out);
}
