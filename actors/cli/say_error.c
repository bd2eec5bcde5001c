/* SPDX-License-Identifier: MIT
 * say_error.c - what went wrong, in the words of errors.def, as every other part of Playbus says
 * it.
 */
#include <stdarg.h>
#include <stdio.h>

#include "actors/cli/cli.h"
#include "actors/cli/say.h"

int say_error(enum err e, const char *detail, ...)
{
    struct paragraph p;
    paragraph_begin(&p);
    say(p.out, "playbus: %s", err_sentence(e));
    if (detail != NULL) {
        va_list values;
        va_start(values, detail);
        OWNED(free_text) char *text = NULL;
        if (vasprintf(&text, detail, values) > 0) {
            say(p.out, ": %s", text);
        }
        va_end(values);
    }
    (void)fputc('\n', p.out);
    say_remedy(p.out, 2, err_remedy(e));
    paragraph_end(&p);
    return err_http(e) == 409 ? EXIT_CONFLICT : EXIT_FAILED;
}
