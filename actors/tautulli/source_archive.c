/* SPDX-License-Identifier: MIT
 * source_archive.c - unpacks a backup made by Tautulli (v2.16.1 and later zip them).
 *
 * Only a zip with the one member tautulli.db is taken; it is streamed, and stops at the first byte
 * beyond the room in the staging folder or beyond a ratio no database has. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "actors/tautulli/refuse.h"
#include "actors/tautulli/source_file.h"
#include "actors/tautulli/source_stage.h"

#define READ_STEP (256U << 10)
#define RATIO_MAX 200          /* unpacked to packed; a Tautulli database reaches about 10 */
#define RATIO_FREE (16U << 20) /* bytes that may be unpacked whatever the ratio */
#define ROOM_STEP (64U << 20)  /* bytes between two looks at the room left */

static void archive_release(struct archive **archive)
{
    if (*archive != NULL) {
        archive_read_free(*archive);
        *archive = NULL;
    }
}

static bool is_database_name(const char *name)
{
    if (name == NULL) {
        return false;
    }
    const char *base = strrchr(name, '/');
    base = base == NULL ? name : base + 1;
    return strcmp(base, STAGED_NAME) == 0 || strcmp(base, "plexpy.db") == 0;
}

static enum err check_entry(struct archive_entry *entry, struct refusal *out_why)
{
    if (!is_database_name(archive_entry_pathname(entry)) ||
        archive_entry_filetype(entry) != AE_IFREG) {
        return refuse(out_why, ERR_ARCHIVE_REFUSED,
                      "This archive holds something else than one tautulli.db");
    }
    if (archive_entry_is_encrypted(entry) > 0) {
        return refuse(out_why, ERR_ARCHIVE_REFUSED, "This archive is encrypted");
    }
    return OK;
}

/* How much may come out, and how much has. */
struct unpacking {
    const struct staging *staging;
    struct arena *arena;
    uint64_t packed_bytes, unpacked_bytes;
    uint64_t looked_at; /* unpacked_bytes when the room was last looked at */
};

static enum err check_limits(struct unpacking *u, uint64_t step, struct refusal *out_why)
{
    uint64_t next = u->unpacked_bytes + step;
    if (next > RATIO_FREE && next / RATIO_MAX > u->packed_bytes) {
        return refuse(out_why, ERR_ARCHIVE_REFUSED,
                      "This archive unpacks to far more than any backup does");
    }
    if (next - u->looked_at >= ROOM_STEP || u->unpacked_bytes == 0) {
        u->looked_at = u->unpacked_bytes;
        return stage_room(u->staging, ROOM_STEP, u->arena, out_why);
    }
    return OK;
}

static enum err unpack_member(struct archive *archive, int to, struct unpacking *u,
                              struct refusal *out_why)
{
    OWNED(free_bytes) void *buffer = must_alloc(READ_STEP);
    for (;;) {
        if (stage_cancelled(u->staging)) {
            return refuse(out_why, ERR_TIMEOUT, NULL);
        }
        la_ssize_t size = archive_read_data(archive, buffer, READ_STEP);
        if (size == 0) {
            return OK;
        }
        if (size < 0) {
            return refuse(out_why, ERR_ARCHIVE_REFUSED, "This archive is damaged");
        }
        enum err e = check_limits(u, (uint64_t)size, out_why);
        if (e != OK) {
            return e;
        }
        if (write(to, buffer, (size_t)size) != size) {
            return refuse(out_why, ERR_STAGING_FULL, NULL);
        }
        u->unpacked_bytes += (uint64_t)size;
    }
}

static enum err unpack(struct archive *archive, const char *to, struct unpacking *u,
                       struct refusal *out_why)
{
    struct archive_entry *entry = NULL;
    int result = archive_read_next_header(archive, &entry);
    if (result == ARCHIVE_EOF) {
        return refuse(out_why, ERR_ARCHIVE_REFUSED, "This archive is empty");
    }
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) {
        return refuse(out_why, ERR_ARCHIVE_REFUSED, "This archive is damaged");
    }
    enum err e = check_entry(entry, out_why);
    if (e != OK) {
        return e;
    }
    if (archive_entry_size_is_set(entry)) {
        e = stage_room(u->staging, (uint64_t)archive_entry_size(entry), u->arena, out_why);
        if (e != OK) {
            return e;
        }
    }
    OWNED(fd_release) int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (out < 0) {
        return refuse(out_why, ERR_STAGING_FULL, "The staging folder cannot be written");
    }
    e = unpack_member(archive, out, u, out_why);
    if (e == OK && archive_read_next_header(archive, &entry) != ARCHIVE_EOF) {
        e = refuse(out_why, ERR_ARCHIVE_REFUSED,
                   "This archive holds something else than one tautulli.db");
    }
    return e;
}

enum err stage_archive(const char *path, const struct staging *staging, struct arena *arena,
                       const char **out, struct refusal *out_why)
{
    OWNED(archive_release) struct archive *archive = archive_read_new();
    OWNED(fd_release) int in = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    struct file_look look = file_look_at(path);
    if (archive == NULL || in < 0 || archive_read_support_format_zip(archive) != ARCHIVE_OK ||
        archive_read_open_fd(archive, in, READ_STEP) != ARCHIVE_OK) {
        return refuse(out_why, ERR_ARCHIVE_REFUSED, "This archive cannot be opened");
    }
    const char *copy = NULL;
    enum err e = stage_new(staging, arena, &copy, out_why);
    if (e != OK) {
        return e;
    }
    struct unpacking u = {.staging = staging, .arena = arena, .packed_bytes = (uint64_t)look.bytes};
    e = unpack(archive, copy, &u, out_why);
    if (e != OK) {
        source_remove_staged(staging->dir, copy);
        return e;
    }
    *out = copy;
    return OK;
}
