/* SPDX-License-Identifier: MIT
 * data_folder.c - finds, makes and asks the data folder, and takes its locks. */
#include "actors/cli/data_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/cli/calls.h"
#include "actors/cli/cli.h"
#include "actors/cli/say.h"
#include "actors/cli/supervisor.h"
#include "proto/base/log.h"
#include "proto/bus/process.h"

#define GATEWAY_LOCK "run/gateway.lock"
#define GATEWAY_ADDRESS "run/gateway.address"
#define LOCAL_TOKEN "run/cli.token"
#define SETUP_CODE "run/setup.code"

#define SYSTEM_FILE "/../data-folder" /* seen from the folder of the programs */
#define ROOM_FILE "run/room.part"
#define NAME_SIZE 64                     /* of a user, with the NUL */
#define ROOM_NEEDED ((size_t)256 * 1024) /* less lets no database start */

static enum err default_path(char out[static PATH_MAX])
{
    const char *base = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    int n = -1;
    if (base != NULL && base[0] == '/') { /* the rules say: a relative one is to be ignored */
        n = snprintf(out, PATH_MAX, "%s/playbus", base);
    } else if (home != NULL && home[0] == '/') {
        n = snprintf(out, PATH_MAX, "%s/.local/share/playbus", home);
    }
    return n > 0 && n < PATH_MAX ? OK : ERR_FILE_NOT_FOUND;
}

/* Installed, the folder of the service that the system starts stands in a file beside the folder of
 * the programs. */
static bool system_path(char out[static PATH_MAX])
{
    char program[PATH_MAX];
    char file[PATH_MAX + sizeof(SYSTEM_FILE)];
    ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
    program[n > 0 ? n : 0] = '\0';
    (void)snprintf(file, sizeof(file), "%.*s" SYSTEM_FILE,
                   n > 0 ? (int)(strrchr(program, '/') - program) : 0, program);
    return n > 0 && read_first_line(file, out, PATH_MAX) && out[0] == '/';
}

/* The one that is meant where nobody names one: the system's, or the user's own. */
static enum err meant_path(char out[static PATH_MAX])
{
    return system_path(out) ? OK : default_path(out);
}

static enum err error_of(int number)
{
    err_about("%s", strerror(number));
    return number == EACCES || number == EPERM ? ERR_ACCESS_DENIED : err_from_errno(number);
}

/* mkdir -p, every new folder for its owner alone. */
static enum err make_folders(const char *path)
{
    char part[PATH_MAX];
    (void)snprintf(part, sizeof(part), "%s", path);
    for (char *slash = strchr(part + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash != NULL) {
            *slash = '\0';
        }
        if (mkdir(part, 0700) != 0 && errno != EEXIST) {
            return error_of(errno);
        }
        if (slash == NULL) {
            return OK;
        }
        *slash = '/';
    }
}

/* Where the command began: a relative path is from there, also once a data folder was entered. */
static const char *began_in(void)
{
    static char folder[PATH_MAX];
    return folder[0] != '\0' ? folder : getcwd(folder, sizeof folder);
}

static enum err resolve(const char *given, char out[static PATH_MAX])
{
    const char *set = getenv("PLAYBUS_DATA");
    const char *from = began_in();
    given = given == NULL && set != NULL && set[0] != '\0' ? set : given;
    if (given == NULL) {
        return meant_path(out);
    }
    bool whole = given[0] == '/' || from == NULL;
    int n = snprintf(out, PATH_MAX, "%s%s%s", whole ? "" : from, whole ? "" : "/", given);
    return given[0] != '\0' && n < PATH_MAX ? OK : ERR_FILE_NOT_FOUND;
}

static bool same_folder(const char *path, const char *folder)
{
    struct stat meant;
    struct stat here;
    return stat(path, &meant) == 0 && stat(folder, &here) == 0 && meant.st_dev == here.st_dev &&
           meant.st_ino == here.st_ino;
}

bool data_folder_is_default(const char *folder)
{
    char path[PATH_MAX];
    return meant_path(path) == OK && same_folder(path, folder);
}

bool data_folder_is_system(const char *folder)
{
    char path[PATH_MAX];
    return system_path(path) && (strcmp(path, folder) == 0 || same_folder(path, folder));
}

bool data_folder_means_system(const char *given)
{
    char path[PATH_MAX];
    return resolve(given, path) == OK && data_folder_is_system(path);
}

/* Whose service it is decides what may be done, and nothing that root makes is in its way later. */
static enum err become_owner(void)
{
    struct stat st;
    if (stat(".", &st) != 0) {
        return error_of(errno);
    }
    if (geteuid() != 0 || st.st_uid == 0) {
        return OK;
    }
    const struct passwd *owner = getpwuid(st.st_uid);
    bool become = owner != NULL && initgroups(owner->pw_name, owner->pw_gid) == 0 &&
                  setresgid(owner->pw_gid, owner->pw_gid, owner->pw_gid) == 0 &&
                  setresuid(st.st_uid, st.st_uid, st.st_uid) == 0;
    if (!become) {
        err_about("nobody can become user %ld", (long)st.st_uid);
        return ERR_DATA_FOLDER_UNSAFE;
    }
    return OK;
}

bool data_folder_is_guest(void)
{
    struct stat st;
    return geteuid() != 0 && stat(".", &st) == 0 && st.st_uid != geteuid() &&
           (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static bool is_writable(const char *path)
{
    return faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0 || errno != EACCES;
}

enum err data_folder_enter(const char *given, bool create, char out_path[static PATH_MAX])
{
    char path[PATH_MAX];
    enum err e = resolve(given, path);
    bool system = e == OK && data_folder_is_system(path);
    if (e == OK && create && !system) {
        e = make_folders(path);
    }
    if (e == OK && (chdir(path) != 0 || getcwd(out_path, PATH_MAX) == NULL)) {
        e = errno == EACCES ? ERR_ACCESS_DENIED : ERR_FILE_NOT_FOUND;
    }
    if (e == OK && system) {
        e = become_owner();
        if (e != OK || data_folder_is_guest()) {
            return e;
        }
    }
    if (e == OK && (create || geteuid() != 0)) { /* root may look into what is another's */
        e = process_folder_is_safe();
    }
    if (e == OK && create && mkdir("run", 0700) != 0 && errno != EEXIST) {
        e = error_of(errno);
    }
    if (e == OK && create && !is_writable(".")) {
        e = ERR_ACCESS_DENIED;
    }
    return e;
}

static void name_of(uid_t uid, char out[static NAME_SIZE])
{
    const struct passwd *user = getpwuid(uid);
    if (user != NULL) {
        (void)snprintf(out, NAME_SIZE, "%s", user->pw_name);
    } else {
        (void)snprintf(out, NAME_SIZE, "%ld", (long)uid);
    }
}

/* What stands in the way: a file that is ours to write and cannot be written, run/, or the nearest
 * folder that is there. Cuts the path, or adds to it. */
static bool find_obstacle(char path[static PATH_MAX], struct stat *out)
{
    static const char *const inside[] = {"/" SUPERVISOR_OWNER_LOCK, "/" SUPERVISOR_LOCK,
                                         "/" ROOM_FILE, "/run"};
    size_t size = strlen(path);
    for (size_t i = 0; i < COUNT_OF(inside); i++) {
        (void)snprintf(path + size, PATH_MAX - size, "%s", inside[i]);
        if (stat(path, out) == 0 && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0) {
            return true;
        }
    }
    path[size] = '\0';
    while (stat(path, out) != 0) {
        char *slash = strrchr(path, '/');
        if (slash == NULL || slash == path) {
            return false;
        }
        *slash = '\0';
    }
    return true;
}

/* Whose it is, as for a database that may not be read, and what helps. */
static int say_permission_error(const char *folder)
{
    char obstacle[PATH_MAX];
    char owner[NAME_SIZE];
    char self[NAME_SIZE];
    struct stat st;
    struct stat whole;
    (void)snprintf(obstacle, sizeof(obstacle), "%s", folder);
    say(stderr, "playbus: permission denied: the data folder %s cannot be used\n", folder);
    if (!find_obstacle(obstacle, &st)) {
        (void)fputs("  Name another folder with --data.\n", stderr);
        return EXIT_FAILED;
    }
    name_of(st.st_uid, owner);
    name_of(geteuid(), self);
    say(stderr, "  %s belongs to %s with mode %03o; this is user %s.\n", obstacle, owner,
        (unsigned)st.st_mode & 07777U, self);
    if (data_folder_is_system(folder) && same_folder(".", folder)) {
        (void)fputs("  The group that access.cli_group names asks the service while it runs: sudo "
                    "systemctl start playbus\n  All else is done with sudo.\n",
                    stderr);
    } else if (data_folder_is_system(folder)) {
        (void)fputs("  Use the system's Playbus with sudo, or as a member of the group that "
                    "access.cli_group names;\n  or one of your own: --data DIR.\n",
                    stderr);
    } else if (getpid() == 1) { /* a container, in which nobody can become another */
        say(stderr, "  Run the container as its owner: --user %ld:%ld\n", (long)st.st_uid,
            (long)st.st_gid);
    } else if (st.st_uid == geteuid()) {
        say(stderr, "  Give yourself the permission: chmod u+rwX %s\n", obstacle);
    } else if (stat(folder, &whole) == 0 && whole.st_uid == geteuid()) {
        say(stderr, "  Give all of the folder to one user: sudo chown -R %s %s\n", self, folder);
    } else {
        say(stderr, "  Try again as that user (sudo -u %s), or name another folder with --data.\n",
            owner);
    }
    return EXIT_FAILED;
}

int data_folder_say_error(enum err e, const char *given)
{
    char path[PATH_MAX] = "";
    bool named = resolve(given, path) == OK;
    if (e == ERR_DATA_FOLDER_UNSAFE) {
        return say_error(e, "%s: %s", path, err_about_text());
    }
    if (e == ERR_ACCESS_DENIED) {
        return say_permission_error(path);
    }
    if (e == ERR_SYSTEM) {
        say(stderr, "playbus: the data folder %s cannot be used: %s\n  Name another with --data.\n",
            path, err_about_text());
        return EXIT_FAILED;
    }
    if (e != ERR_FILE_NOT_FOUND) {
        return say_error(e, "the data folder %s cannot be used", path);
    }
    struct stat st;
    if (named && stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
        say(stderr, "playbus: %s is a file, no data folder\n  Name a folder with --data.\n", path);
        return EXIT_FAILED;
    }
    if (named && data_folder_is_system(path)) {
        say(stderr,
            "playbus: there is no data folder %s\n  Start the system's Playbus: "
            "sudo systemctl start playbus\n",
            path);
        return EXIT_FAILED;
    }
    say(stderr,
        "playbus: there is no data folder %s\n  Nothing was imported there yet; name another one "
        "with --data.\n",
        named ? path : "");
    return EXIT_FAILED;
}

enum err data_folder_try_writing(void)
{
    static const char path[] = ROOM_FILE;
    static const char bytes[ROOM_NEEDED];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return error_of(errno);
    }
    enum err e = OK;
    ssize_t written = write(fd, bytes, sizeof(bytes));
    if (written != (ssize_t)sizeof(bytes)) {
        e = written < 0 ? err_from_errno(errno) : ERR_DISK_FULL;
    }
    (void)close(fd);
    (void)unlink(path);
    return e;
}

bool data_folder_gateway_address(char out_address[static ADDRESS_SIZE])
{
    static const char everywhere[] = "0.0.0.0:", everywhere6[] = "[::]:";
    char published[ADDRESS_SIZE];
    if (data_folder_lock_holder(GATEWAY_LOCK) == 0 ||
        !read_first_line(GATEWAY_ADDRESS, published, ADDRESS_SIZE)) {
        return false;
    }
    const char *host = "";
    const char *rest = published;
    if (strncmp(published, everywhere, strlen(everywhere)) == 0) {
        host = "127.0.0.1:";
        rest += strlen(everywhere);
    } else if (strncmp(published, everywhere6, strlen(everywhere6)) == 0) {
        host = "[::1]:";
        rest += strlen(everywhere6);
    }
    (void)snprintf(out_address, ADDRESS_SIZE, "%s%.64s", host, rest);
    return true;
}

bool data_folder_local_token(char out_token[static LOCAL_TOKEN_SIZE])
{
    return read_first_line(LOCAL_TOKEN, out_token, LOCAL_TOKEN_SIZE);
}

bool data_folder_setup_code(char out_code[static SETUP_CODE_SIZE])
{
    return read_first_line(SETUP_CODE, out_code, SETUP_CODE_SIZE);
}

enum err data_folder_lock(const char *lock_path, bool inherit, int *out_fd)
{
    char text[32];
    int fd = open(lock_path, O_RDWR | O_CREAT | O_NOFOLLOW | (inherit ? 0 : O_CLOEXEC), 0600);
    if (fd < 0) {
        return error_of(errno);
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        enum err e = errno == EWOULDBLOCK ? ERR_ALREADY_RUNNING : ERR_SYSTEM;
        (void)close(fd);
        return e;
    }
    int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n) {
        enum err e = err_from_errno(errno);
        (void)close(fd);
        return e;
    }
    *out_fd = fd;
    return OK;
}
