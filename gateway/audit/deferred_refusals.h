/* SPDX-License-Identifier: MIT
 * deferred_refusals.h - refusals that the HTTP thread had to answer before the bus thread could
 * record them: they are recorded later. A few are kept whole, the rest is counted by kind. */
#ifndef PLAYBUS_GATEWAY_AUDIT_DEFERRED_REFUSALS_H
#define PLAYBUS_GATEWAY_AUDIT_DEFERRED_REFUSALS_H

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

#define DEFERRED_REFUSALS_MAX 64

struct deferred_refusals_taken {
    struct deferred_refusal ones[DEFERRED_REFUSALS_MAX];
    size_t count;
    unsigned more[ERR_COUNT]; /* for which there was no room */
};

struct deferred_refusals;

struct deferred_refusals *deferred_refusals_new(void) NODISCARD;
void deferred_refusals_destroy(struct deferred_refusals **queue);
/* Any thread. */
void deferred_refusals_put(struct deferred_refusals *queue, const struct deferred_refusal *one);
/* Moves all there is to `out`. */
void deferred_refusals_take(struct deferred_refusals *queue, struct deferred_refusals_taken *out);

#endif
