/* SPDX-License-Identifier: MIT
 * deferred.h - refusals that the HTTP thread had to answer before the bus thread could record them:
 * they are recorded later. A few are kept whole, the rest is counted by kind. */
#ifndef PLAYBUS_GATEWAY_AUDIT_DEFERRED_H
#define PLAYBUS_GATEWAY_AUDIT_DEFERRED_H

#include "gateway/access/access.h"
#include "gateway/guard/address.h"
#include "proto/base/error.h"

#define DEFERRED_ID_SIZE 65 /* of the longest id that a request may have, with its NUL */

struct deferred_refusal {
    enum err code;
    int64_t at;
    enum role role;
    const char *action; /* for ever */
    char actor[NAME_MAX_BYTES + 1];
    char address[ADDRESS_TEXT_SIZE], group[ADDRESS_TEXT_SIZE];
    char request_id[DEFERRED_ID_SIZE];
};

#define DEFERRED_MAX 64

struct deferred_refusals {
    struct deferred_refusal ones[DEFERRED_MAX];
    size_t count;
    unsigned more[ERR_COUNT]; /* for which there was no room */
};

struct deferred_queue;

struct deferred_queue *deferred_new(void) NODISCARD;
void deferred_destroy(struct deferred_queue **queue);
/* Any thread. */
void deferred_put(struct deferred_queue *queue, const struct deferred_refusal *one);
/* Moves all there is to `out`. */
void deferred_take(struct deferred_queue *queue, struct deferred_refusals *out);

#endif
