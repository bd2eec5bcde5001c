/* SPDX-License-Identifier: MIT
 * plex_feed_job.c - the import of a file of rows of a Plex server's history, as a driver of the job
 * runner. The plan reads every line: one that is no such row ends the job before anything is
 * stored. */
#include "tests/support/plex_feed_job.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "actors/shared/batch.h"
#include "proto/base/clock.h"
#include "proto/wire/codec.h"
#include "proto/wire/json.h"

enum { SAMPLES_OLDEST = 16, SAMPLES = 64, ACCOUNTS_MAX = 1000, TEXT_SIZE = 24 };

int64_t feed_batch_rows = BATCH_ROWS_MAX;
struct buffer feed_source;

struct feed_job {
    struct runner_job job; /* first */
    FILE *file;            /* NULL: closed */
    char *line;            /* owned; the row at `ordinal` */
    size_t line_room, line_size;
    int64_t ordinal; /* 0: before the first */
    struct batch *batch;
    /* of the plan, in the work arena: */
    int64_t total;
    struct row_key samples[SAMPLES];
    struct person people[ACCOUNTS_MAX];
    size_t sample_count, people_count;
};

static struct feed_job *feed_job_of(struct runner_job *job)
{
    return (struct feed_job *)job;
}

/* ---- the file ---- */

/* Makes `line` the row at an ordinal; false at the end of the file. */
static bool go_to(struct feed_job *j, int64_t ordinal)
{
    if (ordinal < j->ordinal) {
        rewind(j->file);
        j->ordinal = 0;
    }
    while (j->ordinal < ordinal) {
        ssize_t size = getline(&j->line, &j->line_room, j->file);
        if (size < 0) {
            return false;
        }
        j->line_size = (size_t)size;
        j->ordinal++;
    }
    return true;
}

/* The current row, to be released; NULL if it is none. */
static json_t *parse(const struct feed_job *j)
{
    json_t *row = json_loadb(j->line, j->line_size, 0, NULL);
    bool good = json_is_integer(json_object_get(row, "historyKey")) &&
                json_is_integer(json_object_get(row, "accountID")) &&
                json_is_integer(json_object_get(row, "viewedAt")) &&
                json_is_string(json_object_get(row, "type"));
    if (!good) {
        json_decref(row);
        row = NULL;
    }
    return row;
}

static int64_t number_of(const json_t *row, const char *name)
{
    return json_integer_value(json_object_get(row, name));
}

static const char *text_of(const json_t *row, const char *name)
{
    return json_string_value(json_object_get(row, name));
}

static struct row_key key_of(const json_t *row)
{
    return (struct row_key){.native_id = {.number = number_of(row, "historyKey")},
                            .has_native_id = true,
                            .started_at = number_of(row, "viewedAt") * 1000,
                            .has_started_at = true};
}

/* ---- the driver, in a thread ---- */

static void feed_open(struct runner_job *job)
{
    struct feed_job *j = feed_job_of(job);
    j->file = fmemopen(feed_source.data, feed_source.size, "r");
    job->code = j->file != NULL ? OK : ERR_FILE_NOT_FOUND;
    job->open = job->code == OK;
}

static void feed_close(struct runner_job *job)
{
    struct feed_job *j = feed_job_of(job);
    if (j->file != NULL) {
        (void)fclose(j->file);
        j->file = NULL;
    }
    j->ordinal = 0;
    job->open = false;
}

/* A resumed job goes on if the newest row it stored is where it was. */
static void feed_check(struct runner_job *job)
{
    struct feed_job *j = feed_job_of(job);
    const struct job_task *task = &job->task;
    if (!task->has_last_committed || task->next_id < 2) {
        return;
    }
    OWNED(json_release) json_t *row = go_to(j, task->next_id - 1) ? parse(j) : NULL;
    bool same = row != NULL &&
                key_of(row).native_id.number == task->last_committed.native_id.number &&
                key_of(row).started_at == task->last_committed.started_at;
    job->code = same ? OK : ERR_RESUME_MISMATCH;
}

static void note_person(struct feed_job *j, const json_t *row)
{
    char *id = arena_format(j->job.work_arena, "%lld", (long long)number_of(row, "accountID"));
    for (size_t i = 0; i < j->people_count; i++) {
        if (strcmp(j->people[i].user_id, id) == 0) {
            return;
        }
    }
    if (j->people_count < ACCOUNTS_MAX) {
        const char *name = arena_keep(j->job.work_arena, text_of(row, "accountName"));
        j->people[j->people_count++] = (struct person){.user_id = id, .name = name};
    }
}

static void refuse_line(struct feed_job *j)
{
    j->job.code = ERR_BAD_FIELD;
    j->job.why.text = arena_format(j->job.work_arena, "Line %lld is no row of a Plex history",
                                   (long long)j->ordinal);
}

/* The oldest rows, and then every so many of them, as many as fit. */
static void take_samples(struct feed_job *j)
{
    int64_t step = j->total / (SAMPLES - SAMPLES_OLDEST) + 1;
    j->sample_count = 0;
    for (int64_t at = 1; at <= j->total && j->sample_count < SAMPLES;
         at += at < SAMPLES_OLDEST ? 1 : step) {
        OWNED(json_release) json_t *row = go_to(j, at) ? parse(j) : NULL;
        if (row != NULL) {
            j->samples[j->sample_count++] = key_of(row);
        }
    }
}

static void feed_plan(struct runner_job *job)
{
    struct feed_job *j = feed_job_of(job);
    j->total = 0;
    j->people_count = 0;
    while (!atomic_load(&job->cancelled) && go_to(j, j->total + 1)) {
        OWNED(json_release) json_t *row = parse(j);
        if (row == NULL) {
            refuse_line(j);
            return;
        }
        note_person(j, row);
        j->total++;
    }
    take_samples(j);
}

/* ---- the driver, in the loop ---- */

static void feed_init(struct runner_job *job)
{
    feed_job_of(job)->batch = batch_new();
}

static void feed_release(struct runner_job *job)
{
    batch_destroy(&feed_job_of(job)->batch);
    free_text(&feed_job_of(job)->line);
}

static bool feed_is_away(enum err code)
{
    return code == ERR_FILE_NOT_FOUND;
}

static void feed_fill_plan(struct runner_job *job, struct job_plan *out)
{
    struct feed_job *j = feed_job_of(job);
    *out = (struct job_plan){.first_id = 1,
                             .last_id = j->total,
                             .total = (uint64_t)j->total,
                             .planned_at = clock_wall_ms(),
                             .server_id = job->task.server_id,
                             .own_server_id = job->task.server_id,
                             .samples = j->samples,
                             .samples_count = j->sample_count,
                             .people = j->people,
                             .people_count = j->people_count};
}

/* What the server tells of a play: the moment at which it became watched. */
static struct play play_of(const json_t *row, const char *user_id)
{
    struct play play = {.started_at = number_of(row, "viewedAt") * 1000,
                        .time_quality = time_quality_watched_at,
                        .watched = true,
                        .user_id = user_id,
                        .user = text_of(row, "accountName"),
                        .media_type = text_of(row, "type"),
                        .title = text_of(row, "title"),
                        .parent_title = text_of(row, "parentTitle"),
                        .grandparent_title = text_of(row, "grandparentTitle"),
                        .guid = text_of(row, "guid"),
                        .rating_key = text_of(row, "ratingKey"),
                        .parent_rating_key = text_of(row, "parentRatingKey"),
                        .grandparent_rating_key = text_of(row, "grandparentRatingKey"),
                        .section_id = text_of(row, "librarySectionID"),
                        .machine_id = text_of(row, "clientIdentifier")};
    play.has_started_at = play.has_time_quality = play.has_watched = play.has_live = true;
    if (json_object_get(row, "index") != NULL) {
        PUT(&play, media_index, number_of(row, "index"));
    }
    if (json_object_get(row, "parentIndex") != NULL) {
        PUT(&play, parent_media_index, number_of(row, "parentIndex"));
    }
    if (json_object_get(row, "duration") != NULL) {
        PUT(&play, duration_ms, number_of(row, "duration"));
    }
    return play;
}

/* Adds the current row; false if the batch is full. */
static bool add_row(struct feed_job *j)
{
    OWNED(json_release) json_t *json = parse(j);
    if (json == NULL) {
        return false; /* the file was changed under the job, which then does not go on */
    }
    char user_id[TEXT_SIZE];
    char month[TEXT_SIZE] = "";
    time_t viewed = (time_t)number_of(json, "viewedAt");
    struct tm utc;
    if (gmtime_r(&viewed, &utc) != NULL) {
        (void)strftime(month, sizeof(month), "%Y-%m", &utc);
    }
    (void)snprintf(user_id, sizeof(user_id), "%lld", (long long)number_of(json, "accountID"));
    struct mapped_row row = {.position = j->ordinal,
                             .native_id = key_of(json).native_id,
                             .has_native_id = true,
                             .play = play_of(json, user_id),
                             .facet_library = text_of(json, "librarySectionID"),
                             .facet_month = month};
    row.facet_user = row.play.user != NULL ? row.play.user : user_id;
    PUT(&row.play, content_hash, (int64_t)XXH3_64bits(j->line, j->line_size));
    return batch_add(j->batch, &row);
}

static bool feed_next_batch(struct runner_job *job, int64_t from, struct batch_commit *out)
{
    struct feed_job *j = feed_job_of(job);
    batch_reset(j->batch);
    for (int64_t at = from; at < from + feed_batch_rows && at <= job->task.last_id; at++) {
        if (!go_to(j, at) || !add_row(j)) {
            break;
        }
    }
    if (batch_rows(j->batch) == 0) {
        job_runner_fail(job->runner, ERR_RESUME_MISMATCH, "The file was changed under the job");
        return false;
    }
    batch_fill(j->batch, out);
    out->last_id = batch_last(j->batch);
    out->planned_rows = batch_rows(j->batch);
    PUT(out, last, out->last_id == job->task.last_id);
    return true;
}

const struct job_driver feed_driver = {.name = "plex history",
                                       .operation = operation_plex_historical,
                                       .job_size = sizeof(struct feed_job),
                                       .source_wait_ms = 10000,
                                       .open = feed_open,
                                       .check = feed_check,
                                       .plan = feed_plan,
                                       .close = feed_close,
                                       .init = feed_init,
                                       .release = feed_release,
                                       .is_away = feed_is_away,
                                       .fill_plan = feed_fill_plan,
                                       .next_batch = feed_next_batch};
