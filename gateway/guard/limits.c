/* SPDX-License-Identifier: MIT
 * limits.c - a table of token buckets, eight to a row, the row chosen by a keyed hash. A bucket
 * that is needed by somebody else is the one of its row that was used least lately: callers without
 * number cannot make it grow, and a stranger cannot choose whom to push out. */
#include "gateway/guard/limits.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 512 /* a power of two */
#define WAYS 8

struct bucket {
    uint64_t owner;  /* hash of kind and caller; 0: nobody's */
    int64_t full_at; /* then all its tokens are there; each one taken moves it on */
    int64_t used_at;
};

struct limits {
    unsigned char key[crypto_shorthash_KEYBYTES];
    struct bucket rows[ROWS][WAYS];
};

struct limits *limits_new(void)
{
    struct limits *limits = must_alloc(sizeof *limits);
    randombytes_buf(limits->key, sizeof limits->key);
    return limits;
}

void limits_destroy(struct limits **limits)
{
    free(TAKE(*limits));
}

static uint64_t hash(const struct limits *limits, const char *kind, const char *who)
{
    char text[128];
    uint64_t out = 0;
    size_t kind_size = strnlen(kind, 16);
    size_t who_size = strnlen(who, sizeof text - 17);
    memcpy(text, kind, kind_size);
    text[kind_size] = '\n';
    memcpy(text + kind_size + 1, who, who_size);
    crypto_shorthash((unsigned char *)&out, (unsigned char *)text, kind_size + 1 + who_size,
                     limits->key);
    return out | 1;
}

static struct bucket *bucket_of(struct limits *limits, uint64_t owner)
{
    struct bucket *row = limits->rows[(owner >> 1) & (ROWS - 1)];
    struct bucket *oldest = &row[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (row[i].owner == owner) {
            return &row[i];
        }
        if (row[i].used_at < oldest->used_at) {
            oldest = &row[i];
        }
    }
    *oldest = (struct bucket){.owner = owner};
    return oldest;
}

/* Times are in microseconds: a million calls a second leave one for each. */
int64_t limits_take(struct limits *limits, const char *kind, const char *who,
                    const struct limit *limit, int64_t now_ms)
{
    struct bucket *bucket = bucket_of(limits, hash(limits, kind, who));
    int64_t now = now_ms * 1000;
    int64_t whole = (int64_t)limit->per_ms * 1000;
    int64_t one = whole / limit->calls;
    int64_t full_at = (bucket->full_at > now ? bucket->full_at : now) + one;
    bucket->used_at = now;
    if (full_at - now > whole) {
        return (full_at - now - whole + 999) / 1000;
    }
    bucket->full_at = full_at;
    return 0;
}
