/* SPDX-License-Identifier: MIT
 * restore.c - `playbus restore DIR`: puts a backup into a data folder that nobody uses.
 *
 * All of it is copied beside, and checked there with the chain of the audit log, before anything of
 * the folder changes; what was there goes aside, never away. The mark `restoring` is on the disk
 * before the first change and goes with the last: while it is there nothing starts, and the same
 * command goes on by what it says. Its text is how far it is, and the folder for what was there:
 * `aside replaced-…` while that moves there, `in replaced-…` once all of it has, or `in` alone. */
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
#define ASIDE_BEGINS "replaced-"
#define ASIDE_SIZE 40
#define PIECES 3
#define PIECE_SIZE 64

/* How far a restore is. */
struct standing {
    bool again;             /* an earlier one began, and did not end */
    bool moved_aside;       /* what is here of the data was put there by it */
    char aside[ASIDE_SIZE]; /* where what was there goes; empty: there was nothing */
};

static bool is_there(const char *folder, const char *name)
{
    char path[PATH_MAX + 64];
    struct stat st;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return lstat(path, &st) == 0;
}

/* A data folder in use has newest rows beside its databases: a copy of these alone is torn, as is a
 * backup that was cut off. */
static bool is_backup(const char *folder)
{
    if (is_there(folder, AUDIT_DB_FILE) && !is_there(folder, "run") &&
        !is_there(folder, BACKUP_MARK)) {
        return true;
    }
    say(stderr,
        "playbus: %s is no backup\n  Name a folder that was made with: playbus backup DIR\n",
        folder);
    return false;
}

/* What of a part lies in the data folder: `i` is 0 for itself, 1 and 2 for the newest rows of a
 * database. False: no such thing, or not one of the data. */
static bool piece_of(const struct data_part *part, int i, char out[static PIECE_SIZE])
{
    static const char *const suffixes[PIECES] = {"", "-wal", "-shm"};
    (void)snprintf(out, PIECE_SIZE, "%s%s", part->path, suffixes[i]);
    return part->kind == PART_STORE || (part->kind == PART_FOLDER && i == 0);
}

static bool holds_data(void)
{
    char piece[PIECE_SIZE];
    for (size_t i = 0; i < DATA_PARTS * PIECES; i++) {
        if (piece_of(&data_parts[i / PIECES], (int)(i % PIECES), piece) && !parts_free(piece)) {
            return true;
        }
    }
    return is_there(".", AUDIT_HEAD_COPY);
}

/* ---- the mark ---- */

static enum err mark_progress(struct standing *p, bool moved_aside)
{
    char text[ASIDE_SIZE + 16];
    (void)snprintf(text, sizeof(text), "%s %s\n", moved_aside ? "in" : "aside", p->aside);
    enum err e = audit_file_replace(RESTORE_MARK, text, true);
    if (e != OK) {
        err_about("%s", RESTORE_MARK);
        return e;
    }
    p->moved_aside = moved_aside;
    return OK;
}

/* False: there is a mark, and nobody can tell what it says. */
static bool read_progress(struct standing *out)
{
    char text[ASIDE_SIZE + 16];
    *out = (struct standing){.again = parts_are_torn()};
    if (!out->again) {
        return true;
    }
    if (!read_first_line(RESTORE_MARK, text, sizeof(text))) {
        return false;
    }
    out->moved_aside = strncmp(text, "in ", 3) == 0;
    const char *aside = out->moved_aside ? text + 3 : text + strlen("aside ");
    bool begun = out->moved_aside || strncmp(text, "aside ", strlen("aside ")) == 0;
    bool none = out->moved_aside && aside[0] == '\0';
    bool named = begun && strncmp(aside, ASIDE_BEGINS, strlen(ASIDE_BEGINS)) == 0 &&
                 strchr(aside, '/') == NULL && strlen(aside) < ASIDE_SIZE;
    (void)snprintf(out->aside, ASIDE_SIZE, "%s", named ? aside : "");
    return named || none;
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

/* In the folder with what was there. Are its keys those of the backup, and perhaps newer ones? */
static bool keys_go_on(const char *copy)
{
    char path[PATH_MAX + 64];
    OWNED(audit_keyring_release) struct audit_keyring here = {0};
    OWNED(audit_keyring_release) struct audit_keyring copied = {0};
    (void)snprintf(path, sizeof(path), "%s/" AUDIT_PUBLIC_FILE, copy);
    bool known = audit_keyring_read(AUDIT_PUBLIC_FILE, &here) == OK &&
                 audit_keyring_read(path, &copied) == OK;
    for (size_t i = 0; known && i < copied.count; i++) {
        known = audit_keyring_find(&here, copied.keys[i].id) != NULL;
    }
    return known && is_there(".", AUDIT_SECRET_FILE);
}

/* In the folder with what was there. The log goes on with the newer keys, and by the head that is
 * there it sees what was put back, and says so in an entry. */
static enum err keep_newer_keys(const char *copy)
{
    char path[PATH_MAX + 64];
    if (!keys_go_on(copy)) {
        return OK;
    }
    (void)snprintf(path, sizeof(path), "%s/keys", copy);
    (void)remove_tree(path);
    enum err e = parts_copy_folder("keys", copy);
    (void)snprintf(path, sizeof(path), "%s/audit", copy);
    if (e == OK && mkdir(path, 0700) != 0 && errno != EEXIST) {
        e = parts_failed(path);
    }
    return e == OK ? parts_copy_file(AUDIT_HEAD_FILE, AUDIT_HEAD_FILE, copy) : e;
}

static enum err keep_newer_keys_of(const struct standing *p)
{
    if (!p->moved_aside) {
        return keep_newer_keys(PART);
    }
    if (p->aside[0] == '\0') {
        return OK;
    }
    if (chdir(p->aside) != 0) {
        return parts_failed(p->aside);
    }
    enum err e = keep_newer_keys("../" PART);
    return chdir("..") == 0 ? e : parts_failed("..");
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
    return parts_sync_folder(".");
}

static enum err move(const char *from, const char *name, const char *into)
{
    char path[PATH_MAX + 64];
    char place[PATH_MAX + 64];
    (void)snprintf(path, sizeof(path), "%s/%s", from, name);
    (void)snprintf(place, sizeof(place), "%s/%s", into, name);
    return rename(path, place) == 0 || errno == ENOENT ? OK : parts_failed(path);
}

/* All of it before anything new comes: no half of each is ever taken for a whole. */
static enum err move_aside(struct standing *p)
{
    char piece[PIECE_SIZE];
    enum err e = mkdir(p->aside, 0700) == 0 || errno == EEXIST ? OK : parts_failed(p->aside);
    e = e == OK ? move(".", AUDIT_HEAD_COPY, p->aside) : e;
    for (size_t i = 0; e == OK && i < DATA_PARTS * PIECES; i++) {
        if (piece_of(&data_parts[i / PIECES], (int)(i % PIECES), piece)) {
            e = move(".", piece, p->aside);
        }
    }
    e = e == OK ? parts_sync_folder(p->aside) : e;
    e = e == OK ? parts_sync_folder(".") : e;
    return e == OK ? mark_progress(p, true) : e;
}

/* What an earlier attempt put there goes away. What has no other copy aside may be somebody's. */
static enum err clear_place(const struct standing *p, const struct data_part *part)
{
    char piece[PIECE_SIZE];
    enum err e = OK;
    for (int i = 0; e == OK && i < PIECES; i++) {
        if (!piece_of(part, i, piece)) {
            continue;
        }
        if (p->aside[0] != '\0' && !is_there(p->aside, piece)) {
            e = move(".", piece, p->aside);
        } else if (!remove_tree(piece)) {
            e = parts_failed(piece);
        }
    }
    return e;
}

static enum err move_in(const struct standing *p)
{
    enum err e = OK;
    for (size_t i = 0; e == OK && i < DATA_PARTS; i++) {
        const struct data_part *part = &data_parts[i];
        char mark[PIECE_SIZE];
        (void)snprintf(mark, sizeof(mark), "%s" STORE_MARK_SUFFIX, part->path);
        e = clear_place(p, part);
        e = e == OK ? move(PART, part->path, ".") : e;
        if (part->kind == PART_STORE && !is_there(".", part->path)) {
            (void)unlink(mark); /* the backup is of a Playbus that had none */
        }
    }
    (void)unlink(CHECK_RESULT_FILE); /* it was told of what was here */
    (void)remove_tree(PART);
    e = e == OK ? parts_sync_folder(".") : e;
    if (e == OK && unlink(RESTORE_MARK) != 0) {
        e = parts_failed(RESTORE_MARK);
    }
    return e == OK ? parts_sync_folder(".") : e;
}

static enum err change(const char *from, struct standing *p)
{
    enum err e = keep_settings(from);
    e = e == OK ? keep_newer_keys_of(p) : e;
    e = e == OK ? mark_progress(p, p->moved_aside) : e;
    e = e == OK ? mark_stores() : e;
    e = e == OK && !p->moved_aside ? move_aside(p) : e;
    return e == OK ? move_in(p) : e;
}

static int restore(const char *from, const char *folder, struct standing *p)
{
    char part[PATH_MAX + sizeof(PART) + 1];
    (void)snprintf(part, sizeof(part), "%s/" PART, folder);
    enum err e = remove_tree(PART) && mkdir(PART, 0700) == 0 ? OK : parts_failed(PART);
    e = e == OK ? copy_in(from, part) : e;
    int status = e == OK && chdir(part) == 0 ? check_copy() : EXIT_FAILED;
    if (chdir(folder) != 0 || e != OK || status != EXIT_COMPLETED) {
        (void)remove_tree(part);
        if (e == ERR_ACCESS_DENIED) {
            return parts_say_denied("nothing was restored");
        }
        return e == OK ? status : say_error(e, "nothing was restored, %s", err_about_text());
    }
    e = change(from, p);
    if (e != OK) {
        return say_error(e, "%s; the restore is not complete, do it again", err_about_text());
    }
    say(stderr, "Restored, the audit log is intact\n  from  %s\n  into  %s\n", from, folder);
    if (p->aside[0] != '\0') {
        say(stderr, "What was there is in %s/%s\n", folder, p->aside);
    }
    return EXIT_COMPLETED;
}

/* One that began goes on: first all that was there goes where the rest of it is. */
static int go_on(const char *from, const char *folder, struct standing *p)
{
    enum err e = p->moved_aside ? OK : move_aside(p);
    return e == OK ? restore(from, folder, p)
                   : say_error(e, "%s; the restore is not complete", err_about_text());
}

/* With the folder for us alone. */
static int restore_into(const char *from, const char *folder, bool replace)
{
    struct standing p;
    struct tm parts;
    const time_t now = time(NULL);
    if (!read_progress(&p)) {
        say(stderr, "playbus: nobody can tell from %s/" RESTORE_MARK " what it replaced\n", folder);
        return EXIT_FAILED;
    }
    if (p.again) {
        return go_on(from, folder, &p);
    }
    p.moved_aside = !holds_data();
    if (!p.moved_aside && !replace) {
        say(stderr,
            "playbus: %s holds data already\n"
            "  To put the backup in its place, and aside what is there: --replace\n",
            folder);
        return EXIT_CONFLICT;
    }
    if (!p.moved_aside &&
        (gmtime_r(&now, &parts) == NULL ||
         strftime(p.aside, sizeof(p.aside), ASIDE_BEGINS "%Y%m%dT%H%M%SZ", &parts) == 0)) {
        return EXIT_FAILED;
    }
    if (!p.moved_aside && is_there(".", p.aside)) {
        say(stderr, "playbus: %s/%s is there already\n  Try again.\n", folder, p.aside);
        return EXIT_CONFLICT;
    }
    return restore(from, folder, &p);
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
