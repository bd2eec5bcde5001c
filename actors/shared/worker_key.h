/* SPDX-License-Identifier: MIT
 * worker_key.h - whose key a worker on another machine has. The door names it by its key and its
 * process, with a point between; a worker of this machine has no key, and no point in its name. */
#ifndef PLAYBUS_ACTORS_SHARED_WORKER_KEY_H
#define PLAYBUS_ACTORS_SHARED_WORKER_KEY_H

#include <stdbool.h>
#include <stddef.h>

#define WORKER_KEY_SIZE 64

/* How much of a worker's name is its key's, less than WORKER_KEY_SIZE: what all its processes have
 * in common. */
size_t worker_key_size(const char *worker);
bool worker_key_same(const char *a, const char *b);
bool worker_is_elsewhere(const char *worker);

#endif
