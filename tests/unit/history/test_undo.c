/* SPDX-License-Identifier: MIT
 * test_undo.c - undoing one job of several through the real store: the plays are then those that
 * the other jobs alone give. */
#include "tests/unit/history/fixture.h"

#include "actors/history/own_jobs.h"
#include "actors/history/query.h"
#include "actors/history/undo.h"

enum { ROWS = 40 };

/* What a row says in a file: nothing at 0, else another content for each number. */
typedef const int file_rows[ROWS];

static void add_row(struct batch_maker *b, int64_t id, int content)
{
    static const char *const titles[] = {NULL, NULL, "First", "Second", "Third"};
    struct play play = maker_base(id, id * 1000, NULL, id * 100 + content);
    play.title = titles[content];
    play.user_id = "7";
    play.player = content == 3 ? "TV" : NULL;
    if (content >= 2) {
        PUT(&play, stopped_at, id * 1000 + content * 1000);
        PUT(&play, view_offset_ms, content * 250);
        PUT(&play, duration_ms, 1000);
    }
    if (content < 2) { /* as a worker maps it */
        play.time_quality = time_quality_start_only;
    } else {
        PUT(&play, played_s, content);
        PUT(&play, percent_complete, content * 25.0);
        play.watched = content * 25 >= 85;
    }
    maker_row(b, &play);
}

static void import_file(struct fixture *f, const char *job_id, file_rows rows)
{
    uint64_t total = 0;
    for (size_t i = 0; i < ROWS; i++) {
        total += rows[i] != 0;
    }
    f->samples_count = 0;
    for (size_t i = 0; i < ROWS && f->samples_count < 2; i++) {
        if (rows[i] != 0) {
            f->samples[f->samples_count++] = (struct row_key){
                .native_id.number = (int64_t)i + 1, .started_at = (int64_t)(i + 1) * 1000};
        }
    }
    struct active_job *active = fixture_planned_job(f, job_id, 1, ROWS, total);
    struct batch_maker b = {.first_id = 1, .last_id = ROWS, .planned = total};
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i] != 0) {
            add_row(&b, (int64_t)i + 1, rows[i]);
        }
    }
    fixture_commit(f, active, &b, OK);
    assert_int_equal(active->job.status, status_completed);
}

/* ---- undoing ---- */

static enum err ask_undo(struct fixture *f, const char *undo_id, const char *job_id,
                         struct refusal *out_why)
{
    OWNED(buffer_release) struct buffer params = {0};
    struct undo_params asked = {.job_id = job_id};
    struct job_created made;
    assert_int_equal(record_pack(desc_undo_params(), &asked, &params, NULL), OK);
    struct job_create ask = {
        .job_id = undo_id, .operation = operation_undo, .params = {params.data, params.size}};
    fixture_tick(f, 1000);
    return lifecycle_create(f->h, &ask, f->now, f->arena, &made, out_why);
}

static struct active_job *start_undo(struct fixture *f, const char *undo_id, const char *job_id)
{
    struct refusal why = {0};
    assert_int_equal(ask_undo(f, undo_id, job_id, &why), OK);
    return active_job_find(f->h, operation_undo, NULL);
}

static void run_undo(struct fixture *f, struct active_job *undo)
{
    bool more = true;
    while (more) {
        fixture_tick(f, 10);
        assert_int_equal(own_job_step(f->h, undo, f->now, &more), OK);
    }
    assert_int_equal(undo->job.status, status_completed);
}

static struct undo_previewed preview(struct fixture *f, const char *job_id)
{
    struct undo_figures *kept = NULL;
    struct reader r = {.arena = f->arena, .undo = &kept};
    fixture_reader(f, &r);
    struct undo_preview ask = {.job_id = job_id};
    struct undo_previewed out = {0};
    assert_int_equal(query_undo(&r, &ask, &out), OK);
    assert_false(out.has_counting);
    fixture_reader_close(&r);
    return out;
}

static uint64_t counted(struct fixture *f, const char *undo_id, const char *key)
{
    OWNED(db_free)
    char *sql =
        sqlite3_mprintf("SELECT coalesce(sum(n), 0) FROM job_counts JOIN jobs ON no = job_no"
                        " WHERE job_id = %Q AND dimension = 7 AND key = %Q",
                        undo_id, key);
    return (uint64_t)fixture_number(f, sql);
}

/* Everything but our own numbers, and but what is `left_out`, in one text. */
static const char *plays_without(struct fixture *f, const char *head, const char *left_out)
{
    OWNED(stmt_finalize) sqlite3_stmt *columns = NULL;
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    OWNED(db_free)
    char *names = sqlite3_mprintf("SELECT name FROM pragma_table_info('plays') WHERE name NOT IN"
                                  " ('id', 'job_no', 'source_id', 'item_id', 'grouped'%s)",
                                  left_out);
    sqlite3_str *sql = sqlite3_str_new(NULL);
    sqlite3_str_appendf(sql, "SELECT %s", head);
    bool row = true;
    assert_int_equal(db_prepare(f->h->store->db, names, &columns), OK);
    while (stmt_row(columns, &row) == OK && row) {
        sqlite3_str_appendf(sql, " || '|' || quote(%s)", row_text(columns, 0));
    }
    sqlite3_str_appendall(sql, " FROM plays ORDER BY started_at, 1");
    OWNED(db_free) char *text = sqlite3_str_finish(sql);
    assert_int_equal(db_prepare(f->h->store->db, text, &list), OK);
    const char *all = "";
    row = true;
    while (stmt_row(list, &row) == OK && row) {
        all = arena_format(f->arena, "%s%s\n", all, row_text(list, 0));
    }
    return all;
}

static const char *all_plays(struct fixture *f)
{
    return plays_without(f, "(SELECT job_id FROM jobs WHERE no = job_no)", "");
}

/* Which of two rows that say the same stands for both does not matter. */
static const char *what_plays_say(struct fixture *f)
{
    return plays_without(f, "''", ", 'native_id'");
}

/* A play a line: the first that differs is shown, cmocka cuts long texts. */
static void assert_same_plays(const char *actual, const char *expected)
{
    while (*actual != '\0' || *expected != '\0') {
        size_t a = strcspn(actual, "\n");
        size_t b = strcspn(expected, "\n");
        if (a != b || strncmp(actual, expected, a) != 0) {
            fail_msg("%.*s\ninstead of\n%.*s", (int)a, actual, (int)b, expected);
        }
        actual += a + (actual[a] == '\n');
        expected += b + (expected[b] == '\n');
    }
}

static void assert_sources_count_their_rows(struct fixture *f)
{
    assert_int_equal(fixture_number(f,
                                    "SELECT count(*) FROM sources s WHERE plays <> (SELECT count(*)"
                                    " FROM plays WHERE source_id = s.no AND grouped IS NULL)"
                                    " + (SELECT count(*) FROM play_sources WHERE source_id = s.no"
                                    " AND body IS NOT NULL)"),
                     0);
}

/* ---- the tests ---- */

/* Five files that overlap, with rows that come, change and go. */
static const int files[5][ROWS] = {
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2},
    {2, 2, 2, 0, 0, 1, 1, 1, 3, 3, 3, 3, 2, 2, 0, 0, 4, 4, 1, 1, 1, 1, 1, 1, 1, 1},
    {0, 3, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 2, 2, 2, 2},
    {4, 4, 4, 4, 0, 0, 0, 0, 2, 2, 2, 2, 1, 1, 1, 1, 3, 3, 3, 3, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3},
    {1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4,
     1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4},
};
static const char *const job_ids[] = {"job-1", "job-2", "job-3", "job-4", "job-5"};

static void import_all_but(struct fixture *f, size_t without)
{
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        if (i != without) {
            import_file(f, job_ids[i], files[i]);
        }
    }
}

static void the_plays_are_what_the_other_jobs_alone_give(void **state)
{
    for (size_t undone = 0; undone < COUNT_OF(files); undone++) {
        struct fixture *alone = NULL;
        assert_int_equal(fixture_open((void **)&alone), 0);
        import_all_but(alone, undone);
        const char *expected = all_plays(alone);

        struct fixture *f = NULL;
        assert_int_equal(fixture_open((void **)&f), 0);
        import_all_but(f, COUNT_OF(files));
        struct undo_previewed told = preview(f, job_ids[undone]);
        struct active_job *undo = start_undo(f, "undo-1", job_ids[undone]);
        uint64_t total = undo->job.total;
        run_undo(f, undo);
        assert_same_plays(all_plays(f), expected);
        assert_int_equal(told.removed, counted(f, "undo-1", "removed"));
        assert_int_equal(told.kept, counted(f, "undo-1", "kept"));
        assert_int_equal(told.restored, counted(f, "undo-1", "restored"));
        assert_int_equal(told.removed + told.kept + told.restored, total);
        assert_int_equal(fixture_number(f, "SELECT sum(plays) FROM sources"),
                         fixture_number(f, "SELECT count(*) FROM plays"));
        assert_int_equal(fixture_close((void **)&alone), 0);
        assert_int_equal(fixture_close((void **)&f), 0);
    }
    (void)state;
}

static void all_undone_one_after_another_in_any_order_nothing_is_left(void **state)
{
    struct fixture *f = *state;
    static const size_t order[] = {2, 0, 4, 1, 3};
    char id[16];
    import_all_but(f, COUNT_OF(files));
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        snprintf(id, sizeof id, "undo-%zu", i);
        run_undo(f, start_undo(f, id, job_ids[order[i]]));
    }
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 0);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM row_versions"), 0);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM job_batches"), 0);
    assert_int_equal(fixture_number(f, "SELECT sum(plays) FROM sources"), 0);
}

static void undone_and_imported_again_all_of_it_is_new(void **state)
{
    struct fixture *f = *state;
    import_file(f, "job-1", files[4]);
    const char *first = all_plays(f);
    run_undo(f, start_undo(f, "undo-1", "job-1"));
    import_file(f, "job-1b", files[4]);
    struct active_job *again = active_job_by_id(f->h, "job-1b");
    assert_int_equal(again->job.imported, again->job.total);
    assert_int_equal(strlen(all_plays(f)), strlen(first) + 32); /* the job's id is longer */
}

static void a_stopped_undo_goes_on_at_its_cursor_and_no_row_counts_twice(void **state)
{
    struct fixture *f = *state;
    import_all_but(f, COUNT_OF(files));
    struct undo_previewed told = preview(f, "job-5");
    struct active_job *undo = start_undo(f, "undo-1", "job-5");
    struct job_stop stop = {.operation = operation_undo};
    fixture_tick(f, 100);
    assert_int_equal(lifecycle_stop(f->h, &stop, f->now, &undo), OK);
    fixture_reopen(f);
    undo = start_undo(f, "undo-2", "job-5");
    assert_string_equal(undo->job.job_id, "undo-1");
    assert_int_equal(undo->job.attempt, 2);
    run_undo(f, undo);
    assert_int_equal(counted(f, "undo-1", "removed"), told.removed);
    assert_int_equal(counted(f, "undo-1", "restored"), told.restored);
}

static void what_cannot_be_undone_is_refused_with_its_own_sentence(void **state)
{
    struct fixture *f = *state;
    struct refusal why = {0};
    assert_int_equal(ask_undo(f, "undo-0", "nothing", &why), ERR_JOB_NOT_FOUND);
    import_file(f, "job-1", files[0]);
    f->dry_run = true;
    import_file(f, "dry-1", files[1]);
    f->dry_run = false;
    assert_int_equal(ask_undo(f, "undo-0", "dry-1", &why), ERR_NOT_UNDOABLE);
    assert_non_null(strstr(why.text, "dry run"));
    run_undo(f, start_undo(f, "undo-1", "job-1"));
    assert_int_equal(ask_undo(f, "undo-2", "job-1", &why), ERR_NOT_UNDOABLE);
    assert_non_null(strstr(why.text, "undone already"));
    assert_non_null(strstr(why.text, "undo-1"));
    assert_int_equal(ask_undo(f, "undo-3", "undo-1", &why), ERR_NOT_UNDOABLE);
    assert_non_null(strstr(why.text, "itself an undo"));
    import_file(f, "job-2", files[1]);
    assert_int_equal(db_exec(f->h->store->db, "DELETE FROM job_batches"), OK);
    assert_int_equal(ask_undo(f, "undo-4", "job-2", &why), ERR_NOT_UNDOABLE);
    assert_non_null(strstr(why.text, "did not keep which rows"));
}

static void while_it_runs_nothing_starts_and_while_anything_runs_it_does_not(void **state)
{
    struct fixture *f = *state;
    struct refusal why = {0};
    struct job_created made;
    import_file(f, "job-1", files[0]);
    struct active_job *undo = start_undo(f, "undo-1", "job-1");
    struct job_create ask = fixture_start(f, "job-2");
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why), ERR_UNDO_RUNNING);
    assert_string_equal(why.job_id, "undo-1");
    run_undo(f, undo);
    fixture_job_of(f, "job-2", "/data/tautulli.db");
    assert_int_equal(ask_undo(f, "undo-2", "job-1", &why), ERR_NOT_UNDOABLE);
    assert_string_equal(why.job_id, "job-2");
    assert_non_null(strstr(why.text, "import"));
}

static void a_job_that_is_undone_cannot_be_resumed(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 2, 2);
    fixture_store_one(f, active, 1);
    fixture_stop_import(f);
    run_undo(f, start_undo(f, "undo-1", "job-1"));
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 0);
    struct job_create ask = fixture_start(f, "job-2");
    struct job_created made;
    struct refusal why = {0};
    PUT(&ask, resume, true);
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why),
                     ERR_NOTHING_TO_RESUME);
}

/* ---- rows that repeat others, and rows of two sources ---- */

static void import_plays(struct fixture *f, const char *job_id, struct play *plays, size_t count)
{
    f->samples_count = 0;
    for (size_t i = 0; i < count && i < 2; i++) {
        f->samples[f->samples_count++] = (struct row_key){.native_id.number = plays[i].position,
                                                          .started_at = plays[i].started_at};
    }
    struct active_job *active = fixture_planned_job(f, job_id, 1, 999, count);
    struct batch_maker b = {.first_id = 1, .last_id = 999, .planned = count};
    for (size_t i = 0; i < count; i++) {
        maker_row(&b, &plays[i]);
    }
    fixture_commit(f, active, &b, OK);
}

/* The same, a batch for each row. */
static void import_one_by_one(struct fixture *f, const char *job_id, struct play *plays,
                              size_t count)
{
    f->samples_count = 1;
    f->samples[0] =
        (struct row_key){.native_id.number = plays[0].position, .started_at = plays[0].started_at};
    struct active_job *active =
        fixture_planned_job(f, job_id, plays[0].position, plays[count - 1].position, count);
    for (size_t i = 0; i < count; i++) {
        struct batch_maker b = {
            .first_id = plays[i].position, .last_id = plays[i].position, .planned = 1};
        maker_row(&b, &plays[i]);
        fixture_commit(f, active, &b, OK);
    }
}

static struct play play_of(int64_t id, int64_t started, int64_t hash, const char *title)
{
    struct play play = maker_base(id, started, "alice", hash);
    play.user_id = "7";
    play.title = title;
    play.rating_key = "55";
    PUT(&play, stopped_at, started + 60000);
    PUT(&play, played_s, 60);
    return play;
}

static void a_row_that_repeats_one_that_goes_takes_its_place(void **state)
{
    struct fixture *f = *state;
    struct fixture *alone = NULL;
    struct play both[] = {play_of(1, 1000, 7, "One"), play_of(2, 1000, 7, "One")};
    assert_int_equal(fixture_open((void **)&alone), 0);
    import_plays(alone, "job-3", &both[1], 1);

    import_plays(f, "job-1", both, 1);
    import_plays(f, "job-2", both, 2);
    import_plays(f, "job-3", &both[1], 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 1);
    run_undo(f, start_undo(f, "undo-1", "job-1"));
    assert_int_equal(fixture_number(f, "SELECT native_id FROM plays"), 1);
    run_undo(f, start_undo(f, "undo-2", "job-2"));
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 1);
    assert_int_equal(fixture_number(f, "SELECT native_id FROM plays"), 2);
    assert_same_plays(all_plays(f), all_plays(alone));
    run_undo(f, start_undo(f, "undo-3", "job-3"));
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 0);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM play_sources"), 0);
    assert_int_equal(fixture_close((void **)&alone), 0);
}

static void a_row_that_repeats_a_version_that_goes_is_a_play_of_its_own(void **state)
{
    struct fixture *f = *state;
    struct play first[] = {play_of(1, 1000, 7, "One")};
    struct play second[] = {play_of(1, 1000, 8, "Other"), play_of(2, 1000, 8, "Other")};
    struct play third[] = {play_of(1, 1000, 7, "One"), play_of(2, 1000, 8, "Other")};
    import_one_by_one(f, "job-1", first, 1);
    import_one_by_one(f, "job-2", second, 2);
    import_one_by_one(f, "job-3", third, 2);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 1);
    run_undo(f, start_undo(f, "undo-1", "job-2"));
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 2);
    assert_int_equal(fixture_number(f, "SELECT native_id FROM plays WHERE title = 'Other'"), 2);
    assert_int_equal(counted(f, "undo-1", "split"), 1);
}

static void one_play_of_two_sources_is_what_the_source_that_stays_says(void **state)
{
    struct play a[10];
    struct play b[10];
    for (int64_t i = 0; i < 10; i++) {
        a[i] = play_of(i + 1, (i + 1) * 100000, i + 1, "As first told");
        b[i] = play_of(i + 501, (i + 1) * 100000, i + 501, "As told again");
        a[i].player = "TV";
    }
    for (int undone = 0; undone < 2; undone++) {
        struct fixture *alone = NULL;
        struct fixture *f = NULL;
        assert_int_equal(fixture_open((void **)&alone), 0);
        assert_int_equal(fixture_open((void **)&f), 0);
        import_plays(alone, undone == 0 ? "job-2" : "job-1", undone == 0 ? b : a, 10);
        import_plays(f, "job-1", a, 10);
        import_plays(f, "job-2", b, 10);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays WHERE grouped"), 10);
        run_undo(f, start_undo(f, "undo-1", undone == 0 ? "job-1" : "job-2"));
        assert_int_equal(counted(f, "undo-1", "removed"), 10);
        assert_same_plays(all_plays(f), all_plays(alone));
        assert_sources_count_their_rows(f);
        run_undo(f, start_undo(f, "undo-2", undone == 0 ? "job-2" : "job-1"));
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 0);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM play_sources"), 0);
        assert_int_equal(fixture_close((void **)&alone), 0);
        assert_int_equal(fixture_close((void **)&f), 0);
    }
    (void)state;
}

/* ---- rows that come to say the same ---- */

static void a_row_that_comes_to_say_what_another_says_is_one_play_with_it(void **state)
{
    struct fixture *f = *state;
    struct fixture *alone = NULL;
    struct play first[] = {play_of(1, 1000, 7, "One"), play_of(2, 1000, 8, "Other"),
                           play_of(3, 1000, 9, "Third"), play_of(4, 1000, 9, "Third")};
    struct play second[] = {play_of(1, 1000, 8, "Other"), play_of(2, 1000, 8, "Other"),
                            play_of(3, 1000, 8, "Other"), play_of(4, 1000, 9, "Third")};
    assert_int_equal(fixture_open((void **)&alone), 0);
    import_plays(alone, "job-2", second, 4);
    import_plays(f, "job-1", first, 4);
    import_plays(f, "job-2", second, 4);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 3);
    run_undo(f, start_undo(f, "undo-1", "job-1"));
    assert_same_plays(all_plays(f), all_plays(alone));
    assert_sources_count_their_rows(f);
    run_undo(f, start_undo(f, "undo-2", "job-2"));
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 0);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM play_sources"), 0);
    assert_sources_count_their_rows(f);
    assert_int_equal(fixture_close((void **)&alone), 0);
}

static void a_row_that_stands_up_counts_as_watched_as_its_source_has_it(void **state)
{
    struct fixture *f = *state;
    struct play both[] = {play_of(1, 1000, 7, "One"), play_of(2, 1000, 7, "One")};
    for (size_t i = 0; i < 2; i++) { /* 60 of 100 seconds */
        PUT(&both[i], duration_ms, 100000);
        PUT(&both[i], view_offset_ms, 60000);
        PUT(&both[i], percent_complete, 60.0);
        both[i].watched = true;
    }
    import_plays(f, "job-1", both, 1);
    import_plays(f, "job-2", both, 2);
    assert_int_equal(fixture_number(f, "SELECT watched FROM plays"), 1);
    run_undo(f, start_undo(f, "undo-1", "job-1"));
    import_plays(f, "job-3", &both[1], 1);
    assert_int_equal(db_exec(f->h->store->db, "UPDATE job_batches SET watched_percent = 50"), OK);
    run_undo(f, start_undo(f, "undo-2", "job-2"));
    assert_int_equal(fixture_number(f, "SELECT native_id FROM plays"), 2);
    assert_int_equal(fixture_number(f, "SELECT watched FROM plays"), 1);
}

static void rows_that_were_erased_meanwhile_are_not_counted_as_removed(void **state)
{
    struct fixture *f = *state;
    struct play plays[] = {play_of(1, 1000, 7, "One"), play_of(2, 2000, 8, "Two"),
                           play_of(3, 3000, 9, "Three")};
    plays[0].user_id = plays[1].user_id = "8";
    const struct forget_params forget = {.id = "plex.tv/8"};
    OWNED(buffer_release) struct buffer params = {0};
    struct job_created made;
    struct refusal why = {0};
    import_plays(f, "job-1", plays, 3);
    assert_int_equal(record_pack(desc_forget_params(), &forget, &params, NULL), OK);
    struct job_create ask = {
        .job_id = "forget-1", .operation = operation_forget, .params = {params.data, params.size}};
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why), OK);
    run_undo(f, active_job_find(f->h, operation_forget, NULL));
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 1);
    assert_sources_count_their_rows(f);
    struct undo_previewed told = preview(f, "job-1");
    run_undo(f, start_undo(f, "undo-1", "job-1"));
    assert_int_equal(told.removed, 1);
    assert_int_equal(counted(f, "undo-1", "removed"), 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 0);
    assert_sources_count_their_rows(f);
}

/* ---- any jobs ---- */

enum { DRAWN_ROWS = 14, DRAWN_JOBS = 5, DRAWN_TIMES = 20 };

static uint64_t splits; /* in all of them */

static unsigned drawn(unsigned *seed, unsigned below)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 16) % below;
}

struct drawn_job {
    struct play plays[DRAWN_ROWS];
    size_t count;
};

/* One row by which its source is known, two that say the same, and others that say other than
 * before; of a source that knows moments alone two within the time of one row of the others. */
static void draw_job(unsigned *seed, struct drawn_job *job)
{
    static const char *const titles[] = {NULL, "First", "Second", "Third"};
    static const int64_t bases[] = {0, 0, 500, 800};
    int64_t base = bases[drawn(seed, COUNT_OF(bases))];
    job->count = 0;
    for (int64_t i = 1; i <= DRAWN_ROWS; i++) {
        if (i > 2 && drawn(seed, 3) == 0) {
            continue;
        }
        unsigned content = i <= 4 ? 1 : drawn(seed, COUNT_OF(titles));
        int64_t start = i <= 2 ? i * 300000 + base : 1000000 + (i == 4 ? 3 : i) * 200000;
        struct play *play = &job->plays[job->count++];
        if (base == 800 && i > 2) {
            start = 1000000 + i / 2 * 400000 + 10000 + i % 2 * 130000;
        }
        *play = play_of(base + i, start, start + content, titles[content]);
        PUT(play, stopped_at, start + 150000);
        PUT(play, played_s, 150);
        if (content == 3 || base == 800) {
            play->has_stopped_at = play->has_played_s = false;
            play->time_quality = base == 800 ? time_quality_watched_at : time_quality_start_only;
        }
    }
}

/* Which row is of which play, as it is now. */
static void note_plays(struct fixture *f, const char *table)
{
    OWNED(db_free)
    char *sql = sqlite3_mprintf("DROP TABLE IF EXISTS temp.%s; CREATE TEMP TABLE %s AS"
                                " SELECT no, play_id FROM play_sources UNION ALL"
                                " SELECT id, id FROM plays WHERE grouped IS NULL",
                                table, table);
    assert_int_equal(db_exec(f->h->store->db, sql), OK);
}

static uint64_t came_apart(struct fixture *f)
{
    return (uint64_t)fixture_number(
        f, "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(DISTINCT a.play_id) AS n"
           " FROM noted_before b JOIN noted_after a ON a.no = b.no GROUP BY b.play_id)");
}

static void undo_as_told(struct fixture *f, const char *undo_id, const char *job_id)
{
    struct undo_previewed told = preview(f, job_id);
    note_plays(f, "noted_before");
    run_undo(f, start_undo(f, undo_id, job_id));
    note_plays(f, "noted_after");
    assert_int_equal(counted(f, undo_id, "removed"), told.removed);
    assert_int_equal(counted(f, undo_id, "kept"), told.kept);
    assert_int_equal(counted(f, undo_id, "restored"), told.restored);
    assert_int_equal(counted(f, undo_id, "split"), told.split);
    assert_int_equal(told.split, came_apart(f));
    splits += told.split;
}

static void import_drawn(struct fixture *f, struct drawn_job *jobs, const bool *without)
{
    for (size_t i = 0; i < DRAWN_JOBS; i++) {
        if (!without[i]) {
            import_plays(f, job_ids[i], jobs[i].plays, jobs[i].count);
        }
    }
}

static void any_two_jobs_undone_leave_what_the_others_alone_give(void **state)
{
    (void)state;
    for (unsigned time = 1; time <= DRAWN_TIMES; time++) {
        struct drawn_job jobs[DRAWN_JOBS];
        bool without[DRAWN_JOBS] = {false};
        unsigned seed = time;
        struct fixture *f = NULL;
        for (size_t i = 0; i < DRAWN_JOBS; i++) {
            draw_job(&seed, &jobs[i]);
        }
        assert_int_equal(fixture_open((void **)&f), 0);
        import_drawn(f, jobs, without);
        for (unsigned n = 0; n < 2; n++) {
            char undo_id[16];
            size_t undone = drawn(&seed, DRAWN_JOBS);
            if (without[undone]) {
                continue;
            }
            struct fixture *alone = NULL;
            snprintf(undo_id, sizeof undo_id, "undo-%u", n);
            without[undone] = true;
            assert_int_equal(fixture_open((void **)&alone), 0);
            import_drawn(alone, jobs, without);
            undo_as_told(f, undo_id, job_ids[undone]);
            assert_same_plays(what_plays_say(f), what_plays_say(alone));
            assert_sources_count_their_rows(f);
            assert_int_equal(fixture_close((void **)&alone), 0);
        }
        assert_int_equal(fixture_close((void **)&f), 0);
    }
    assert_true(splits > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plays_are_what_the_other_jobs_alone_give),
        FIXTURE_TEST(all_undone_one_after_another_in_any_order_nothing_is_left),
        FIXTURE_TEST(undone_and_imported_again_all_of_it_is_new),
        FIXTURE_TEST(a_stopped_undo_goes_on_at_its_cursor_and_no_row_counts_twice),
        FIXTURE_TEST(what_cannot_be_undone_is_refused_with_its_own_sentence),
        FIXTURE_TEST(while_it_runs_nothing_starts_and_while_anything_runs_it_does_not),
        FIXTURE_TEST(a_job_that_is_undone_cannot_be_resumed),
        FIXTURE_TEST(a_row_that_repeats_one_that_goes_takes_its_place),
        FIXTURE_TEST(a_row_that_repeats_a_version_that_goes_is_a_play_of_its_own),
        cmocka_unit_test(one_play_of_two_sources_is_what_the_source_that_stays_says),
        FIXTURE_TEST(a_row_that_comes_to_say_what_another_says_is_one_play_with_it),
        FIXTURE_TEST(a_row_that_stands_up_counts_as_watched_as_its_source_has_it),
        cmocka_unit_test(any_two_jobs_undone_leave_what_the_others_alone_give),
        FIXTURE_TEST(rows_that_were_erased_meanwhile_are_not_counted_as_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
