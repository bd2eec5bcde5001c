/* SPDX-License-Identifier: MIT
 * calls.c - waiting and closing. */
#include "actors/cli/calls.h"

#include <time.h>

void pause_ms(long ms)
{
    const struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000};
    (void)nanosleep(&wait, NULL);
}

void close_file(FILE **file)
{
    if (*file != NULL) {
        (void)fclose(*file);
        *file = NULL;
    }
}
