/* SPDX-License-Identifier: MIT
 * calendar.h - what plays are counted by in time, all in UTC. */
#ifndef PLAYBUS_ACTORS_HISTORY_CALENDAR_H
#define PLAYBUS_ACTORS_HISTORY_CALENDAR_H

#include <stdint.h>

enum { WEEK_HOURS = 168 };

/* Calendar months, counted from the year 0, and the moment one begins. */
int64_t month_of(int64_t at_ms);
int64_t month_start(int64_t month);
int64_t day_start(int64_t at_ms); /* of the day in which that is */
/* Hours since Monday 00:00: 0 to 167. */
int hour_of_week(int64_t at_ms);
/* Some moment in that hour of the week. */
int64_t hour_start(int64_t hour);

#endif
