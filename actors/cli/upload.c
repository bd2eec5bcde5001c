/* SPDX-License-Identifier: MIT
 * upload.c - a database and its -wal belong together only as they were at one moment: if either
 * changed while they were sent, both are sent again. */
#include "actors/cli/upload.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define ATTEMPTS 3

/* What tells two states of a file apart. */
struct version {
    bool there;
    off_t size;
    struct timespec changed;
};

static struct version version_of(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        return (struct version){.there = false};
    }
    return (struct version){.there = true, .size = st.st_size, .changed = st.st_mtim};
}

static bool same(const struct version *a, const struct version *b)
{
    return a->there == b->there && a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec;
}

static enum err send_both(struct client *client, const char *file, const char *wal, bool with_wal,
                          struct reply *out)
{
    char path[CLIENT_PATH_SIZE] = "/import/upload";
    const char *slash = strrchr(file, '/');
    path_add(path, "name", slash == NULL ? file : slash + 1);
    enum err e = client_upload(client, path, file, out);
    if (e != OK || !reply_is_good(out) || !with_wal) {
        return e;
    }
    struct reply second = {0};
    slash = strrchr(wal, '/');
    (void)snprintf(path, sizeof(path), "/import/upload");
    path_add(path, "name", slash == NULL ? wal : slash + 1);
    path_add(path, "for", json_string_value(json_object_get(out->body, "db_path")));
    e = client_upload(client, path, wal, &second);
    if (e == OK && !reply_is_good(&second)) {
        reply_release(out);
        *out = second;
        return OK;
    }
    reply_release(&second);
    return e;
}

enum err upload_database(struct client *client, const char *file, struct reply *out)
{
    char wal[PATH_MAX];
    if (snprintf(wal, sizeof(wal), "%s-wal", file) >= (int)sizeof(wal)) {
        return ERR_FILE_NOT_FOUND;
    }
    for (int i = 0; i < ATTEMPTS; i++) {
        const struct version file_before = version_of(file);
        const struct version wal_before = version_of(wal);
        enum err e = send_both(client, file, wal, wal_before.there && wal_before.size > 0, out);
        const struct version file_after = version_of(file);
        const struct version wal_after = version_of(wal);
        if (e != OK || !reply_is_good(out) ||
            (same(&file_before, &file_after) && same(&wal_before, &wal_after))) {
            return e;
        }
        reply_release(out);
    }
    return ERR_DATABASE_BUSY;
}
