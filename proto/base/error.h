/* SPDX-License-Identifier: MIT
 * error.h - the one set of error codes, made from proto/schema/errors.def. */
#ifndef PLAYBUS_PROTO_BASE_ERROR_H
#define PLAYBUS_PROTO_BASE_ERROR_H

#include <stdbool.h>

#include "proto/base/own.h"

enum err {
    OK = 0,
#define ERROR(code, http, sentence, remedy) ERR_##code,
#include "proto/schema/errors.def"
#undef ERROR
    ERR_COUNT
};

const char *err_code(enum err e);     /* "FILE_NOT_FOUND"; "OK" for OK */
const char *err_sentence(enum err e); /* for a person */
const char *err_remedy(enum err e);   /* what to do next */
int err_http(enum err e);             /* HTTP status */
/* Does it go by itself, so that the same may be asked again in a moment? */
bool err_passes(enum err e);
/* Of a system call: DISK_FULL, STORE_READ_ONLY, or SYSTEM. */
enum err err_from_errno(int number);
/* What the newest error of this thread is about where its code does not say it, as the file: kept
 * for whoever tells it to a person. "" if nothing was noted. */
void err_about(const char *format, ...) PRINTF_LIKE(1, 2);
const char *err_about_text(void);
enum err err_from_code(const char *code); /* ERR_SYSTEM for a code nobody knows */

#endif
