/* SPDX-License-Identifier: MIT
 * test_data_folder.c - the data folder, its locks and who has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "actors/cli/data_folder.h"

struct place {
    char root[64]; /* a fresh temporary folder */
    char before[PATH_MAX];
};

static int make_place(void **state)
{
    static struct place place;
    assert_non_null(getcwd(place.before, sizeof(place.before)));
    (void)snprintf(place.root, sizeof(place.root), "/tmp/playbus-folder-XXXXXX");
    assert_non_null(mkdtemp(place.root));
    assert_int_equal(chdir(place.root), 0);
    *state = &place;
    return 0;
}

static int remove_place(void **state)
{
    struct place *place = *state;
    char command[128];
    assert_int_equal(chdir(place->before), 0);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", place->root);
    return system(command); /* NOLINT(cert-env33-c): a test's own folder */
}

/* A process that does what is told and waits until `to_child` is closed. */
static pid_t holder(const char *lock, int *out_end)
{
    int ready[2];
    int end[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(end), 0);
    pid_t pid = fork();
    if (pid == 0) {
        int fd = -1;
        (void)close(end[1]);
        if (data_folder_lock(lock, true, &fd) != OK || write(ready[1], "r", 1) != 1) {
            _exit(1);
        }
        _exit((int)read(end[0], &byte, 1));
    }
    (void)close(ready[1]);
    (void)close(end[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
    *out_end = end[1];
    return pid;
}

static void the_default_folder_follows_the_xdg_rules(void **state)
{
    const struct place *place = *state;
    char path[PATH_MAX];
    char expected[PATH_MAX];
    struct stat st;
    assert_int_equal(setenv("HOME", place->root, 1), 0);
    assert_int_equal(setenv("XDG_DATA_HOME", "not/absolute", 1), 0);
    assert_int_equal(data_folder_enter(NULL, false, path), ERR_FILE_NOT_FOUND);
    assert_int_equal(data_folder_enter(NULL, true, path), OK);
    (void)snprintf(expected, sizeof(expected), "%s/.local/share/playbus", place->root);
    assert_string_equal(path, expected);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(stat("run", &st), 0);
}

static void a_lock_tells_its_holder_and_is_free_once_that_has_ended(void **state)
{
    int end = -1;
    int fd = -1;
    int status = 0;
    (void)state;
    assert_int_equal(data_folder_lock_holder("a.lock"), 0);
    pid_t child = holder("a.lock", &end);
    assert_int_equal(data_folder_lock_holder("a.lock"), child);
    assert_int_equal(data_folder_lock("a.lock", false, &fd), ERR_ALREADY_RUNNING);
    (void)close(end);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(data_folder_lock_holder("a.lock"), 0);
    assert_int_equal(data_folder_lock("a.lock", false, &fd), OK);
    assert_int_equal(data_folder_lock_holder("a.lock"), getpid());
    (void)close(fd);
}

static void a_file_knows_the_processes_that_have_it_open(void **state)
{
    int end = -1;
    int status = 0;
    pid_t users[4] = {0};
    (void)state;
    pid_t child = holder("b.lock", &end);
    assert_int_equal(data_folder_lock_sharers("b.lock", users, 4), 1);
    assert_int_equal(users[0], child);
    (void)close(end);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(data_folder_lock_sharers("b.lock", users, 4), 0);
}

static void write_line(const char *path, const char *line)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fprintf(file, "%s\n", line) > 0);
    assert_int_equal(fclose(file), 0);
}

static void an_address_counts_only_while_its_gateway_runs(void **state)
{
    char address[ADDRESS_SIZE];
    int fd = -1;
    (void)state;
    assert_int_equal(mkdir("run", 0700), 0);
    write_line("run/gateway.address", "127.0.0.1:4711");
    assert_false(data_folder_gateway_address(address));
    assert_int_equal(data_folder_lock("run/gateway.lock", false, &fd), OK);
    assert_true(data_folder_gateway_address(address));
    assert_string_equal(address, "127.0.0.1:4711");
    write_line("run/gateway.address", "0.0.0.0:4711");
    assert_true(data_folder_gateway_address(address));
    assert_string_equal(address, "127.0.0.1:4711"); /* it listens everywhere, so here too */
    (void)close(fd);
    assert_false(data_folder_gateway_address(address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_default_folder_follows_the_xdg_rules, make_place,
                                        remove_place),
        cmocka_unit_test_setup_teardown(a_lock_tells_its_holder_and_is_free_once_that_has_ended,
                                        make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_file_knows_the_processes_that_have_it_open, make_place,
                                        remove_place),
        cmocka_unit_test_setup_teardown(an_address_counts_only_while_its_gateway_runs, make_place,
                                        remove_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
