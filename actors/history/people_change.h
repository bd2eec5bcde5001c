/* SPDX-License-Identifier: MIT
 * people_change.h - joining persons and splitting one, as a job: who is who changes in the
 * transaction that makes it. */
#ifndef PLAYBUS_ACTORS_HISTORY_PEOPLE_CHANGE_H
#define PLAYBUS_ACTORS_HISTORY_PEOPLE_CHANGE_H

#include "actors/history/own_jobs.h"

extern const struct own_operation people_operation; /* without params: all plays are regrouped */

#endif
