/* SPDX-License-Identifier: MIT
 * health.h - is a database whole? Looks only; it may be in use meanwhile. */
#ifndef PLAYBUS_PROTO_STORE_HEALTH_H
#define PLAYBUS_PROTO_STORE_HEALTH_H

#include "proto/base/error.h"
#include "proto/base/own.h"

#define HEALTH_TEXT_SIZE 256
#define CHECK_RESULT_FILE "run/check.json" /* a check_result: what `playbus check` found last */

/* Reads every page, index and reference of the database at `path`. OK if all is whole; else what is
 * wrong, STORE_DAMAGED, STORE_LOST or FILE_NOT_FOUND mostly, with the first finding as a sentence
 * (may be ""). */
enum err health_check(const char *path, char out_finding[static HEALTH_TEXT_SIZE]) NODISCARD;

#endif
