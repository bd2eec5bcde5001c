/* SPDX-License-Identifier: MIT
 * inbound.c - a table by descriptor. Each entry is used by the one thread that reads the socket;
 * the others only see that there is none for theirs. */
#ifdef _FORTIFY_SOURCE
#undef _FORTIFY_SOURCE /* it makes recv(2) an inline function, and there is one here */
#endif
#include "gateway/guard/inbound.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "gateway/guard/frames.h"
#include "gateway/guard/framing.h"
#include "proto/base/own.h"

#define DESCRIPTORS_MAX 65536

struct inbound {
    enum inbound_kind kind;
    struct framing framing;
    struct frames frames;
    bool refused;
    inbound_refuse_fn *refuse;
};

static _Atomic(struct inbound *) table[DESCRIPTORS_MAX];

static bool fits(int fd)
{
    return fd >= 0 && fd < DESCRIPTORS_MAX;
}

void inbound_watch(int fd, enum inbound_kind kind, inbound_refuse_fn *refuse)
{
    if (!fits(fd)) {
        return;
    }
    struct inbound *in = must_alloc(sizeof *in);
    *in = (struct inbound){.kind = kind, .refuse = refuse};
    free(atomic_exchange(&table[fd], in));
}

void inbound_unwatch(int fd)
{
    if (fits(fd)) {
        free(atomic_exchange(&table[fd], NULL));
    }
}

/* What is still there is read, lest closing the socket resets it and the answer with it. */
static ssize_t refuse(struct inbound *in, int fd)
{
    static const unsigned char protocol_error[] = {0x88, 2, 1002 >> 8, 1002 & 0xff};
    if (in->kind == INBOUND_HTTP) {
        in->refuse(fd, in->framing.code, in->framing.why);
    } else {
        (void)send(fd, protocol_error, sizeof protocol_error, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    (void)recvfrom(fd, NULL, (size_t)1 << 20, MSG_TRUNC | MSG_DONTWAIT, NULL, NULL);
    shutdown(fd, SHUT_RDWR);
    in->refused = true;
    return 0;
}

/* Whole requests before the flaw are answered first. Their reader may wait for an event before it
 * reads on: the end of its input is one. */
static ssize_t pass_requests(struct inbound *in, int fd, const char *bytes, size_t size)
{
    unsigned before = in->framing.requests;
    size_t passed = framing_take(&in->framing, bytes, size);
    if (passed == size) {
        return (ssize_t)size;
    }
    if (in->framing.requests == before) {
        return refuse(in, fd);
    }
    shutdown(fd, SHUT_RD);
    return (ssize_t)passed;
}

/* NOLINTNEXTLINE(misc-definitions-in-headers,readability-inconsistent-declaration-parameter-name)
 */
ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
    struct inbound *in = fits(fd) ? atomic_load(&table[fd]) : NULL;
    if (in != NULL && in->refused) {
        return 0;
    }
    if (in != NULL && in->framing.code != OK) {
        return refuse(in, fd);
    }
    ssize_t got = recvfrom(fd, bytes, size, flags, NULL, NULL);
    if (in == NULL || got <= 0) {
        return got;
    }
    if (in->kind == INBOUND_HTTP) {
        return pass_requests(in, fd, bytes, (size_t)got);
    }
    return frames_take(&in->frames, bytes, (size_t)got) ? got : refuse(in, fd);
}
