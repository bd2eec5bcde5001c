/* SPDX-License-Identifier: MIT
 * error.c - looks up the rows of errors.def. */
#include "proto/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/own.h"

struct row {
    const char *code, *sentence, *remedy;
    int http;
};

static const struct row rows[] = {
    {"OK", "Done", "Nothing to do", 200},
#define ERROR(code, http, sentence, remedy) {#code, sentence, remedy, http},
#include "proto/schema/errors.def"
#undef ERROR
};

static _Thread_local char about[512];

static const struct row *row_of(enum err e)
{
    return &rows[(size_t)e < COUNT_OF(rows) ? e : ERR_SYSTEM];
}

const char *err_code(enum err e)
{
    return row_of(e)->code;
}

const char *err_sentence(enum err e)
{
    return row_of(e)->sentence;
}

const char *err_remedy(enum err e)
{
    return row_of(e)->remedy;
}

int err_http(enum err e)
{
    return row_of(e)->http;
}

bool err_passes(enum err e)
{
    return e == ERR_ACTOR_AWAY || e == ERR_AUDIT_AWAY || e == ERR_BUSY || e == ERR_TIMEOUT ||
           e == ERR_RATE_LIMITED;
}

enum err err_from_errno(int number)
{
    return number == ENOSPC || number == EDQUOT ? ERR_DISK_FULL
           : number == EROFS                    ? ERR_STORE_READ_ONLY
                                                : ERR_SYSTEM;
}

void err_about(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(about, sizeof(about), format, arguments);
    va_end(arguments);
}

const char *err_about_text(void)
{
    return about;
}

enum err err_from_code(const char *code)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (strcmp(rows[i].code, code) == 0) {
            return (enum err)i;
        }
    }
    return ERR_SYSTEM;
}
