/* SPDX-License-Identifier: MIT
 * missed.h - refusals that had to be answered in the HTTP thread before the bus thread could be
 * asked: a few are kept whole, the rest is counted by kind. */
#ifndef PLAYBUS_GATEWAY_AUDIT_MISSED_H
#define PLAYBUS_GATEWAY_AUDIT_MISSED_H

#include "gateway/access/access.h"
#include "gateway/guard/address.h"
#include "proto/base/error.h"

#define MISSED_ID_SIZE 65 /* of the longest id that a request may have, with its NUL */

struct missed_one {
    enum err code;
    int64_t at;
    enum role role;
    const char *action; /* for ever */
    char actor[NAME_MAX_BYTES + 1];
    char address[ADDRESS_TEXT_SIZE], group[ADDRESS_TEXT_SIZE];
    char request_id[MISSED_ID_SIZE];
};

#define MISSED_MAX 64

struct missed {
    struct missed_one ones[MISSED_MAX];
    size_t count;
    unsigned more[ERR_COUNT]; /* for which there was no room */
};

struct missed_box;

struct missed_box *missed_new(void) NODISCARD;
void missed_destroy(struct missed_box **box);
/* Any thread. */
void missed_put(struct missed_box *box, const struct missed_one *one);
/* Moves all there is to `out`. */
void missed_take(struct missed_box *box, struct missed *out);

#endif
