/* SPDX-License-Identifier: MIT
 * source_wal.c - does the -wal beside a database belong to it?
 *
 * When a backup is put back over tautulli.db, the old tautulli.db-wal often stays. Three things are
 * then seen, by https://sqlite.org/fileformat2.html section 4: pages that the last transaction
 * counts are in neither file; the change counters of the two first pages are further apart than a
 * checkpoint leaves them; or the database is the newer file, which only a checkpoint can have
 * made it, and yet differs from the pages of the -wal. */
#include "actors/tautulli/source_wal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actors/tautulli/refuse.h"

#define WAL_HEAD 32
#define FRAME_HEAD 24
#define TRIES 3
#define NEWER_NS (60 * INT64_C(1000000000)) /* a checkpoint follows the last write within */
#define PENDING_BYTE 0x40000000             /* its page is never written */
#define FRAMES_MAX (1U << 22)               /* frames checked; more are not judged */
#define PAGE_MAX 65536

struct wal {
    int db, fd;
    uint32_t page_size;
    unsigned char salts[8];
    uint32_t frames;   /* up to the last commit */
    uint32_t db_pages; /* after that commit */
    uint32_t *pages;   /* of each frame, which page it is */
};

static uint32_t big_endian_32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void wal_release(struct wal *w)
{
    fd_release(&w->db);
    fd_release(&w->fd);
    free(w->pages);
    w->pages = NULL;
}

static int64_t frame_at(const struct wal *w, uint32_t frame)
{
    return WAL_HEAD + (int64_t)frame * (FRAME_HEAD + (int64_t)w->page_size);
}

/* Frames count while they carry the head's salts, and up to the last one that ends a transaction.
 * False if there is nothing that SQLite would lay over the database. */
static bool read_frames(struct wal *w)
{
    unsigned char head[WAL_HEAD];
    if (pread(w->fd, head, sizeof(head), 0) != sizeof(head) ||
        (big_endian_32(head) & ~1U) != 0x377f0682) {
        return false;
    }
    w->page_size = big_endian_32(head + 8);
    if (w->page_size < 512 || w->page_size > PAGE_MAX || (w->page_size & (w->page_size - 1)) != 0) {
        return false;
    }
    memcpy(w->salts, head + 16, sizeof(w->salts));
    uint32_t room = 0;
    for (uint32_t i = 0; i < FRAMES_MAX; i++) {
        unsigned char frame[FRAME_HEAD];
        if (pread(w->fd, frame, sizeof(frame), frame_at(w, i)) != sizeof(frame) ||
            memcmp(frame + 8, w->salts, sizeof(w->salts)) != 0) {
            return w->frames > 0;
        }
        if (i == room) {
            room = room == 0 ? 1024 : room * 2;
            w->pages = must_realloc(w->pages, room * sizeof(*w->pages));
        }
        w->pages[i] = big_endian_32(frame);
        if (big_endian_32(frame + 4) != 0) {
            w->frames = i + 1;
            w->db_pages = big_endian_32(frame + 4);
        }
    }
    return false;
}

/* Every page behind the end of the file must be in the -wal. */
static bool has_gap(const struct wal *w, int64_t db_bytes)
{
    int64_t there = db_bytes / w->page_size;
    int64_t behind = (int64_t)w->db_pages - there;
    if (behind <= 0) {
        return false;
    }
    if (behind > w->frames + 1) {
        return true;
    }
    OWNED(free_bytes) void *owned = must_alloc((size_t)behind);
    unsigned char *found = owned;
    int64_t pending = PENDING_BYTE / w->page_size + 1;
    int64_t missing = behind - (pending > there && pending <= w->db_pages);
    for (uint32_t i = 0; i < w->frames; i++) {
        int64_t at = (int64_t)w->pages[i] - there - 1;
        if (at >= 0 && at < behind && found[at] == 0) {
            found[at] = 1;
            missing -= w->pages[i] != pending;
        }
    }
    return missing > 0;
}

static bool read_counter(int fd, int64_t page_at, uint32_t *out)
{
    unsigned char bytes[4];
    if (pread(fd, bytes, sizeof(bytes), page_at + 24) != sizeof(bytes)) {
        return false;
    }
    *out = big_endian_32(bytes);
    return true;
}

/* A checkpoint leaves in the database a counter that the -wal goes on from. */
static bool has_foreign_counter(const struct wal *w)
{
    uint32_t first = 0;
    uint32_t last = 0;
    uint32_t main = 0;
    bool found = false;
    for (uint32_t i = 0; i < w->frames; i++) {
        uint32_t counter = 0;
        if (w->pages[i] == 1 && read_counter(w->fd, frame_at(w, i) + FRAME_HEAD, &counter)) {
            first = found ? first : counter;
            last = counter;
            found = true;
        }
    }
    return found && read_counter(w->db, 0, &main) && (main + 1 < first || main > last);
}

static bool page_differs(const struct wal *w, uint32_t frame)
{
    unsigned char here[4096];
    unsigned char there[4096];
    int64_t page_at = ((int64_t)w->pages[frame] - 1) * w->page_size;
    int64_t in_wal = frame_at(w, frame) + FRAME_HEAD;
    for (uint32_t done = 0; done < w->page_size; done += sizeof(here)) {
        size_t step = w->page_size - done < sizeof(here) ? w->page_size - done : sizeof(here);
        if (pread(w->db, here, step, page_at + done) != (ssize_t)step ||
            pread(w->fd, there, step, in_wal + done) != (ssize_t)step ||
            memcmp(here, there, step) != 0) {
            return true;
        }
    }
    return false;
}

/* The last version of each page in the -wal is what a checkpoint has written. */
static bool differs(const struct wal *w, int64_t db_bytes)
{
    uint64_t there = (uint64_t)db_bytes / w->page_size;
    OWNED(free_bytes) void *owned = must_alloc((size_t)there / 8 + 1);
    unsigned char *seen = owned;
    for (uint32_t i = w->frames; i-- > 0;) {
        uint32_t page = w->pages[i];
        if (page == 0 || page > w->db_pages) {
            continue; /* cut off since */
        }
        if (page > there) {
            return true;
        }
        unsigned bit = 1U << page % 8;
        if ((seen[page / 8] & bit) == 0 && page_differs(w, i)) {
            return true;
        }
        seen[page / 8] |= (unsigned char)bit;
    }
    return false;
}

static bool fits(const struct place *place, const struct surroundings *around)
{
    OWNED(wal_release)
    struct wal w = {.db = place_file(place, ""), .fd = place_file(place, "-wal")};
    if (w.db < 0 || w.fd < 0 || !read_frames(&w)) {
        return true;
    }
    bool newer = around->main.mtime_ns > around->wal.mtime_ns + NEWER_NS;
    return !has_gap(&w, around->main.bytes) && !has_foreign_counter(&w) &&
           !(newer && differs(&w, around->main.bytes));
}

bool wal_belongs(const struct place *place)
{
    for (int i = 0; i < TRIES; i++) {
        struct surroundings before;
        struct surroundings after;
        surroundings_read(place, &before);
        if (!before.wal.there || before.wal.bytes == 0 || fits(place, &before)) {
            return true;
        }
        surroundings_read(place, &after);
        if (surroundings_equal(&before, &after)) {
            return false;
        }
    }
    return true;
}

enum err wal_refuse(struct refusal *out_why)
{
    return refuse_with(out_why, ERR_DATABASE_DAMAGED,
                       "This database and the -wal beside it do not fit together; the -wal may "
                       "belong to another file, such as the one before a backup was put back",
                       "Move the -wal (and -shm) away if the database is a backup that was put "
                       "back; else stop Tautulli and copy both files together again");
}
