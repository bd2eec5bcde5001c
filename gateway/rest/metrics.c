/* SPDX-License-Identifier: MIT
 * metrics.c - counters that any thread adds to, and their text. A name's HELP and TYPE lines stand
 * once, before its first sample. */
#include "gateway/rest/metrics.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/rest/routes.h"

#define STATUS_LOW 100
#define STATUS_COUNT 500

struct metrics {
    atomic_uint_fast64_t requests[ROUTE_COUNT + 1][STATUS_COUNT];
    atomic_uint_fast64_t took_ms[ROUTE_COUNT + 1];
};

struct metrics *metrics_new(void)
{
    return must_alloc(sizeof(struct metrics));
}

void metrics_destroy(struct metrics **metrics)
{
    free(TAKE(*metrics));
}

void metrics_count(struct metrics *metrics, size_t route, int status, int64_t took_ms)
{
    size_t column = (size_t)(status - STATUS_LOW);
    if (column < STATUS_COUNT) {
        atomic_fetch_add_explicit(&metrics->requests[route][column], 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&metrics->took_ms[route], (uint64_t)took_ms,
                                  memory_order_relaxed);
    }
}

static void write_line(struct buffer *out, const char *format, ...) PRINTF_LIKE(2, 3);
static void write_line(struct buffer *out, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (size > 0 && (size_t)size < sizeof line) {
        buffer_append(out, line, (size_t)size);
    }
}

static void write_head(struct buffer *out, const char *name, const char *kind, const char *help)
{
    write_line(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

static const char *route_label(size_t route)
{
    return route < ROUTE_COUNT ? routes[route].name : "none";
}

void metrics_write_requests(struct metrics *metrics, struct buffer *out)
{
    write_head(out, "playbus_http_requests_total", "counter", "Requests by route and status");
    for (size_t route = 0; route <= ROUTE_COUNT; route++) {
        for (size_t column = 0; column < STATUS_COUNT; column++) {
            uint64_t n = atomic_load(&metrics->requests[route][column]);
            if (n > 0) {
                write_line(out, "playbus_http_requests_total{route=\"%s\",status=\"%zu\"} %llu\n",
                           route_label(route), column + STATUS_LOW, (unsigned long long)n);
            }
        }
    }
    write_head(out, "playbus_http_request_seconds_total", "counter", "Time taken by requests");
    for (size_t route = 0; route <= ROUTE_COUNT; route++) {
        write_line(out, "playbus_http_request_seconds_total{route=\"%s\"} %.3f\n",
                   route_label(route), (double)atomic_load(&metrics->took_ms[route]) / 1000);
    }
}

/* A label's value: quotes, backslashes and newlines are what would end it. */
static void label(const char *text, char out[static 160])
{
    size_t used = 0;
    for (const char *at = text; *at != '\0' && used < 159; at++) {
        out[used++] = *at == '"' || *at == '\\' || *at == '\n' ? '_' : *at;
    }
    out[used] = '\0';
}

void metrics_write_actors(const struct actors_got *actors, struct buffer *out)
{
    write_head(out, "playbus_actor_up", "gauge", "1 if the actor answered lately");
    char text[160];
    for (size_t i = 0; i < actors->actors_count; i++) {
        const struct actor_view *actor = &actors->actors[i];
        label(actor->instance, text);
        write_line(out, "playbus_actor_up{actor=\"%s\",instance=\"%s\"} %d\n", actor->name, text,
                   actor->state == actor_condition_up);
    }
    write_head(out, "playbus_actor_memory_bytes", "gauge", "Resident set of the actor");
    for (size_t i = 0; i < actors->actors_count; i++) {
        const struct actor_view *actor = &actors->actors[i];
        label(actor->instance, text);
        if (actor->has_memory_bytes && actor->state == actor_condition_up) {
            write_line(out, "playbus_actor_memory_bytes{actor=\"%s\",instance=\"%s\"} %llu\n",
                       actor->name, text, (unsigned long long)actor->memory_bytes);
        }
    }
    write_head(out, "playbus_broker_total", "counter", "What the broker counted, by name");
    for (size_t i = 0; i < actors->counters_count; i++) {
        label(actors->counters[i].name, text);
        write_line(out, "playbus_broker_total{name=\"%s\"} %llu\n", text,
                   (unsigned long long)actors->counters[i].n);
    }
}

static const struct {
    const char *name, *help;
} job_figures[JOB_FIGURES] = {
    [JOB_RUNNING] = {"playbus_job_running", "1 while a job of the operation runs"},
    [JOB_IMPORTED] = {"playbus_job_imported_records", "Plays stored by its newest job"},
    [JOB_SKIPPED] = {"playbus_job_skipped_records", "Rows skipped by its newest job"},
    [JOB_REJECTED] = {"playbus_job_rejected_records", "Rows rejected by its newest job"},
    [JOB_PERCENT] = {"playbus_job_percent", "How far its newest job has come"},
    [JOB_RATE] = {"playbus_job_records_per_second", "Recent rate of its newest job"},
};

static double job_value(enum job_figure figure, const struct progress *job)
{
    switch (figure) {
    case JOB_RUNNING:
        return job->status == status_running ? 1 : 0;
    case JOB_IMPORTED:
        return (double)job->imported_records;
    case JOB_SKIPPED:
        return (double)job->skipped_records;
    case JOB_REJECTED:
        return (double)job->error_count;
    case JOB_PERCENT:
        return job->progress_percent;
    case JOB_RATE:
        return job->records_per_second;
    case JOB_FIGURES:
        break;
    }
    return 0;
}

void metrics_write_job_head(enum job_figure figure, struct buffer *out)
{
    write_head(out, job_figures[figure].name, "gauge", job_figures[figure].help);
}

void metrics_write_job(enum job_figure figure, const char *subject, const struct progress *job,
                       struct buffer *out)
{
    char text[160];
    label(subject, text);
    write_line(out, "%s{operation=\"%s\"} %.15g\n", job_figures[figure].name, text,
               job_value(figure, job));
}

void metrics_write_figure(const char *name, const char *kind, const char *help, double value,
                          struct buffer *out)
{
    write_head(out, name, kind, help);
    write_line(out, "%s %.15g\n", name, value);
}
