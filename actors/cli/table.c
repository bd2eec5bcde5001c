/* SPDX-License-Identifier: MIT
 * table.c - cells, numbers and durations for a terminal. */
#include "actors/cli/table.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Bytes of the character at `text`, by its first byte. */
static size_t character_size(const unsigned char *text)
{
    size_t size = text[0] < 0x80 ? 1 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return i;
        }
    }
    return size;
}

static bool is_control(const unsigned char *text)
{
    return text[0] < 0x20 || text[0] == 0x7f || (text[0] == 0xc2 && text[1] < 0xa0);
}

void cell_text(FILE *out, const char *text, int width)
{
    const unsigned char *at = (const unsigned char *)(text == NULL ? "-" : text);
    int used = 0;
    while (*at != '\0' && (width == 0 || used < width)) {
        size_t size = character_size(at);
        bool last = width != 0 && used == width - 1 && at[size] != '\0';
        if (last) {
            (void)fputs("…", out);
        } else if (is_control(at)) {
            (void)fputc('?', out);
        } else {
            (void)fwrite(at, 1, size, out);
        }
        at += size;
        used++;
    }
    for (; used < width; used++) {
        (void)fputc(' ', out);
    }
}

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

void cell_number(FILE *out, int64_t n, int width)
{
    char text[NUMBER_SIZE];
    (void)fprintf(out, "%*s", width, number_text(n, text));
}

const char *duration_text(double seconds, char out[static DURATION_SIZE])
{
    long all = isfinite(seconds) && seconds > 0 && seconds < 1e9 ? lround(seconds) : 0;
    if (all >= 3600) {
        (void)snprintf(out, DURATION_SIZE, "%ld:%02ld:%02ld", all / 3600, all / 60 % 60, all % 60);
    } else {
        (void)snprintf(out, DURATION_SIZE, "%ld:%02ld", all / 60, all % 60);
    }
    return out;
}

int64_t member_number(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_real(value) ? (int64_t)json_real_value(value) : json_integer_value(value);
}

double member_real(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

const char *member_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}
