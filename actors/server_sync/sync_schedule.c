/* SPDX-License-Identifier: MIT
 * sync_schedule.c - a server that fails is asked after one minute, then after two, four and so on,
 * at last each hour: what was missed meanwhile is read then. */
#include "actors/server_sync/sync_schedule.h"

enum { HOUR_MINUTES = 60, ABSENT_MINUTES = 2, WHOLE_EVERY_DAYS = 7, OVERLAP_MS = 2 * 86400 * 1000 };

enum sync_outcome sync_outcome_of(enum err code)
{
    switch (code) {
    case OK:
    case ERR_SERVER_PLUGIN_FAILS: /* all but that was read */
        return SYNC_WELL;
    case ERR_SERVER_MAINTENANCE:
    case ERR_SERVER_BUSY:
        return SYNC_ABSENT;
    case ERR_SERVER_TOKEN_REFUSED:
    case ERR_SERVER_TOKEN_TOO_LOW:
    case ERR_SERVER_TOKEN_MISSING:
    case ERR_SERVER_NOT_ADMIN:
    case ERR_SERVER_KEY_LOST:
    case ERR_SERVER_ANOTHER:
    case ERR_SERVER_KNOWN:
    case ERR_SERVER_WRONG_KIND:
    case ERR_SERVER_CERTIFICATE:
    case ERR_SERVER_CERTIFICATE_CHANGED:
    case ERR_SERVER_ADDRESS_FORBIDDEN:
    case ERR_SERVER_FLOODS: /* each try would take in more of it */
        return SYNC_FATAL;
    default:
        return SYNC_FAILED;
    }
}

double sync_wait_minutes(enum sync_outcome outcome, int64_t interval_minutes, unsigned failures)
{
    unsigned doublings = failures > 1 ? failures - 1 : 0;
    double backoff = doublings < 6 ? (double)(1U << doublings) : HOUR_MINUTES;
    switch (outcome) {
    case SYNC_ABSENT:
        return ABSENT_MINUTES;
    case SYNC_FAILED:
        return backoff < HOUR_MINUTES ? backoff : HOUR_MINUTES;
    default:
        return (double)interval_minutes;
    }
}

double sync_spread(double minutes, double chance)
{
    return minutes * (0.9 + 0.2 * chance);
}

int64_t sync_since(const struct server_sync_standing *standing, int64_t now, int64_t day_ms,
                   bool *out_whole)
{
    bool due = !standing->has_whole_at || now - standing->whole_at >= WHOLE_EVERY_DAYS * day_ms ||
               now < standing->whole_at;
    int64_t since = standing->complete_to - OVERLAP_MS;
    *out_whole = due || !standing->has_complete_to || since <= 0;
    return *out_whole ? 0 : since;
}

bool sync_owes(const struct server_sync_standing *standing, int64_t missed_at)
{
    return missed_at > 0 && (!standing->has_whole_at || standing->whole_at <= missed_at);
}
