/* SPDX-License-Identifier: MIT
 * remote.h - what the door and a worker on another machine agree on below the messages: CURVE keys,
 * ids of sockets, beats.
 *
 * A socket's id is the fingerprint of its key, the worker's incarnation and the number of the
 * socket, with dots between them: a new socket after a lost connection has a new id, so that a
 * predecessor whose end nobody was told of cannot shut it out. Beats are messages of the door's
 * own. */
#ifndef PLAYBUS_PROTO_BUS_REMOTE_H
#define PLAYBUS_PROTO_BUS_REMOTE_H

#include <czmq.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

#define REMOTE_FOLDER "worker" /* in the data folder of a machine that works for another */
/* The worker's own key, and with it "endpoint" and "door", whose public key that is. */
#define REMOTE_KEY REMOTE_FOLDER "/worker.key"

#define REMOTE_ID_SIZE 33    /* a fingerprint: 32 hexadecimal digits and the NUL */
#define REMOTE_Z85_SIZE 41   /* a key as text */
#define REMOTE_ROUTE_SIZE 96 /* a socket's id and the NUL */
enum {
    REMOTE_BEAT_MS = 500,
    REMOTE_SILENT_MS = 3000, /* without a beat: the connection is given up */
    REMOTE_MESSAGE_MAX = 2 * 1024 * 1024,
    REMOTE_BODY_MAX = REMOTE_MESSAGE_MAX - 1024 /* CURVE adds some; beyond it the door cuts */
};

/* False if this is no public key. */
bool remote_fingerprint(const char *public_z85, char out[static REMOTE_ID_SIZE]) NODISCARD;
/* TCP finds out by itself that the other end is gone. */
void remote_watch_peer(zsock_t *socket);
/* A DEALER with everything set but where it connects to. NULL: libzmq refuses. */
zsock_t *remote_dealer(const zcert_t *own, const char *door_z85, const char *route) NODISCARD;
/* A key that was written to `made` becomes `path`, in the same folder; both are on disk then. */
enum err remote_keep_key(const char *made, const char *path) NODISCARD;
/* What was removed from a folder stays so. */
enum err remote_keep_folder(const char *folder) NODISCARD;
/* What this machine is called. */
void remote_machine(char *out, size_t room);

#endif
