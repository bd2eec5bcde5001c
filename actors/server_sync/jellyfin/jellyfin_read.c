/* SPDX-License-Identifier: MIT
 * jellyfin_read.c - reads the records, and makes batches of what they tell.
 *
 * What a page tells is held until the server was asked about its items. No cursor says how far the
 * reading is: a batch that was lost, or another process after a crash, reads from the start, and
 * what is there already is passed over by the history, so the receipt has each row once. It would
 * save little: what the plugin's rows and the items are worth follows from all of the log, which
 * would have to be read again. What the last batch leaves is what times of the plugin were read as.
 */
#include <stdio.h>
#include <string.h>

#include "actors/server_sync/jellyfin/jellyfin_job.h"
#include "actors/shared/server_answer.h"

enum { BATCH_ROWS = 1000, ITEMS_AT_ONCE = 100, ITEMS_REMEMBERED = 500, REPORT_TRIES = 3 };
#define WATCHED_PERCENT 90.0 /* what these servers take for played to the end */

static void go_on_reading(struct jellyfin_job *j);

static struct watched_server watched_server(const struct jellyfin_job *j)
{
    const struct sync *sync = j->server.sync;
    return (struct watched_server){sync->servers, sync->id, j->server.identity};
}

/* What was seen to be played was begun, whatever the log lacks. */
static void begin_traces(struct jellyfin_job *j)
{
    const struct watched_server server = watched_server(j);
    traces_begin(&j->traces);
    arena_reset(j->watched_arena);
    if (watched_plays_ended(&server, j->watched_arena, &j->watched) != OK) {
        j->watched = (struct watched_plays){0}; /* logged; they wait for the next sync */
    }
    for (size_t i = 0; i < j->watched.count; i++) {
        const struct watched_play *play = &j->watched.items[i];
        traces_add(&j->traces, play->user, play->item, play->started_at,
                   play->has_stopped_at ? play->stopped_at : play->seen_at);
    }
}

void jellyfin_stored(struct jellyfin_job *j)
{
    const struct watched_server server = watched_server(j);
    if (j->watched.last_no > 0 && watched_plays_stored(&server, j->watched.last_no) != OK) {
        log_warn("plays that are stored could not be taken away server_id=%s, going on", server.id);
    }
}

static void begin_reading(struct jellyfin_job *j)
{
    media_call_drop(&j->server);
    told_release(&j->told);
    begin_traces(j);
    log_begin(&j->log, &j->dialect, j->since, j->now, &j->playing, &j->traces);
    if (j->report.columns != 0) {
        j->report.state = REPORT_ROWS;
    }
    j->report.last_row = -1;
    items_begin(&j->items, &j->dialect, j->since, j->now, &j->playing, &j->traces);
    items_begin_users(&j->items, j->users, j->user_count);
    j->record = READ_LOG;
    j->ready = false;
    j->rows = 0;
    j->pages = 0;
    j->passed_over = 0;
    j->reading_begun = true;
}

/* What may heal is tried again once the server was found to be there, and the one that is meant. */
static void trouble(struct jellyfin_job *j, const struct media_answer *answer, enum err code)
{
    struct job_runner *r = j->job.runner;
    if (server_may_heal(code) && !job_runner_waited_too_long(&j->job, &j->unread_since_ms, code)) {
        j->job.reopen = true;
        return;
    }
    job_runner_fail(r, code, answer->text[0] != '\0' ? answer->text : NULL);
}

/* ---- items ---- */

/* Items that are gone are not among them, and are not asked for again. */
static void on_items(void *owner, const struct media_answer *answer)
{
    struct jellyfin_job *j = owner;
    const json_t *list = json_object_get(answer->body, "Items");
    char id[TOLD_ID_SIZE];
    size_t i = 0;
    json_t *one = NULL;
    if (answer->code != OK && server_may_heal(answer->code) && answer->status != 500) {
        trouble(j, answer, answer->code);
        return;
    }
    json_array_foreach(list, i, one)
    {
        if (told_id(told_text(one, "Id"), id) && json_object_get(j->asked, id) != NULL) {
            (void)json_object_set_new(j->known, id, told_about(one));
        }
    }
    (void)json_object_update_missing(j->known, j->asked);
    go_on_reading(j);
}

/* The items that what was told is of, and that are not known yet; false: there are none. */
static bool ask_items(struct jellyfin_job *j)
{
    bool emby = j->dialect.source == source_kind_emby;
    char path[MEDIA_PATH_SIZE];
    size_t size = (size_t)snprintf(path, sizeof path, "/Items?%s",
                                   emby ? "Fields=ProviderIds,ProductionYear,Path&Ids="
                                        : "fields=ProviderIds,Path&enableUserData=false&ids=");
    (void)json_object_clear(j->asked);
    for (size_t i = j->told.at; i < j->told.count; i++) {
        const struct told *told = &j->told.items[i];
        bool wanted = told->about == NULL && json_object_get(j->known, told->item) == NULL &&
                      json_object_get(j->asked, told->item) == NULL;
        bool fits =
            json_object_size(j->asked) < ITEMS_AT_ONCE && size + TOLD_ID_SIZE + 2 < sizeof path;
        if (wanted && fits) {
            size += (size_t)snprintf(path + size, sizeof path - size, "%s%s",
                                     json_object_size(j->asked) > 0 ? "," : "", told->item);
            (void)json_object_set_new(j->asked, told->item, json_null());
        }
    }
    if (json_object_size(j->asked) == 0) {
        return false;
    }
    media_ask(&j->server, path, NULL, on_items);
    return true;
}

/* ---- pages ---- */

static void took_page(struct jellyfin_job *j, const struct media_answer *answer, enum err code)
{
    if (code != OK) {
        trouble(j, answer, code);
        return;
    }
    /* What was read before proves nothing of the page that failed. */
    if (++j->pages > j->pages_best) {
        j->pages_best = j->pages;
        j->unread_since_ms = 0;
    }
    if (json_object_size(j->known) > ITEMS_REMEMBERED) {
        (void)json_object_clear(j->known);
    }
    go_on_reading(j);
}

static void on_log(void *owner, const struct media_answer *answer)
{
    struct jellyfin_job *j = owner;
    enum err e = answer->code;
    took_page(j, answer, e == OK ? log_take(&j->log, answer->body, &j->told) : e);
}

static void on_report(void *owner, const struct media_answer *answer)
{
    struct jellyfin_job *j = owner;
    if (answer->code != OK && !report_is_answer(answer->status)) {
        trouble(j, answer, answer->code);
        return;
    }
    report_take(&j->report, answer->status, answer->body, &j->told);
    if (j->report.state == REPORT_BROKEN && ++j->report_troubles < REPORT_TRIES) {
        j->job.reopen = true; /* its database may be locked for a moment */
        return;
    }
    if (j->report.state == REPORT_BROKEN) {
        log_warn("the plugin Playback Reporting failed amid its rows server_id=%s",
                 j->server.sync->id);
        j->server.sync->lacks = ERR_SERVER_PLUGIN_FAILS;
    }
    took_page(j, answer, j->report.state == REPORT_ENDLESS ? ERR_SERVER_FLOODS : OK);
}

static void on_played(void *owner, const struct media_answer *answer)
{
    struct jellyfin_job *j = owner;
    enum err e = answer->code;
    if (answer->status == 404) { /* that user was removed meanwhile; not all of them */
        items_pass_over(&j->items, &j->told);
        j->passed_over++;
        e = j->items.done && j->passed_over == items_lists(&j->items) ? ERR_SERVER_PATH_MISSING
                                                                      : OK;
    } else if (e == OK) {
        e = items_take(&j->items, answer->body, &j->told);
    }
    took_page(j, answer, e);
}

static bool record_is_done(const struct jellyfin_job *j)
{
    switch (j->record) {
    case READ_LOG:
        return j->log.done;
    case READ_REPORT:
        return report_is_done(&j->report);
    case READ_ITEMS:
        return j->items.done;
    case READ_SESSIONS:
        return true; /* they are told at once */
    default:
        return false;
    }
}

static void ask_page(struct jellyfin_job *j)
{
    char question[REPORT_QUESTION_SIZE];
    _Static_assert(sizeof question >= LOG_QUESTION_SIZE, "any of them fits");
    _Static_assert(sizeof question >= ITEMS_QUESTION_SIZE, "any of them fits");
    if (j->record == READ_LOG) {
        log_question(&j->log, question);
        media_ask(&j->server, question, NULL, on_log);
    } else if (j->record == READ_REPORT) {
        report_question(&j->report, question);
        media_ask(&j->server, REPORT_PATH, question, on_report);
    } else {
        items_question(&j->items, question);
        media_ask(&j->server, question, NULL, on_played);
    }
}

static void tell_watched(struct told_list *list, const struct watched_play *play)
{
    struct told *told = told_add(list);
    _Static_assert(sizeof told->native_id >= WATCHED_ID_SIZE, "it fits");
    watched_play_id(play, told->native_id);
    (void)snprintf(told->user, sizeof told->user, "%s", play->user);
    (void)snprintf(told->item, sizeof told->item, "%s", play->item);
    told->started_at = play->started_at;
    told->stopped_at = play->stopped_at;
    told->has_stop = play->has_stopped_at;
    told->position_ms = play->position_ms;
    told->has_position = play->position_ms > 0;
    told->paused_s = play->paused_ms / TOLD_SECOND_MS;
    told->has_paused = true;
    told->player = play->player; /* in an arena that lives as long as the reading */
    told->product = play->product;
    told->product_version = play->product_version;
    told->machine_id = play->machine_id;
    told->address = play->address;
    told->method = play->method;
}

/* Plays that have ended since the sync before; false: there are none. */
static bool tell_sessions(struct jellyfin_job *j)
{
    for (size_t i = 0; i < j->watched.count; i++) {
        tell_watched(&j->told, &j->watched.items[i]);
    }
    return j->watched.count > 0;
}

/* Behind what was told: the next record that has anything to tell. */
static void advance(struct jellyfin_job *j)
{
    if (j->told.at < j->told.count) {
        return;
    }
    j->ready = false;
    told_clear(&j->told);
    bool tells = false;
    while (!tells && j->record < READ_ALL && record_is_done(j)) {
        j->record++;
        tells = j->record == READ_SESSIONS && tell_sessions(j);
    }
}

static bool has_told_all(const struct jellyfin_job *j)
{
    return j->record == READ_ALL && j->told.at == j->told.count;
}

/* Asks for what the next batch lacks; if it lacks nothing it can be made. */
static void prepare(struct jellyfin_job *j)
{
    if (j->server.call != NULL) {
        return;
    }
    advance(j);
    if (j->told.at < j->told.count) {
        j->ready = !ask_items(j);
    } else if (has_told_all(j)) {
        j->ready = true;
    } else {
        ask_page(j);
    }
}

static void go_on_reading(struct jellyfin_job *j)
{
    prepare(j);
    if (j->ready) {
        job_runner_go_on(j->job.runner);
    }
}

/* ---- batches ---- */

static void add_rows(struct jellyfin_job *j, int64_t from)
{
    const struct told_rules rules = {.users = j->users,
                                     .user_count = j->user_count,
                                     .items = j->known,
                                     .folders = &j->folders,
                                     .server_id = j->server.identity,
                                     .watched_percent = WATCHED_PERCENT};
    while (j->told.at < j->told.count && batch_rows(j->batch) < BATCH_ROWS) {
        j->row.out.position = from + (int64_t)batch_rows(j->batch);
        told_row_map(&j->row, &j->told.items[j->told.at], &rules, &j->scratch);
        if (!batch_add(j->batch, &j->row.out)) {
            break;
        }
        j->told.at++;
    }
}

static void say_what_was_left(const struct jellyfin_job *j)
{
    log_info("a media server was read rows=%" PRIu64 " later=%" PRIu64 " marked=%" PRIu64
             " copied=%" PRIu64 " correlation_id=%s",
             j->rows, j->told.later, j->told.marked, j->told.copied, j->job.task.job_id);
}

static void make_batch(struct jellyfin_job *j, int64_t from, struct batch_commit *out)
{
    int64_t rows = (int64_t)batch_rows(j->batch);
    bool last = has_told_all(j);
    batch_fill(j->batch, out);
    out->last_id = rows > 0 ? from + rows - 1 : from;
    out->planned_rows = (uint64_t)rows;
    j->reading_at = j->given = out->last_id + 1;
    j->rows += (uint64_t)rows;
    j->given_last = last;
    PUT(out, watched_percent, WATCHED_PERCENT);
    PUT(out, last, last);
    if (last) {
        PUT(out, unwanted_rows, j->rows == 0); /* it was planned as one */
        size_t size = zone_runs_write(&j->zone, j->cursor);
        out->cursor = (struct bytes){size > 0 ? j->cursor : NULL, size};
        say_what_was_left(j);
    }
}

bool jellyfin_next_batch(struct runner_job *job, int64_t from, struct batch_commit *out)
{
    struct jellyfin_job *j = jellyfin_job_of(job);
    if (j->given_last && from == j->given) {
        return false; /* the history says that the job is over */
    }
    if (!j->reading_begun || from != j->reading_at) {
        begin_reading(j);
        j->reading_at = from;
        j->given_last = false;
    }
    batch_reset(j->batch);
    prepare(j);
    if (j->ready) {
        add_rows(j, from);
        advance(j);
    }
    bool given = batch_rows(j->batch) > 0 || has_told_all(j);
    if (given) {
        make_batch(j, from, out);
    }
    if (!j->given_last && j->told.at == j->told.count) {
        prepare(j);
    }
    return given;
}
