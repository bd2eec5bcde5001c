/* SPDX-License-Identifier: MIT
 * say.c - printing what strangers may have written. */
#include "actors/cli/say.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/log.h"
#include "proto/base/text.h"

/* In one write. What went wrong, and below it, indented, what helps: the journal is told that both
 * need a person. */
static void put(FILE *out, const char *text, size_t size)
{
    OWNED(free_text) char *marked = NULL;
    size_t marked_size = 0;
    FILE *lines =
        out == stderr && log_is_for_journal() ? open_memstream(&marked, &marked_size) : NULL;
    for (size_t at = 0; lines != NULL && at < size;) {
        const char *line = text + at;
        const char *end = memchr(line, '\n', size - at);
        size_t length = end != NULL ? (size_t)(end - line) + 1 : size - at;
        bool wrong = strncmp(line, "playbus: ", 9) == 0 || strncmp(line, "  ", 2) == 0;
        (void)fprintf(lines, "%s%.*s", wrong ? "<3>" : "", (int)length, line);
        at += length;
    }
    bool whole = lines != NULL && fclose(lines) == 0;
    (void)fwrite(whole ? marked : text, 1, whole ? marked_size : size, out);
}

void say(FILE *out, const char *format, ...)
{
    OWNED(free_text) char *text = NULL;
    va_list values;
    va_start(values, format);
    int size = vasprintf(&text, format, values);
    va_end(values);
    if (size < 0) {
        text = NULL;
        return;
    }
    text_neutralise(text, (size_t)size, "\n\t");
    put(out, text, (size_t)size);
}

void paragraph_begin(struct paragraph *p)
{
    *p = (struct paragraph){0};
    FILE *memory = open_memstream(&p->text, &p->size);
    p->out = memory != NULL ? memory : stderr;
}

void paragraph_end(struct paragraph *p)
{
    if (p->out != stderr) {
        (void)fclose(p->out);
        put(stderr, p->text, p->size);
        free(p->text);
    }
}

void say_remedy(FILE *out, int indent, const char *remedy)
{
    bool command = strstr(remedy, ": ") != NULL;
    say(out, "%*s%s%s\n", indent, "", remedy, command ? "" : ".");
}

/* Of the characters of two and three bytes; jansson writes well-formed UTF-8. Elsewhere 0. */
static unsigned character_at(const unsigned char *at, size_t *out_size)
{
    if ((at[0] & 0xE0) == 0xC0) {
        *out_size = 2;
        return (at[0] & 0x1FU) << 6 | (at[1] & 0x3FU);
    }
    if ((at[0] & 0xF0) == 0xE0) {
        *out_size = 3;
        return (at[0] & 0x0FU) << 12 | (at[1] & 0x3FU) << 6 | (at[2] & 0x3FU);
    }
    *out_size = 1;
    return at[0];
}

void say_json(FILE *out, const json_t *json, size_t flags)
{
    OWNED(free_text) char *text = json_dumps(json, flags);
    const unsigned char *at = (const unsigned char *)(text != NULL ? text : "null");
    while (*at != '\0') {
        size_t size = 1;
        unsigned c = character_at(at, &size);
        if (c == 0x7f || (size > 1 && c < 0xa0) || text_is_format(c)) {
            (void)fprintf(out, "\\u%04x", c);
        } else {
            (void)fwrite(at, 1, size, out);
        }
        at += size;
    }
    (void)fputc('\n', out);
}
