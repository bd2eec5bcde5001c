/* SPDX-License-Identifier: MIT
 * interrupts.h - Ctrl-C and SIGTERM as something that a command looks at when it can stop cleanly.
 */
#ifndef PLAYBUS_ACTORS_CLI_INTERRUPTS_H
#define PLAYBUS_ACTORS_CLI_INTERRUPTS_H

#include <stdbool.h>

/* Ctrl-C and SIGTERM no longer end this process; they are told by interrupts_stop_asked(). */
void interrupts_watch(void);
bool interrupts_stop_asked(void);
/* The exit status of what runs until it is stopped: 130 after Ctrl-C, 0 where it was told to. */
int interrupts_stop_status(void);
/* Asked again: whoever waits for something to end cleanly waits no longer. */
bool interrupts_stop_urged(void);
/* One Ctrl-C, if there was one, was for what has ended now; the next one is told anew. */
void interrupts_done(void);

#endif
