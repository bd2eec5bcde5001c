/* SPDX-License-Identifier: MIT
 * fixture.h - a history in a fresh folder, and batches made row by row. */
#ifndef PLAYBUS_TESTS_UNIT_HISTORY_FIXTURE_H
#define PLAYBUS_TESTS_UNIT_HISTORY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actors/history/commit.h"
#include "actors/history/lifecycle.h"
#include "actors/history/people.h"
#include "actors/history/play_filter.h"
#include "actors/history/query.h"
#include "proto/base/clock.h"

#define FIXTURE_TEST(function) \
    cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

enum { FIXTURE_NOW = 1700000000 }; /* seconds; the clock of the tests starts here */

struct fixture {
    char folder[64], path[96];
    struct history *h;
    struct arena *arena;
    int64_t now;  /* the steady clock */
    bool dry_run; /* of jobs made from here on */
    struct row_key samples[4];
    size_t samples_count;
};

struct batch_maker {
    int64_t first_id, last_id;
    uint64_t planned;
    struct bytes cursor;
    int64_t leased_to; /* 0: it is of no lease */
    bool no_facets, no_items, native_ids;
    uint64_t count_off; /* added to play_count: a lie */
    struct buffer plays;
    uint64_t play_count;
    struct row_note notes[8];
    size_t notes_count;
};

/* The wall clock of the tests: the steady one, and how far it was set since the test began. */
static int64_t fixture_steady, fixture_set_ms;

static inline int64_t fixture_wall(void)
{
    return fixture_steady + fixture_set_ms;
}

static inline void fixture_tick(struct fixture *f, int64_t ms)
{
    f->now += ms;
    fixture_steady = f->now;
}

static inline int fixture_open(void **state)
{
    struct fixture *f = must_alloc(sizeof *f);
    strcpy(f->folder, "/tmp/playbus-history-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/history.db", f->folder);
    fixture_set_ms = 0;
    fixture_tick(f, (int64_t)FIXTURE_NOW * 1000);
    clock_set_wall(fixture_wall);
    f->arena = arena_new();
    f->samples[0] = (struct row_key){.native_id.number = 1, .started_at = 1000};
    f->samples_count = 1;
    assert_int_equal(history_open(f->path, f->now, &f->h), OK);
    *state = f;
    return 0;
}

static inline int fixture_close(void **state)
{
    struct fixture *f = *state;
    clock_set_wall(NULL);
    history_close(&f->h);
    arena_destroy(&f->arena);
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

/* What a question is asked with; its arena is the caller's. */
static inline void fixture_reader(const struct fixture *f, struct reader *out)
{
    assert_int_equal(db_open_reader(f->path, &out->db), OK);
    assert_int_equal(filter_functions(out->db), OK);
    assert_int_equal(people_load(out->db, &out->people), OK);
    assert_int_equal(people_functions(out->db, out->people), OK);
}

static inline void fixture_reader_close(struct reader *r)
{
    db_close(&r->db);
    people_destroy(&r->people);
}

/* As after kill -9: what was not committed is gone. */
static inline void fixture_reopen(struct fixture *f)
{
    history_close(&f->h);
    assert_int_equal(history_open(f->path, f->now, &f->h), OK);
}

/* The tables as version 4 had them: what a later step adds to them is taken back here too. */
static inline void fixture_back_to_4(struct fixture *f)
{
    assert_int_equal(
        db_exec(f->h->store->db,
                "ALTER TABLE plays DROP COLUMN grouped; DROP INDEX play_sources_time;"
                "ALTER TABLE play_sources DROP COLUMN link_no;"
                "ALTER TABLE play_sources DROP COLUMN content_hash;"
                "ALTER TABLE play_sources DROP COLUMN item_id;"
                "ALTER TABLE play_sources DROP COLUMN reference_id;"
                "ALTER TABLE play_sources DROP COLUMN lacks;"
                "ALTER TABLE play_sources DROP COLUMN body;"
                "DROP TABLE dry_servers; DROP TABLE dry_rows; DROP TABLE regroup_due;"
                "DROP TRIGGER users_renamed; ALTER TABLE users DROP COLUMN is_admin;"
                "DROP TABLE people;"
                "DROP TABLE person_accounts; DROP TABLE forgotten; DROP TABLE scrub_due;"
                "DROP TABLE forgotten_names; DROP TABLE user_names;"
                "ALTER TABLE jobs DROP COLUMN params; ALTER TABLE jobs DROP COLUMN cursor;"
                "ALTER TABLE jobs DROP COLUMN runner;"
                "ALTER TABLE jobs DROP COLUMN scheduled; ALTER TABLE jobs DROP COLUMN whole;"
                "DROP TABLE server_syncs; DROP TABLE undone_rows;"
                "ALTER TABLE jobs RENAME COLUMN title TO db_path;"
                "CREATE TEMP TABLE kept AS SELECT * FROM job_keys; DROP TABLE job_keys;"
                "CREATE TABLE job_keys (job_no INTEGER NOT NULL, native_id INTEGER NOT NULL,"
                " started_at INTEGER NOT NULL, PRIMARY KEY (job_no, native_id)) WITHOUT ROWID;"
                "INSERT INTO job_keys SELECT * FROM kept;"
                "CREATE TEMP TABLE dry AS SELECT * FROM dry_keys; DROP TABLE dry_keys;"
                "CREATE TABLE dry_keys (job_no INTEGER NOT NULL, native_id INTEGER NOT NULL,"
                " started_at INTEGER NOT NULL, content_hash INTEGER NOT NULL,"
                " PRIMARY KEY (job_no, native_id)) WITHOUT ROWID;"
                "CREATE UNIQUE INDEX dry_keys_time ON dry_keys (job_no, started_at, content_hash);"
                "INSERT INTO dry_keys SELECT job_no, native_id, started_at, content_hash FROM dry;"
                "ALTER TABLE job_batches DROP COLUMN order_no; DROP TABLE job_undos;"
                "DROP TABLE row_rebases; DROP TABLE doubts;"
                "ALTER TABLE job_batches DROP COLUMN watched_percent;"
                "DROP TABLE kept; DROP TABLE dry;"
                "DROP TRIGGER plays_gone; DROP TRIGGER plays_changed; DROP TABLE play_search;"
                "DROP TABLE play_index; DROP TABLE play_index_changed; DROP TABLE play_hours;"
                "DROP TABLE play_index_state; DROP TABLE play_sums; DROP TABLE play_titles;"
                "DROP TABLE play_dimensions; DROP TABLE play_titles_left; PRAGMA user_version = 4"),
        OK);
}

static inline int64_t fixture_number(const struct fixture *f, const char *sql)
{
    int64_t n = -1;
    assert_int_equal(db_number(f->h->store->db, sql, -1, &n), OK);
    return n;
}

static inline struct job_create fixture_start(const struct fixture *f, const char *job_id)
{
    struct job_create ask = {.job_id = job_id,
                             .operation = operation_tautulli_import,
                             .title = "/data/tautulli.db",
                             .samples = (struct row_key *)f->samples,
                             .samples_count = f->samples_count};
    PUT(&ask, dry_run, f->dry_run);
    return ask;
}

static inline struct job_plan fixture_plan(const struct fixture *f, const char *job_id,
                                           int64_t first_id, int64_t last_id, uint64_t total)
{
    return (struct job_plan){.job_id = job_id,
                             .attempt = 1,
                             .first_id = first_id,
                             .last_id = last_id,
                             .total = total,
                             .planned_at = f->now,
                             .server_id = "server-a",
                             .samples = (struct row_key *)f->samples,
                             .samples_count = f->samples_count};
}

static inline void fixture_plan_rows(struct fixture *f, const char *job_id, int64_t first_id,
                                     int64_t last_id, uint64_t total)
{
    struct job_plan plan = fixture_plan(f, job_id, first_id, last_id, total);
    struct job_planned planned;
    assert_int_equal(lifecycle_plan(f->h, &plan, f->now, f->arena, &planned), OK);
}

/* A job of a database at this path, not planned yet. */
static inline void fixture_job_of(struct fixture *f, const char *job_id, const char *path)
{
    struct job_create ask = fixture_start(f, job_id);
    struct job_created made;
    struct refusal why;
    ask.title = path;
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why), OK);
}

static inline struct active_job *fixture_planned_job(struct fixture *f, const char *job_id,
                                                     int64_t first_id, int64_t last_id,
                                                     uint64_t total)
{
    fixture_job_of(f, job_id, fixture_start(f, job_id).title);
    fixture_plan_rows(f, job_id, first_id, last_id, total);
    return active_job_by_id(f->h, job_id);
}

static inline void maker_row(struct batch_maker *b, const struct play *play)
{
    assert_int_equal(row_pack(desc_play(), play, &b->plays), OK);
    b->play_count++;
}

static inline struct play maker_base(int64_t id, int64_t started, const char *user, int64_t hash)
{
    struct play play = {.position = id,
                        .content_hash = hash,
                        .started_at = started,
                        .time_quality = time_quality_exact,
                        .user = user,
                        .media_type = "movie",
                        .title = "A film"};
    PUT(&play, item, 0);
    return play;
}

static inline void maker_play_hash(struct batch_maker *b, int64_t id, int64_t started,
                                   const char *user, int64_t hash)
{
    struct play play = maker_base(id, started, user, hash);
    PUT(&play, stopped_at, started + 60000);
    PUT(&play, played_s, 60);
    maker_row(b, &play);
}

/* A play whose stop is not known. */
static inline void maker_open_play(struct batch_maker *b, int64_t id, int64_t started,
                                   const char *user, int64_t hash)
{
    struct play play = maker_base(id, started, user, hash);
    maker_row(b, &play);
}

static inline void maker_play(struct batch_maker *b, int64_t id, int64_t started, const char *user)
{
    maker_play_hash(b, id, started, user, (int64_t)((uint64_t)id * 7919));
}

/* A play that the source calls by a text. */
static inline void maker_named(struct batch_maker *b, int64_t position, const char *id,
                               int64_t started)
{
    struct play play = maker_base(position, started, "alice", (int64_t)strlen(id) + started);
    for (const char *c = id; *c != '\0'; c++) {
        play.content_hash = play.content_hash * 31 + *c;
    }
    play.native_id.text = (struct bytes){id, strlen(id)};
    play.has_native_id = true;
    b->native_ids = true;
    maker_row(b, &play);
}

static inline void maker_reject(struct batch_maker *b, int64_t id, const char *code)
{
    struct row_note *note = &b->notes[b->notes_count++];
    *note = (struct row_note){.position = id, .code = code, .message = "Not good"};
    PUT(note, facet, 0);
}

/* Commits the one batch, expects the result, frees the maker. */
static inline void fixture_commit(struct fixture *f, struct active_job *active,
                                  struct batch_maker *b, enum err expected)
{
    OWNED(buffer_release) struct buffer items = {0};
    struct batch_item item = {.hash = 4711, .body = {"\x90", 1}};
    assert_int_equal(row_pack(desc_batch_item(), &item, &items), OK);
    struct facet facets[] = {{.user = "alice", .library = "Films", .month = "2024-01"}};
    struct batch_commit batch = {.job_id = active->job.job_id,
                                 .attempt = active->job.attempt,
                                 .first_id = b->first_id,
                                 .last_id = b->last_id,
                                 .planned_rows = b->planned,
                                 .runner = active->job.runner,
                                 .last = b->last_id >= active->job.last_id,
                                 .cursor = b->cursor,
                                 .has_watched_percent = true,
                                 .watched_percent = 85,
                                 .play_count = b->play_count + b->count_off,
                                 .item_count = b->no_items ? 0 : 1,
                                 .facets = facets,
                                 .facets_count = b->no_facets ? 0 : 1,
                                 .native_ids = b->native_ids,
                                 .has_native_ids = b->native_ids,
                                 .notes = b->notes,
                                 .notes_count = b->notes_count,
                                 .lease = {.last_id = b->leased_to},
                                 .has_lease = b->leased_to != 0,
                                 .plays = {b->plays.data, b->plays.size},
                                 .items = {items.data, b->no_items ? 0 : items.size}};
    const struct batch_commit *batches[] = {&batch};
    struct commit_flaw flaw = {0};
    fixture_tick(f, 500);
    assert_int_equal(commit_batches(f->h, active, batches, 1, f->now, &flaw), expected);
    buffer_release(&b->plays);
}

static inline void fixture_store_one(struct fixture *f, struct active_job *active, int64_t id)
{
    struct batch_maker b = {.first_id = id, .last_id = id, .planned = 1};
    maker_play(&b, id, id * 1000, "alice");
    fixture_commit(f, active, &b, OK);
}

static inline void fixture_stop_import(struct fixture *f)
{
    struct job_stop ask = {.operation = operation_tautulli_import};
    struct active_job *active = NULL;
    fixture_tick(f, 1000);
    assert_int_equal(lifecycle_stop(f->h, &ask, f->now, &active), OK);
    assert_int_equal(active->job.status, status_cancelled);
}

#endif
