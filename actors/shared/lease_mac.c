/* SPDX-License-Identifier: MIT
 * lease_mac.c - a keyed BLAKE2b over what is leased, each text with its length before it. */
#include "actors/shared/lease_mac.h"

#include <sodium.h>
#include <string.h>

static void add_number(crypto_generichash_state *s, uint64_t number)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(number >> (8 * i));
    }
    (void)crypto_generichash_update(s, bytes, sizeof(bytes));
}

static void add_text(crypto_generichash_state *s, const char *text)
{
    size_t size = strlen(text);
    add_number(s, size);
    (void)crypto_generichash_update(s, (const unsigned char *)text, size);
}

void lease_key_make(unsigned char out[static LEASE_KEY_SIZE])
{
    randombytes_buf(out, LEASE_KEY_SIZE);
}

void lease_mac(const unsigned char key[static LEASE_KEY_SIZE], const struct leased *l,
               unsigned char out[static LEASE_MAC_SIZE])
{
    crypto_generichash_state s;
    (void)crypto_generichash_init(&s, key, LEASE_KEY_SIZE, LEASE_MAC_SIZE);
    add_text(&s, l->job_id);
    add_text(&s, l->worker);
    add_number(&s, l->attempt);
    add_number(&s, l->runner);
    add_number(&s, (uint64_t)l->first_id);
    add_number(&s, (uint64_t)l->last_id);
    add_number(&s, l->rows);
    add_number(&s, l->last);
    add_number(&s, l->sampled);
    uint64_t watched_bits;
    memcpy(&watched_bits, &l->watched_percent, sizeof(watched_bits));
    add_number(&s, watched_bits);
    (void)crypto_generichash_final(&s, out, LEASE_MAC_SIZE);
}

const char *lease_mac_flaw(const unsigned char key[static LEASE_KEY_SIZE],
                           const struct batch_commit *b, const char *worker)
{
    const struct lease_seal *lease = &b->lease;
    if (!b->has_lease || lease->seal.size != LEASE_MAC_SIZE) {
        return "it names no lease";
    }
    if (b->has_unwanted_rows || b->cursor.size > 0 || (b->has_native_ids && b->native_ids)) {
        return "it says what a leased batch does not say";
    }
    const struct leased l = {.job_id = b->job_id,
                             .worker = worker,
                             .attempt = b->attempt,
                             .runner = b->runner,
                             .first_id = b->first_id,
                             .last_id = lease->last_id,
                             .rows = lease->rows,
                             .last = lease->has_last && lease->last,
                             .watched_percent = b->has_watched_percent ? b->watched_percent : 0,
                             .sampled = lease->sample.data != NULL};
    unsigned char mac[LEASE_MAC_SIZE];
    lease_mac(key, &l, mac);
    if (sodium_memcmp(mac, lease->seal.data, LEASE_MAC_SIZE) != 0) {
        return "its lease was not given to this worker";
    }
    bool whole = b->last_id == lease->last_id;
    bool ends = b->has_last && b->last;
    if (b->last_id > lease->last_id || b->planned_rows > lease->rows) {
        return "it goes beyond its lease";
    }
    if (ends && !(whole && l.last)) {
        return "it ends the job, and its lease does not";
    }
    return whole && b->planned_rows != lease->rows ? "its rows are not those of its lease" : NULL;
}
