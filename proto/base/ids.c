/* SPDX-License-Identifier: MIT
 * ids.c - 128 random bits in hexadecimal, from libsodium's view of the system's generator.
 *
 * The bits of many ids are drawn in one system call. Each is used once and wiped; a child process
 * draws its own. */
#include "proto/base/ids.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { ID_BITS = (ID_SIZE - 1) / 2, DRAWN = 32 };

static _Thread_local struct {
    unsigned char bits[DRAWN][ID_BITS];
    size_t left;
} drawn;

static void forget(void)
{
    sodium_memzero(&drawn, sizeof(drawn));
}

static void prepare(void)
{
    if (sodium_init() < 0 || pthread_atfork(NULL, NULL, forget) != 0) {
        abort(); /* without a generator ids would repeat */
    }
}

void id_new(char out[static ID_SIZE])
{
    static pthread_once_t prepared = PTHREAD_ONCE_INIT;
    pthread_once(&prepared, prepare);
    if (drawn.left == 0) {
        randombytes_buf(drawn.bits, sizeof(drawn.bits));
        drawn.left = DRAWN;
    }
    unsigned char *bits = drawn.bits[--drawn.left];
    sodium_bin2hex(out, ID_SIZE, bits, ID_BITS);
    sodium_memzero(bits, ID_BITS);
}
