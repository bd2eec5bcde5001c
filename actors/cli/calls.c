/* SPDX-License-Identifier: MIT
 * calls.c - waiting, closing, reading a line, removing a folder. */
#include "actors/cli/calls.h"

#include <errno.h>
#include <ftw.h>
#include <string.h>
#include <time.h>

#include "proto/base/own.h"

bool pause_ms(long ms)
{
    const struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000};
    return nanosleep(&wait, NULL) == 0;
}

void close_file(FILE **file)
{
    if (*file != NULL) {
        (void)fclose(*file);
        *file = NULL;
    }
}

bool read_first_line(const char *path, char *out, size_t room)
{
    OWNED(close_file) FILE *file = fopen(path, "re");
    if (file == NULL || fgets(out, (int)room, file) == NULL) {
        return false;
    }
    out[strcspn(out, "\r\n")] = '\0';
    return out[0] != '\0';
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

bool remove_tree(const char *path)
{
    return nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT;
}
