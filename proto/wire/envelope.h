/* SPDX-License-Identifier: MIT
 * envelope.h - frames on the bus: an envelope (one positional `envelope` row), then a body.
 *
 * Whatever arrives is judged here once, for the broker and for actors alike: a message is either
 * whole, small enough, of a known kind and of a known name, or it has a fault to be counted under.
 */
#ifndef PLAYBUS_PROTO_WIRE_ENVELOPE_H
#define PLAYBUS_PROTO_WIRE_ENVELOPE_H

#include <stddef.h>
#include <zmq.h>

#include "proto/wire/codec.h"

#define ENVELOPE_MAX 1024 /* bytes of the first frame; the longest legal one has some 700 */

enum envelope_kind {
    ENVELOPE_COMMAND, /* to an actor by its name; body: the command */
    ENVELOPE_REPLY,   /* to the asker's instance; body: the reply */
    ENVELOPE_REFUSED, /* to the asker's instance, named as the command; body: a refusal */
    ENVELOPE_EVENT,   /* to everybody who wants it; body: the event */
    ENVELOPE_BEAT,    /* broker to actor: are you there; the answer is that it could be sent */
    ENVELOPE_KIND_COUNT
};

enum envelope_fault {
    ENVELOPE_FINE,
    ENVELOPE_FRAMES,       /* more or fewer than two frames */
    ENVELOPE_OVERSIZED,    /* first frame beyond ENVELOPE_MAX */
    ENVELOPE_MALFORMED,    /* no envelope, or one that breaks its rules */
    ENVELOPE_UNKNOWN_KIND, /* of the five above */
    ENVELOPE_UNKNOWN_NAME, /* no such message in the schema */
    ENVELOPE_WRONG_KIND,   /* an event's name on a command, and the like */
    ENVELOPE_FAULT_COUNT
};

const char *envelope_fault_text(enum envelope_fault fault);

/* What an envelope says, checked. Texts live in the arena it was read with. */
struct label {
    struct envelope envelope;
    enum envelope_kind kind;
    enum msg_id name; /* MSG_none for a beat */
};

enum envelope_fault envelope_read(const void *bytes, size_t size, struct arena *arena,
                                  struct label *out);
/* Appends the row; version and kind are filled in here. */
void envelope_write(const struct envelope *e, enum envelope_kind kind, struct buffer *out);

/* ---- frames ---- */
enum frames_got {
    FRAMES_NONE,  /* nothing waits */
    FRAMES_TAKEN, /* exactly `count`, now the caller's: frames_close */
    FRAMES_WRONG  /* another number; swallowed whole, nothing to close */
};
/* Takes one whole message without waiting. */
enum frames_got frames_receive(void *socket, zmq_msg_t *frames, size_t count);
/* Sends without waiting and without copying; the frames are consumed whatever happens.
 * 0, or EAGAIN (queue full, or nobody connected), EHOSTUNREACH (a ROUTER knows no such peer). */
int frames_send(void *socket, zmq_msg_t *frames, size_t count);
void frames_close(zmq_msg_t *frames, size_t count);
/* Makes a frame of a buffer: large ones are moved (the buffer is then empty), small ones copied. */
void frame_from_buffer(zmq_msg_t *frame, struct buffer *b);
/* Wipes what a message with a token could be, and tells whether it was that small. Only of a frame
 * that has no copy: libzmq's share their bytes. */
bool frame_wipe(zmq_msg_t *frame);
/* The same when libzmq has sent it, of one that is passed on as it came. */
void frame_wipe_when_sent(zmq_msg_t *frame);

#endif
