/* SPDX-License-Identifier: MIT
 * refusers.c - three keys, so they are searched. */
#include "actors/tautulli/refusers.h"

#include <stdio.h>

bool refusers_have(const struct refusers *r, const char *worker)
{
    for (size_t i = 0; i < r->count; i++) {
        if (worker_key_same(r->keys[i], worker)) {
            return true;
        }
    }
    return false;
}

void refusers_add(struct refusers *r, const char *worker, enum err said)
{
    r->times++;
    r->said = said;
    if (r->count < REFUSERS_MAX && !refusers_have(r, worker)) {
        (void)snprintf(r->keys[r->count++], WORKER_KEY_SIZE, "%.*s", (int)worker_key_size(worker),
                       worker);
    }
}

bool refusers_suffice(const struct refusers *r, size_t others)
{
    bool uncontradicted = others == 0 || r->times >= REFUSALS_MAX;
    return r->count >= REFUSERS_MAX || (r->count >= REFUSERS_MIN && uncontradicted);
}
