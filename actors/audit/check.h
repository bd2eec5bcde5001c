/* SPDX-License-Identifier: MIT
 * check.h - verification of the whole log in a thread of its own; one at a time. */
#ifndef PLAYBUS_ACTORS_AUDIT_CHECK_H
#define PLAYBUS_ACTORS_AUDIT_CHECK_H

#include "actors/audit/audit_db.h"
#include "proto/bus/actor.h"

struct check;

struct check *check_new(void) NODISCARD;
void check_destroy(struct check **check);
bool check_running(const struct check *check);
/* Begins one, unless one is under way, of what is committed now. */
enum err check_begin(struct check *check, struct actor *a, const struct audit_view *now) NODISCARD;
/* How it stands; texts live as long as the check. */
void check_fill(struct check *check, struct audit_verification *out);

#endif
