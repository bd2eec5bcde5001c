/* SPDX-License-Identifier: MIT
 * envelope.c - reads and writes envelopes and moves frames; see the header for what is promised.
 * Nothing here allocates more than the size of what arrived, and nothing ends the process. */
#include "proto/wire/envelope.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Copying less than this is cheaper than giving the buffer away. Every message with a token is
 * less, so what is copied is wiped when it was sent. */
enum { FRAME_COPY_MAX = 4096 };

static const char *const kinds[ENVELOPE_KIND_COUNT] = {"command", "reply", "refused", "event",
                                                       "beat"};

static const char *const faults[ENVELOPE_FAULT_COUNT] = {
    [ENVELOPE_FINE] = "fine",
    [ENVELOPE_FRAMES] = "wrong_frame_count",
    [ENVELOPE_OVERSIZED] = "oversized_envelope",
    [ENVELOPE_MALFORMED] = "malformed_envelope",
    [ENVELOPE_UNKNOWN_KIND] = "unknown_kind",
    [ENVELOPE_UNKNOWN_NAME] = "unknown_name",
    [ENVELOPE_WRONG_KIND] = "wrong_kind",
};

const char *envelope_fault_text(enum envelope_fault fault)
{
    return faults[fault];
}

static enum envelope_fault find_kind(const char *text, enum envelope_kind *out)
{
    for (size_t i = 0; i < ENVELOPE_KIND_COUNT; i++) {
        if (strcmp(kinds[i], text) == 0) {
            *out = (enum envelope_kind)i;
            return ENVELOPE_FINE;
        }
    }
    return ENVELOPE_UNKNOWN_KIND;
}

static enum envelope_fault find_name(const char *text, enum envelope_kind kind, enum msg_id *out)
{
    static const enum message_kind wanted[ENVELOPE_KIND_COUNT] = {[ENVELOPE_COMMAND] = KIND_COMMAND,
                                                                  [ENVELOPE_REPLY] = KIND_REPLY,
                                                                  [ENVELOPE_REFUSED] = KIND_COMMAND,
                                                                  [ENVELOPE_EVENT] = KIND_EVENT};
    if (kind == ENVELOPE_BEAT) {
        return ENVELOPE_FINE;
    }
    enum msg_id id = schema_find(text);
    if (id == MSG_none) {
        return ENVELOPE_UNKNOWN_NAME;
    }
    if (schema_messages[id].kind != wanted[kind]) {
        return ENVELOPE_WRONG_KIND;
    }
    *out = id;
    return ENVELOPE_FINE;
}

enum envelope_fault envelope_read(const void *bytes, size_t size, struct arena *arena,
                                  struct label *out)
{
    if (size > ENVELOPE_MAX) {
        return ENVELOPE_OVERSIZED;
    }
    struct label label = {.name = MSG_none};
    struct flaw flaw = {0};
    if (row_unpack(desc_envelope(), bytes, size, arena, &label.envelope, &flaw) != OK) {
        return ENVELOPE_MALFORMED;
    }
    enum envelope_fault fault = find_kind(label.envelope.kind, &label.kind);
    if (fault == ENVELOPE_FINE) {
        fault = find_name(label.envelope.name, label.kind, &label.name);
    }
    *out = label;
    return fault;
}

void envelope_write(const struct envelope *e, enum envelope_kind kind, struct buffer *out)
{
    struct envelope filled = *e;
    filled.version = 1;
    filled.kind = kinds[kind];
    enum err packed = row_pack(desc_envelope(), &filled, out);
    assert(packed == OK); /* only a missing name could fail, and every caller sets it */
    (void)packed;
}

void frames_close(zmq_msg_t *frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        zmq_msg_close(&frames[i]);
    }
}

/* Reads on until the message ends, so that the next receive starts with a new one. */
static void swallow_rest(void *socket)
{
    bool more = true;
    while (more) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        more = zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) >= 0 && zmq_msg_more(&frame);
        zmq_msg_close(&frame);
    }
}

enum frames_got frames_receive(void *socket, zmq_msg_t *frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        zmq_msg_init(&frames[i]);
        if (zmq_msg_recv(&frames[i], socket, ZMQ_DONTWAIT) < 0) {
            frames_close(frames, i + 1);
            return i == 0 ? FRAMES_NONE : FRAMES_WRONG;
        }
        bool more = zmq_msg_more(&frames[i]);
        bool last = i + 1 == count;
        if (more != !last) {
            frames_close(frames, i + 1);
            if (more) {
                swallow_rest(socket);
            }
            return FRAMES_WRONG;
        }
    }
    return FRAMES_TAKEN;
}

int frames_send(void *socket, zmq_msg_t *frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int flags = ZMQ_DONTWAIT | (i + 1 < count ? ZMQ_SNDMORE : 0);
        if (zmq_msg_send(&frames[i], socket, flags) < 0) {
            int problem = errno;
            frames_close(&frames[i], count - i);
            return problem;
        }
    }
    return 0;
}

static void free_frame(void *data, void *wiped)
{
    sodium_memzero(data, (size_t)wiped);
    free(data);
}

/* What libzmq copies on the way, into the buffer of a connection, is out of reach. */
static void frame_from_copy(zmq_msg_t *frame, const void *bytes, size_t size)
{
    void *copy = must_alloc(size > 0 ? size : 1);
    if (size > 0) {
        memcpy(copy, bytes, size);
    }
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): libzmq hands one pointer on, here a size */
    zmq_msg_init_data(frame, copy, size, free_frame, (void *)size);
}

void frame_from_buffer(zmq_msg_t *frame, struct buffer *b)
{
    if (b->size <= FRAME_COPY_MAX) {
        frame_from_copy(frame, b->data, b->size);
        if (b->size > 0) {
            sodium_memzero(b->data, b->size);
        }
        return;
    }
    zmq_msg_init_data(frame, b->data, b->size, free_frame, NULL);
    *b = (struct buffer){0};
}

bool frame_wipe(zmq_msg_t *frame)
{
    bool small = zmq_msg_size(frame) <= FRAME_COPY_MAX;
    if (small && zmq_msg_size(frame) > 0) {
        sodium_memzero(zmq_msg_data(frame), zmq_msg_size(frame));
    }
    return small;
}

void frame_wipe_when_sent(zmq_msg_t *frame)
{
    if (zmq_msg_size(frame) <= FRAME_COPY_MAX) {
        zmq_msg_t copy;
        frame_from_copy(&copy, zmq_msg_data(frame), zmq_msg_size(frame));
        (void)frame_wipe(frame);
        zmq_msg_move(frame, &copy);
    }
}
