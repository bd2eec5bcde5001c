/* SPDX-License-Identifier: MIT
 * secret.c - libsodium's guarded memory: locked, between pages that nothing may touch, and wiped.
 */
#include "actors/server_sync/secret.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct secret *secret_new(const void *bytes, size_t size)
{
    /* Where no memory may be locked (RLIMIT_MEMLOCK) it is guarded and wiped all the same. */
    struct secret *made = sodium_malloc(sizeof *made + size + 1);
    if (made == NULL) {
        abort();
    }
    made->size = size;
    memset(made->bytes, 0, size + 1);
    if (bytes != NULL) {
        memcpy(made->bytes, bytes, size);
    }
    return made;
}

void secret_destroy(struct secret **secret)
{
    sodium_free(*secret); /* wipes */
    *secret = NULL;
}
