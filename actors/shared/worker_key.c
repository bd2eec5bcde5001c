/* SPDX-License-Identifier: MIT
 * worker_key.c - names are compared up to their point. */
#include "actors/shared/worker_key.h"

#include <string.h>

size_t worker_key_size(const char *worker)
{
    size_t size = strcspn(worker, ".");
    return size < WORKER_KEY_SIZE ? size : WORKER_KEY_SIZE - 1;
}

bool worker_key_same(const char *a, const char *b)
{
    size_t size = worker_key_size(a);
    return worker_key_size(b) == size && memcmp(a, b, size) == 0;
}

bool worker_is_elsewhere(const char *worker)
{
    return strchr(worker, '.') != NULL;
}
