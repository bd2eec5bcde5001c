/* SPDX-License-Identifier: MIT
 * table.h - text for a terminal: cells of a fixed width, numbers with separators, durations.
 * Titles and names come from strangers: control characters never reach the terminal. */
#ifndef PLAYBUS_ACTORS_CLI_TABLE_H
#define PLAYBUS_ACTORS_CLI_TABLE_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/base/number.h"

#define DURATION_SIZE 48

/* The columns of the terminal that `out` is; COLUMNS counts more. 0: it is none, and nothing that
 * is written there is cut. */
int terminal_width(FILE *out);

/* How many cells of a terminal it takes; a Chinese character takes two. */
int text_cells(const char *text);
/* The text, cut to `width` cells and filled up to it; width 0: as it is. NULL is "-". */
void cell_text(FILE *out, const char *text, int width);
/* A column of a table and a space: cut to `width` on a terminal only. */
void cell_column(FILE *out, const char *text, int width);
/* What ends a line, of which `used` cells are filled: cut in the middle (a path) or at the end to
 * what a terminal has left. */
void cell_last(FILE *out, const char *text, int used);
void cell_path(FILE *out, const char *text, int used);
/* A sentence that begins at column `used`: on a terminal broken between words, its further lines
 * below its first. */
void cell_sentence(FILE *out, const char *text, int used);
/* A number with separators, to the right. */
void cell_number(FILE *out, int64_t n, int width);

/* 0:05, 12:34, 1:02:03 */
const char *duration_text(double seconds, char out[static DURATION_SIZE]);

/* Members of an object that may be missing: 0 and "" then. */
int64_t member_number(const json_t *object, const char *name);
double member_real(const json_t *object, const char *name);
const char *member_text(const json_t *object, const char *name);

#endif
