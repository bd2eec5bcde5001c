/* SPDX-License-Identifier: MIT
 * secret.c - libsodium's guarded memory: locked, between pages that nothing may touch, and wiped.
 */
#include "actors/server_sync/secret.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct secret *secret_new(const void *bytes, size_t size)
{
    /* What libsodium gives ends with a page: only of a whole number of words does it begin at one.
     * Where no memory may be locked (RLIMIT_MEMLOCK) it is guarded and wiped all the same. */
    size_t whole = (sizeof(struct secret) + size) / sizeof(size_t) + 1;
    struct secret *made = sodium_malloc(whole * sizeof(size_t));
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
