/* SPDX-License-Identifier: MIT
 * frames.h - RFC 6455 section 5.1: a client masks every frame, and a server closes the connection
 * of one that does not, which libwebsockets 4.1 does not do. */
#ifndef PLAYBUS_GATEWAY_GUARD_FRAMES_H
#define PLAYBUS_GATEWAY_GUARD_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frames {       /* zeroed, it is at the beginning of a frame */
    unsigned header;  /* bytes of it that were read */
    unsigned lengths; /* bytes of an extended length that are still to come */
    uint64_t left;    /* of mask and payload */
};

/* Whether all frames that begin in these bytes are masked. */
bool frames_take(struct frames *f, const unsigned char *bytes, size_t size);

#endif
