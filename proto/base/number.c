/* SPDX-License-Identifier: MIT
 * number.c - separators between thousands, the same in the terminal, in warnings and in the audit
 * log's words. */
#include "proto/base/number.h"

#include <stdbool.h>
#include <stdio.h>

const char *number_text(int64_t n, char out[static NUMBER_SIZE])
{
    char digits[NUMBER_SIZE];
    int length = snprintf(digits, sizeof(digits), "%lld", (long long)n);
    size_t at = 0;
    for (int i = 0; i < length; i++) {
        bool separator = i > 0 && digits[i - 1] != '-' && (length - i) % 3 == 0;
        if (separator) {
            out[at++] = ',';
        }
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}
