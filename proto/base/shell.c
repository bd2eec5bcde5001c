/* SPDX-License-Identifier: MIT
 * shell.c - quotes only what a shell would read as something else, so that plain paths stay
 * legible. */
#include "proto/base/shell.h"

#include <stdbool.h>
#include <string.h>

static bool is_plain(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_./+-@%:,=";
    return text[0] != '\0' && text[strspn(text, plain)] == '\0';
}

enum err shell_quote(const char *text, char *out, size_t room)
{
    size_t n = 0;
    if (is_plain(text)) {
        n = strlen(text) + 1;
        if (n > room) {
            return ERR_SYSTEM;
        }
        (void)memcpy(out, text, n);
        return OK;
    }
    out[n++] = '\'';
    for (const char *c = text; *c != '\0'; c++) {
        if (n + 6 > room) {
            return ERR_SYSTEM;
        }
        if (*c == '\'') {
            (void)memcpy(out + n, "'\\''", 4);
            n += 4;
        } else {
            out[n++] = *c;
        }
    }
    out[n++] = '\'';
    out[n] = '\0';
    return OK;
}
