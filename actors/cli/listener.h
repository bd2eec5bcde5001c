/* SPDX-License-Identifier: MIT
 * listener.h - who listens at an address that was wanted. */
#ifndef PLAYBUS_ACTORS_CLI_LISTENER_H
#define PLAYBUS_ACTORS_CLI_LISTENER_H

/* Says that the address is taken (`about`: the address, and more after ": "), by which Playbus if
 * it is one that we may see, and what helps; returns the exit status. */
int listener_say_error(const char *about);

#endif
