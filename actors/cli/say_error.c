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
    say(stderr, "playbus: %s", err_sentence(e));
    if (detail != NULL) {
        va_list values;
        va_start(values, detail);
        (void)fputs(": ", stderr);
        OWNED(free_text) char *text = NULL;
        if (vasprintf(&text, detail, values) >= 0) {
            say(stderr, "%s", text);
        }
        va_end(values);
    }
    (void)fputc('\n', stderr);
    say_remedy(stderr, 2, err_remedy(e));
    return err_http(e) == 409 ? EXIT_CONFLICT : EXIT_FAILED;
}
