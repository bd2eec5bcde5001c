/* SPDX-License-Identifier: MIT
 * notify.h - what `playbus up` tells systemd (sd_notify(3)); nothing where nobody listens. */
#ifndef PLAYBUS_ACTORS_CLI_NOTIFY_H
#define PLAYBUS_ACTORS_CLI_NOTIFY_H

#include <stdint.h>

/* Takes the socket and the watchdog's time from the environment, so that no actor has them. */
void notify_open(void);
/* Sends one state, as "READY=1"; several are separated by newlines. */
void notify(const char *state);
/* Sends `state`, if the last of these is `every_ms` ago. */
void notify_now_and_then(const char *state, int64_t every_ms);
/* How often the watchdog is to be fed: a fourth of its time. 0: there is none. */
int64_t notify_feed_every_ms(void);

#endif
