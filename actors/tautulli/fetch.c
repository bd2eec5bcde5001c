/* SPDX-License-Identifier: MIT
 * fetch.c - brings a Tautulli's history from its address into the staging folder: one question
 * after another in the loop, the looking and the writing in the job's thread.
 *
 * A copy that Tautulli makes has one fixed path there, so that two downloads at once would
 * overwrite each other: the one job that runs has one under way. */
#include "actors/tautulli/fetch_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/shared/tautulli_api.h"
#include "actors/tautulli/import_job.h"
#include "actors/tautulli/source_stage.h"
#include "proto/base/clock.h"
#include "proto/wire/json.h"

#define SERVER_SYNC "server-sync"

enum {
    CREDENTIALS_MS = 4000,
    COPY_MS = 3600000,   /* the whole of a download */
    COPYING_MS = 600000, /* nothing comes before Tautulli has made its copy */
    SAY_MS = 1000,
    CUTS_MAX = 3,
    WAITS_MAX = 2,
    STALE_S = 86400,
    ANSWER_MAX = 1024 * 1024,
};

#define ROOM_STEP (64U << 20) /* bytes between two looks at the room that is left */

/* ---- the copy ---- */

static void download(struct fetch *f);
static void ask_newest(struct fetch *f);

static enum err new_place(struct fetch *f)
{
    struct refusal why = {0};
    enum err e = stage_new(f->staging, f->arena, &f->path, &f->place, &why);
    if (e != OK) {
        fetch_end(f, e, why.text);
    }
    return e;
}

/* It is not to be had: what the API tells is better than nothing. */
static void go_alone(struct fetch *f, const char *why)
{
    fetch_warn(
        f, arena_format(f->arena,
                        "%s, so all plays were read through its API, " FETCH_LACKS FETCH_COMPLETE,
                        why));
    log_warn("tautulli's database is not to be had, reading its API correlation_id=%s reason=%s",
             f->job->task.job_id, why);
    fetch_remove_copy(f);
    if (new_place(f) == OK) {
        f->alone = true;
        job_runner_say(f->job->runner, "Reading plays through Tautulli's API");
        fetch_pages(f);
    }
}

static void download_after(struct fetch *f, int64_t ms)
{
    fetch_remove_copy(f);
    fetch_after(f, ms, download);
}

/* Older than what stays in a -wal for long: Tautulli could not lock its database, and gives what it
 * made for the download before. */
static void wait_for_new_copy(struct fetch *f)
{
    int64_t wait_s = config_number(f->config, SETTING_import_stale_s);
    f->waits++;
    job_runner_say(f->job->runner,
                   arena_format(f->arena,
                                "Tautulli handed out an old copy of its database: asking again in "
                                "%lld s",
                                (long long)wait_s));
    download_after(f, wait_s * 1000);
}

static void take_copy(struct fetch *f)
{
    const struct copy_facts *copy = &f->copy;
    if (f->rows == 0 && copy->rows > 0) { /* a query that fails there is answered so */
        fetch_again(f, ERR_SERVER_FAILED, NULL, ask_newest);
        return;
    }
    f->tries = 0;
    if (copy->newest_id >= f->newest_id && copy->rows >= f->rows) {
        fetch_end(f, OK, NULL);
        return;
    }
    /* All plays of a young Tautulli can be in its -wal. */
    bool stale = copy->rows > 0 && f->newest_start_s - copy->newest_start_s > STALE_S;
    if (stale && f->waits < WAITS_MAX) {
        wait_for_new_copy(f);
        return;
    }
    if (stale) {
        fetch_warn(
            f, arena_format(f->arena,
                            "Tautulli handed out an old copy of its database, thrice: its newest "
                            "play is %lld days older than the one that Tautulli shows. It does so "
                            "while something else keeps its database locked; restarting Tautulli "
                            "helps",
                            (long long)((f->newest_start_s - copy->newest_start_s) / STALE_S)));
    }
    job_runner_say(f->job->runner, "Reading the newest plays through Tautulli's API");
    fetch_pages(f);
}

static void look_work(struct runner_job *job)
{
    struct fetch *f = &import_job_of(job)->fetch;
    job->code = fetch_copy_look(f->path, &f->place, f->staging, &f->copy);
}

static void on_looked_at(struct runner_job *job)
{
    struct fetch *f = fetch_of(job);
    if (job->code != OK) {
        fetch_end(f, job->code, NULL);
    } else if (f->copy.state == COPY_NO_DATABASE) {
        go_alone(f, "Tautulli could not make a copy of its database (its own log says why)");
    } else if (f->copy.state == COPY_ANOTHER) {
        go_alone(f, "What Tautulli handed out is not its database");
    } else if (f->copy.state == COPY_DAMAGED) {
        go_alone(f, "The copy that Tautulli made of its database is damaged");
    } else {
        take_copy(f);
    }
}

static void refused(struct fetch *f, int status)
{
    bool in_between = status == 502 || status == 503 || status == 504 || status == 524;
    go_alone(f,
             arena_format(f->arena,
                          in_between ? "Something between here and Tautulli did not wait for the "
                                       "copy of its database (HTTP status %d)"
                                     : "Tautulli does not hand out its database (HTTP status "
                                       "%d)",
                          status));
}

static void broke_off(struct fetch *f)
{
    if (++f->cuts >= CUTS_MAX) {
        fetch_end(f, ERR_TAUTULLI_CUT, NULL);
        return;
    }
    log_warn("the download of a database broke off, trying again correlation_id=%s",
             f->job->task.job_id);
    download_after(f, FETCH_AGAIN_MS);
}

static void on_downloaded(void *context, const struct http_answer *answer)
{
    struct fetch *f = context;
    f->call = NULL;
    fd_release(&f->fd);
    f->fd = -1;
    if (f->job->ended) {
        return;
    }
    if (answer->end == HTTP_ANSWERED && answer->status == 200) {
        fetch_work(f, look_work, on_looked_at);
    } else if (answer->end == HTTP_ANSWERED) {
        refused(f, answer->status);
    } else if (answer->end == HTTP_TOO_LARGE && f->full) {
        go_alone(f, "The staging folder has no room for Tautulli's database");
    } else if (answer->end == HTTP_TIMED_OUT) {
        go_alone(f, "Tautulli did not hand out its database in time");
    } else if (answer->end == HTTP_CUT) {
        broke_off(f);
    } else {
        OWNED(json_release) json_t *said = NULL;
        const json_t *data = NULL;
        (void)fetch_read_answer(f, answer, true, &said, &data);
    }
}

static void say_progress(struct fetch *f)
{
    int64_t now = clock_monotonic_ms();
    if (now - f->said_ms < SAY_MS) {
        return;
    }
    f->said_ms = now;
    unsigned long long mib = f->taken >> 20U;
    unsigned long long whole = f->whole >> 20U;
    char text[96];
    (void)snprintf(text, sizeof(text),
                   f->whole > 0 ? "Downloading Tautulli's database: %llu of %llu MiB"
                                : "Downloading Tautulli's database: %llu MiB",
                   mib, whole);
    job_runner_say(f->job->runner, text);
}

/* Room for what is said to come at once, else step by step. */
static bool has_room(struct fetch *f, size_t size)
{
    uint64_t need = f->taken + size;
    if (need <= f->room_until) {
        return true;
    }
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct refusal why = {0};
    uint64_t step = f->whole > f->taken ? f->whole - f->taken : size > ROOM_STEP ? size : ROOM_STEP;
    f->full = stage_room(f->staging, step, arena, &why) != OK;
    f->room_until = f->taken + step;
    return !f->full;
}

static bool on_piece(void *context, struct bytes piece, int64_t whole)
{
    struct fetch *f = context;
    f->whole = whole > 0 ? (uint64_t)whole : 0;
    if (f->job->ended || !has_room(f, piece.size)) {
        return false;
    }
    size_t written = 0;
    while (written < piece.size) {
        ssize_t n = write(f->fd, (const char *)piece.data + written, piece.size - written);
        if (n <= 0) {
            f->full = true;
            return false;
        }
        written += (size_t)n;
    }
    f->taken += piece.size;
    say_progress(f);
    return true;
}

static void download(struct fetch *f)
{
    if (new_place(f) != OK) {
        return;
    }
    f->fd = place_make(&f->place, "", true);
    if (f->fd < 0) {
        fetch_end(f, ERR_STAGING_FULL, "The staging folder cannot be written");
        return;
    }
    f->taken = f->whole = f->room_until = 0;
    f->full = false;
    job_runner_say(f->job->runner, "Tautulli makes a copy of its database");
    const struct fetch_question question = {.call = "cmd=download_database",
                                            .body_max = ANSWER_MAX,
                                            .answer_ms = COPY_MS,
                                            .silence_ms = COPYING_MS,
                                            .take = on_piece,
                                            .done = on_downloaded,
                                            .context = f};
    f->call = fetch_call_new(f->client, &f->server, &question);
}

/* ---- what it is, and has ---- */

static void on_newest(void *context, const struct http_answer *answer)
{
    struct fetch *f = context;
    OWNED(json_release) json_t *said = NULL;
    const json_t *data = NULL;
    if (!fetch_read_answer(f, answer, true, &said, &data)) {
        return;
    }
    const json_t *total = json_object_get(data, "recordsTotal");
    const json_t *row = json_array_get(json_object_get(data, "data"), 0);
    if (!json_is_integer(total) || json_integer_value(total) < 0) {
        fetch_end(f, ERR_SERVER_FAILED, NULL);
        return;
    }
    f->rows = (uint64_t)json_integer_value(total);
    const json_t *id = json_object_get(row, "row_id");
    f->newest_id = json_integer_value(id != NULL ? id : json_object_get(row, "id"));
    f->newest_start_s = json_integer_value(json_object_get(row, "started"));
    if (f->path != NULL) {
        take_copy(f);
    } else {
        download(f);
    }
}

static void ask_newest(struct fetch *f)
{
    fetch_ask(f,
              "cmd=get_history&grouping=0&include_activity=0&order_column=started&order_dir=desc"
              "&start=0&length=1",
              on_newest, ANSWER_MAX, FETCH_PAGE_MS);
}

static void on_server_info(void *context, const struct http_answer *answer)
{
    struct fetch *f = context;
    OWNED(json_release) json_t *said = NULL;
    const json_t *data = NULL;
    if (!fetch_read_answer(f, answer, true, &said, &data)) {
        return;
    }
    const char *identity = json_string_value(json_object_get(data, "pms_identifier"));
    if (identity != NULL && identity[0] != '\0' && strlen(identity) <= 255) {
        f->identity = arena_keep(f->arena, identity);
    }
    ask_newest(f);
}

static void on_known(void *context, const struct http_answer *answer)
{
    struct fetch *f = context;
    OWNED(json_release) json_t *said = NULL;
    const json_t *data = NULL;
    if (fetch_read_answer(f, answer, false, &said, &data)) {
        fetch_ask(f, "cmd=get_server_info", on_server_info, ANSWER_MAX, FETCH_ANSWER_MS);
    }
}

/* The key is given to nothing that has not said that it is a Tautulli. */
static void on_credentials(struct runner_job *job, const struct answer *answer)
{
    struct fetch *f = &import_job_of(job)->fetch;
    if (answer->code != OK) {
        enum err code = answer->code == ERR_TIMEOUT ? ERR_ACTOR_AWAY : answer->code;
        fetch_end(f, code, answer->why != NULL ? answer->why->text : NULL);
        return;
    }
    fetch_server_take(&f->server, msg_server_credentials(answer->reply));
    const struct fetch_question question = {.call = "cmd=get_tautulli_info",
                                            .without_key = true,
                                            .body_max = ANSWER_MAX,
                                            .answer_ms = FETCH_ANSWER_MS,
                                            .done = on_known,
                                            .context = f};
    f->call = fetch_call_new(f->client, &f->server, &question);
}

/* ---- for the job ---- */

static void begin(struct fetch *f, const char *tautulli_id)
{
    const struct tautulli_credentials_get get = {.id = tautulli_id};
    arena_reset(f->arena);
    f->state = FETCH_UNDER_WAY;
    f->identity = NULL;
    f->warnings_count = 0;
    f->alone = false;
    f->cuts = f->waits = 0;
    f->stored = 0;
    f->tries = f->barren = f->passed_over = 0;
    f->copy = (struct copy_facts){0};
    ask_tautulli_credentials_get(f->job->runner->actor, SERVER_SYNC, &get, f->job->task.job_id,
                                 CREDENTIALS_MS, job_ticket_answered,
                                 job_ticket_new(f->job, on_credentials));
}

bool fetch_ready(struct fetch *f, const char *tautulli_id)
{
    if (f->state == FETCH_NONE) {
        begin(f, tautulli_id);
    } else if (f->state == FETCH_UNDER_WAY && f->work != NULL && !f->job->working) {
        job_runner_work(f->job, f->work, f->done);
    }
    return f->state == FETCH_OVER;
}

char *fetch_take(struct fetch *f)
{
    char *path = f->path != NULL ? must_strdup(f->path) : NULL;
    place_release(&f->place);
    f->path = NULL;
    f->state = FETCH_NONE;
    return path;
}

bool fetch_may_heal(enum err code)
{
    switch (code) {
    case ERR_SERVER_UNREACHABLE:
    case ERR_SERVER_HOST_UNKNOWN:
    case ERR_SERVER_TIMED_OUT:
    case ERR_SERVER_FAILED:
    case ERR_ACTOR_AWAY:
    case ERR_BUSY:
        return true;
    default:
        return false;
    }
}

void fetch_init(struct fetch *f, struct runner_job *job)
{
    f->job = job;
    f->arena = arena_new();
    f->place = PLACE_NONE;
    f->fd = -1;
}

void fetch_release(struct fetch *f)
{
    fetch_call_drop(&f->call);
    if (f->timer != 0) {
        actor_cancel(f->job->runner->actor, f->timer);
    }
    fetch_server_release(&f->server);
    buffer_release(&f->page);
    fetch_remove_copy(f);
    arena_destroy(&f->arena);
}
