/* SPDX-License-Identifier: MIT
 * fuzz_preflight.c - what preflight lets through, msgpack-c too takes for one whole value. */
#include <msgpack.h>

#include "proto/wire/preflight.h"
#include "tests/fuzz/pick.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (preflight(data, size) != OK) {
        return 0;
    }
    msgpack_unpacked value;
    msgpack_unpacked_init(&value);
    size_t used = 0;
    expect(msgpack_unpack_next(&value, (const char *)data, size, &used) == MSGPACK_UNPACK_SUCCESS);
    expect(used == size);
    msgpack_unpacked_destroy(&value);
    return 0;
}
