/* SPDX-License-Identifier: MIT
 * runs.c - run-length coding of row ids. Ids are handled unsigned, so that gaps never overflow. */
#include "actors/history/runs.h"

static void put_number(struct buffer *b, uint64_t value)
{
    unsigned char bytes[10];
    size_t size = 0;
    do {
        bytes[size++] = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
    } while (value > 0);
    buffer_append(b, bytes, size);
}

static bool get_number(struct bytes bytes, size_t *at, uint64_t *out)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && *at < bytes.size; shift += 7) {
        unsigned char byte = ((const unsigned char *)bytes.data)[(*at)++];
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out = value;
            return true;
        }
    }
    return false;
}

static void flush(struct runs *r)
{
    if (r->run.length > 0) {
        unsigned char outcome = (unsigned char)r->run.outcome;
        put_number(&r->bytes, (uint64_t)r->run.first_id - r->end);
        put_number(&r->bytes, r->run.length);
        buffer_append(&r->bytes, &outcome, 1);
        r->end = (uint64_t)r->run.first_id + r->run.length;
        r->run.length = 0;
    }
}

void runs_start(struct runs *r, int64_t first_id)
{
    buffer_reset(&r->bytes);
    r->end = (uint64_t)first_id;
    r->run.length = 0;
}

void runs_release(struct runs *r)
{
    buffer_release(&r->bytes);
}

void runs_add(struct runs *r, int64_t id, enum outcome outcome)
{
    bool neighbour = r->run.length > 0 && r->run.outcome == outcome &&
                     (uint64_t)id == (uint64_t)r->run.first_id + r->run.length;
    if (!neighbour) {
        flush(r);
        r->run = (struct run){.first_id = id, .outcome = outcome};
    }
    r->run.length++;
}

struct bytes runs_finish(struct runs *r)
{
    flush(r);
    return (struct bytes){.data = r->bytes.size > 0 ? r->bytes.data : "", .size = r->bytes.size};
}

bool runs_next(struct bytes bytes, size_t *at, uint64_t *end, struct run *out)
{
    uint64_t gap = 0;
    uint64_t length = 0;
    if (!get_number(bytes, at, &gap) || !get_number(bytes, at, &length) || *at >= bytes.size) {
        return false;
    }
    unsigned char outcome = ((const unsigned char *)bytes.data)[(*at)++];
    if (length == 0 || outcome >= OUTCOME_COUNT) {
        return false;
    }
    *out = (struct run){(int64_t)(*end + gap), length, (enum outcome)outcome};
    *end += gap + length;
    return true;
}
