/* SPDX-License-Identifier: MIT
 * calls.h - system calls in the form that several files here want them. */
#ifndef PLAYBUS_ACTORS_CLI_CALLS_H
#define PLAYBUS_ACTORS_CLI_CALLS_H

#include <stdbool.h>
#include <stdio.h>

/* Waits; false if a signal ended it early. */
bool pause_ms(long ms);

/* OWNED(close_file) FILE *in = …; for files that were only read. */
void close_file(FILE **file);

/* The first line of a file, without its end; false if there is none, or nothing in it. */
bool read_first_line(const char *path, char *out, size_t room);

/* Removes a folder with all that is in it; links are not followed. False if some of it stayed. */
bool remove_tree(const char *path);

#endif
