/* SPDX-License-Identifier: MIT
 * source_archive.c - unpacks a backup made by Tautulli (v2.16.1 and later zip them), or by hand.
 *
 * The one SQLite file in it is taken, whatever it is called and wherever it lies, with its -wal.
 * It is streamed, and stops at the first byte beyond the room in the staging folder or beyond a
 * ratio no database has. */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/tautulli/refuse.h"
#include "actors/tautulli/source_file.h"
#include "actors/tautulli/source_stage.h"
#include "actors/tautulli/source_wal.h"

#define READ_STEP (256U << 10)
#define RATIO_MAX 200          /* unpacked to packed; a Tautulli database reaches about 10 */
#define RATIO_FREE (16U << 20) /* bytes that may be unpacked whatever the ratio */
#define MEMBERS_MAX 10000      /* files in one archive */
#define ROOM_STEP (64U << 20)  /* bytes between two checks of the room left */

static void archive_release(struct archive **archive)
{
    if (*archive != NULL) {
        archive_read_free(*archive);
        *archive = NULL;
    }
}

/* ---- what is in it ---- */

/* Names decide what a member is, and never reach the file system. */
static const char *base_of(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash == NULL ? name : slash + 1;
}

static bool is_tautullis_name(const char *name)
{
    return strcmp(base_of(name), STAGED_NAME) == 0 || strcmp(base_of(name), "plexpy.db") == 0;
}

/* What macOS adds to an archive: not one of its files has anything of the database. */
static bool is_of_macos(const char *name)
{
    return strncmp(name, "__MACOSX/", 9) == 0 || strstr(name, "/__MACOSX/") != NULL ||
           strncmp(base_of(name), "._", 2) == 0;
}

/* Members of an archive, by their place in it. */
struct members {
    size_t databases, named;    /* how many begin as SQLite does; how many have Tautulli's name */
    size_t database, candidate; /* the first of each */
    const char *database_name, *candidate_name;
    size_t count;
};

static void check_member(struct archive *archive, const char *name, struct members *m,
                         struct arena *arena)
{
    char head[16] = {0};
    if (archive_read_data(archive, head, sizeof(head)) == (la_ssize_t)sizeof(head) &&
        memcmp(head, "SQLite format 3", sizeof(head)) == 0 && m->databases++ == 0) {
        m->database = m->count;
        m->database_name = arena_keep(arena, name);
    }
    if (is_tautullis_name(name) && m->named++ == 0) {
        m->candidate = m->count;
        m->candidate_name = arena_keep(arena, name);
    }
}

static enum err next_member(struct archive *archive, struct archive_entry **out,
                            struct refusal *out_why)
{
    int result = archive_read_next_header(archive, out);
    if (result == ARCHIVE_EOF) {
        *out = NULL;
        return OK;
    }
    return result == ARCHIVE_OK || result == ARCHIVE_WARN
               ? OK
               : refuse(out_why, ERR_ARCHIVE_REFUSED, "This archive is damaged");
}

static enum err list_members(struct archive *archive, const struct staging *staging,
                             struct members *m, struct arena *arena, struct refusal *out_why)
{
    struct archive_entry *entry = NULL;
    enum err e = OK;
    for (; (e = next_member(archive, &entry, out_why)) == OK && entry != NULL; m->count++) {
        const char *name = archive_entry_pathname(entry);
        if (stage_cancelled(staging)) {
            return refuse(out_why, ERR_TIMEOUT, NULL);
        }
        if (m->count >= MEMBERS_MAX) {
            return refuse(out_why, ERR_ARCHIVE_REFUSED, "This archive holds too many files");
        }
        if (archive_entry_is_encrypted(entry) > 0) {
            return refuse_with(out_why, ERR_ARCHIVE_REFUSED, "This archive is encrypted",
                               "Unpack it, and choose the database");
        }
        if (name != NULL && archive_entry_filetype(entry) == AE_IFREG && !is_of_macos(name)) {
            check_member(archive, name, m, arena);
        }
    }
    return e;
}

/* The one that is meant, or why that is not clear. */
static enum err choose(struct members *m, struct arena *arena, struct refusal *out_why)
{
    if (m->count == 0) {
        return refuse(out_why, ERR_ARCHIVE_REFUSED, "This archive is empty");
    }
    if (m->databases > 1) {
        return refuse_with(out_why, ERR_ARCHIVE_REFUSED,
                           arena_format(arena,
                                        "This archive holds %zu databases, and it is not clear "
                                        "which one is meant",
                                        m->databases),
                           "Unpack it, and choose one of them");
    }
    if (m->databases == 0 && m->named == 1) {
        m->database = m->candidate; /* what it is instead will be said of the file itself */
        m->database_name = m->candidate_name;
    } else if (m->databases == 0) {
        return refuse(out_why, ERR_ARCHIVE_REFUSED, "This archive holds no database");
    }
    return OK;
}

/* How much may come out, and how much has. */
struct unpacking {
    const struct staging *staging;
    struct arena *arena;
    uint64_t packed_bytes, unpacked_bytes;
    uint64_t checked_at; /* unpacked_bytes when the room was last checked */
};

static enum err check_limits(struct unpacking *u, uint64_t step, struct refusal *out_why)
{
    uint64_t next = u->unpacked_bytes + step;
    if (next > RATIO_FREE && next / RATIO_MAX > u->packed_bytes) {
        return refuse(out_why, ERR_ARCHIVE_REFUSED,
                      "This archive unpacks to far more than any backup does");
    }
    if (next - u->checked_at >= ROOM_STEP || u->unpacked_bytes == 0) {
        u->checked_at = u->unpacked_bytes;
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

static enum err unpack(struct archive *archive, struct archive_entry *entry, const struct place *to,
                       const char *suffix, struct unpacking *u, struct refusal *out_why)
{
    if (archive_entry_size_is_set(entry)) {
        enum err e = stage_room(u->staging, (uint64_t)archive_entry_size(entry), u->arena, out_why);
        if (e != OK) {
            return e;
        }
    }
    OWNED(fd_release) int out = place_make(to, suffix, true);
    return out < 0 ? refuse(out_why, ERR_STAGING_FULL, "The staging folder cannot be written")
                   : unpack_member(archive, out, u, out_why);
}

/* The database, and the member that is called like it with -wal behind. */
static enum err unpack_chosen(struct archive *archive, const struct members *m,
                              const struct place *to, struct unpacking *u, struct refusal *out_why)
{
    const char *wal_name = arena_format(u->arena, "%s-wal", m->database_name);
    struct archive_entry *entry = NULL;
    enum err e = OK;
    bool wal = false;
    for (size_t at = 0; (e = next_member(archive, &entry, out_why)) == OK && entry != NULL; at++) {
        const char *name = archive_entry_pathname(entry);
        bool regular = name != NULL && archive_entry_filetype(entry) == AE_IFREG;
        if (at == m->database) {
            e = unpack(archive, entry, to, "", u, out_why);
        } else if (regular && !wal && strcmp(name, wal_name) == 0) {
            e = unpack(archive, entry, to, "-wal", u, out_why);
            wal = true;
        }
        if (e != OK) {
            return e;
        }
    }
    if (e == OK && wal) {
        e = wal_belongs(to) ? stage_settle(to, u->staging, out_why) : wal_refuse(out_why);
    }
    return e;
}

static struct archive *open_archive(int fd)
{
    OWNED(archive_release) struct archive *archive = archive_read_new();
    return archive != NULL && lseek(fd, 0, SEEK_SET) == 0 &&
                   archive_read_support_format_zip(archive) == ARCHIVE_OK &&
                   archive_read_open_fd(archive, fd, READ_STEP) == ARCHIVE_OK
               ? TAKE(archive)
               : NULL;
}

/* Which member is the database. */
static enum err find_database(int fd, const struct staging *staging, struct members *m,
                              struct arena *arena, struct refusal *out_why)
{
    OWNED(archive_release) struct archive *listed = open_archive(fd);
    if (listed == NULL) {
        return refuse(out_why, ERR_ARCHIVE_REFUSED, "This archive cannot be opened");
    }
    enum err e = list_members(listed, staging, m, arena, out_why);
    return e == OK ? choose(m, arena, out_why) : e;
}

static enum err read_archive(int fd, const struct place *to, struct unpacking *u,
                             struct refusal *out_why)
{
    struct members m = {0};
    enum err e = find_database(fd, u->staging, &m, u->arena, out_why);
    OWNED(archive_release) struct archive *archive = e == OK ? open_archive(fd) : NULL;
    if (e == OK && archive == NULL) {
        e = refuse(out_why, ERR_ARCHIVE_REFUSED, "This archive cannot be opened");
    }
    return e == OK ? unpack_chosen(archive, &m, to, u, out_why) : e;
}

enum err archive_check(const struct place *from, struct arena *arena, struct refusal *out_why)
{
    OWNED(fd_release) int in = place_file(from, "");
    const struct staging nowhere = {0};
    struct members m = {0};
    return find_database(in, &nowhere, &m, arena, out_why);
}

enum err stage_archive(const struct place *from, const struct staging *staging, struct arena *arena,
                       const char **out, struct refusal *out_why)
{
    OWNED(fd_release) int in = place_file(from, "");
    struct stat found;
    if (in < 0 || fstat(in, &found) != 0) {
        return refuse(out_why, ERR_ARCHIVE_REFUSED, "This archive cannot be opened");
    }
    OWNED(place_release) struct place to = PLACE_NONE;
    const char *copy = NULL;
    enum err e = stage_new(staging, arena, &copy, &to, out_why);
    if (e != OK) {
        return e;
    }
    struct unpacking u = {
        .staging = staging, .arena = arena, .packed_bytes = (uint64_t)found.st_size};
    e = read_archive(in, &to, &u, out_why);
    if (e != OK) {
        source_remove_staged(staging->dir, copy);
        return e;
    }
    *out = copy;
    return OK;
}
