/* SPDX-License-Identifier: MIT
 * skewed_clock.c - preloaded, it moves the wall clock of a process by the seconds that the file
 * SKEW_FILE holds, a little-endian int64, from the next reading on: as when somebody sets the
 * clock. The file is mapped before the process confines itself, and is changed in place. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *skew_s;

__attribute__((constructor)) static void map_file(void)
{
    const char *path = getenv("SKEW_FILE");
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *mapped = fd >= 0 ? mmap(NULL, sizeof *skew_s, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    skew_s = mapped != MAP_FAILED ? mapped : NULL;
    if (fd >= 0) {
        close(fd);
    }
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    now->tv_sec += clock == CLOCK_REALTIME && skew_s != NULL ? *skew_s : 0;
    return result;
}

time_t time(time_t *out)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}
