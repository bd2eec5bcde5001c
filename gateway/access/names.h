/* SPDX-License-Identifier: MIT
 * names.h - the names of users and tokens: printable, nothing invisible, and compared regardless of
 * case. */
#ifndef PLAYBUS_GATEWAY_ACCESS_NAMES_H
#define PLAYBUS_GATEWAY_ACCESS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/access/access.h"

#define FOLDED_SIZE \
    (4 * NAME_MAX_BYTES + 1) /* a small letter may take more bytes than its capital */

/* 1 to 64 bytes, no control or invisible character, no space at either end. */
bool name_is_good(const char *name);
/* Kept for what the audit log calls by these names: local, playbus. */
bool name_is_reserved(const char *name);
/* Its characters; as many as are returned. What is not UTF-8 ends it. */
size_t name_characters(const char *name, wchar_t out[static NAME_MAX_BYTES + 1]);
/* The form in which two names are the same. A text that is no good name gives one all the same. */
void name_fold(const char *name, char out[static FOLDED_SIZE]);

#endif
