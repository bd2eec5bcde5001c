/* SPDX-License-Identifier: MIT
 * job_runner_driver.c - what a driver may leave out, as that of a source that is always there. */
#include "actors/shared/job_runner_parts.h"

static void nothing(struct runner_job *job)
{
    (void)job;
}

static void open_nothing(struct runner_job *job)
{
    job->open = true;
}

static void close_nothing(struct runner_job *job)
{
    job->open = false;
}

static bool never_away(enum err code)
{
    (void)code;
    return false;
}

static int64_t wait_as_usual(enum err code)
{
    (void)code;
    return 0;
}

static void create_as_asked(struct runner_job *job, struct job_create *out)
{
    (void)job;
    (void)out;
}

static enum err reply_started(struct actor *a, const struct msg *start, const char *job_id,
                              const struct progress *stats)
{
    const struct import_started body = {.job_id = job_id, .stats = *stats};
    return reply_import_started(a, start, &body);
}

static void start_is_nothing_to_us(struct job_runner *r, enum err code)
{
    (void)r;
    (void)code;
}

static void end_is_nothing_to_us(struct job_runner *r, enum err code, const char *text)
{
    (void)r;
    (void)code;
    (void)text;
}

static struct bytes no_key(const struct job_runner *r)
{
    (void)r;
    return (struct bytes){0};
}

static bool always_ready(struct runner_job *job)
{
    (void)job;
    return true;
}

#define OR(given, otherwise) ((given) != NULL ? (given) : (otherwise))

struct job_driver job_driver_whole(const struct job_driver *driver)
{
    struct job_driver whole = *driver;
    whole.open = OR(driver->open, open_nothing);
    whole.probe = OR(driver->probe, whole.open);
    whole.check = OR(driver->check, nothing);
    whole.close = OR(driver->close, close_nothing);
    whole.init = OR(driver->init, nothing);
    whole.release = OR(driver->release, nothing);
    whole.is_away = OR(driver->is_away, never_away);
    whole.wait_ms = OR(driver->wait_ms, wait_as_usual);
    whole.ready_to_open = OR(driver->ready_to_open, always_ready);
    whole.interrupt = OR(driver->interrupt, nothing);
    whole.fill_create = OR(driver->fill_create, create_as_asked);
    whole.lease_key = OR(driver->lease_key, no_key);
    whole.reply_started = OR(driver->reply_started, reply_started);
    whole.ready_to_plan = OR(driver->ready_to_plan, always_ready);
    whole.started = OR(driver->started, start_is_nothing_to_us);
    whole.ended = OR(driver->ended, end_is_nothing_to_us);
    if (driver->next_batch != NULL) {
        job_driver_by_batches(&whole);
    }
    return whole;
}
