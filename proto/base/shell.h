/* SPDX-License-Identifier: MIT
 * shell.h - words quoted so that a shell reads them as they are: what is printed can be pasted. */
#ifndef PLAYBUS_PROTO_BASE_SHELL_H
#define PLAYBUS_PROTO_BASE_SHELL_H

#include <stddef.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

/* Any text as one word of a shell: 'it'\''s'. SYSTEM if there is no room. */
enum err shell_quote(const char *text, char *out, size_t room) NODISCARD;

#endif
