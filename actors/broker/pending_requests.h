/* SPDX-License-Identifier: MIT
 * pending_requests.h - commands that went to an actor and are not answered yet: who asked, who has
 * it. Bounded in number and in bytes of bodies, so a target that stops reading costs a fixed
 * amount. */
#ifndef PLAYBUS_ACTORS_BROKER_PENDING_REQUESTS_H
#define PLAYBUS_ACTORS_BROKER_PENDING_REQUESTS_H

#include <czmq.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/bus/process.h"
#include "proto/schema/schema.h"

enum {
    PENDING_REQUESTS_MAX = 8192,
    PENDING_REQUESTS_MAX_BYTES = 48 * 1024 * 1024,
    CORRELATION_SIZE = 65
};

struct pending_request {
    char asker[INSTANCE_SIZE + 1];
    char target[INSTANCE_SIZE + 1];
    char correlation_id[CORRELATION_SIZE];
    uint64_t id;
    enum msg_id name;
    int64_t deadline_ms;
    size_t bytes;
};

struct pending_requests {
    zhashx_t *by_key; /* owned, with its requests; "asker id" */
    size_t bytes;
};

void pending_requests_open(struct pending_requests *p);
void pending_requests_release(struct pending_requests *p);
bool pending_requests_have_room(const struct pending_requests *p, size_t bytes);
/* Copies it; false if this asker has one with this id. */
bool pending_requests_add(struct pending_requests *p, const struct pending_request *request);
struct pending_request *pending_requests_find(const struct pending_requests *p, const char *asker,
                                              uint64_t id);
void pending_requests_remove(struct pending_requests *p, const struct pending_request *request);
/* Takes out one that `matches`, into out; false when there is none left. */
typedef bool pending_request_matches_fn(const struct pending_request *request, const void *context);
bool pending_requests_take(struct pending_requests *p, pending_request_matches_fn *matches,
                           const void *context, struct pending_request *out);

#endif
