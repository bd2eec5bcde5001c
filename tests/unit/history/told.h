/* SPDX-License-Identifier: MIT
 * told.h - rows of several sources, as they are imported in batches of any size. */
#ifndef PLAYBUS_TESTS_UNIT_HISTORY_TOLD_H
#define PLAYBUS_TESTS_UNIT_HISTORY_TOLD_H

#include "tests/unit/history/fixture.h"

enum { HOUR = 3600 * 1000, MINUTE = 60 * 1000 };

/* A row of one of three sources: a Tautulli database, a copy of it under other numbers, Plex: where
 * it has a stop it was seen among the sessions. */
enum origin { FIRST, COPY, PLEX, ORIGINS };

struct told {
    enum origin from;
    int64_t id, at, until; /* until 0: unknown */
    const char *user, *item, *player;
    int64_t offset_ms, duration_ms;
};

static inline struct play play_of(const struct told *t)
{
    static char session[32]; /* packed before the next one is made */
    bool moment = t->from == PLEX && t->until == 0;
    struct play play = {.position = t->id,
                        .content_hash =
                            (int64_t)((uint64_t)t->id * 7919 + (uint64_t)t->at + t->from),
                        .started_at = t->at,
                        .time_quality = moment          ? time_quality_watched_at
                                        : t->until != 0 ? time_quality_exact
                                                        : time_quality_start_only,
                        .watched = moment,
                        .user_id = t->user,
                        .rating_key = t->item,
                        .machine_id = t->player,
                        .media_type = "movie",
                        .title = t->item};
    PUT(&play, item, 0);
    if (t->from == PLEX && !moment) {
        int size = snprintf(session, sizeof session, "session:%d", (int)t->id);
        PUT(&play, native_id, ((struct native_id){.text = {session, (size_t)size}}));
    }
    if (t->until != 0) {
        PUT(&play, stopped_at, t->until);
        PUT(&play, played_s, (int64_t)((uint64_t)t->until - (uint64_t)t->at) / 1000);
    }
    if (t->duration_ms != 0) {
        PUT(&play, duration_ms, t->duration_ms);
        PUT(&play, view_offset_ms, t->offset_ms);
    }
    return play;
}

static inline struct active_job *begin(struct fixture *f, enum origin from, const char *job_id,
                                       const struct told *rows, size_t count)
{
    struct row_key samples[64] = {0};
    size_t found = 0;
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total += rows[i].from == from;
        if (rows[i].from == from && found < 64) {
            samples[found++] =
                (struct row_key){.native_id.number = rows[i].id, .started_at = rows[i].at};
        }
    }
    struct job_create ask = {.job_id = job_id,
                             .operation = from == PLEX ? operation_plex_historical
                                                       : operation_tautulli_import,
                             .title = from == FIRST  ? "/data/a.db"
                                      : from == COPY ? "/b.db"
                                                     : "Plex",
                             .samples = samples,
                             .samples_count = found};
    PUT(&ask, dry_run, f->dry_run);
    struct job_created made;
    struct refusal why;
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why), OK);
    struct job_plan plan = fixture_plan(f, job_id, 1, 1000000, total);
    struct job_planned planned;
    plan.samples = samples;
    plan.samples_count = found;
    assert_int_equal(lifecycle_plan(f->h, &plan, f->now, f->arena, &planned), OK);
    return active_job_by_id(f->h, job_id);
}

/* Imports the rows of one source, in batches of `cut` rows. */
static inline struct job import(struct fixture *f, enum origin from, const char *job_id,
                                const struct told *rows, size_t count, size_t cut)
{
    struct active_job *active = begin(f, from, job_id, rows, count);
    int64_t next = 1;
    for (size_t i = 0; i < count;) {
        struct batch_maker b = {.first_id = next, .native_ids = from == PLEX};
        for (; i < count && b.play_count < cut; i++) {
            if (rows[i].from == from) {
                struct play play = play_of(&rows[i]);
                b.last_id = rows[i].id;
                maker_row(&b, &play);
            }
        }
        bool last = true;
        for (size_t k = i; k < count; k++) {
            last = last && rows[k].from != from;
        }
        b.last_id = last ? 1000000 : b.last_id;
        b.planned = b.play_count;
        next = b.last_id + 1;
        fixture_commit(f, active, &b, OK);
        if (last) {
            break;
        }
    }
    assert_int_equal(active->job.status, status_completed);
    return active->job;
}

static inline int64_t plays(const struct fixture *f)
{
    return fixture_number(f, "SELECT count(*) FROM plays");
}

/* Every play with every column but our own numbers, and the rows that tell of each. */
static inline char *everything(const struct fixture *f)
{
    OWNED(stmt_finalize) sqlite3_stmt *all = NULL;
    sqlite3_str *text = sqlite3_str_new(NULL);
    assert_int_equal(
        db_prepare(f->h->store->db,
                   "SELECT native_id, content_hash, started_at, stopped_at, time_quality,"
                   " played_s, percent_complete, watched, user_id, rating_key, machine_id, title,"
                   " duration_ms, view_offset_ms, coalesce((SELECT group_concat(n, ' ') FROM"
                   "  (SELECT o.native_id || ':' || o.content_hash AS n FROM play_sources o"
                   "   WHERE o.play_id = plays.id ORDER BY 1)), native_id || ':' || content_hash)"
                   " FROM plays ORDER BY started_at, content_hash",
                   &all),
        OK);
    bool row = true;
    while (stmt_row(all, &row) == OK && row) {
        for (int i = 0; i < sqlite3_column_count(all); i++) {
            const char *value = row_text(all, i);
            sqlite3_str_appendf(text, "%s|", value != NULL ? value : "");
        }
        sqlite3_str_appendall(text, "\n");
    }
    return sqlite3_str_finish(text);
}

#endif
