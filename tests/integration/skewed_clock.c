/* SPDX-License-Identifier: MIT
 * skewed_clock.c - preloaded, it moves the wall clock of a process by the seconds that the file
 * SKEW_FILE holds, from the next reading on: as when somebody sets the clock. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now)
{
    char text[32] = "";
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    const char *path = clock == CLOCK_REALTIME ? getenv("SKEW_FILE") : NULL;
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        now->tv_sec += read(fd, text, sizeof text - 1) > 0 ? atol(text) : 0;
        close(fd);
    }
    return result;
}
