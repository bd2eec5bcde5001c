/* SPDX-License-Identifier: MIT
 * secret.h - a token or a key in memory: never swapped out, and wiped when it is freed. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_SECRET_H
#define PLAYBUS_ACTORS_SERVER_SYNC_SECRET_H

#include <stddef.h>

#include "proto/base/own.h"

struct secret {
    size_t size;
    char bytes[]; /* a NUL follows them */
};

/* A copy; NULL without bytes: zeros, to be filled. */
struct secret *secret_new(const void *bytes, size_t size) NODISCARD;
void secret_destroy(struct secret **secret);

#endif
