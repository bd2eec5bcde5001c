/* SPDX-License-Identifier: MIT
 * upload.c - a database and its -wal belong together only as they were at one moment: if either
 * changed while they were sent, both are sent again. */
#include "actors/cli/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ATTEMPTS 3
#define HOW_TO_OPEN (O_RDONLY | O_NONBLOCK | O_CLOEXEC)

/* What tells two states of a file apart; one that was removed is not there. */
struct version {
    bool there;
    off_t size;
    struct timespec changed;
};

static struct version version_of(int file)
{
    struct stat st;
    if (file < 0 || fstat(file, &st) != 0 || st.st_nlink == 0) {
        return (struct version){.there = false};
    }
    return (struct version){.there = true, .size = st.st_size, .changed = st.st_mtim};
}

static bool same(const struct version *a, const struct version *b)
{
    return a->there == b->there && a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec;
}

static enum err send_both(struct client *client, const struct upload *upload, const char *name,
                          bool with_wal, struct reply *out)
{
    char path[CLIENT_PATH_SIZE] = "/import/upload";
    char wal[PATH_MAX];
    path_add(path, "name", name);
    enum err e = client_upload(client, path, upload->file, out);
    if (e != OK || !reply_is_good(out) || !with_wal) {
        return e;
    }
    struct reply second = {0};
    (void)snprintf(path, sizeof(path), "/import/upload");
    (void)snprintf(wal, sizeof(wal), "%s-wal", name);
    path_add(path, "name", wal);
    path_add(path, "for", json_string_value(json_object_get(out->body, "db_path")));
    e = client_upload(client, path, upload->wal, &second);
    if (e == OK && !reply_is_good(&second)) {
        reply_release(out);
        *out = second;
        return OK;
    }
    reply_release(&second);
    return e;
}

/* SQLite removes and makes it as programs come and go. Who may not look has what was there. */
static void look_for_wal(struct upload *upload, const char *file)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s-wal", file);
    int wal = open(path, HOW_TO_OPEN);
    if (wal >= 0 || errno == ENOENT) {
        fd_release(&upload->wal);
        upload->wal = wal;
    }
}

void upload_open(const char *file, struct upload *out)
{
    *out = (struct upload){.file = open(file, HOW_TO_OPEN), .wal = -1};
    look_for_wal(out, file);
}

void upload_close(struct upload *upload)
{
    fd_release(&upload->file);
    fd_release(&upload->wal);
}

enum err upload_database(struct client *client, struct upload *upload, const char *file,
                         struct reply *out)
{
    const char *slash = strrchr(file, '/');
    const char *name = slash == NULL ? file : slash + 1;
    for (int i = 0; i < ATTEMPTS; i++) {
        look_for_wal(upload, file);
        const struct version file_before = version_of(upload->file);
        const struct version wal_before = version_of(upload->wal);
        enum err e = send_both(client, upload, name, wal_before.there && wal_before.size > 0, out);
        const struct version file_after = version_of(upload->file);
        const struct version wal_after = version_of(upload->wal);
        if (e != OK || !reply_is_good(out) ||
            (same(&file_before, &file_after) && same(&wal_before, &wal_after))) {
            return e;
        }
        reply_release(out);
    }
    return ERR_DATABASE_BUSY;
}
