/* SPDX-License-Identifier: MIT
 * pending_requests.c - the table of unanswered commands, by asker and id. */
#include "actors/broker/pending_requests.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/base/own.h"

enum { KEY_SIZE = INSTANCE_SIZE + 24 };

static void make_key(char key[static KEY_SIZE], const char *asker, uint64_t id)
{
    snprintf(key, KEY_SIZE, "%s %" PRIu64, asker, id);
}

void pending_requests_open(struct pending_requests *p)
{
    p->by_key = zhashx_new();
    zhashx_set_destructor(p->by_key, free_bytes);
}

void pending_requests_release(struct pending_requests *p)
{
    zhashx_destroy(&p->by_key);
}

bool pending_requests_have_room(const struct pending_requests *p, size_t bytes)
{
    return zhashx_size(p->by_key) < PENDING_REQUESTS_MAX &&
           p->bytes + bytes <= PENDING_REQUESTS_MAX_BYTES;
}

bool pending_requests_add(struct pending_requests *p, const struct pending_request *request)
{
    char key[KEY_SIZE];
    make_key(key, request->asker, request->id);
    struct pending_request *copy = must_alloc(sizeof(*copy));
    *copy = *request;
    if (zhashx_insert(p->by_key, key, copy) != 0) {
        free(copy);
        return false;
    }
    p->bytes += request->bytes;
    return true;
}

struct pending_request *pending_requests_find(const struct pending_requests *p, const char *asker,
                                              uint64_t id)
{
    char key[KEY_SIZE];
    make_key(key, asker, id);
    return zhashx_lookup(p->by_key, key);
}

void pending_requests_remove(struct pending_requests *p, const struct pending_request *request)
{
    char key[KEY_SIZE];
    make_key(key, request->asker, request->id);
    p->bytes -= request->bytes;
    zhashx_delete(p->by_key, key);
}

bool pending_requests_take(struct pending_requests *p, pending_request_matches_fn *matches,
                           const void *context, struct pending_request *out)
{
    for (struct pending_request *request = zhashx_first(p->by_key); request != NULL;
         request = zhashx_next(p->by_key)) {
        if (matches(request, context)) {
            *out = *request;
            pending_requests_remove(p, request);
            return true;
        }
    }
    return false;
}
