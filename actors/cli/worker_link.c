/* SPDX-License-Identifier: MIT
 * worker_link.c - a socket and its monitor. Nothing waits longer than its deadline. */
#include "actors/cli/worker_link.h"

#include <stdio.h>
#include <string.h>

#include "actors/cli/interrupts.h"
#include "proto/base/clock.h"
#include "proto/base/ids.h"
#include "proto/wire/envelope.h"

#define MONITOR "inproc://worker-link"
enum { TRY_MS = 5000, TURN_MS = 100 };

enum err link_open(struct worker_link *l, const zcert_t *key, const char *door_z85,
                   const char *endpoint)
{
    char id[REMOTE_ID_SIZE];
    char process[ID_SIZE];
    char route[REMOTE_ROUTE_SIZE];
    zsys_handler_set(NULL);
    *l = (struct worker_link){0};
    if (!remote_fingerprint(zcert_public_txt((zcert_t *)key), id)) {
        return ERR_INVITATION_UNUSABLE;
    }
    id_new(process);
    (void)snprintf(route, sizeof(route), "%s.%s.0", id, process);
    l->dealer = remote_dealer(key, door_z85, route);
    if (l->dealer == NULL) {
        return ERR_INVITATION_UNUSABLE;
    }
    l->monitor = zsock_new(ZMQ_PAIR);
    bool open =
        l->monitor != NULL &&
        zmq_socket_monitor(zsock_resolve(l->dealer), MONITOR,
                           ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) == 0 &&
        zsock_connect(l->monitor, MONITOR) == 0 && zsock_connect(l->dealer, "%s", endpoint) == 0;
    return open ? OK : ERR_DOOR_UNREACHABLE;
}

void link_close(struct worker_link *l)
{
    if (l->dealer != NULL) {
        zmq_socket_monitor(zsock_resolve(l->dealer), NULL, 0);
    }
    zsock_destroy(&l->monitor);
    zsock_destroy(&l->dealer);
}

static enum link_event read_monitor(struct worker_link *l)
{
    zmq_msg_t frames[2];
    uint16_t event = 0;
    if (frames_receive(zsock_resolve(l->monitor), frames, 2) != FRAMES_TAKEN) {
        return LINK_SILENT;
    }
    memcpy(&event, zmq_msg_data(&frames[0]), sizeof(event));
    frames_close(frames, 2);
    return event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED ? LINK_UP : LINK_REFUSED;
}

enum link_event link_wait(struct worker_link *l, int64_t until_ms)
{
    zmq_pollitem_t items[] = {{.socket = zsock_resolve(l->monitor), .events = ZMQ_POLLIN},
                              {.socket = zsock_resolve(l->dealer), .events = ZMQ_POLLIN}};
    while (clock_monotonic_ms() < until_ms && !interrupts_stop_asked()) {
        if (zmq_poll(items, 2, TURN_MS) <= 0) {
            continue;
        }
        enum link_event event =
            (items[0].revents & ZMQ_POLLIN) != 0 ? read_monitor(l) : LINK_MESSAGE;
        if (event != LINK_SILENT) {
            return event;
        }
    }
    return LINK_SILENT;
}

enum err link_try(const zcert_t *key, const char *door_z85, const char *endpoint)
{
    struct worker_link l;
    enum err e = link_open(&l, key, door_z85, endpoint);
    enum link_event event = e == OK ? link_wait(&l, clock_monotonic_ms() + TRY_MS) : LINK_SILENT;
    link_close(&l);
    if (event == LINK_UP || event == LINK_MESSAGE) {
        return OK;
    }
    return event == LINK_REFUSED ? ERR_INVITATION_UNUSABLE : ERR_DOOR_UNREACHABLE;
}
