/* SPDX-License-Identifier: MIT
 * test_source_place.c - a path that was found to be allowed leads nowhere else afterwards, whatever
 * is put in the place of its folders. */
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "actors/tautulli/candidates.h"
#include "actors/tautulli/path.h"
#include "tests/unit/tautulli/fixture.h"

#define RACE_MS 3000

static const char *below(struct fixture *f, const char *name)
{
    return arena_format(f->arena, "%s/%s", f->folder, name);
}

static void make_at(const char *path, int64_t rows, const char *server)
{
    struct tautulli_plan plan = tautulli_plan_default(path);
    plan.rows = rows;
    plan.server_id = server;
    assert_int_equal(tautulli_make(&plan, NULL, NULL), OK);
}

static struct config *open_config(struct fixture *f)
{
    static const char *const folders[] = {"data", "data/uploads", "films", "films/a", "secret"};
    struct config *config = NULL;
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        assert_int_equal(mkdir(below(f, folders[i]), 0700), 0);
    }
    make_at(below(f, "films/a/tautulli.db"), 20, "allowed");
    make_at(below(f, "secret/tautulli.db"), 20, "secret");
    assert_int_equal(setenv("PLAYBUS_IMPORT_ALLOWED_DIRS", below(f, "films"), 1), 0);
    assert_int_equal(config_open(below(f, "data"), &config), OK);
    return config;
}

/* Until it is killed: a folder, a link out of the allowed ones, a folder … */
static pid_t begin_swapping(struct fixture *f)
{
    const char *folder = below(f, "films/a");
    const char *link = below(f, "films/link");
    assert_int_equal(symlink(below(f, "secret"), link), 0);
    pid_t child = fork();
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    }
    while (child == 0) {
        if (renameat2(AT_FDCWD, folder, AT_FDCWD, link, RENAME_EXCHANGE) != 0) {
            _exit(1);
        }
    }
    return child;
}

static void a_folder_that_is_swapped_for_a_link_is_not_followed(void **state)
{
    struct fixture *f = *state;
    struct config *config = open_config(f);
    const char *asked = below(f, "films/a/tautulli.db");
    pid_t swapper = begin_swapping(f);
    int64_t end = clock_monotonic_ms() + RACE_MS;
    int opened = 0;
    while (clock_monotonic_ms() < end) {
        const char *real = NULL;
        OWNED(arena_destroy) struct arena *arena = arena_new();
        if (path_resolve(config, asked, arena, &real, &f->why) == OK &&
            source_open(real, &f->staging, arena, &f->source, &f->why) == OK) {
            assert_string_equal(source_server_id(f->source), "allowed");
            opened++;
        }
        source_close(&f->source);
    }
    assert_int_equal(kill(swapper, SIGKILL), 0);
    assert_int_equal(waitpid(swapper, NULL, 0), swapper);
    assert_true(opened > 0);
    config_close(&config);
}

static void the_list_of_candidates_leads_into_no_folder_that_is_swapped_for_a_link(void **state)
{
    struct fixture *f = *state;
    struct config *config = open_config(f);
    const char *own = below(f, "films/a/tautulli.db");
    make_at(below(f, "secret/outside.db"), 1, "secret");
    pid_t swapper = begin_swapping(f);
    int64_t end = clock_monotonic_ms() + RACE_MS;
    size_t seen = 0;
    while (clock_monotonic_ms() < end) {
        struct import_candidates found;
        OWNED(arena_destroy) struct arena *arena = arena_new();
        candidates_find(config, arena, &found);
        for (size_t i = 0; i < found.items_count; i++) {
            assert_null(strstr(found.items[i].path, "outside"));
            seen += strcmp(found.items[i].path, own) == 0;
        }
    }
    assert_int_equal(kill(swapper, SIGKILL), 0);
    assert_int_equal(waitpid(swapper, NULL, 0), swapper);
    assert_true(seen > 0);
    config_close(&config);
}

static void what_was_opened_stays_though_its_folder_is_swapped(void **state)
{
    struct fixture *f = *state;
    struct config *config = open_config(f);
    const char *asked = below(f, "films/a/tautulli.db");
    assert_int_equal(source_open(asked, NULL, f->arena, &f->source, &f->why), OK);
    assert_int_equal(rename(below(f, "films/a"), below(f, "films/b")), 0);
    assert_int_equal(symlink(below(f, "secret"), below(f, "films/a")), 0);
    assert_true(source_still_same(f->source));
    assert_non_null(source_missing_wal_hint(f->source)); /* asks the file again */
    struct source *second = NULL;                        /* as a worker, which was given the path */
    assert_int_equal(source_open(asked, NULL, f->arena, &second, &f->why), ERR_PATH_NOT_ALLOWED);
    assert_false(source_opens_slowly(asked));
    config_close(&config);
}

static void links_within_the_allowed_folders_work(void **state)
{
    struct fixture *f = *state;
    struct config *config = open_config(f);
    const char *real = NULL;
    assert_int_equal(symlink("a", below(f, "films/c")), 0);
    assert_int_equal(symlink("c/tautulli.db", below(f, "films/d.db")), 0);
    assert_int_equal(path_resolve(config, below(f, "films/d.db"), f->arena, &real, &f->why), OK);
    assert_int_equal(source_open(real, NULL, f->arena, &f->source, &f->why), OK);
    assert_string_equal(source_path(f->source), below(f, "films/a/tautulli.db"));
    config_close(&config);
}

static void neighbours_that_are_no_files_are_refused_by_name(void **state)
{
    static const char *const suffixes[] = {"-wal", "-shm", "-journal"};
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 20);
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        const char *beside = arena_format(f->arena, "%s%s", f->path, suffixes[i]);
        for (int kind = 0; kind < 4; kind++) {
            int made = kind == 0   ? mkfifo(beside, 0600)
                       : kind == 1 ? symlink(f->path, beside)
                       : kind == 2 ? mkdir(beside, 0700)
                                   : symlink("/dev/zero", beside);
            assert_int_equal(made, 0);
            assert_int_equal(fixture_open(f), ERR_NOT_TAUTULLI);
            assert_non_null(strstr(f->why.text, suffixes[i]));
            assert_int_equal(remove(beside), 0);
        }
    }
    assert_int_equal(fixture_open(f), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(a_folder_that_is_swapped_for_a_link_is_not_followed),
        TEST(the_list_of_candidates_leads_into_no_folder_that_is_swapped_for_a_link),
        TEST(what_was_opened_stays_though_its_folder_is_swapped),
        TEST(links_within_the_allowed_folders_work),
        TEST(neighbours_that_are_no_files_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
