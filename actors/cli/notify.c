/* SPDX-License-Identifier: MIT
 * notify.c - datagrams to NOTIFY_SOCKET, a path or, with @, an abstract name. One that is not taken
 * changes nothing for us: it is systemd that then misses it. */
#include "actors/cli/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/base/clock.h"
#include "proto/base/own.h"

static struct {
    struct sockaddr_un address; /* .sun_family 0: nobody listens */
    int64_t feed_ms;
    int64_t sent_ms; /* the last of those that are sent now and then */
} target;

static void take_socket(const char *name)
{
    size_t size = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || size >= sizeof(target.address.sun_path)) {
        return;
    }
    target.address.sun_family = AF_UNIX;
    memcpy(target.address.sun_path, name, size);
    if (name[0] == '@') {
        target.address.sun_path[0] = '\0';
    }
}

static void take_watchdog(const char *usec, const char *pid)
{
    long long time = usec == NULL ? 0 : strtoll(usec, NULL, 10);
    bool ours = pid == NULL || strtoll(pid, NULL, 10) == (long long)getpid();
    target.feed_ms = time > 0 && ours ? time / 1000 / 4 + 1 : 0;
}

void notify_open(void)
{
    const char *name = getenv("NOTIFY_SOCKET");
    if (name != NULL) {
        take_socket(name);
        take_watchdog(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
    }
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
}

void notify(const char *state)
{
    if (target.address.sun_family != AF_UNIX) {
        return;
    }
    const char *path = target.address.sun_path;
    size_t name = path[0] == '\0' ? 1 + strlen(path + 1) : strlen(path);
    OWNED(fd_release) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0) {
        (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&target.address,
                     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name));
    }
}

void notify_now_and_then(const char *state, int64_t every_ms)
{
    int64_t now_ms = clock_monotonic_ms();
    if (target.sent_ms == 0 || now_ms - target.sent_ms >= every_ms) {
        target.sent_ms = now_ms;
        notify(state);
    }
}

int64_t notify_feed_every_ms(void)
{
    return target.address.sun_family == AF_UNIX ? target.feed_ms : 0;
}
