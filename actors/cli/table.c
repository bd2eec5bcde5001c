/* SPDX-License-Identifier: MIT
 * table.c - cells, numbers and durations for a terminal. */
#include "actors/cli/table.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define MARKS_MAX 2 /* accents on one character; a pile of them is no text */

/* A character with the accents on it: its bytes, and its cells on a terminal; fewer than 0 for what
 * is not to be shown: control characters, broken bytes, and what turns a line around. The locale is
 * UTF-8 (main). */
struct glyph {
    size_t size;
    int cells;
};

/* Formats, and prints nothing. */
static bool is_format(wchar_t c)
{
    return (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xe0000 && c <= 0xe0fff);
}

static struct glyph character_at(const char *text)
{
    wchar_t wide = 0;
    mbstate_t fresh = {0};
    size_t size = mbrtowc(&wide, text, MB_CUR_MAX, &fresh);
    if (size == (size_t)-1 || size == (size_t)-2) {
        return (struct glyph){1, -1};
    }
    return (struct glyph){size, is_format(wide) ? -1 : wcwidth(wide)};
}

static struct glyph glyph_at(const char *text)
{
    struct glyph whole = character_at(text);
    if (whole.cells == 0) {
        whole.cells = -1; /* an accent on nothing */
    }
    for (int marks = 0; whole.cells > 0 && marks < MARKS_MAX; marks++) {
        struct glyph mark = character_at(text + whole.size);
        if (text[whole.size] == '\0' || mark.cells != 0) {
            break;
        }
        whole.size += mark.size;
    }
    return whole;
}

int text_cells(const char *text)
{
    int cells = 0;
    while (*text != '\0') {
        struct glyph g = glyph_at(text);
        cells += g.cells < 0 ? 1 : g.cells;
        text += g.size;
    }
    return cells;
}

void cell_text(FILE *out, const char *text, int width)
{
    const char *at = text == NULL ? "-" : text;
    int used = 0;
    bool cut = width != 0 && text_cells(at) > width;
    while (*at != '\0') {
        struct glyph g = glyph_at(at);
        int cells = g.cells < 0 ? 1 : g.cells;
        if (cut && used + cells > width - 1) {
            (void)fputs("…", out);
            used++;
            break;
        }
        if (g.cells < 0) {
            (void)fputc('?', out);
        } else {
            (void)fwrite(at, 1, g.size, out);
        }
        at += g.size;
        used += cells;
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
