/* SPDX-License-Identifier: MIT
 * restore.c - `playbus restore DIR`: puts a backup into a data folder that nobody uses.
 *
 * All of it is copied beside, and checked there with the chain of the audit log, before anything of
 * the folder changes; what was there goes aside, never away. Killed in the middle it leaves a
 * folder that does not start (the marks of the databases tell that they are missing), and that the
 * same command completes. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "actors/cli/calls.h"
#include "actors/cli/check.h"
#include "actors/cli/cli.h"
#include "actors/cli/data_folder.h"
#include "actors/cli/data_parts.h"
#include "actors/cli/say.h"
#include "actors/cli/supervisor.h"
#include "actors/shared/audit_keys.h"
#include "proto/base/log.h"
#include "proto/store/health.h"
#include "proto/store/store_file.h"
#include "proto/wire/json.h"

#define PART "restore.part"
#define ASIDE_SIZE 40

static bool is_there(const char *folder, const char *name)
{
    char path[PATH_MAX + 64];
    struct stat st;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return lstat(path, &st) == 0;
}

/* A data folder in use has newest rows beside its databases: a copy of these alone is torn. */
static bool is_backup(const char *folder)
{
    if (is_there(folder, AUDIT_DB_FILE) && !is_there(folder, "run")) {
        return true;
    }
    say(stderr,
        "playbus: %s is no backup\n  Name a folder that was made with: playbus backup DIR\n",
        folder);
    return false;
}

static bool holds_data(void)
{
    for (size_t i = 0; i < DATA_PARTS; i++) {
        if (data_parts[i].kind == PART_STORE && is_there(".", data_parts[i].path)) {
            return true;
        }
    }
    return is_there(".", AUDIT_SECRET_FILE);
}

/* ---- beside ---- */

static enum err copy_in(const char *from, const char *into)
{
    enum err e = chdir(from) == 0 ? OK : parts_failed(from);
    e = e == OK ? parts_copy_file(AUDIT_HEAD_COPY, AUDIT_HEAD_COPY, into) : e;
    for (size_t i = 0; e == OK && i < DATA_PARTS; i++) {
        const char *path = data_parts[i].path;
        e = data_parts[i].kind == PART_FOLDER ? parts_copy_folder(path, into)
                                              : parts_copy_file(path, path, into);
    }
    return e;
}

/* In the copy. The head of a backup is for this alone: put back, it would hide that the log ends
 * earlier than it once did. */
static int check_copy(void)
{
    OWNED(json_release) json_t *result = check_stores(AUDIT_HEAD_COPY);
    if (!json_is_true(json_object_get(result, "whole"))) {
        (void)fputs("playbus: the backup is not whole, nothing was changed\n", stderr);
        check_print(stderr, result);
        return EXIT_FAILED;
    }
    return unlink(AUDIT_HEAD_COPY) == 0 || errno == ENOENT ? EXIT_COMPLETED : EXIT_FAILED;
}

/* Are the keys that are here those of the backup, and perhaps newer ones? */
static bool keys_go_on(void)
{
    OWNED(audit_keyring_release) struct audit_keyring here = {0};
    OWNED(audit_keyring_release) struct audit_keyring copied = {0};
    bool known = audit_keyring_read(AUDIT_PUBLIC_FILE, &here) == OK &&
                 audit_keyring_read(PART "/" AUDIT_PUBLIC_FILE, &copied) == OK;
    for (size_t i = 0; known && i < copied.count; i++) {
        known = audit_keyring_find(&here, copied.keys[i].id) != NULL;
    }
    return known && is_there(".", AUDIT_SECRET_FILE);
}

/* The log goes on with the newer keys, and by the head that is here it sees what was put back, and
 * says so in an entry. */
static enum err keep_newer_keys(void)
{
    if (!keys_go_on()) {
        return OK;
    }
    (void)remove_tree(PART "/keys");
    enum err e = parts_copy_folder("keys", PART);
    if (e == OK && mkdir(PART "/audit", 0700) != 0 && errno != EEXIST) {
        e = parts_failed(PART "/audit");
    }
    return e == OK ? parts_copy_file(AUDIT_HEAD_FILE, AUDIT_HEAD_FILE, PART) : e;
}

/* The settings that are here are those of this machine. */
static enum err keep_settings(const char *from)
{
    if (!is_there(".", DATA_SETTINGS) || !is_there(PART, DATA_SETTINGS)) {
        return OK;
    }
    say(stderr,
        "The settings stay as they are here; those of the backup are in %s/" DATA_SETTINGS "\n",
        from);
    return unlink(PART "/" DATA_SETTINGS) == 0 ? OK : parts_failed(PART "/" DATA_SETTINGS);
}

/* ---- the change ---- */

static enum err sync_folder(const char *path)
{
    OWNED(fd_release) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0 ? OK : parts_failed(path);
}

static enum err mark_stores(void)
{
    for (size_t i = 0; i < DATA_PARTS; i++) {
        char mark[64];
        (void)snprintf(mark, sizeof(mark), "%s" STORE_MARK_SUFFIX, data_parts[i].path);
        if (data_parts[i].kind != PART_STORE || !is_there(PART, data_parts[i].path)) {
            continue;
        }
        OWNED(fd_release) int fd = open(mark, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0) {
            return parts_failed(mark);
        }
    }
    return sync_folder(".");
}

static enum err move(const char *from, const char *name, const char *suffix, const char *into)
{
    char path[PATH_MAX + 64];
    char place[PATH_MAX + 64];
    (void)snprintf(path, sizeof(path), "%s/%s%s", from, name, suffix);
    (void)snprintf(place, sizeof(place), "%s/%s%s", into, name, suffix);
    return rename(path, place) == 0 || errno == ENOENT ? OK : parts_failed(path);
}

/* All of it before anything new comes: no half of each is ever taken for a whole. */
static enum err move_aside(const char *aside)
{
    enum err e = mkdir(aside, 0700) == 0 ? OK : parts_failed(aside);
    e = e == OK ? move(".", AUDIT_HEAD_COPY, "", aside) : e;
    for (size_t i = 0; e == OK && i < DATA_PARTS; i++) {
        const struct data_part *part = &data_parts[i];
        e = part->kind == PART_FILE ? OK : move(".", part->path, "", aside);
        e = e == OK && part->kind == PART_STORE ? move(".", part->path, "-wal", aside) : e;
        e = e == OK && part->kind == PART_STORE ? move(".", part->path, "-shm", aside) : e;
    }
    return e == OK ? sync_folder(aside) : e;
}

static enum err move_in(void)
{
    enum err e = OK;
    for (size_t i = 0; e == OK && i < DATA_PARTS; i++) {
        const struct data_part *part = &data_parts[i];
        char mark[64];
        (void)snprintf(mark, sizeof(mark), "%s" STORE_MARK_SUFFIX, part->path);
        e = move(PART, part->path, "", ".");
        if (part->kind == PART_STORE && !is_there(".", part->path)) {
            (void)unlink(mark); /* the backup is of a Playbus that had none */
        }
    }
    (void)unlink(CHECK_RESULT_FILE); /* it was told of what was here */
    (void)remove_tree(PART);
    return e == OK ? sync_folder(".") : e;
}

static enum err change(const char *from, const char *aside)
{
    enum err e = keep_settings(from);
    e = e == OK ? keep_newer_keys() : e;
    e = e == OK ? mark_stores() : e;
    e = e == OK && aside[0] != '\0' ? move_aside(aside) : e;
    return e == OK ? move_in() : e;
}

static int restore(const char *from, const char *folder, const char *aside)
{
    char part[PATH_MAX + sizeof(PART) + 1];
    (void)snprintf(part, sizeof(part), "%s/" PART, folder);
    enum err e = remove_tree(PART) && mkdir(PART, 0700) == 0 ? OK : parts_failed(PART);
    e = e == OK ? copy_in(from, part) : e;
    int status = e == OK && chdir(part) == 0 ? check_copy() : EXIT_FAILED;
    if (chdir(folder) != 0 || e != OK || status != EXIT_COMPLETED) {
        (void)remove_tree(part);
        return e == OK ? status : say_error(e, "nothing was restored, %s", err_about_text());
    }
    e = change(from, aside);
    if (e != OK) {
        return say_error(e, "%s; the restore is not complete, do it again", err_about_text());
    }
    say(stderr, "Restored, the audit log is intact\n  from  %s\n  into  %s\n", from, folder);
    if (aside[0] != '\0') {
        say(stderr, "What was there is in %s/%s\n", folder, aside);
    }
    return EXIT_COMPLETED;
}

/* With the folder for us alone. */
static int restore_into(const char *from, const char *folder, bool replace)
{
    char aside[ASIDE_SIZE] = "";
    struct tm parts;
    const time_t now = time(NULL);
    bool taken = holds_data();
    if (taken && !replace) {
        say(stderr,
            "playbus: %s holds data already\n"
            "  To put the backup in its place, and aside what is there: --replace\n",
            folder);
        return EXIT_CONFLICT;
    }
    if (taken && (gmtime_r(&now, &parts) == NULL ||
                  strftime(aside, sizeof(aside), "replaced-%Y%m%dT%H%M%SZ", &parts) == 0)) {
        return EXIT_FAILED;
    }
    return restore(from, folder, aside);
}

int command_restore(const struct options *o)
{
    char folder[PATH_MAX];
    char from[PATH_MAX];
    struct supervisor claim = SUPERVISOR_NONE;
    log_open("playbus", LEVEL_WARN + 1); /* what is wrong is said below, once */
    if (parts_absolute(o->argument, from) != OK || !is_backup(from)) {
        return EXIT_USAGE;
    }
    enum err e = data_folder_enter(o->data, true, folder);
    if (e != OK) {
        return data_folder_say_error(e, o->data);
    }
    e = supervisor_claim(&claim);
    if (e != OK) {
        return say_error(e, "%s", folder);
    }
    int status = restore_into(from, folder, o->replace);
    supervisor_stop(&claim);
    return status;
}
