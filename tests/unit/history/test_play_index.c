/* SPDX-License-Identifier: MIT
 * test_play_index.c - the index of plays tells what the plays tell, however far
 * it is behind them, and no question reads all of them. */
#include "tests/unit/history/fixture.h"

#include "actors/history/calendar.h"
#include "actors/history/play_choice.h"
#include "actors/history/play_filter.h"
#include "actors/history/play_index.h"
#include "actors/history/query.h"

enum { PLAYS = 120, BATCH = 10 };

struct asking {
    struct fixture *f;
    struct reader r;
    struct found_titles *titles; /* as a service keeps them from question to question */
    struct active_job *job;
    int64_t next; /* row of the next batch */
};

static int open_asking(void **state)
{
    struct asking *a = must_alloc(sizeof *a);
    void *fixture = NULL;
    fixture_open(&fixture);
    a->f = fixture;
    fixture_reader(a->f, &a->r);
    a->r.arena = arena_new();
    a->r.titles = &a->titles;
    a->job = fixture_planned_job(a->f, "job-1", 1, PLAYS, PLAYS);
    a->next = 1;
    *state = a;
    return 0;
}

static int close_asking(void **state)
{
    struct asking *a = *state;
    found_titles_release(&a->titles);
    fixture_reader_close(&a->r);
    arena_destroy(&a->r.arena);
    void *fixture = a->f;
    fixture_close(&fixture);
    free(a);
    return 0;
}

static const char *const names[] = {"Ana", "Bob", "Cem", NULL};
static const char *const titles[] = {"A film", "The Élan", "東京物語", "Two", NULL};
static const char *const types[] = {"movie", "episode", "track"};

static struct play some_play(int64_t id)
{
    static const char *const accounts[] = {"1", "2", "3", NULL};
    int64_t day_ms = 86400000;
    struct play play = maker_base(id, (id * 37 % 97) * 5 * day_ms - 9 * day_ms, names[id % 4], id);
    play.user_id = accounts[id % 4];
    play.title = titles[id % 5];
    play.full_title = id % 5 == 3 ? "Two - The Élan" : NULL;
    play.media_type = types[id % 3];
    play.section_id = id % 2 == 0 ? "7" : "8";
    PUT(&play, played_s, id % 13 == 0 ? 100000 : id * 60);
    return play;
}

static void store_batch(struct asking *a)
{
    struct batch_maker b = {.first_id = a->next, .last_id = a->next + BATCH - 1, .planned = BATCH};
    for (int64_t i = 0; i < BATCH; i++) {
        struct play play = some_play(a->next + i);
        maker_row(&b, &play);
    }
    fixture_commit(a->f, a->job, &b, OK);
    a->next += BATCH;
}

/* One step; whatever the index refers to is there after each. */
static bool follow(struct asking *a, size_t rows)
{
    bool behind = false;
    struct store *s = a->f->h->store;
    assert_int_equal(play_index_follow(s->index, s, rows, &behind), OK);
    assert_int_equal(fixture_number(a->f, "SELECT count(*) FROM play_index WHERE title_no"
                                          " NOT IN (SELECT no FROM play_titles)"),
                     0);
    assert_int_equal(fixture_number(a->f, "SELECT count(*) FROM play_index WHERE dimension_no"
                                          " NOT IN (SELECT no FROM play_dimensions)"),
                     0);
    return behind;
}

static void follow_all(struct asking *a)
{
    while (follow(a, 50)) {
    }
}

static void change(struct asking *a, const char *sql)
{
    assert_int_equal(db_exec(a->f->h->store->db, sql), OK);
}

/* ---- what is asked, and the same in plain SQL ---- */

struct question {
    struct history_list list;
    const char *where;
};

static void ask_all(struct asking *a, void (*ask)(struct asking *a, const struct question *q))
{
    struct history_list from = {0};
    struct history_list span = {.user = "Ana"};
    PUT(&from, from, 3456000000);
    PUT(&span, from, 1000000000);
    PUT(&span, to, 30000000000);
    const struct question questions[] = {
        {{0}, "true"},
        {{.user = "ana"}, "user = 'Ana'"},
        {{.user = "2"}, "user_id = '2'"},
        {{.person = "plex.tv/3"}, "user_id = '3'"},
        {{.library = "7"}, "section_id = '7'"},
        {{.media_type = "track"}, "media_type = 'track'"},
        {{.q = "elan"}, "title = 'The Élan' OR title = 'Two'"},
        {{.q = "京物語"}, "title = '東京物語'"},
        {{.q = "京"}, "title = '東京物語'"},
        {{.q = "w"}, "title = 'Two'"},
        {{.q = "film", .media_type = "movie"}, "title = 'A film' AND media_type = 'movie'"},
        {{.q = "none such"}, "false"},
        {{.user = "nobody"}, "false"},
        {from, "started_at >= 3456000000"},
        {span, "user = 'Ana' AND started_at >= 1000000000 AND started_at < "
               "30000000000"},
    };
    for (size_t i = 0; i < COUNT_OF(questions); i++) {
        ask(a, &questions[i]);
    }
}

static void assert_listed(struct asking *a, const struct question *q)
{
    OWNED(db_free)
    char *sql = sqlite3_mprintf("SELECT id FROM plays WHERE %s ORDER BY started_at DESC,"
                                " content_hash DESC, source_id DESC",
                                q->where);
    OWNED(stmt_finalize) sqlite3_stmt *wanted = NULL;
    struct history_list ask = q->list;
    bool row = false;
    assert_int_equal(db_prepare(a->f->h->store->db, sql, &wanted), OK);
    PUT(&ask, limit, 7);
    do {
        struct history_listed page = {0};
        assert_int_equal(query_plays(&a->r, &ask, &page), OK);
        for (size_t i = 0; i < page.items_count; i++) {
            assert_int_equal(stmt_row(wanted, &row), OK);
            assert_true(row);
            assert_string_equal(page.items[i].id, row_text(wanted, 0));
        }
        ask.cursor = page.next;
    } while (ask.cursor != NULL);
    assert_int_equal(stmt_row(wanted, &row), OK);
    assert_false(row);
}

static void assert_summed(struct asking *a, const struct question *q)
{
    const struct history_list *l = &q->list;
    OWNED(db_free)
    char *sql = sqlite3_mprintf("SELECT count(*) FROM plays WHERE %s", q->where);
    OWNED(db_free)
    char *seconds = sqlite3_mprintf("SELECT coalesce(sum(iif(played_s > 86400, 0, played_s)), 0)"
                                    " FROM plays WHERE %s",
                                    q->where);
    for (int by = 0; by < summary_by_COUNT; by++) {
        const struct history_summary ask = {.by = (enum summary_by)by,
                                            .user = l->user,
                                            .person = l->person,
                                            .library = l->library,
                                            .media_type = l->media_type,
                                            .q = l->q,
                                            .from = l->from,
                                            .has_from = l->has_from,
                                            .to = l->to,
                                            .has_to = l->has_to};
        struct history_summarised sums = {0};
        uint64_t plays = 0;
        double hours = 0;
        assert_int_equal(query_summary(&a->r, &ask, &sums), OK);
        assert_false(sums.has_waiting);
        for (size_t i = 0; i < sums.items_count; i++) {
            plays += sums.items[i].plays;
            hours += sums.items[i].watched_hours;
        }
        assert_int_equal(sums.totals.plays, fixture_number(a->f, sql));
        assert_int_equal(plays, sums.totals.plays);
        assert_int_equal((int64_t)(sums.totals.watched_hours * 3600 + 0.5),
                         fixture_number(a->f, seconds));
        assert_int_equal((int64_t)(hours * 3600 + 0.5), fixture_number(a->f, seconds));
    }
}

static void assert_exact(struct asking *a)
{
    ask_all(a, assert_listed);
    ask_all(a, assert_summed);
}

static void answers_are_exact_however_far_the_index_is_behind(void **state)
{
    struct asking *a = *state;
    assert_exact(a);
    for (int i = 0; i < 6; i++) {
        store_batch(a);
        assert_exact(a);
        follow(a, 7);
        assert_exact(a);
    }
    follow_all(a);
    assert_int_equal(fixture_number(a->f, "SELECT count(*) FROM play_index"), 60);
    assert_exact(a);
}

static void answers_are_exact_when_plays_change_or_go(void **state)
{
    struct asking *a = *state;
    for (int i = 0; i < 6; i++) {
        store_batch(a);
    }
    follow(a, 40);
    change(a, "UPDATE plays SET user = 'Ana', title = 'A film' WHERE id % 5 = 0");
    change(a, "UPDATE plays SET started_at = started_at + 40 * 86400000 WHERE id "
              "% 7 = 0");
    change(a, "DELETE FROM plays WHERE id % 6 = 0");
    assert_exact(a);
    /* Two change places: each stands in the index under the key that the other has now. */
    change(a, "UPDATE plays SET started_at = -1 WHERE id = 2;"
              "UPDATE plays SET started_at = 86400000, content_hash = 2 WHERE id = 9;"
              "UPDATE plays SET started_at = 0, content_hash = 9 WHERE id = 2");
    assert_exact(a);
    follow(a, 3);
    change(a, "UPDATE plays SET played_s = 5 WHERE id % 4 = 0");
    assert_exact(a);
    follow_all(a);
    assert_exact(a);
    store_batch(a);
    assert_exact(a);
}

static void of_plays_that_are_gone_nothing_is_left_in_the_index(void **state)
{
    struct asking *a = *state;
    store_batch(a);
    follow_all(a);
    assert_true(fixture_number(a->f, "SELECT count(*) FROM play_titles") > 0);
    change(a, "DELETE FROM plays");
    assert_exact(a);
    follow_all(a);
    const char *const tables[] = {"play_index",      "play_dimensions", "play_titles",
                                  "play_sums",       "play_hours",      "play_index_changed",
                                  "play_titles_left"};
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        char sql[64];
        (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", tables[i]);
        assert_int_equal(fixture_number(a->f, sql), 0);
    }
    change(a, "INSERT INTO play_search (play_search) VALUES ('integrity-check')");
}

static void a_change_that_no_question_is_about_leaves_the_index_alone(void **state)
{
    struct asking *a = *state;
    store_batch(a);
    follow_all(a);
    change(a, "UPDATE plays SET player = 'other', job_no = 9, user = user");
    assert_int_equal(fixture_number(a->f, "SELECT count(*) FROM play_index_changed"), 0);
}

static void store_all(struct asking *a)
{
    while (a->next <= PLAYS) {
        store_batch(a);
    }
}

/* More titles than a step takes: all are left, the first of them are in use again. */
static void titles_that_are_in_use_again_stay_in_the_search(void **state)
{
    struct asking *a = *state;
    struct history_list list = {.q = "title"};
    struct history_listed page = {0};
    store_all(a);
    change(a, "UPDATE plays SET title = 'Title ' || id, full_title = NULL");
    follow_all(a);
    change(a, "UPDATE plays SET played_s = coalesce(played_s, 0) + 1");
    follow_all(a);
    PUT(&list, limit, PLAYS);
    assert_int_equal(query_plays(&a->r, &list, &page), OK);
    assert_int_equal(page.items_count, PLAYS);
    assert_int_equal(fixture_number(a->f, "SELECT count(*) FROM play_titles"), PLAYS);
    assert_int_equal(fixture_number(a->f, "SELECT count(*) FROM play_titles_left"), 0);
}

/* What the first search found is kept for the next; by then a title may have come, or changed. */
static void a_search_that_is_repeated_finds_what_came_meanwhile(void **state)
{
    struct asking *a = *state;
    struct history_list list = {.q = "title"};
    PUT(&list, limit, PLAYS);
    store_all(a);
    for (size_t found = 0; found < 3; found++) {
        for (int again = 0; again < 2; again++) {
            struct history_listed page = {0};
            assert_int_equal(query_plays(&a->r, &list, &page), OK);
            assert_int_equal(page.items_count, found);
        }
        change(a, "UPDATE plays SET title = 'Title ' || id, full_title = NULL WHERE id IN"
                  " (SELECT min(id) FROM plays WHERE title NOT LIKE 'Title%')");
        follow_all(a);
    }
}

static void a_play_that_takes_the_place_of_the_only_one_of_its_user_is_found(void **state)
{
    struct asking *a = *state;
    struct history_summary by_user = {.by = summary_by_user};
    struct history_summarised sums = {0};
    struct history_list list = {.user = "Solo"};
    struct history_listed page = {0};
    store_all(a);
    change(a, "UPDATE plays SET user = 'Solo', user_id = '99' WHERE id = 120");
    follow_all(a);
    /* The key and the user of the newest go to the first, which is looked at long before it. */
    change(a, "CREATE TEMP TABLE gone AS SELECT * FROM plays WHERE id = 120");
    change(a, "DELETE FROM plays WHERE id = 120");
    change(a, "UPDATE plays SET (started_at, content_hash, source_id, user_id, user, section_id,"
              " media_type) = (SELECT started_at, content_hash, source_id, user_id, user,"
              " section_id, media_type FROM gone) WHERE id = 1");
    change(a, "UPDATE plays SET played_s = 7 WHERE id BETWEEN 2 AND 110");
    follow_all(a);
    assert_int_equal(query_summary(&a->r, &by_user, &sums), OK);
    assert_int_equal(sums.totals.plays, PLAYS - 1);
    assert_int_equal(query_plays(&a->r, &list, &page), OK);
    assert_int_equal(page.items_count, 1);
}

/* ---- plans ---- */

enum { STATEMENTS_MAX = 512 };

struct traced {
    char *sql[STATEMENTS_MAX];
    size_t count;
};

static int on_statement(unsigned event, void *context, void *stmt, void *text)
{
    (void)event;
    (void)text;
    struct traced *t = context;
    if (t->count < STATEMENTS_MAX) {
        t->sql[t->count++] = must_strdup(sqlite3_sql(stmt));
    }
    return 0;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Dimensions are looked through: they are few. */
static void assert_no_scan(sqlite3 *db, const char *sql)
{
    static const char *const scans[] = {"SCAN p", "SCAN i", "SCAN plays", "SCAN play_index"};
    OWNED(stmt_finalize) sqlite3_stmt *plan = NULL;
    OWNED(db_free) char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
    bool row = begins(sql, "SELECT") && strstr(sql, "FROM play_dimensions p") == NULL;
    if (row) {
        assert_int_equal(db_prepare(db, explain, &plan), OK);
    }
    while (row) {
        assert_int_equal(stmt_row(plan, &row), OK);
        const char *detail = row ? row_text(plan, 3) : "";
        for (size_t i = 0; i < COUNT_OF(scans); i++) {
            size_t size = strlen(scans[i]);
            bool whole = begins(detail, scans[i]) && (detail[size] == ' ' || detail[size] == '\0');
            if (whole) {
                fail_msg("%s in the plan of %s", detail, sql);
            }
        }
    }
}

static void ask_for_detail(struct asking *a)
{
    struct play_got got = {0};
    assert_int_equal(query_play(&a->r, &(struct play_get){.id = "1"}, &got), OK);
}

static void no_question_reads_all_plays(void **state)
{
    struct asking *a = *state;
    struct traced *t = must_alloc(sizeof *t);
    store_batch(a);
    follow(a, 5);
    assert_int_equal(sqlite3_trace_v2(a->r.db, SQLITE_TRACE_STMT, on_statement, t), SQLITE_OK);
    struct history_list list = {.user = "Ana"};
    struct history_listed page = {0};
    assert_int_equal(query_plays(&a->r, &list, &page), OK);
    ask_all(a, assert_listed);
    ask_all(a, assert_summed);
    ask_for_detail(a);
    (void)sqlite3_trace_v2(a->r.db, 0, NULL, NULL);
    assert_true(t->count > 100);
    for (size_t i = 0; i < t->count; i++) {
        assert_no_scan(a->r.db, t->sql[i]);
        free(t->sql[i]);
    }
    free(t);
}

/* ---- calendar ---- */

static void months_and_hours_are_those_of_the_calendar_before_1970_too(void **state)
{
    (void)state;
    assert_int_equal(month_of(0), 1970 * 12);
    assert_int_equal(month_of(-1), 1969 * 12 + 11);
    assert_int_equal(month_start(1970 * 12 + 1), 31LL * 86400000);
    assert_int_equal(month_start(month_of(-1)), -31LL * 86400000);
    assert_int_equal(hour_of_week(0), 3 * 24); /* a Thursday */
    assert_int_equal(hour_of_week(-1), 3 * 24 - 1);
    for (int hour = 0; hour < 168; hour++) {
        assert_int_equal(hour_of_week(hour_start(hour)), hour);
    }
}

#define ASKING_TEST(function) cmocka_unit_test_setup_teardown(function, open_asking, close_asking)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASKING_TEST(answers_are_exact_however_far_the_index_is_behind),
        ASKING_TEST(answers_are_exact_when_plays_change_or_go),
        ASKING_TEST(of_plays_that_are_gone_nothing_is_left_in_the_index),
        ASKING_TEST(a_change_that_no_question_is_about_leaves_the_index_alone),
        ASKING_TEST(titles_that_are_in_use_again_stay_in_the_search),
        ASKING_TEST(a_search_that_is_repeated_finds_what_came_meanwhile),
        ASKING_TEST(a_play_that_takes_the_place_of_the_only_one_of_its_user_is_found),
        ASKING_TEST(no_question_reads_all_plays),
        cmocka_unit_test(months_and_hours_are_those_of_the_calendar_before_1970_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
