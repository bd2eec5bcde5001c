/* SPDX-License-Identifier: MIT
 * source_journal.c - the -journal of a change that was never finished.
 *
 * A change of several databases at once (ATTACH) leaves at the end of each -journal the name of a
 * file that they share, by https://sqlite.org/fileformat2.html section 3: the name, its length, its
 * checksum and the eight bytes that a -journal begins with. Tautulli makes no such change. */
#include "actors/tautulli/source_journal.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/tautulli/refuse.h"
#include "actors/tautulli/source_file.h"

#define MAGIC_SIZE 8

bool journal_names_others(const struct place *place)
{
    static const unsigned char magic[MAGIC_SIZE] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
    unsigned char end[MAGIC_SIZE];
    struct stat found;
    OWNED(fd_release) int fd = place_file(place, "-journal");
    /* The one at the beginning is no end. */
    return fd >= 0 && fstat(fd, &found) == 0 && found.st_size > MAGIC_SIZE &&
           pread(fd, end, sizeof(end), found.st_size - MAGIC_SIZE) == sizeof(end) &&
           memcmp(end, magic, sizeof(magic)) == 0;
}

enum err journal_refuse(struct refusal *out_why)
{
    return refuse_with(out_why, ERR_DATABASE_DAMAGED,
                       "The -journal beside this database names another file: it is left from a "
                       "change of several databases at once, which only their owner can undo",
                       "Open all of them once where they were written, and close them again; or "
                       "choose a backup");
}
