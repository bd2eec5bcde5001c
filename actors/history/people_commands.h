/* SPDX-License-Identifier: MIT
 * people_commands.h - the commands about persons: each start makes a job of the history's own. */
#ifndef PLAYBUS_ACTORS_HISTORY_PEOPLE_COMMANDS_H
#define PLAYBUS_ACTORS_HISTORY_PEOPLE_COMMANDS_H

#include "proto/bus/actor.h"

/* Handlers. A start that comes twice answers with the job of the first; a mark is lifted once. */
enum err on_people_join(struct actor *a, const struct msg *m);
enum err on_people_split(struct actor *a, const struct msg *m);
enum err on_person_forget(struct actor *a, const struct msg *m);
enum err on_person_unforget(struct actor *a, const struct msg *m);

#endif
