/* SPDX-License-Identifier: MIT
 * index_follow.h - when the index of plays catches up with the commits. */
#ifndef PLAYBUS_ACTORS_HISTORY_INDEX_FOLLOW_H
#define PLAYBUS_ACTORS_HISTORY_INDEX_FOLLOW_H

#include "proto/bus/actor.h"

/* Begins to catch up, in short steps with other messages between, unless a job is storing rows:
 * that comes first. To be called now and then. */
void index_follow(struct actor *a);

#endif
