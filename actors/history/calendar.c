/* SPDX-License-Identifier: MIT
 * calendar.c - days are all of 24 hours in UTC, so only months need a calendar. */
#include "actors/history/calendar.h"

#include <time.h>

enum {
    HOUR_MS = 3600 * 1000,
    DAY_HOURS = 24,
    DAY_MS = DAY_HOURS * HOUR_MS,
    MONDAY = 4 /* 1970-01-05 */
};

static int64_t floor_to(int64_t n, int64_t unit)
{
    return n / unit - (n % unit < 0);
}

int64_t month_of(int64_t at_ms)
{
    time_t seconds = (time_t)floor_to(at_ms, 1000);
    struct tm utc = {0};
    gmtime_r(&seconds, &utc);
    return ((int64_t)utc.tm_year + 1900) * 12 + utc.tm_mon;
}

int64_t month_start(int64_t month)
{
    struct tm utc = {.tm_mday = 1};
    utc.tm_year = (int)(floor_to(month, 12) - 1900);
    utc.tm_mon = (int)(month - floor_to(month, 12) * 12);
    return (int64_t)timegm(&utc) * 1000;
}

int64_t day_start(int64_t at_ms)
{
    return at_ms < INT64_MIN + DAY_MS ? INT64_MIN : floor_to(at_ms, DAY_MS) * DAY_MS;
}

int hour_of_week(int64_t at_ms)
{
    int64_t hours = floor_to(at_ms, HOUR_MS) - MONDAY * DAY_HOURS;
    return (int)(hours - floor_to(hours, WEEK_HOURS) * WEEK_HOURS);
}

int64_t hour_start(int64_t hour)
{
    return (MONDAY * DAY_HOURS + hour) * HOUR_MS;
}
