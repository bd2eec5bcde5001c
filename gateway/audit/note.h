/* SPDX-License-Identifier: MIT
 * note.h - what the trail remembers of a request while that is under way. */
#ifndef PLAYBUS_GATEWAY_AUDIT_NOTE_H
#define PLAYBUS_GATEWAY_AUDIT_NOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/ids.h"

struct trail_note {
    int64_t asked_at;              /* wall clock; 0: its handler was not reached */
    bool requested;                /* both its entries are in the outbox, held */
    bool ended;                    /* its outcome was told, or is being told */
    enum err written;              /* what came of the last sheet about it */
    bool outcome_told;             /* its outcome is in the outbox already, with what it changed */
    char entry_id[ID_SIZE];        /* of `requested` */
    char outcome_id[ID_SIZE];      /* of its outcome, in the outbox from the beginning; or "" */
    void (*go)(struct request *r); /* its handler, while these two are on their way */
};

#endif
