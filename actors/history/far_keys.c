/* SPDX-License-Identifier: MIT
 * far_keys.c - a ring, which is short, so it is searched. */
#include "actors/history/far_keys.h"

#include <stdio.h>
#include <string.h>

bool far_key_is_same(const char *a, const char *b)
{
    size_t size = strcspn(a, ".");
    return strcspn(b, ".") == size && memcmp(a, b, size) == 0;
}

static const struct far_key *find(const struct far_keys *k, const char *worker)
{
    for (size_t i = 0; i < FAR_KEYS_MAX; i++) {
        if (k->items[i].worker[0] != '\0' && far_key_is_same(k->items[i].worker, worker)) {
            return &k->items[i];
        }
    }
    return NULL;
}

void far_keys_gone(struct far_keys *k, const char *worker)
{
    if (find(k, worker) == NULL) {
        struct far_key *place = &k->items[k->next++ % FAR_KEYS_MAX];
        (void)snprintf(place->worker, sizeof(place->worker), "%.*s", (int)strcspn(worker, "."),
                       worker);
    }
}

const char *far_keys_flaw(const struct far_keys *k, const char *worker)
{
    return find(k, worker) != NULL ? "its worker is let in no more" : NULL;
}

size_t far_keys_refuse(struct actor *a, struct reorder_buffer *waiting, const char *worker,
                       enum err code)
{
    size_t refused = 0;
    for (size_t i = waiting->count; i-- > 0;) {
        struct msg *m = waiting->entries[i].token;
        if (far_key_is_same(msg_sender(m), worker) && reorder_buffer_take(waiting, m)) {
            (void)actor_refuse(a, m, code, NULL);
            refused++;
        }
    }
    return refused;
}
