/* SPDX-License-Identifier: MIT
 * words.h - what an entry of the log says to a person, from audit_actions.def, audit_outcomes.def
 * and errors.def. The log itself keeps identifiers. */
#ifndef PLAYBUS_ACTORS_AUDIT_WORDS_H
#define PLAYBUS_ACTORS_AUDIT_WORDS_H

#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

/* What came of it. */
enum audit_result words_result(const struct audit_entry *entry);
/* The same in words; `running`: it may have no outcome yet. */
const char *words_of_result(const struct audit_entry *entry, bool running, struct arena *arena);
/* "Started an import of /srv/tautulli.db", or "Start an import of …" if it was not done. */
const char *words_of_action(const char *action, const char *target, bool done, struct arena *arena);
/* "role: viewer, active: yes" of a JSON object, without what is the target; NULL if nothing is
 * left. */
const char *words_of_params(const char *params, const char *target, struct arena *arena);

#endif
