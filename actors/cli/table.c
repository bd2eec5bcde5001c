/* SPDX-License-Identifier: MIT
 * table.c - cells, numbers and durations for a terminal. */
#include "actors/cli/table.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "proto/base/text.h"

#define WIDTH_MIN 20 /* less is no terminal's width that was meant */
#define WIDTH_USUAL 80
#define ROOM_MIN 10
#define MARKS_MAX 2 /* accents on one character; a pile of them is no text */

/* A character with the accents on it: its bytes, and its cells on a terminal; fewer than 0 for what
 * is not to be shown: control characters, broken bytes, and what turns a line around. The locale is
 * UTF-8 (main). */
struct glyph {
    size_t size;
    int cells;
};

static struct glyph character_at(const char *text)
{
    wchar_t wide = 0;
    mbstate_t fresh = {0};
    size_t size = mbrtowc(&wide, text, MB_CUR_MAX, &fresh);
    if (size == (size_t)-1 || size == (size_t)-2) {
        return (struct glyph){1, -1};
    }
    bool tag = wide >= 0xe0000 && wide <= 0xe0fff;
    return (struct glyph){size, tag || text_is_format((uint32_t)wide) ? -1 : wcwidth(wide)};
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

int terminal_width(FILE *out)
{
    struct winsize size = {0};
    const char *set = getenv("COLUMNS");
    long columns = set != NULL ? strtol(set, NULL, 10) : 0;
    int fd = fileno(out);
    if (fd < 0 || isatty(fd) != 1) {
        return 0;
    }
    if (columns < WIDTH_MIN && ioctl(fd, TIOCGWINSZ, &size) == 0) {
        columns = size.ws_col;
    }
    return columns < WIDTH_MIN || columns > INT16_MAX ? WIDTH_USUAL : (int)columns;
}

static int cells_of(const char *text, size_t size)
{
    int cells = 0;
    const char *end = text + size;
    while (text < end) {
        struct glyph g = glyph_at(text);
        cells += g.cells < 0 ? 1 : g.cells;
        text += g.size;
    }
    return cells;
}

int text_cells(const char *text)
{
    return cells_of(text, strlen(text));
}

/* Writes as much of the first `size` bytes as fits; returns the rest. */
static const char *write_part(FILE *out, const char *text, size_t size, int room)
{
    const char *end = text + size;
    while (text < end) {
        struct glyph g = glyph_at(text);
        int cells = g.cells < 0 ? 1 : g.cells;
        if (cells > room) {
            break;
        }
        if (g.cells < 0) {
            (void)fputc(*text == '\t' || *text == '\n' ? ' ' : '?', out);
        } else {
            (void)fwrite(text, 1, g.size, out);
        }
        room -= cells;
        text += g.size;
    }
    return text;
}

static const char *write_cells(FILE *out, const char *text, int room)
{
    return write_part(out, text, strlen(text), room);
}

void cell_text(FILE *out, const char *text, int width)
{
    const char *begin = text == NULL ? "-" : text;
    bool cut = width != 0 && text_cells(begin) > width;
    const char *rest = write_cells(out, begin, cut ? width - 1 : INT_MAX);
    int used = cells_of(begin, (size_t)(rest - begin));
    if (cut) {
        (void)fputs("…", out);
        used++;
    }
    for (; used < width; used++) {
        (void)fputc(' ', out);
    }
}

void cell_column(FILE *out, const char *text, int width)
{
    int needed = text != NULL ? text_cells(text) : 1;
    cell_text(out, text, needed > width && terminal_width(out) == 0 ? needed : width);
    (void)fputc(' ', out);
}

/* Room that is left of a line; a terminal too narrow for anything gets a little all the same. */
static int room_after(FILE *out, int used)
{
    int width = terminal_width(out);
    int room = width == 0 ? INT_MAX : width - used;
    return room < ROOM_MIN ? ROOM_MIN : room;
}

void cell_last(FILE *out, const char *text, int used)
{
    const char *shown = text == NULL ? "-" : text;
    int room = room_after(out, used);
    bool cut = text_cells(shown) > room;
    (void)write_cells(out, shown, cut ? room - 1 : room);
    (void)fputs(cut ? "…" : "", out);
}

void cell_path(FILE *out, const char *text, int used)
{
    int room = room_after(out, used);
    int cells = text_cells(text);
    if (cells <= room) {
        (void)write_cells(out, text, room);
        return;
    }
    /* The end, which tells files apart, gets the larger part; a name that has room stays whole. */
    const char *slash = strrchr(text, '/');
    int name = slash == NULL ? 0 : text_cells(slash);
    int begin = (room - 1) / 3;
    begin = name < room && begin > room - 1 - name ? room - 1 - name : begin;
    const char *rest = write_cells(out, text, begin);
    (void)fputs("…", out);
    while (text_cells(rest) > room - 1 - begin) {
        rest += glyph_at(rest).size;
    }
    (void)write_cells(out, rest, room);
}

void cell_sentence(FILE *out, const char *text, int used)
{
    const int room = room_after(out, used);
    int at = 0;
    while (*text != '\0') {
        size_t size = strcspn(text, " ");
        int cells = cells_of(text, size);
        if (at > 0 && cells > room - 1 - at) {
            (void)fprintf(out, "\n%*s", used, "");
            at = 0;
        } else if (at > 0) {
            (void)fputc(' ', out);
            at++;
        }
        (void)write_part(out, text, size, INT_MAX);
        at += cells;
        text += size + strspn(text + size, " ");
    }
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
