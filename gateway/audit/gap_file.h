/* SPDX-License-Identifier: MIT
 * gap_file.h - a place on the disk that is there before it is needed: what is written to it takes
 * no room that a full disk could refuse, and outlives this process. */
#ifndef PLAYBUS_GATEWAY_AUDIT_GAP_FILE_H
#define PLAYBUS_GATEWAY_AUDIT_GAP_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/base/own.h"
#include "proto/wire/codec.h"

#define GAP_FILE_ROOM ((size_t)512 * 1024)

struct gap_file;

/* A file that cannot be made is logged: writing to it fails then. */
struct gap_file *gap_file_open(const char *path) NODISCARD;
void gap_file_close(struct gap_file **file);

/* Appends what was written last; nothing if that was never. */
void gap_file_read(const struct gap_file *file, struct buffer *out);
/* All of it or nothing, at most GAP_FILE_ROOM; false if it is not there now. */
bool gap_file_write(struct gap_file *file, const struct buffer *content);

#endif
