/* SPDX-License-Identifier: MIT
 * say.c - printing what strangers may have written. */
#include "actors/cli/say.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"

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
    (void)fwrite(text, 1, (size_t)size, out);
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
        (void)fwrite(p->text, 1, p->size, stderr);
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
