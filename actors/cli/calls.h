/* SPDX-License-Identifier: MIT
 * calls.h - system calls in the form that several files here want them. */
#ifndef PLAYBUS_ACTORS_CLI_CALLS_H
#define PLAYBUS_ACTORS_CLI_CALLS_H

#include <stdio.h>

/* Waits; a signal ends it early. */
void pause_ms(long ms);

/* OWNED(close_file) FILE *in = …; for files that were only read. */
void close_file(FILE **file);

#endif
