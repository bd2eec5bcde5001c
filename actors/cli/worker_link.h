/* SPDX-License-Identifier: MIT
 * worker_link.h - one connection to the door of another machine, for the command line. */
#ifndef PLAYBUS_ACTORS_CLI_WORKER_LINK_H
#define PLAYBUS_ACTORS_CLI_WORKER_LINK_H

#include <czmq.h>

#include "proto/base/error.h"
#include "proto/bus/remote.h"

struct worker_link {
    zsock_t *dealer, *monitor; /* owned */
};

/* What there is to be told of it. */
enum link_event {
    LINK_UP,      /* the door has let this key in */
    LINK_REFUSED, /* it has not, and will not */
    LINK_MESSAGE, /* one waits to be read */
    LINK_SILENT   /* nothing, until the deadline or Ctrl-C */
};

/* Begins to connect. DOOR_UNREACHABLE if that is no address. */
enum err link_open(struct worker_link *l, const zcert_t *key, const char *door_z85,
                   const char *endpoint) NODISCARD;
void link_close(struct worker_link *l);
enum link_event link_wait(struct worker_link *l, int64_t until_ms);
/* Does the door know this key? OK, INVITATION_UNUSABLE (it does not) or DOOR_UNREACHABLE. */
enum err link_try(const zcert_t *key, const char *door_z85, const char *endpoint) NODISCARD;

#endif
