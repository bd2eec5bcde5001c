/* SPDX-License-Identifier: MIT
 * runs.c - run-length coding of row numbers, versions and outcomes. */
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

bool runs_number(struct bytes bytes, size_t *at, uint64_t *out)
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

static uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static int64_t unzigzag(uint64_t value)
{
    return (int64_t)(value >> 1 ^ ((value & 1) != 0 ? UINT64_MAX : 0));
}

static void flush(struct runs *r)
{
    if (r->run.length > 0) {
        unsigned char outcome = (unsigned char)r->run.outcome;
        put_number(&r->bytes, zigzag(r->run.first_no - r->end));
        put_number(&r->bytes, r->run.length);
        put_number(&r->bytes, r->run.version);
        buffer_append(&r->bytes, &outcome, 1);
        r->end = r->run.first_no + (int64_t)r->run.length;
        r->run.length = 0;
    }
}

void runs_start(struct runs *r)
{
    buffer_reset(&r->bytes);
    r->end = 0;
    r->run.length = 0;
}

void runs_release(struct runs *r)
{
    buffer_release(&r->bytes);
}

void runs_add(struct runs *r, int64_t row_no, uint64_t version, enum outcome outcome)
{
    bool neighbour = r->run.length > 0 && r->run.outcome == outcome && r->run.version == version &&
                     row_no == r->run.first_no + (int64_t)r->run.length;
    if (!neighbour) {
        flush(r);
        r->run = (struct run){.first_no = row_no, .version = version, .outcome = outcome};
    }
    r->run.length++;
}

struct bytes runs_finish(struct runs *r)
{
    flush(r);
    return (struct bytes){.data = r->bytes.size > 0 ? r->bytes.data : "", .size = r->bytes.size};
}

bool runs_next(struct bytes bytes, size_t *at, int64_t *end, struct run *out)
{
    uint64_t gap = 0;
    uint64_t length = 0;
    uint64_t version = 0;
    int64_t first = 0;
    int64_t after = 0;
    if (!runs_number(bytes, at, &gap) || !runs_number(bytes, at, &length) ||
        !runs_number(bytes, at, &version) || *at >= bytes.size) {
        return false;
    }
    unsigned char outcome = ((const unsigned char *)bytes.data)[(*at)++];
    if (length == 0 || length > INT64_MAX || outcome >= OUTCOME_COUNT ||
        __builtin_add_overflow(*end, unzigzag(gap), &first) ||
        __builtin_add_overflow(first, (int64_t)length, &after)) {
        return false;
    }
    *out = (struct run){first, length, version, (enum outcome)outcome};
    *end = after;
    return true;
}
