/* SPDX-License-Identifier: MIT
 * connection_send.c - what is sent to the broker. Nothing waits here: with ZMQ_IMMEDIATE nothing is
 * queued for a broker that is not there, so a command fails at once instead of arriving minutes
 * later. */
#include "proto/base/clock.h"
#include "proto/bus/parts.h"
#include "proto/bus/remote.h"

bool connection_is_up(const struct actor *a)
{
    return a->connection.connected && a->connection.welcomed_ms != 0 &&
           clock_monotonic_ms() - a->connection.welcomed_ms < AWAY_AFTER_MS;
}

enum err connection_send(struct actor *a, const struct envelope *e, enum envelope_kind kind)
{
    const size_t most = a->connection.own != NULL ? REMOTE_BODY_MAX : BUS_MESSAGE_MAX;
    if (a->connection.body.size > most) {
        return ERR_TOO_LARGE;
    }
    buffer_reset(&a->connection.head);
    envelope_write(e, kind, &a->connection.head);
    zmq_msg_t frames[2];
    frame_from_buffer(&frames[0], &a->connection.head);
    frame_from_buffer(&frames[1], &a->connection.body);
    if (frames_send(zsock_resolve(a->connection.dealer), frames, 2) == 0) {
        return OK;
    }
    return a->connection.connected ? ERR_BUSY : ERR_ACTOR_AWAY;
}
