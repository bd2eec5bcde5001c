/* SPDX-License-Identifier: MIT
 * request_log.c - which requests are worth a line. Reads and refusals are for debugging, and so is
 * what strangers try: the audit log counts it. The quotas are separate, so that nobody's flood
 * hides what others did. */
#include "gateway/rest/request_log.h"

#include <string.h>

#include "gateway/guard/log_quota.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"

#define PATH_SHOWN_MAX 200

enum line_kind { LINE_STRANGER, LINE_FAILED, LINE_DONE, LINE_KINDS };

static struct log_quota quotas[LINE_KINDS] = {
    [LINE_STRANGER] = LOG_QUOTA(5), [LINE_FAILED] = LOG_QUOTA(20), [LINE_DONE] = LOG_QUOTA(100)};
static const char *const kind_names[LINE_KINDS] = {"of strangers", "that failed", "that were done"};

static enum line_kind kind_of(const struct request *r, bool failed)
{
    return r->caller.kind == CALLER_NOBODY ? LINE_STRANGER : failed ? LINE_FAILED : LINE_DONE;
}

void request_log(const struct request *r, int status, int64_t took_ms, bool cut)
{
    bool safe = strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0;
    bool failed = status == 0 || status >= 400;
    bool stranger = r->caller.kind == CALLER_NOBODY;
    /* Not ready is the answer to that question, which is asked often while all is starting. */
    bool failure = status >= 500 && r->route != &routes[ROUTE_show_ready];
    bool quiet = (safe || (stranger && failed)) && !failure;
    if (!quiet && !log_quota_take(&quotas[kind_of(r, failed)], clock_monotonic_ms())) {
        return;
    }
    size_t path_size = strcspn(r->target, "?");
    log_line(quiet ? LEVEL_DEBUG : LEVEL_INFO,
             "request method=%s path=%.*s status=%d ms=%lld%s correlation_id=%s%s%s", r->method,
             (int)(path_size < PATH_SHOWN_MAX ? path_size : PATH_SHOWN_MAX), r->target, status,
             (long long)took_ms, cut ? " cut" : "", r->correlation_id,
             r->job_id[0] != '\0' ? " job_id=" : "", r->job_id);
}

void request_log_left_out(int64_t now_ms)
{
    for (size_t i = 0; i < LINE_KINDS; i++) {
        uint64_t count = log_quota_left_out(&quotas[i], now_ms);
        if (count > 0) {
            log_info("requests %s left out of this log count=%llu", kind_names[i],
                     (unsigned long long)count);
        }
    }
}
