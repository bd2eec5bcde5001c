/* SPDX-License-Identifier: MIT
 * far_keys.c - two rings, which are short, so they are searched. */
#include "actors/history/far_keys.h"

#include <stdio.h>
#include <string.h>

#include "actors/shared/lease_sample.h"
#include "actors/shared/worker_key.h"

enum { REVOKE_MS = 5000 };

static const struct far_key *find(const struct far_keys *k, const char *worker)
{
    for (size_t i = 0; i < FAR_KEYS_MAX; i++) {
        if (k->items[i].worker[0] != '\0' && worker_key_same(k->items[i].worker, worker)) {
            return &k->items[i];
        }
    }
    return NULL;
}

static struct far_key *get(struct far_keys *k, const char *worker)
{
    struct far_key *key = (struct far_key *)find(k, worker);
    if (key == NULL) {
        key = &k->items[k->next++ % FAR_KEYS_MAX];
        *key = (struct far_key){0};
        (void)snprintf(key->worker, sizeof(key->worker), "%.*s", (int)worker_key_size(worker),
                       worker);
    }
    return key;
}

static bool is_let_in(const struct far_key *key)
{
    return !key->gone && key->refused < FAR_REFUSED_MAX;
}

void far_keys_gone(struct far_keys *k, const char *worker)
{
    get(k, worker)->gone = true;
}

static bool has_seal(const struct far_keys *k, struct bytes seal)
{
    bool has = false;
    for (size_t i = 0; i < FAR_SEALS_MAX && seal.size == LEASE_MAC_SIZE; i++) {
        has = has || memcmp(k->seals[i], seal.data, LEASE_MAC_SIZE) == 0;
    }
    return has;
}

const char *far_keys_flaw(const struct far_keys *k, const struct batch_commit *b,
                          const char *worker)
{
    const struct far_key *key = find(k, worker);
    if (key != NULL && !is_let_in(key)) {
        return "its worker is let in no more";
    }
    return has_seal(k, b->lease.seal) ? "a batch of its lease was refused" : NULL;
}

bool far_keys_note(struct far_keys *k, const struct batch_commit *b, const char *worker,
                   const char *why)
{
    struct bytes seal = b->lease.seal;
    if (!lease_is_sampled(b) || has_seal(k, seal)) {
        return false;
    }
    memcpy(k->seals[k->next_seal++ % FAR_SEALS_MAX], seal.data, LEASE_MAC_SIZE);
    struct far_key *key = get(k, worker);
    if (!is_let_in(key)) {
        return false;
    }
    if (strcmp(key->job_id, b->job_id) != 0) {
        key->refused = 0;
        (void)snprintf(key->job_id, sizeof(key->job_id), "%s", b->job_id);
    }
    key->refused++;
    (void)snprintf(key->reason, sizeof(key->reason),
                   "In job %.8s it delivered %u batches that cannot be stored, the last from id "
                   "%lld: %.100s",
                   b->job_id, key->refused, (long long)b->first_id, why);
    return !is_let_in(key);
}

/* ---- the door ---- */

static void on_revoked(struct actor *a, const struct answer *answer, void *context)
{
    struct far_keys *k = context;
    bool gone = answer->code == OK || answer->code == ERR_WORKER_NOT_FOUND;
    struct far_key *key = (struct far_key *)find(k, k->asked);
    k->asked[0] = '\0';
    if (gone && key != NULL) {
        key->gone = true;
        far_keys_tell(k, a); /* of the next */
    }
}

void far_keys_tell(struct far_keys *k, struct actor *a)
{
    for (size_t i = 0; i < FAR_KEYS_MAX && k->asked[0] == '\0'; i++) {
        const struct far_key *key = &k->items[i];
        const char *mark = strchr(key->worker, '#');
        if (key->gone || is_let_in(key) || mark == NULL) {
            continue;
        }
        const struct worker_revoke body = {
            .id = mark + 1, .reason = key->reason, .code = err_code(ERR_BATCH_REFUSED)};
        memcpy(k->asked, key->worker, sizeof(k->asked));
        ask_worker_revoke(a, "door", &body, key->job_id, REVOKE_MS, on_revoked, k);
    }
}

/* ---- what waits ---- */

size_t far_keys_refuse(struct actor *a, struct reorder_buffer *waiting, const char *worker,
                       enum err code)
{
    size_t refused = 0;
    for (size_t i = waiting->count; i-- > 0;) {
        struct msg *m = waiting->entries[i].token;
        if (worker_key_same(msg_sender(m), worker) && reorder_buffer_take(waiting, m)) {
            (void)actor_refuse(a, m, code, NULL);
            refused++;
        }
    }
    return refused;
}
