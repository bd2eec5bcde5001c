/* SPDX-License-Identifier: MIT
 * start_refusal.h - the word that an actor leaves in the data folder while it cannot do its work,
 * for whoever started it and for who asks how things stand. Gone as soon as it works. */
#ifndef PLAYBUS_PROTO_BUS_START_REFUSAL_H
#define PLAYBUS_PROTO_BUS_START_REFUSAL_H

#include <stdbool.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

#define START_REFUSAL_FILE "run/%.40s/refused" /* of the actor's name */

struct start_refusal {
    enum err code;
    char about[520]; /* the file, mostly; may be empty */
    long tries;
};

/* False while it works, or has not said. */
bool refusal_read(const char *actor, struct start_refusal *out);
/* With err_about_text(). Returns how long to wait before the end, in ms, so that one who is started
 * again and again does not fill the log. */
int refusal_leave(const char *actor, enum err e);
void refusal_withdraw(const char *actor);

#endif
