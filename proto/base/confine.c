/* SPDX-License-Identifier: MIT
 * confine.c - Landlock's three system calls, for which the C library has no functions.
 *
 * Landlock only ever allows: what is allowed for a folder is allowed for all below it. So a folder
 * within an allowed one can be kept apart only by allowing its neighbours, one by one. */
#include "proto/base/confine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proto/base/log.h"

/* Debian 12's header is of the second version of the interface, and kernels are newer. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

#define OF_FILES                                                                                 \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | \
     LANDLOCK_ACCESS_FS_TRUNCATE)

enum { ABI_REFER = 2, ABI_TRUNCATE = 3, BESIDE_MAX = 65536 };

static const struct {
    unsigned access;
    uint64_t rights;
} grants[] = {
    {CONFINE_LIST, LANDLOCK_ACCESS_FS_READ_DIR},
    {CONFINE_READ, LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_READ_FILE},
    {CONFINE_WRITE, LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE},
    {CONFINE_NAMES, LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
                        LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR},
    {CONFINE_SOCKETS, LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE},
};

/* ---- what the kernel has ---- */

/* In builds for tests: ThreadSanitizer opens the file of its report when it finds something, and
 * AddressSanitizer executes a program that names the places in its report. */
#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
enum { FOR_TESTS_OF_THREADS = true };
#else
enum { FOR_TESTS_OF_THREADS = false };
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define EXECUTED_FOR_TESTS LANDLOCK_ACCESS_FS_EXECUTE
#else
#define EXECUTED_FOR_TESTS 0ULL
#endif

/* Which version of Landlock there is; 0: none, or it is turned off, or a container forbids it. */
static long version(void)
{
    if (FOR_TESTS_OF_THREADS) {
        return 0;
    }
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi > 0 ? abi : 0;
}

/* All that this kernel can forbid about files. A right that it does not know is no error in it,
 * but would make the call fail. */
static uint64_t handled(long abi)
{
    uint64_t rights = ((uint64_t)LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    rights |= abi >= ABI_REFER ? LANDLOCK_ACCESS_FS_REFER : 0;
    rights |= abi >= ABI_TRUNCATE ? LANDLOCK_ACCESS_FS_TRUNCATE : 0;
    return rights & ~EXECUTED_FOR_TESTS;
}

static enum err failed(const char *what, const char *path)
{
    enum err e = err_from_errno(errno);
    err_about("this process cannot be confined to its own files");
    log_error("this process cannot be confined to its own files, Landlock %s path=%s error=%m",
              what, path);
    return e;
}

enum err confine_open(struct confinement *c, const char *apart)
{
    long abi = version();
    struct landlock_ruleset_attr all = {.handled_access_fs = handled(abi)};
    *c = (struct confinement){.ruleset = -1, .rights = all.handled_access_fs, .apart = apart};
    if (abi == 0) {
        return OK;
    }
    c->ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
    return c->ruleset >= 0 ? OK : failed("refuses the rules", apart);
}

void confine_close(struct confinement *c)
{
    fd_release(&c->ruleset);
}

/* ---- what is allowed ---- */

static enum err allow_open(struct confinement *c, int fd, const char *path, unsigned access)
{
    struct stat st;
    struct landlock_path_beneath_attr rule = {.parent_fd = fd};
    if (fstat(fd, &st) != 0) {
        return failed("cannot look", path);
    }
    for (size_t i = 0; i < COUNT_OF(grants); i++) {
        rule.allowed_access |= (access & grants[i].access) != 0 ? grants[i].rights : 0;
    }
    rule.allowed_access &= c->rights;
    if (!S_ISDIR(st.st_mode)) {
        rule.allowed_access &= OF_FILES;
    }
    if (S_ISLNK(st.st_mode) || rule.allowed_access == 0) {
        return OK;
    }
    return syscall(SYS_landlock_add_rule, c->ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0
               ? OK
               : failed("refuses a rule", path);
}

static enum err allow(struct confinement *c, int folder, const char *path, int flags,
                      unsigned access)
{
    if (c->ruleset < 0) {
        return OK;
    }
    OWNED(fd_release) int fd = openat(folder, path, O_PATH | O_CLOEXEC | flags);
    if (fd < 0) {
        return OK; /* what is not there, or may not be reached, need not be allowed */
    }
    return allow_open(c, fd, path, access);
}

enum err confine_allow(struct confinement *c, const char *path, unsigned access)
{
    return allow(c, AT_FDCWD, path, 0, access);
}

/* Everything in a folder but the entry of this name. */
static enum err allow_beside(struct confinement *c, const char *folder, const char *name,
                             size_t name_size, unsigned access)
{
    OWNED(dir_release) DIR *dir = opendir(folder);
    enum err e = OK;
    size_t count = 0;
    for (const struct dirent *entry; e == OK && dir != NULL && (entry = readdir(dir)) != NULL;) {
        const char *at = entry->d_name;
        if (strcmp(at, ".") == 0 || strcmp(at, "..") == 0 ||
            (strlen(at) == name_size && memcmp(at, name, name_size) == 0)) {
            continue;
        }
        if (++count > BESIDE_MAX) {
            log_warn("a folder around the data folder has more than %d entries, those beyond "
                     "cannot be read path=%s",
                     BESIDE_MAX, folder);
            break;
        }
        e = allow(c, dirfd(dir), at, O_NOFOLLOW, access);
    }
    return e;
}

/* What of `path` follows `folder`, which is it or above it; NULL if it is neither. */
static const char *after(const char *path, const char *folder)
{
    size_t size = strlen(folder);
    size -= size > 0 && folder[size - 1] == '/' ? 1 : 0;
    bool within = strncmp(path, folder, size) == 0 && (path[size] == '/' || path[size] == '\0');
    return within ? path + size : NULL;
}

enum err confine_allow_around(struct confinement *c, const char *path, unsigned access)
{
    char real[PATH_MAX];
    if (c->ruleset < 0 || realpath(path, real) == NULL) {
        return OK;
    }
    const char *rest = after(c->apart, real);
    if (rest == NULL) {
        return after(real, c->apart) == NULL ? confine_allow(c, real, access) : OK;
    }
    enum err e = confine_allow(c, real, CONFINE_LIST);
    while (e == OK && *rest != '\0') {
        char folder[PATH_MAX];
        (void)snprintf(folder, sizeof(folder), "%.*s/", (int)(rest - c->apart), c->apart);
        const char *name = rest + 1;
        size_t size = strcspn(name, "/");
        e = allow_beside(c, folder, name, size, access);
        rest = name + size;
    }
    return e;
}

/* ---- for good ---- */

enum err confine_enter(struct confinement *c, bool *out_confined)
{
    *out_confined = false;
    if (c->ruleset < 0) {
        return OK;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_landlock_restrict_self, c->ruleset, 0) != 0) {
        return failed("cannot be entered", c->apart);
    }
    *out_confined = true;
    return OK;
}
