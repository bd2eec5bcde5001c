/* SPDX-License-Identifier: MIT
 * gap_file.c - two places of a fixed size that are written in turn, each with a number and a hash:
 * whoever is killed in the middle of one leaves the other whole. */
#include "gateway/audit/gap_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/log.h"

#define PLACES 2

struct head {
    unsigned char hash[32]; /* of all that follows it, the content included */
    uint64_t turn;          /* the higher of two whole ones is the newer */
    uint64_t size;          /* of the content */
};

#define PLACE_SIZE (sizeof(struct head) + GAP_FILE_ROOM)

struct gap_file {
    int fd;        /* -1: it could not be made */
    uint64_t turn; /* of what was written last; 0: nothing yet */
};

static off_t place_of(uint64_t turn)
{
    return (off_t)(turn % PLACES * PLACE_SIZE);
}

static void hash_place(const char *place, size_t size, unsigned char out[static 32])
{
    const size_t skipped = offsetof(struct head, turn);
    (void)crypto_generichash(out, 32, (const unsigned char *)place + skipped, size - skipped, NULL,
                             0);
}

/* The content is appended to `out` if the place is whole. */
static uint64_t read_place(int fd, uint64_t number, struct buffer *out)
{
    OWNED(free_text) char *place = must_alloc(PLACE_SIZE);
    struct head head;
    unsigned char hash[32];
    ssize_t n = pread(fd, place, PLACE_SIZE, place_of(number));
    if (n < (ssize_t)sizeof head) {
        return 0;
    }
    memcpy(&head, place, sizeof head);
    if (head.size > (uint64_t)n - sizeof head || head.turn % PLACES != number) {
        return 0;
    }
    hash_place(place, sizeof head + head.size, hash);
    if (memcmp(hash, head.hash, sizeof hash) != 0) {
        return 0;
    }
    buffer_append(out, place + sizeof head, head.size);
    return head.turn;
}

static uint64_t read_newest(int fd, struct buffer *out)
{
    uint64_t newest = 0;
    for (uint64_t i = 0; fd >= 0 && i < PLACES; i++) {
        OWNED(buffer_release) struct buffer content = {0};
        uint64_t turn = read_place(fd, i, &content);
        if (turn > newest) {
            newest = turn;
            buffer_reset(out);
            buffer_append(out, content.data, content.size);
        }
    }
    return newest;
}

struct gap_file *gap_file_open(const char *path)
{
    OWNED(buffer_release) struct buffer unused = {0};
    struct gap_file *file = must_alloc(sizeof *file);
    file->fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    int failed = file->fd < 0 ? errno : posix_fallocate(file->fd, 0, PLACES * (off_t)PLACE_SIZE);
    if (failed != 0) {
        log_warn("no room is kept for entries that a full disk refuses path=%s reason=%s, going on "
                 "without",
                 path, strerror(failed));
    }
    file->turn = read_newest(file->fd, &unused);
    return file;
}

void gap_file_close(struct gap_file **file)
{
    struct gap_file *gone = TAKE(*file);
    if (gone != NULL) {
        if (gone->fd >= 0) {
            close(gone->fd);
        }
        free(gone);
    }
}

void gap_file_read(const struct gap_file *file, struct buffer *out)
{
    (void)read_newest(file->fd, out);
}

bool gap_file_write(struct gap_file *file, const struct buffer *content)
{
    OWNED(buffer_release) struct buffer place = {0};
    struct head head = {.turn = file->turn + 1, .size = content->size};
    if (file->fd < 0 || content->size > GAP_FILE_ROOM) {
        return false;
    }
    buffer_append(&place, &head, sizeof head);
    buffer_append(&place, content->data, content->size);
    hash_place(place.data, place.size, head.hash);
    memcpy(place.data, &head, sizeof head);
    if (pwrite(file->fd, place.data, place.size, place_of(head.turn)) != (ssize_t)place.size) {
        return false;
    }
    file->turn = head.turn;
    return true;
}
