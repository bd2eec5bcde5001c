/* SPDX-License-Identifier: MIT
 * fetch_pages.c - what a copy lacks of the history, or all of it, by Tautulli's API: a page after
 * another is asked for in the loop and written in the job's thread. */
#include "actors/tautulli/fetch_parts.h"

#include <stdio.h>

#include "actors/shared/tautulli_api.h"
#include "actors/tautulli/import_job.h"
#include "proto/wire/json.h"

enum {
    PAGE_MAX = 8 * 1024 * 1024,
    PAGE_ROWS = 5000,
    PAGE_OVERLAP = 50,   /* rows that may be deleted there between two pages */
    ROWS_MAX = 20000000, /* no Tautulli has more */
    PASSED_OVER_MAX = 20,
    BARREN_MAX = 3, /* pages one after another that tell nothing new */
};

static void ask_page(struct fetch *f);

static void users_work(struct runner_job *job)
{
    struct fetch *f = &import_job_of(job)->fetch;
    OWNED(json_release) json_t *said = json_loadb(f->page.data, f->page.size, 0, NULL);
    const json_t *data = NULL;
    /* Without them people have the names that their plays have. */
    job->code =
        tautulli_judge(200, "", said, true, &data) == OK ? fetch_store_users(f->store, data) : OK;
}

static bool read_count(const json_t *data, const char *name, uint64_t *out)
{
    const json_t *count = json_object_get(data, name);
    json_int_t n = json_integer_value(count);
    *out = n > 0 ? (uint64_t)n : 0;
    return json_is_integer(count) && n >= 0;
}

/* A query that fails there is answered like an empty history, so a page has to hold what it says
 * that there is. */
static enum err judge_page(struct fetch *f, const json_t *data, const json_t *rows)
{
    uint64_t seen = json_array_size(rows);
    uint64_t total = 0;
    bool told = json_is_array(rows) && read_count(data, "recordsFiltered", &f->page_whole) &&
                read_count(data, "recordsTotal", &total);
    bool is_short = seen < f->page_rows && f->page_at + seen < f->page_whole;
    if (!told || is_short || (total == 0 && f->rows > 0)) {
        return ERR_SERVER_FAILED;
    }
    f->rows = total; /* plays may have been added since */
    return f->page_whole <= ROWS_MAX && seen <= PAGE_ROWS ? OK : ERR_SERVER_FLOODS;
}

static void page_work(struct runner_job *job)
{
    struct fetch *f = &import_job_of(job)->fetch;
    OWNED(json_release) json_t *said = json_loadb(f->page.data, f->page.size, 0, NULL);
    const json_t *data = NULL;
    f->unreadable = said == NULL && f->page.size > 0 && f->page.data[0] == '{';
    job->code = tautulli_judge(200, "", said, true, &data);
    const json_t *rows = json_object_get(data, "data");
    job->code = job->code == ERR_NOT_A_TAUTULLI ? ERR_SERVER_FAILED : job->code;
    job->code = job->code == OK ? judge_page(f, data, rows) : job->code;
    if (job->code == OK) {
        job->code = fetch_store_rows(f->store, rows, f->alone ? INT64_MIN : f->copy.newest_id,
                                     &f->page_stored);
    }
}

static void warn_of_gap(struct fetch *f)
{
    uint64_t had = (f->alone ? 0 : f->copy.rows) + f->stored + f->passed_over;
    if (f->passed_over > 0) {
        fetch_warn(
            f, arena_format(f->arena,
                            "%u plays are missing, as what Tautulli's API says of them is no text: "
                            "the database file has them",
                            f->passed_over));
    }
    if (had < f->rows && f->alone) {
        fetch_warn(
            f, arena_format(f->arena,
                            "%llu plays of Tautulli's history are not told by its API: details of "
                            "theirs are missing there",
                            (unsigned long long)(f->rows - had)));
    } else if (had < f->rows) {
        fetch_warn(
            f, arena_format(f->arena,
                            "%llu plays that the copy of its database lacked are missing here, as "
                            "Tautulli's API does not tell them" FETCH_COMPLETE,
                            (unsigned long long)(f->rows - had)));
    }
}

/* All is there that can be. */
static void finish(struct fetch *f)
{
    if (!f->alone && f->stored > 0) {
        fetch_warn(f, arena_format(
                          f->arena,
                          "%llu plays were not yet in the copy of its database that Tautulli "
                          "handed out, and were read through its API, " FETCH_LACKS FETCH_COMPLETE,
                          (unsigned long long)f->stored));
    }
    warn_of_gap(f);
    fetch_end(f, OK, NULL);
}

/* Tails are the newest, so a page with a play that the copy has ends one; but plays that were
 * merged into the history may be of any age, and are looked for to its end. */
static bool is_last(const struct fetch *f)
{
    const struct stored_rows *page = &f->page_stored;
    uint64_t missing = f->rows > f->copy.rows ? f->rows - f->copy.rows : 0;
    bool found = !f->alone && f->stored >= missing && page->stored < page->seen;
    return found || f->page_at + page->seen >= f->page_whole;
}

static void next_page(struct fetch *f)
{
    char text[64];
    f->page_at += f->page_rows > PAGE_OVERLAP ? f->page_rows - PAGE_OVERLAP : f->page_rows;
    f->page_rows = f->page_rows * 2 < f->page_most ? f->page_rows * 2 : f->page_most;
    (void)snprintf(text, sizeof(text), "Reading plays through Tautulli's API: %llu",
                   (unsigned long long)f->stored);
    job_runner_say(f->job->runner, text);
    ask_page(f);
}

static void take_page(struct fetch *f)
{
    const struct stored_rows *page = &f->page_stored;
    f->tries = 0;
    f->stored += page->stored;
    f->barren = page->stored > 0 ? 0 : f->barren + 1;
    if (page->seen > 0 && page->with_id == 0) {
        fetch_end(f, ERR_SERVER_FAILED, NULL);
    } else if (is_last(f)) {
        finish(f);
    } else if (f->alone && f->barren >= BARREN_MAX) {
        fetch_end(f, ERR_SERVER_FLOODS, NULL);
    } else {
        next_page(f);
    }
}

/* A text of one row spoils the JSON of its page: the row is looked for, and passed over. */
static void read_less(struct fetch *f)
{
    if (f->page_rows > 1) {
        f->page_rows /= 2;
    } else if (++f->passed_over > PASSED_OVER_MAX) {
        fetch_end(f, ERR_SERVER_FAILED, NULL);
        return;
    } else {
        f->page_at++;
    }
    ask_page(f);
}

static void on_page_stored(struct runner_job *job)
{
    struct fetch *f = fetch_of(job);
    if (job->code == ERR_SERVER_FAILED && f->unreadable) {
        read_less(f);
    } else if (job->code == ERR_SERVER_FAILED) {
        fetch_again(f, job->code, NULL, ask_page);
    } else if (job->code != OK) {
        fetch_end(f, job->code, NULL);
    } else if (f->page_is_users) {
        f->page_is_users = false;
        ask_page(f);
    } else {
        take_page(f);
    }
}

static bool may_pass(enum err code)
{
    return code == ERR_SERVER_FAILED || code == ERR_SERVER_TIMED_OUT ||
           code == ERR_SERVER_UNREACHABLE;
}

/* What has been read by then is not thrown away for one answer. */
static void page_failed(struct fetch *f, const struct http_answer *answer)
{
    OWNED(json_release) json_t *said = NULL;
    const json_t *data = NULL;
    char text[SERVER_ANSWER_TEXT_SIZE];
    enum err e = fetch_read(answer, true, f->server.certificate != NULL, &said, &data, text);
    e = e == OK ? ERR_SERVER_FAILED : e;
    if (may_pass(e)) {
        fetch_again(f, e, text, ask_page);
    } else {
        fetch_end(f, e, text);
    }
}

static void on_page(void *context, const struct http_answer *answer)
{
    struct fetch *f = context;
    f->call = NULL;
    if (f->job->ended) {
        return;
    }
    bool answered = answer->end == HTTP_ANSWERED && answer->status == 200;
    if (f->page_is_users && !answered) {
        f->page_is_users = false; /* people have the names that their plays have */
        ask_page(f);
    } else if (answer->end == HTTP_TOO_LARGE && f->page_rows > 1) {
        f->page_most = f->page_rows /= 2; /* rows of this history are larger than most */
        ask_page(f);
    } else if (answered) {
        buffer_reset(&f->page);
        buffer_append(&f->page, answer->body.data, answer->body.size);
        fetch_work(f, f->page_is_users ? users_work : page_work, on_page_stored);
    } else {
        page_failed(f, answer);
    }
}

/* The newest first where they are what is missing; else the oldest, so that what is added meanwhile
 * moves nothing. */
static void ask_page(struct fetch *f)
{
    char call[192];
    (void)snprintf(call, sizeof(call),
                   "cmd=get_history&grouping=0&include_activity=0&order_column=started"
                   "&order_dir=%s&start=%llu&length=%llu",
                   f->alone ? "asc" : "desc", (unsigned long long)f->page_at,
                   (unsigned long long)f->page_rows);
    fetch_ask(f, call, on_page, PAGE_MAX, FETCH_PAGE_MS);
}

static void open_store_work(struct runner_job *job)
{
    struct fetch *f = &import_job_of(job)->fetch;
    job->code = fetch_store_open(&f->place, f->staging, f->alone, &f->store);
}

static void on_store_open(struct runner_job *job)
{
    struct fetch *f = fetch_of(job);
    if (job->code != OK) {
        fetch_end(f, job->code, NULL);
        return;
    }
    f->page_at = 0;
    f->page_rows = f->page_most = PAGE_ROWS;
    f->page_is_users = f->alone;
    if (f->page_is_users) {
        fetch_ask(f, "cmd=get_users", on_page, PAGE_MAX, FETCH_ANSWER_MS);
    } else {
        ask_page(f);
    }
}

void fetch_pages(struct fetch *f)
{
    fetch_work(f, open_store_work, on_store_open);
}
