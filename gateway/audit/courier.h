/* SPDX-License-Identifier: MIT
 * courier.h - takes what waits in the outbox of accounts.db to playbus-audit. Bus thread. */
#ifndef PLAYBUS_GATEWAY_AUDIT_COURIER_H
#define PLAYBUS_GATEWAY_AUDIT_COURIER_H

#include "gateway/access/access.h"
#include "proto/bus/actor.h"

struct courier;

struct courier *courier_new(struct actor *actor, struct access *access) NODISCARD;
void courier_destroy(struct courier **courier);
/* There is something to take. */
void courier_call(struct courier *courier);

#endif
