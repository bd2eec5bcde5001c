/* SPDX-License-Identifier: MIT
 * complain.c - what went wrong, in the words of errors.def, as every other part of Playbus says it.
 */
#include <stdarg.h>
#include <stdio.h>

#include "actors/cli/cli.h"

int complain(enum err e, const char *detail, ...)
{
    (void)fprintf(stderr, "playbus: %s", err_sentence(e));
    if (detail != NULL) {
        va_list values;
        va_start(values, detail);
        (void)fputs(": ", stderr);
        (void)vfprintf(stderr, detail, values);
        va_end(values);
    }
    (void)fprintf(stderr, "\n  %s.\n", err_remedy(e));
    return err_http(e) == 409 ? EXIT_CONFLICT : EXIT_FAILED;
}
