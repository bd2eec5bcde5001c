/* SPDX-License-Identifier: MIT
 * source_file.c - what a file and its neighbours look like from outside, before SQLite sees them.
 *
 * Truncated, empty and foreign files are found here, in one read of 100 bytes. */
#include "actors/tautulli/source_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/tautulli/refuse.h"

#define HEADER_SIZE 100 /* of a SQLite file, https://sqlite.org/fileformat2.html section 1.3 */

static struct file_stat stat_beside(const struct place *place, const char *suffix, bool *out_odd)
{
    struct stat found;
    char name[PLACE_NAME];
    if (fstatat(place->folder, place_name(place, suffix, name), &found, AT_SYMLINK_NOFOLLOW) != 0) {
        return (struct file_stat){.there = false};
    }
    if (!S_ISREG(found.st_mode)) {
        *out_odd = true;
        return (struct file_stat){.there = false};
    }
    return (struct file_stat){
        .there = true,
        .bytes = found.st_size,
        .mtime_ns = (int64_t)found.st_mtim.tv_sec * 1000000000 + found.st_mtim.tv_nsec,
        .device = found.st_dev,
        .inode = found.st_ino,
    };
}

struct file_stat file_stat_of(const struct place *place, const char *suffix)
{
    bool odd = false;
    return stat_beside(place, suffix, &odd);
}

static bool file_stat_equal(const struct file_stat *a, const struct file_stat *b)
{
    return a->there == b->there && a->bytes == b->bytes && a->mtime_ns == b->mtime_ns &&
           a->device == b->device && a->inode == b->inode;
}

void surroundings_read(const struct place *place, struct surroundings *out)
{
    *out = (struct surroundings){.main = file_stat_of(place, "")};
    const struct {
        const char *suffix;
        struct file_stat *out;
    } beside[] = {{"-wal", &out->wal}, {"-journal", &out->journal}, {"-shm", &out->shm}};
    for (size_t i = 0; i < COUNT_OF(beside); i++) {
        bool odd = false;
        *beside[i].out = stat_beside(place, beside[i].suffix, &odd);
        out->odd = odd ? beside[i].suffix : out->odd;
    }
}

bool surroundings_equal(const struct surroundings *a, const struct surroundings *b)
{
    return file_stat_equal(&a->main, &b->main) && file_stat_equal(&a->wal, &b->wal) &&
           file_stat_equal(&a->journal, &b->journal);
}

bool surroundings_has_wal(const struct surroundings *s)
{
    return s->wal.there && (s->wal.bytes > 0 || s->shm.there);
}

bool surroundings_has_journal(const struct surroundings *s)
{
    return s->journal.there && s->journal.bytes > 0;
}

bool file_says_wal(const struct place *place)
{
    unsigned char versions[2] = {0}; /* to write and to read it with; 2 is WAL */
    OWNED(fd_release) int fd = place_file(place, "");
    return fd >= 0 && pread(fd, versions, sizeof(versions), 18) == sizeof(versions) &&
           versions[0] == 2 && versions[1] == 2;
}

static uint32_t big_endian_32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The header's page count is only good where the change counter was written with it. */
static enum err check_header(const unsigned char *header, const struct surroundings *around,
                             struct arena *arena, struct refusal *out_why)
{
    uint32_t page = (uint32_t)header[16] << 8 | header[17];
    page = page == 1 ? 65536 : page;
    if (page < 512 || (page & (page - 1)) != 0) {
        return refuse(out_why, ERR_DATABASE_DAMAGED, "The head of this database is damaged");
    }
    int64_t promised = (int64_t)big_endian_32(header + 28) * page;
    bool counted = big_endian_32(header + 24) == big_endian_32(header + 92);
    if (counted && promised > around->main.bytes && !surroundings_has_wal(around) &&
        !surroundings_has_journal(around)) {
        return refuse(out_why, ERR_DATABASE_DAMAGED,
                      arena_format(arena, "This database is cut off: %lld of %lld bytes are there",
                                   (long long)around->main.bytes, (long long)promised));
    }
    return OK;
}

enum err file_refuse(int error, struct refusal *out_why)
{
    switch (error) {
    case EACCES:
    case EPERM:
        return refuse(out_why, ERR_ACCESS_DENIED, NULL);
    case ENOENT:
    case ENAMETOOLONG:
        return refuse(out_why, ERR_FILE_NOT_FOUND, NULL);
    case ELOOP:
    case ENOTDIR: /* a folder on the way has become a link */
        return refuse(out_why, ERR_PATH_NOT_ALLOWED, NULL);
    default:
        return refuse(out_why, ERR_NOT_TAUTULLI, "This is not a regular file");
    }
}

static enum err refuse_odd(const struct place *place, const char *suffix, struct arena *arena,
                           struct refusal *out_why)
{
    return refuse_with(out_why, ERR_NOT_TAUTULLI,
                       arena_format(arena, "%.200s%s beside this database is not a regular file",
                                    place->name, suffix),
                       "Move it away, or copy the database into a folder of its own");
}

enum err file_sniff(const struct place *place, const struct surroundings *around,
                    struct arena *arena, enum file_kind *out, struct refusal *out_why)
{
    OWNED(fd_release) int fd = place_file(place, "");
    if (fd < 0) {
        return file_refuse(errno, out_why);
    }
    unsigned char head[HEADER_SIZE] = {0};
    ssize_t size = pread(fd, head, sizeof(head), 0);
    if (size < 0) {
        return refuse(out_why, ERR_DATABASE_DAMAGED, "This file could not be read from the disk");
    }
    if (size == 0) {
        return refuse(out_why, ERR_NOT_TAUTULLI, "This file is empty");
    }
    if (memcmp(head, "PK\3\4", 4) == 0 || memcmp(head, "PK\5\6", 4) == 0) {
        *out = FILE_ZIP;
        return OK;
    }
    if (memcmp(head, "SQLite format 3", 16) != 0) {
        return refuse(out_why, ERR_NOT_TAUTULLI, "This file is no SQLite database and no .zip");
    }
    *out = FILE_SQLITE;
    if (around->odd != NULL) {
        return refuse_odd(place, around->odd, arena, out_why);
    }
    return size < HEADER_SIZE
               ? refuse(out_why, ERR_DATABASE_DAMAGED, "This database is cut off within its head")
               : check_header(head, around, arena, out_why);
}
