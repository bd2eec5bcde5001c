/* SPDX-License-Identifier: MIT
 * exchange.h - the broker's switch: commands by name, replies by instance, events to who wants
 * them.
 *
 * Whatever is malformed, foreign or too much is counted by reason and dropped or refused; nothing
 * that arrives ends the process, and a peer that stops reading delays nobody: nothing here waits.
 */
#ifndef PLAYBUS_ACTORS_BROKER_EXCHANGE_H
#define PLAYBUS_ACTORS_BROKER_EXCHANGE_H

#include <czmq.h>

#include "actors/broker/counts.h"
#include "actors/broker/pending_requests.h"
#include "actors/broker/registry.h"
#include "actors/broker/retained.h"
#include "proto/wire/envelope.h"

enum { BEAT_EVERY_MS = 200, FLUSH_EVERY_MS = 50 };

struct exchange {
    zsock_t *router;      /* owned */
    const char *instance; /* of this broker, borrowed */
    int64_t beat_ms;      /* when it last looked for who is there */
    struct registry registry;
    struct pending_requests pending;
    struct retained retained;
    struct arena *arena;      /* owned; of the message at hand */
    struct buffer head, body; /* scratch */
    uint64_t counts[BROKER_COUNT_COUNT];
    uint64_t faults[ENVELOPE_FAULT_COUNT];
};

/* An inbound message from the router socket, with what its envelope says. */
struct inbound {
    const char *sender; /* the peer's routing id, checked to be text */
    struct label label;
    zmq_msg_t *head, *body; /* borrowed; moved from when forwarded */
};

enum err exchange_open(struct exchange *x, const char *endpoint, const char *instance) NODISCARD;
void exchange_close(struct exchange *x);
/* Takes what waits, at most 256 messages. */
void exchange_read(struct exchange *x);
/* Every FLUSH_EVERY_MS: sends slow readers what they have not got yet. */
void exchange_flush(struct exchange *x);
/* Every BEAT_EVERY_MS: finds who went away, ends overdue commands, forgets who left long ago. */
void exchange_beat(struct exchange *x);

/* ---- the parts of the switch: each calls only those above it ---- */

/* send.c */
enum sent { SENT, SENT_FULL, SENT_NOBODY };
/* Sends to one instance; consumes both frames. */
enum sent exchange_send(struct exchange *x, const char *instance, zmq_msg_t *head, zmq_msg_t *body);
void exchange_refuse(struct exchange *x, const struct pending_request *request,
                     const struct refusal *why);
/* The same with a code alone, counted; `actor`, which is meant, may be NULL. */
void exchange_refuse_with(struct exchange *x, const struct pending_request *request, enum err code,
                          enum broker_count count, const char *actor);

/* events.c */
void events_take(struct exchange *x, const struct inbound *p);
void events_tell_change(struct exchange *x, const struct peer *peer);
void events_mark_all(struct exchange *x, struct peer *peer);
void events_flush(struct exchange *x, struct peer *peer);

/* peers.c */
void peer_went_away(struct exchange *x, struct peer *peer);
/* Forgets who is away longest and left before `before_ms`, with the event that told of it; false if
 * there is none. */
bool exchange_forget(struct exchange *x, int64_t before_ms);

/* privilege.c: may whoever sent this command ask for it? */
bool privilege_allows(const struct inbound *p);

/* commands.c: what the broker answers itself */
void commands_answer(struct exchange *x, const struct inbound *p);

#endif
