/* SPDX-License-Identifier: MIT
 * ids.c - 128 random bits in hexadecimal, from libsodium's view of the system's generator. */
#include "proto/base/ids.h"

#include <sodium.h>
#include <stdlib.h>

void id_new(char out[static ID_SIZE])
{
    unsigned char bits[(ID_SIZE - 1) / 2];
    if (sodium_init() < 0) {
        abort(); /* without a generator ids would repeat */
    }
    randombytes_buf(bits, sizeof(bits));
    sodium_bin2hex(out, ID_SIZE, bits, sizeof(bits));
}
