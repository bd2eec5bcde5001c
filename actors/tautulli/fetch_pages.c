/* SPDX-License-Identifier: MIT
 * fetch_pages.c - what a copy lacks of the history, or all of it, by Tautulli's API: a page after
 * another is asked for in the loop and written in the job's thread. */
#include "actors/shared/tautulli_api.h"
#include "actors/tautulli/fetch_parts.h"
#include "actors/tautulli/import_job.h"
#include "proto/wire/json.h"

enum {
    PAGE_MAX = 8 * 1024 * 1024,
    PAGE_ROWS = 5000,
    PAGE_OVERLAP = 50, /* rows that may be deleted there between two pages */
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

static void page_work(struct runner_job *job)
{
    struct fetch *f = &import_job_of(job)->fetch;
    OWNED(json_release) json_t *said = json_loadb(f->page.data, f->page.size, 0, NULL);
    const json_t *data = NULL;
    job->code = tautulli_judge(200, "", said, true, &data);
    const json_t *rows = json_object_get(data, "data");
    if (job->code == OK && !json_is_array(rows)) {
        job->code = ERR_SERVER_FAILED;
    }
    if (job->code == OK) {
        job->code = fetch_store_rows(f->store, rows, f->alone ? INT64_MIN : f->copy.newest_id,
                                     &f->page_stored);
    }
}

/* All is there that can be. */
static void finish(struct fetch *f)
{
    if (f->alone && f->stored < f->rows) {
        fetch_warn(
            f, arena_format(f->arena,
                            "%llu plays of Tautulli's history are not told by its API: details of "
                            "theirs are missing there",
                            (unsigned long long)(f->rows - f->stored)));
    } else if (!f->alone && f->stored > 0) {
        fetch_warn(f, arena_format(
                          f->arena,
                          "%llu plays were not yet in the copy of its database that Tautulli "
                          "handed out, and were read through its API, " FETCH_LACKS FETCH_COMPLETE,
                          (unsigned long long)f->stored));
    }
    fetch_end(f, OK, NULL);
}

static void on_page_stored(struct runner_job *job)
{
    struct fetch *f = fetch_of(job);
    if (job->code != OK) {
        fetch_end(f, job->code, NULL);
        return;
    }
    if (f->page_is_users) {
        f->page_is_users = false;
        ask_page(f);
        return;
    }
    uint64_t missing = f->rows > f->copy.rows ? f->rows - f->copy.rows : 0;
    bool last = f->page_stored.seen < f->page_rows;
    f->stored += f->page_stored.stored;
    bool found = !f->alone && (f->page_stored.stored == 0 || f->stored >= missing);
    if (last || found) {
        finish(f);
        return;
    }
    f->page_at += f->page_rows > PAGE_OVERLAP ? f->page_rows - PAGE_OVERLAP : f->page_rows;
    job_runner_say(job->runner, arena_format(f->arena, "Reading plays through Tautulli's API: %llu",
                                             (unsigned long long)f->stored));
    ask_page(f);
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
        f->page_rows /= 2; /* rows of this history are larger than most */
        ask_page(f);
    } else if (answered) {
        buffer_reset(&f->page);
        buffer_append(&f->page, answer->body.data, answer->body.size);
        fetch_work(f, f->page_is_users ? users_work : page_work, on_page_stored);
    } else {
        OWNED(json_release) json_t *said = NULL;
        const json_t *data = NULL;
        if (fetch_read_answer(f, answer, true, &said, &data)) {
            fetch_end(f, ERR_SERVER_FAILED, NULL);
        }
    }
}

/* The newest first where they are what is missing; else the oldest, so that what is added meanwhile
 * moves nothing. */
static void ask_page(struct fetch *f)
{
    fetch_ask(f,
              arena_format(f->arena,
                           "cmd=get_history&grouping=0&include_activity=0&order_column=started"
                           "&order_dir=%s&start=%llu&length=%llu",
                           f->alone ? "asc" : "desc", (unsigned long long)f->page_at,
                           (unsigned long long)f->page_rows),
              on_page, PAGE_MAX, FETCH_PAGE_MS);
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
    f->page_rows = PAGE_ROWS;
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
