/* SPDX-License-Identifier: MIT
 * fuzz_text.c - any bytes become clean text, and clean text is left alone. */
#include "proto/base/text.h"
#include "tests/fuzz/pick.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char once[TEXT_MAX + 1], twice[TEXT_MAX + 1];
    size_t once_size = 0;
    size_t twice_size = 0;
    unsigned repairs = text_repair((const char *)data, size, once, &once_size);
    expect(once_size <= TEXT_MAX && once[once_size] == '\0');
    expect(text_is_clean((const char *)data, size) == (repairs == TEXT_CLEAN));
    expect(text_is_clean(once, once_size) && text_is_utf8(once, once_size));
    expect(text_repair(once, once_size, twice, &twice_size) == TEXT_CLEAN);
    expect(once_size == twice_size && memcmp(once, twice, once_size) == 0);
    return 0;
}
