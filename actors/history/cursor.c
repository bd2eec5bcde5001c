/* SPDX-License-Identifier: MIT
 * cursor.c - numbers to text and back, strictly: a cursor that was tampered with is refused. */
#include "actors/history/cursor.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

const char *cursor_text(struct arena *arena, const int64_t *numbers, size_t count)
{
    const char *text = "";
    for (size_t i = 0; i < count; i++) {
        text = arena_format(arena, "%s%s%" PRId64, text, i > 0 ? "." : "", numbers[i]);
    }
    return text;
}

enum err cursor_read(const char *text, int64_t *out_numbers, size_t count)
{
    const char *at = text;
    for (size_t i = 0; i < count; i++) {
        char *end = NULL;
        bool begins = isdigit((unsigned char)*at) || (*at == '-' && isdigit((unsigned char)at[1]));
        errno = 0;
        long long number = begins ? strtoll(at, &end, 10) : 0;
        if (!begins || errno != 0 || *end != (i + 1 < count ? '.' : '\0')) {
            return ERR_BAD_FIELD;
        }
        out_numbers[i] = number;
        at = end + 1;
    }
    return OK;
}
