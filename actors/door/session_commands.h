/* SPDX-License-Identifier: MIT
 * session_commands.h - what a worker has asked and not been answered. */
#ifndef PLAYBUS_ACTORS_DOOR_SESSION_COMMANDS_H
#define PLAYBUS_ACTORS_DOOR_SESSION_COMMANDS_H

#include "actors/door/sessions.h"

/* Sends a command on to its actor, in the session's name; takes the body. OK or BUSY. */
enum err session_forward(struct session *s, const struct label *label, const char *target,
                         zmq_msg_t *body, enum rows_had had) NODISCARD;
/* Hears the broker's answers from now on. */
void session_watch(struct session *s);
/* An answer, and refusals, that found no room on their way out. */
void session_send_held(struct session *s);
/* Nobody waits any more for what is past its deadline. */
void session_close_late(struct session *s);
/* Of a broker that is no more nothing is answered: whoever asked asks the new one. */
void session_end_commands(struct session *s);
/* The session ends: nobody hears answers of it. */
void session_drop_commands(struct session *s);

#endif
