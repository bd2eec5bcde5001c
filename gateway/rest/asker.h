/* SPDX-License-Identifier: MIT
 * asker.h - whose plays the caller may see, in every question to the history. */
#ifndef PLAYBUS_GATEWAY_REST_ASKER_H
#define PLAYBUS_GATEWAY_REST_ASKER_H

#include "gateway/rest/request.h"

struct asker {
    const char **only_persons; /* in the request's arena */
    size_t only_persons_count;
    bool limited; /* to these persons */
};

struct asker asker_of(struct request *r);

/* Sets the fields of a record that says who asks. */
#define ASKER_SET(record, asker)                                \
    ((record)->only_persons = (asker).only_persons,             \
     (record)->only_persons_count = (asker).only_persons_count, \
     (record)->limited = (record)->has_limited = (asker).limited)

#endif
