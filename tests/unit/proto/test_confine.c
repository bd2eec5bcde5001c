/* SPDX-License-Identifier: MIT
 * test_confine.c - what a confined process can still do, and what happens on kernels that cannot
 * confine. Each try is made in a child, as there is no way back. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/confine.h"
#include "tests/support/children.h"

/* But for AddressSanitizer, which executes what names the places of its report. */
#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define EXECUTION_IS_FORBIDDEN 0
#else
#define EXECUTION_IS_FORBIDDEN 1
#endif

static void write_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static bool opens(const char *path, int how)
{
    int fd = open(path, how | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

/* Runs in a child; its exit status is how many of its tries came out otherwise. */
static int in_child(int (*tries)(const char *folder), const char *folder)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        _exit(chdir(folder) == 0 ? tries(folder) : 100);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static bool kernel_confines(void)
{
    struct confinement c;
    bool there = confine_open(&c, "/nowhere") == OK && c.ruleset >= 0;
    confine_close(&c);
    return there;
}

/* In a fresh folder: a, own/b, data/secret, beside/c. */
static char *folder_with_files(void)
{
    char *folder = children_folder();
    char path[4200];
    static const char *const folders[] = {"own", "data", "beside"};
    static const char *const names[] = {"a", "own/b", "data/secret", "beside/c"};
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        write_file(path);
    }
    return folder;
}

static bool makes_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool made = bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return made;
}

#define EXPECT(what) wrong += (what) ? 0 : 1 /* NOLINT */

static int each_access(const char *folder)
{
    int wrong = 0;
    bool confined = false;
    struct confinement c;
    EXPECT(confine_open(&c, folder) == OK);
    EXPECT(confine_allow(&c, "a", CONFINE_READ | CONFINE_NAMES) == OK); /* of a file: no names */
    EXPECT(confine_allow(&c, "own", CONFINE_READ | CONFINE_WRITE | CONFINE_NAMES) == OK);
    EXPECT(confine_allow(&c, "beside", CONFINE_LIST | CONFINE_SOCKETS) == OK);
    EXPECT(confine_allow(&c, "missing", CONFINE_READ) == OK);
    EXPECT(confine_enter(&c, &confined) == OK && confined);
    confine_close(&c);
    EXPECT(opens("a", O_RDONLY));
    EXPECT(!opens("a", O_WRONLY) && errno == EACCES);
    EXPECT(!opens("new", O_WRONLY | O_CREAT));
    EXPECT(opens("own/b", O_RDWR) && opens("own/new", O_RDWR | O_CREAT));
    EXPECT(rename("own/new", "own/newer") == 0 && unlink("own/newer") == 0);
    EXPECT(rename("own/b", "beside/b") != 0 && link("data/secret", "own/secret") != 0);
    EXPECT(symlink("../data/secret", "own/way") != 0);
    EXPECT(!opens("data/secret", O_RDONLY) && !opens("data/secret", O_WRONLY | O_TRUNC));
    EXPECT(unlink("data/secret") != 0 && truncate("data/secret", 0) != 0);
    EXPECT(opens("beside", O_RDONLY | O_DIRECTORY) && !opens("data", O_RDONLY | O_DIRECTORY));
    EXPECT(!opens("beside/c", O_RDONLY) && makes_socket("beside/s") && !makes_socket("own/s"));
    EXPECT(!EXECUTION_IS_FORBIDDEN || execl("/bin/true", "true", (char *)NULL) != 0);
    return wrong;
}

static void a_confined_process_can_do_what_was_allowed_and_nothing_else(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *folder = folder_with_files();
    if (!kernel_confines()) {
        skip();
    }
    assert_int_equal(in_child(each_access, folder), 0);
}

static int around(const char *folder)
{
    int wrong = 0;
    bool confined = false;
    struct confinement c;
    char apart[4200];
    (void)snprintf(apart, sizeof(apart), "%s/data", folder);
    EXPECT(confine_open(&c, apart) == OK);
    EXPECT(confine_allow_around(&c, folder, CONFINE_READ) == OK);
    EXPECT(confine_allow_around(&c, "data", CONFINE_READ) == OK); /* it itself */
    EXPECT(confine_enter(&c, &confined) == OK && confined);
    confine_close(&c);
    EXPECT(opens("a", O_RDONLY) && opens("own/b", O_RDONLY) && opens("beside/c", O_RDONLY));
    EXPECT(opens(".", O_RDONLY | O_DIRECTORY) && !opens("a", O_WRONLY));
    EXPECT(!opens("data/secret", O_RDONLY) && errno == EACCES);
    return wrong;
}

static void a_folder_is_kept_apart_from_one_around_it(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *folder = folder_with_files();
    if (!kernel_confines()) {
        skip();
    }
    assert_int_equal(in_child(around, folder), 0);
}

/* From here on this system call fails so, as on another kernel. */
static bool forbid(int call, int error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = COUNT_OF(code), .filter = code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* An emulator of programs has no filters of system calls. */
static int filters(const char *folder)
{
    (void)folder;
    return forbid(SYS_landlock_create_ruleset, ENOSYS) ? 0 : 1;
}

static int without_landlock(const char *folder)
{
    int wrong = 0;
    bool confined = true;
    struct confinement c;
    EXPECT(forbid(SYS_landlock_create_ruleset, ENOSYS));
    EXPECT(confine_open(&c, folder) == OK && confine_allow(&c, "own", CONFINE_READ) == OK);
    EXPECT(confine_allow_around(&c, folder, CONFINE_READ) == OK);
    EXPECT(confine_enter(&c, &confined) == OK && !confined);
    EXPECT(opens("data/secret", O_RDONLY));
    return wrong;
}

static int refused_landlock(const char *folder)
{
    int wrong = 0;
    bool confined = true;
    struct confinement c;
    EXPECT(forbid(SYS_landlock_restrict_self, EPERM));
    EXPECT(confine_open(&c, folder) == OK);
    EXPECT(confine_enter(&c, &confined) != OK && !confined);
    confine_close(&c);
    return wrong;
}

static void a_kernel_without_landlock_is_told_apart_from_one_that_fails(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *folder = folder_with_files();
    if (in_child(filters, folder) != 0) {
        skip();
    }
    assert_int_equal(in_child(without_landlock, folder), 0);
    if (kernel_confines()) {
        assert_int_equal(in_child(refused_landlock, folder), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_confined_process_can_do_what_was_allowed_and_nothing_else),
        cmocka_unit_test(a_folder_is_kept_apart_from_one_around_it),
        cmocka_unit_test(a_kernel_without_landlock_is_told_apart_from_one_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
