/* SPDX-License-Identifier: MIT
 * body.c - a body's memory is its announced length from the beginning, or grows by copying into a
 * larger piece and overwriting the old one: realloc(3) would leave the old bytes behind. */
#include "gateway/rest/body.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static atomic_size_t held; /* by bodies that are not small */

size_t body_limit(const struct request *r)
{
    bool stranger = r->route == NULL || r->route->role == ROLE_PUBLIC;
    return stranger ? BODY_SMALL : BODY_MAX;
}

static size_t counted(size_t capacity)
{
    return capacity > BODY_SMALL ? capacity : 0;
}

static bool reserve(size_t before, size_t now)
{
    size_t more = counted(now) - counted(before);
    if (atomic_fetch_add(&held, more) + more > BODIES_MAX) {
        atomic_fetch_sub(&held, more);
        return false;
    }
    return true;
}

static size_t capacity_for(const struct request *r, size_t needed)
{
    size_t capacity = r->body.capacity > 0 ? r->body.capacity : 1024;
    while (capacity < needed) {
        capacity *= 2;
    }
    int64_t announced = r->facts.content_length;
    bool told = announced >= (int64_t)needed && announced <= (int64_t)BODY_MAX;
    return told ? (size_t)announced : capacity;
}

enum err body_append(struct request *r, const char *bytes, size_t size)
{
    struct buffer *body = &r->body;
    size_t needed = body->size + size;
    if (needed > body_limit(r)) {
        return ERR_TOO_LARGE;
    }
    if (needed > body->capacity) {
        size_t capacity = capacity_for(r, needed);
        if (!reserve(body->capacity, capacity)) {
            return ERR_BUSY;
        }
        char *data = must_alloc(capacity);
        if (body->size > 0) {
            memcpy(data, body->data, body->size);
            sodium_memzero(body->data, body->size);
        }
        free(body->data);
        body->data = data;
        body->capacity = capacity;
    }
    memcpy(body->data + body->size, bytes, size);
    body->size = needed;
    return OK;
}

void body_release(struct request *r)
{
    if (r->body.data != NULL) {
        sodium_memzero(r->body.data, r->body.capacity);
        atomic_fetch_sub(&held, counted(r->body.capacity));
    }
    buffer_release(&r->body);
    r->body = (struct buffer){0};
}
