/* SPDX-License-Identifier: MIT
 * test_groups_order.c - rows as tangled as they can be: whatever the order in which they come and
 * however they are cut into batches, the plays are the same, the index fits, and a dry run knew it.
 */
#include "tests/unit/history/told.h"

#include "actors/history/play_index.h"

static uint64_t seed;

static int64_t pick(int64_t below)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (int64_t)((seed >> 33) % (uint64_t)below);
}

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const struct told *)a)->id;
    int64_t y = ((const struct told *)b)->id;
    return (x > y) - (x < y);
}

/* Few persons, items and players and much at once: what decides is as tangled as it can be. */
static size_t tangle(struct told *rows, size_t most)
{
    static const char *const users[] = {"7", "8"};
    static const char *const items[] = {"1", "2", "3"};
    static const char *const players[] = {NULL, "tv", "phone"};
    size_t count = 0;
    for (int64_t i = 0; count + 5 < most; i++) {
        struct told row = {FIRST,
                           i + 1,
                           (1000 + pick(600)) * MINUTE,
                           0,
                           users[pick(2)],
                           items[pick(3)],
                           players[pick(3)],
                           pick(2) * 100000,
                           pick(2) * 240000};
        row.until = pick(8) == 0 ? 0 : row.at + pick(30) * MINUTE;
        if (pick(3) > 0) {
            rows[count++] = row;
        }
        if (pick(3) == 0) {
            rows[count] = row;
            rows[count].from = COPY;
            rows[count].id += 5000;
            rows[count++].player = players[pick(3)];
        }
        if (pick(2) == 0) {
            rows[count] = row;
            rows[count].from = PLEX;
            rows[count].id += 10000;
            rows[count].at += pick(30) * MINUTE + pick(3) * 20000;
            rows[count++].until = 0;
        }
        if (pick(3) == 0) {
            rows[count] = row;
            rows[count].from = PLEX;
            rows[count].id += 15000;
            rows[count].at += (pick(5) - 2) * 30000;
            rows[count].until = rows[count].at + (1 + pick(30)) * MINUTE;
            rows[count++].player = players[pick(3)];
        }
    }
    qsort(rows, count, sizeof *rows, by_id);
    return count;
}

/* What the index has taken in is in it as the plays are now, and is what its sums are of. */
static void assert_index_fits(struct fixture *f)
{
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays p LEFT JOIN play_index i"
                                       " ON (i.started_at, i.content_hash, i.source_id)"
                                       " = (p.started_at, p.content_hash, p.source_id)"
                                       " LEFT JOIN play_dimensions d ON d.no = i.dimension_no"
                                       " WHERE p.id <= (SELECT watermark FROM play_index_state)"
                                       " AND p.id NOT IN (SELECT id FROM play_index_changed)"
                                       " AND (i.id IS NOT p.id OR d.user_id IS NOT p.user_id"
                                       " OR i.played_s IS NOT coalesce(p.played_s, 0))"),
                     0);
    assert_int_equal(fixture_number(f, "SELECT (SELECT count(*) FROM play_index"
                                       "  WHERE id NOT IN (SELECT id FROM play_index_changed))"
                                       " - (SELECT count(*) FROM plays WHERE id <="
                                       "  (SELECT watermark FROM play_index_state) AND id NOT IN"
                                       "  (SELECT id FROM play_index_changed))"),
                     0);
    assert_int_equal(fixture_number(f, "SELECT (SELECT count(*) FROM play_index)"
                                       " - (SELECT coalesce(sum(plays), 0) FROM play_sums)"),
                     0);
}

static void in_any_order_and_in_any_batches_the_plays_are_the_same(void **state)
{
    struct fixture *f = *state;
    static const enum origin orders[][ORIGINS] = {{FIRST, COPY, PLEX}, {FIRST, PLEX, COPY},
                                                  {COPY, FIRST, PLEX}, {COPY, PLEX, FIRST},
                                                  {PLEX, FIRST, COPY}, {PLEX, COPY, FIRST}};
    struct told rows[160];
    for (uint64_t round = 1; round <= 8; round++) {
        OWNED(db_free) char *expected = NULL;
        seed = round;
        size_t count = tangle(rows, COUNT_OF(rows));
        for (size_t order = 0; order < COUNT_OF(orders); order++) {
            for (size_t i = 0; i < ORIGINS; i++) {
                char job_id[32];
                snprintf(job_id, sizeof job_id, "job-%zu-%zu", order, i);
                import(f, orders[order][i], job_id, rows, count, 1 + (size_t)pick(40));
                assert_index_fits(f);
                bool behind = false;
                size_t some = 1 + (size_t)pick(200);
                struct store *store = f->h->store;
                assert_int_equal(play_index_follow(store->index, store, some, &behind), OK);
                assert_index_fits(f);
            }
            OWNED(db_free) char *found = everything(f);
            if (expected != NULL) {
                assert_string_equal(found, expected);
            } else {
                expected = TAKE(found);
            }
            void *again = f;
            fixture_close(&again);
            fixture_open(state);
            f = *state;
        }
    }
}

/* No dry run brings what was seen among the sessions. */
static size_t without_sessions(struct told *rows, size_t count)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].from != PLEX || rows[i].until == 0) {
            rows[left++] = rows[i];
        }
    }
    return left;
}

static void a_dry_run_says_what_the_run_does(void **state)
{
    struct fixture *f = *state;
    struct told rows[160];
    for (uint64_t round = 1; round <= 8; round++) {
        seed = round;
        size_t count = tangle(rows, COUNT_OF(rows));
        count = without_sessions(rows, count);
        for (enum origin from = FIRST; from < ORIGINS; from++) {
            char job_id[32];
            snprintf(job_id, sizeof job_id, "dry-%d", from);
            f->dry_run = true;
            struct job dry = import(f, from, job_id, rows, count, 7);
            snprintf(job_id, sizeof job_id, "run-%d", from);
            f->dry_run = false;
            struct job run = import(f, from, job_id, rows, count, 7);
            assert_int_equal(dry.imported, run.imported);
            assert_int_equal(dry.merged, run.merged);
        }
        void *again = f;
        fixture_close(&again);
        fixture_open(state);
        f = *state;
    }
}

/* The owner of a Plex server is account 1 there and has another id in Tautulli. */

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(in_any_order_and_in_any_batches_the_plays_are_the_same),
        FIXTURE_TEST(a_dry_run_says_what_the_run_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
