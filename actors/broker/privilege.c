/* SPDX-License-Identifier: MIT
 * privilege.c - commands that one actor alone may send, as they hand out what opens media servers.
 *
 * A name on the bus proves nothing, so the process is looked at: the kernel says which one is at
 * the other end of the connection (ZMTP's Peer-Address, on ipc "host:uid:gid:pid"), and which one
 * holds the actor's lock. Where either cannot be told the answer is no. */
#include <stdlib.h>
#include <string.h>

#include "actors/broker/exchange.h"
#include "proto/base/own.h"
#include "proto/bus/process.h"

static const struct {
    enum msg_id command;
    const char *lock; /* of the actor that may send it */
} privileges[] = {{MSG_server_credentials_get, "run/plex.lock"},
                  {MSG_tautulli_credentials_get, "run/tautulli.lock"}};

/* 0: not known. */
static long peer_pid(zmq_msg_t *frame)
{
    const char *address = zmq_msg_gets(frame, "Peer-Address");
    const char *colon = address != NULL ? strrchr(address, ':') : NULL;
    char *end = NULL;
    long pid = colon != NULL ? strtol(colon + 1, &end, 10) : 0;
    return pid > 0 && *end == '\0' && strchr(address, ':') != colon ? pid : 0;
}

bool privilege_allows(const struct inbound *p)
{
    for (size_t i = 0; i < COUNT_OF(privileges); i++) {
        if (p->label.name == privileges[i].command) {
            long pid = peer_pid(p->head);
            return pid > 0 && process_lock_holder(privileges[i].lock) == pid;
        }
    }
    return true;
}
