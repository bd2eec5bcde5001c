/* SPDX-License-Identifier: MIT
 * outbox_relay.h - brings an outbox to the audit log: one delivery at a time, taken out when
 * playbus-audit has acknowledged it. Killed anywhere in between, or answered late, it delivers
 * again, which the log does not mind (entry_id). Whatever process has an outbox has one of these.
 */
#ifndef PLAYBUS_PROTO_STORE_OUTBOX_RELAY_H
#define PLAYBUS_PROTO_STORE_OUTBOX_RELAY_H

#include "proto/bus/actor.h"
#include "proto/store/outbox.h"

#define RELAY_IN_LOOP (-1)

struct outbox_relay;

/* In the loop, once the outbox is there: looks each second. `lane` of actor_offload is where the
 * database (borrowed) is at home; RELAY_IN_LOOP: the loop itself. */
struct outbox_relay *outbox_relay_new(struct actor *actor, sqlite3 *db, int lane) NODISCARD;
/* The loop and the lane have ended. */
void outbox_relay_destroy(struct outbox_relay **relay);
/* Entries were added: they need not wait for the next look. */
void outbox_relay_wake(struct outbox_relay *relay);

#endif
