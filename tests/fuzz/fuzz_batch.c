/* SPDX-License-Identifier: MIT
 * fuzz_batch.c - a batch's rows and items into the real store: taken whole, or refused by name with
 * nothing changed; what was taken comes again as rows that are known. The first four bytes: rows
 * and items announced, bytes of items at the end, length of the range. */
#include <inttypes.h>
#include <stdlib.h>

#include "actors/history/commit.h"
#include "actors/history/lifecycle.h"
#include "proto/base/log.h"

enum { NOW = 1700000000, LAST_ID = INT32_MAX, HEAD = 4 };

static void expect(bool truth)
{
    if (!truth) {
        abort();
    }
}

static struct active_job *start_job(struct history *h, const char *id)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct job_create ask = {.job_id = id, .operation = operation_tautulli_import};
    struct job_created made;
    struct refusal why;
    expect(lifecycle_create(h, &ask, NOW, arena, &made, &why) == OK);
    struct job_plan plan = {.job_id = id,
                            .attempt = 1,
                            .first_id = 1,
                            .last_id = LAST_ID,
                            .total = LAST_ID,
                            .planned_at = NOW,
                            .server_id = "server"};
    struct job_planned planned;
    expect(lifecycle_plan(h, &plan, NOW, arena, &planned) == OK);
    return active_job_by_id(h, id);
}

/* The same rows again, as a later import finds them: known, and of other content than is stored. */
static void take_again(struct history *h, const struct batch_commit *batch)
{
    static const char others[] =
        "UPDATE jobs SET status = 4; INSERT OR IGNORE INTO job_sources SELECT no, 1 FROM jobs;"
        "UPDATE OR IGNORE plays SET content_hash = content_hash + 1, title = NULL, stopped_at = "
        "NULL,"
        " item_id = CASE id % 3 WHEN 0 THEN item_id END, stream = CASE id % 2 WHEN 0 THEN stream "
        "END";
    struct active_job *first = active_job_by_id(h, batch->job_id);
    first->job.status = status_cancelled;
    struct active_job *active = start_job(h, "again");
    struct batch_commit again = *batch;
    const struct batch_commit *batches[] = {&again};
    struct commit_flaw flaw = {0};
    again.job_id = "again";
    expect(db_exec(h->store->db, others) == OK);
    enum err e = commit_batches(h, active, batches, 1, NOW, &flaw);
    expect(e == OK || (e == ERR_BATCH_REFUSED && flaw.text[0] != '\0'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct history *h; /* kept until a batch is taken, which ends its job's first range */
    static struct active_job *active;
    if (size < HEAD) {
        return -1;
    }
    if (h == NULL) {
        log_open("fuzz", LEVEL_ERROR + 1);
        expect(history_open(":memory:", 0, &h) == OK);
        active = start_job(h, "fuzz");
    }
    size_t rest = size - HEAD;
    size_t items = data[2] < rest ? data[2] : rest;
    struct facet facets[] = {{.user = "a"}, {.user = "b", .library = "c", .month = "2024-01"}};
    struct batch_commit batch = {.job_id = "fuzz",
                                 .attempt = 1,
                                 .first_id = 1,
                                 .last_id = 1 + data[3],
                                 .planned_rows = data[0],
                                 .play_count = data[0],
                                 .item_count = data[1],
                                 .native_ids = data[1] % 2 == 1,
                                 .facets = facets,
                                 .facets_count = 2,
                                 .plays = {data + HEAD, rest - items},
                                 .items = {data + size - items, items}};
    const struct batch_commit *batches[] = {&batch};
    struct commit_flaw flaw = {0};
    enum err e = commit_batches(h, active, batches, 1, NOW, &flaw);
    if (e == OK) {
        expect(active->job.next_id == batch.last_id + 1);
        take_again(h, &batch);
        history_close(&h);
    } else {
        expect(e == ERR_BATCH_REFUSED && flaw.text[0] != '\0' && active->job.next_id == 1);
    }
    return 0;
}
