/* SPDX-License-Identifier: MIT
 * send.c - what leaves the broker for one instance. Nothing waits: a full queue is told as such. */
#include <errno.h>
#include <string.h>

#include "actors/broker/exchange.h"
#include "proto/base/log.h"

enum sent exchange_send(struct exchange *x, const char *instance, zmq_msg_t *head, zmq_msg_t *body)
{
    zmq_msg_t frames[3];
    size_t length = strlen(instance);
    zmq_msg_init_size(&frames[0], length);
    memcpy(zmq_msg_data(&frames[0]), instance, length);
    zmq_msg_init(&frames[1]);
    zmq_msg_move(&frames[1], head);
    zmq_msg_init(&frames[2]);
    zmq_msg_move(&frames[2], body);
    int problem = frames_send(zsock_resolve(x->router), frames, 3);
    if (problem == 0) {
        return SENT;
    }
    return problem == EAGAIN ? SENT_FULL : SENT_NOBODY;
}

void exchange_refuse(struct exchange *x, const struct pending_request *request,
                     const struct refusal *why)
{
    const struct envelope e = {.name = schema_messages[request->name].wire,
                               .id = request->id,
                               .correlation_id = request->correlation_id,
                               .sender = x->instance,
                               .target = request->asker};
    struct flaw flaw = {0};
    buffer_reset(&x->head);
    buffer_reset(&x->body);
    envelope_write(&e, ENVELOPE_REFUSED, &x->head);
    if (record_pack(desc_refusal(), why, &x->body, &flaw) != OK) {
        log_error("refusal breaks its own rules field=%s", flaw.field);
        return;
    }
    zmq_msg_t head;
    zmq_msg_t body;
    frame_from_buffer(&head, &x->head);
    frame_from_buffer(&body, &x->body);
    if (exchange_send(x, request->asker, &head, &body) != SENT) {
        x->counts[COUNT_lost_reply]++; /* its own deadline tells it */
    }
}

void exchange_refuse_with(struct exchange *x, const struct pending_request *request, enum err code,
                          enum broker_count count, const char *actor)
{
    const struct refusal why = {.code = err_code(code), .actor = actor};
    x->counts[count]++;
    exchange_refuse(x, request, &why);
}
