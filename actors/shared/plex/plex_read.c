/* SPDX-License-Identifier: MIT
 * plex_read.c - reads pages and makes batches of them, the next page while a batch is committed.
 *
 * A batch carries the cursor behind its last row, so whatever comes later goes on exactly there:
 * the next batch, the same one again after a failure, another process after a crash. What was seen
 * among the sessions comes last; it is not in the cursor: given again it is known. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "actors/shared/plex/plex_job.h"
#include "actors/shared/plex/plex_json.h"

enum {
    BATCH_ROWS = 1000,
    UNCOUNTED_MAX = 2000000,
    FUTURE_S = 86400, /* a clock may be a day off */
    ITEMS_REMEMBERED = 500
};

static void go_on_reading(struct plex_job *j);

/* ---- where to go on ---- */

static void keep_place(struct place *to, int64_t position, struct bytes cursor)
{
    to->position = position;
    buffer_reset(&to->cursor);
    buffer_append(&to->cursor, cursor.data != NULL ? cursor.data : "", cursor.size);
}

static enum err begin_reading(struct plex_job *j, struct bytes cursor)
{
    plex_call_drop(j);
    reading_release(&j->reading);
    reading_begin(&j->reading, plex_since(j), j->params.library_ids, j->params.library_ids_count);
    j->reading.starts = j->total > 0 ? j->starts : NULL;
    j->reading.whole = j->total > 0 && j->whole;
    /* A server that could not be asked how many there are was planned as one row. */
    j->reading.expected = j->job.task.total > 1 ? j->job.task.total : UNCOUNTED_MAX;
    j->reading_begun = true;
    j->seen_at = j->seen_count = 0;
    j->seen_ready = false;
    if (j->use->take_seen != NULL) {
        j->use->take_seen(j);
    }
    if (cursor.size > 0) {
        return reading_unpack(&j->reading, cursor);
    }
    reading_begin_pass(&j->reading);
    return OK;
}

/* The position is one of those that were committed or given out last, or what the job was taken on
 * with. */
static enum err settle(struct plex_job *j, int64_t from)
{
    const struct job_task *task = &j->job.task;
    struct bytes cursor = {0};
    if (from == j->given.position) {
        cursor = (struct bytes){j->given.cursor.data, j->given.cursor.size};
    } else if (from == j->committed.position) {
        cursor = (struct bytes){j->committed.cursor.data, j->committed.cursor.size};
    } else if (from == task->next_id) {
        cursor = task->cursor;
    } else {
        return ERR_SYSTEM;
    }
    bool stands = j->reading_begun && from == j->reading_at;
    if (from != j->committed.position) {
        keep_place(&j->committed, from, cursor);
    }
    j->reading_at = from;
    return stands ? OK : begin_reading(j, cursor);
}

/* ---- trouble ---- */

/* What may heal is tried again once the server was found to be there, and the one that is meant. */
static void trouble(struct plex_job *j, enum err code, const char *text)
{
    struct job_runner *r = j->job.runner;
    if (server_may_heal(code) && !job_runner_waited_too_long(&j->job, &j->unread_since_ms, code)) {
        j->job.reopen = true;
        return;
    }
    job_runner_fail(r, code, text[0] != '\0' ? text : NULL);
}

/* ---- items ---- */

static void on_items(struct plex_job *j, enum err code, const char *text, const json_t *container)
{
    const json_t *list = NULL;
    size_t i = 0;
    json_t *one = NULL;
    char key[24];
    code = code == OK ? plex_list(container, "Metadata", &list) : code;
    if (code == ERR_SERVER_FLOODS && j->items_at_once > 1) {
        j->items_at_once /= 2;
        go_on_reading(j);
        return;
    }
    if (code != OK && code != ERR_SERVER_PATH_MISSING && code != ERR_SERVER_FLOODS) {
        trouble(j, code, text);
        return;
    }
    json_array_foreach(list, i, one)
    {
        if (plex_key(one, "ratingKey", key) != NULL && json_object_get(j->asked, key) != NULL) {
            (void)json_object_set(j->items, key, one);
        }
    }
    (void)json_object_update_missing(j->items, j->asked);
    go_on_reading(j);
}

/* The i-th row that is at hand and was not given yet: of the page, or behind the last one of what
 * was seen. NULL behind them. */
static const json_t *row_at_hand(const struct plex_job *j, size_t i)
{
    if (j->reading.page != NULL) {
        return json_array_get(j->reading.page, j->reading.at + i);
    }
    return j->reading.done && j->seen_at + i < j->seen_count ? j->seen[j->seen_at + i].about : NULL;
}

/* The keys of the items that are not known yet, as many as are asked for at once; false: there are
 * none. */
static bool ask_items(struct plex_job *j)
{
    char path[PLEX_PATH_SIZE] = "/library/metadata/";
    size_t size = strlen(path);
    char key[24];
    (void)json_object_clear(j->asked);
    const json_t *row = NULL;
    for (size_t i = 0; (row = row_at_hand(j, i)) != NULL; i++) {
        const char *item = plex_row_item(row, key);
        bool wanted = item != NULL && json_object_get(j->items, item) == NULL &&
                      json_object_get(j->asked, item) == NULL;
        if (wanted) {
            size += (size_t)snprintf(path + size, sizeof(path) - size, "%s%s",
                                     json_object_size(j->asked) > 0 ? "," : "", item);
            (void)json_object_set_new(j->asked, item, json_null());
        }
        if (json_object_size(j->asked) >= j->items_at_once) {
            break;
        }
    }
    if (json_object_size(j->asked) == 0) {
        return false;
    }
    plex_ask(j, path, true, on_items);
    return true;
}

/* ---- pages ---- */

static void on_page(struct plex_job *j, enum err code, const char *text, const json_t *container)
{
    const json_t *rows = NULL;
    int64_t total = -1;
    if (code == ERR_SERVER_FLOODS && reading_ask_less(&j->reading, (int64_t)time(NULL))) {
        go_on_reading(j);
        return;
    }
    code = code == OK ? plex_list(container, "Metadata", &rows) : code;
    if (code == OK) {
        (void)plex_number(container, "totalSize", &total);
        code = reading_take_page(&j->reading, rows, total);
        if (code == ERR_SERVER_FLOODS) {
            job_runner_fail(j->job.runner, code, "The server's pages have no end");
            return;
        }
    }
    if (code != OK) {
        trouble(j, code, text);
        return;
    }
    j->unread_since_ms = 0;
    if (json_object_size(j->items) > ITEMS_REMEMBERED) {
        (void)json_object_clear(j->items);
    }
    go_on_reading(j);
}

/* Asks for what the next batch lacks; if it lacks nothing it can be made. */
static void go_on_reading(struct plex_job *j)
{
    char question[READING_QUESTION_SIZE];
    if (j->call != NULL) {
        return;
    }
    if (j->reading.page != NULL) {
        if (!ask_items(j)) {
            j->page_ready = true;
            job_runner_go_on(j->job.runner);
        }
    } else if (j->reading.done) {
        j->seen_ready = !ask_items(j);
        if (j->seen_ready) {
            job_runner_go_on(j->job.runner);
        }
    } else {
        j->page_ready = false;
        reading_question(&j->reading, question);
        plex_ask(j, question, true, on_page);
    }
}

/* ---- batches ---- */

static struct plex_rules rules_of(const struct plex_job *j)
{
    return (struct plex_rules){.names = &j->names,
                               .items = j->items,
                               .server_id = j->identity,
                               .latest_s = (int64_t)time(NULL) + FUTURE_S};
}

static void add_rows(struct plex_job *j, int64_t from)
{
    const struct plex_rules rules = rules_of(j);
    while (batch_rows(j->batch) < BATCH_ROWS) {
        struct reading before = j->reading;
        const json_t *row = reading_next_row(&j->reading);
        if (row == NULL) {
            break;
        }
        j->row.out.position = from + (int64_t)batch_rows(j->batch);
        plex_row_map(&j->row, row, &rules, &j->scratch);
        if (!batch_add(j->batch, &j->row.out)) {
            j->reading = before; /* the page is still there */
            break;
        }
    }
}

static void add_seen(struct plex_job *j, int64_t from)
{
    const struct plex_rules rules = rules_of(j);
    while (j->seen_at < j->seen_count && batch_rows(j->batch) < BATCH_ROWS) {
        const struct plex_seen *seen = &j->seen[j->seen_at];
        j->row.out.position = from + (int64_t)batch_rows(j->batch);
        plex_row_map_session(&j->row, &seen->session, seen->about, &rules, &j->scratch);
        if (!batch_add(j->batch, &j->row.out)) {
            break;
        }
        j->seen_at++;
    }
}

static bool has_read_all(const struct plex_job *j)
{
    return j->reading.done && j->seen_at == j->seen_count;
}

static enum err make_batch(struct plex_job *j, int64_t from, struct batch_commit *out)
{
    int64_t rows = (int64_t)batch_rows(j->batch);
    enum err e = reading_pack(&j->reading, &j->scratch);
    if (e != OK) {
        return e;
    }
    batch_fill(j->batch, out);
    out->last_id = rows > 0 ? from + rows - 1 : from;
    out->planned_rows = (uint64_t)rows;
    j->reading_at = out->last_id + 1;
    keep_place(&j->given, out->last_id + 1, (struct bytes){j->scratch.data, j->scratch.size});
    out->cursor = (struct bytes){j->given.cursor.data, j->given.cursor.size};
    j->given_last = has_read_all(j);
    PUT(out, last, j->given_last);
    PUT(out, watched_percent, PLEX_WATCHED_PERCENT);
    PUT(out, unwanted_rows, j->reading.unwanted);
    j->reading.unwanted = 0;
    return OK;
}

bool plex_next_batch(struct runner_job *job, int64_t from, struct batch_commit *out)
{
    struct plex_job *j = plex_job_of(job);
    if (j->given_last && from == j->given.position) {
        return false; /* the history says that the job is over */
    }
    enum err e = settle(j, from);
    if (e != OK) {
        job_runner_fail(job->runner, e, NULL);
        return false;
    }
    batch_reset(j->batch);
    if (j->reading.page != NULL && j->page_ready) {
        add_rows(j, from);
    }
    if (j->reading.page == NULL && j->reading.done && j->call == NULL) {
        j->seen_ready = j->seen_ready || !ask_items(j);
    }
    if (j->seen_ready) {
        add_seen(j, from);
    }
    /* Without a row it takes the place along, so that what is not wanted is not read again. */
    bool given = batch_rows(j->batch) > 0 || j->reading.unwanted > 0 || has_read_all(j);
    if (given) {
        e = make_batch(j, from, out);
        if (e != OK) {
            job_runner_fail(job->runner, e, NULL);
            return false;
        }
    }
    if (j->reading.page == NULL && !j->reading.done) {
        go_on_reading(j);
    }
    return given;
}
