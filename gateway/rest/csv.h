/* SPDX-License-Identifier: MIT
 * csv.h - records as RFC 4180 lines, safe to open in a spreadsheet. */
#ifndef PLAYBUS_GATEWAY_REST_CSV_H
#define PLAYBUS_GATEWAY_REST_CSV_H

#include "proto/wire/codec.h"

/* A column for every field but optional records; a list stands as one cell of JSON. */
void csv_header(const struct record_desc *record, struct buffer *out);
/* `redacted`: the cells of fields that only administrators see (redact.h) are empty. */
void csv_line(const struct record_desc *record, const void *value, bool redacted,
              struct buffer *out);

/* One cell. A text that a spreadsheet would run (it begins with = + - @ tab or CR) gets a leading
 * '. */
void csv_text(const char *text, struct buffer *out);

#endif
