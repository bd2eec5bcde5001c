/* SPDX-License-Identifier: MIT
 * audit_chain.c - BLAKE2b and Ed25519 by libsodium; nothing here knows of files. */
#include "actors/shared/audit_chain.h"

#include <sodium.h>
#include <string.h>

static const unsigned char seal_domain[] = "playbus audit segment"; /* a key: no entry hashes so */

void audit_hash_next(const struct audit_hash *before, struct bytes entry, struct audit_hash *out)
{
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, sizeof out->bytes);
    (void)crypto_generichash_update(&state, before->bytes, sizeof before->bytes);
    (void)crypto_generichash_update(&state, entry.data, entry.size);
    (void)crypto_generichash_final(&state, out->bytes, sizeof out->bytes);
}

bool audit_hash_same(const struct audit_hash *a, const struct audit_hash *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void audit_hash_text(const struct audit_hash *hash, char out[static AUDIT_HASH_TEXT_SIZE])
{
    (void)sodium_bin2hex(out, AUDIT_HASH_TEXT_SIZE, hash->bytes, sizeof hash->bytes);
}

bool audit_hash_from_text(const char *text, struct audit_hash *out)
{
    size_t size = 0;
    return strlen(text) == AUDIT_HASH_TEXT_SIZE - 1 &&
           sodium_hex2bin(out->bytes, sizeof out->bytes, text, AUDIT_HASH_TEXT_SIZE - 1, NULL,
                          &size, NULL) == 0 &&
           size == sizeof out->bytes;
}

bool audit_hash_from_bytes(struct bytes bytes, struct audit_hash *out)
{
    if (bytes.size != sizeof out->bytes) {
        return false;
    }
    memcpy(out->bytes, bytes.data, sizeof out->bytes);
    return true;
}

void audit_public_from_bytes(const unsigned char bytes[static 32], struct audit_public *out)
{
    struct audit_hash hash;
    memmove(out->bytes, bytes, sizeof out->bytes);
    (void)crypto_generichash(hash.bytes, sizeof hash.bytes, out->bytes, sizeof out->bytes, NULL, 0);
    (void)sodium_bin2hex(out->id, sizeof out->id, hash.bytes, (AUDIT_KEY_ID_SIZE - 1) / 2);
}

void audit_secret_from_seed(const unsigned char seed[static 32], struct audit_secret *out)
{
    memmove(out->seed, seed, sizeof out->seed);
    (void)crypto_sign_seed_keypair(out->public.bytes, out->bytes, out->seed);
    audit_public_from_bytes(out->public.bytes, &out->public);
}

void audit_secret_new(struct audit_secret *out)
{
    unsigned char seed[32];
    randombytes_buf(seed, sizeof seed);
    audit_secret_from_seed(seed, out);
    sodium_memzero(seed, sizeof seed);
}

void audit_public_text(const struct audit_public *key, char out[static AUDIT_KEY_TEXT_SIZE])
{
    (void)sodium_bin2base64(out, AUDIT_KEY_TEXT_SIZE, key->bytes, sizeof key->bytes,
                            sodium_base64_VARIANT_ORIGINAL);
}

bool audit_public_from_text(const char *text, struct audit_public *out)
{
    unsigned char bytes[32];
    size_t size = 0;
    if (strlen(text) != AUDIT_KEY_TEXT_SIZE - 1 ||
        sodium_base642bin(bytes, sizeof bytes, text, AUDIT_KEY_TEXT_SIZE - 1, NULL, &size, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        size != sizeof bytes) {
        return false;
    }
    audit_public_from_bytes(bytes, out);
    return true;
}

/* n as 8 bytes, big endian, and the hash. */
static void signed_message(uint64_t n, const struct audit_hash *hash, unsigned char out[static 40])
{
    for (int i = 0; i < 8; i++) {
        out[i] = (unsigned char)(n >> (56 - 8 * i));
    }
    memcpy(out + 8, hash->bytes, sizeof hash->bytes);
}

void audit_sign(const struct audit_secret *key, uint64_t n, const struct audit_hash *hash,
                struct audit_signature *out)
{
    unsigned char message[40];
    signed_message(n, hash, message);
    (void)crypto_sign_detached(out->bytes, NULL, message, sizeof message, key->bytes);
}

bool audit_signed_by(const struct audit_public *key, uint64_t n, const struct audit_hash *hash,
                     struct bytes signature)
{
    unsigned char message[40];
    signed_message(n, hash, message);
    return signature.size == sizeof(struct audit_signature) &&
           crypto_sign_verify_detached(signature.data, message, sizeof message, key->bytes) == 0;
}

void audit_seal_hash(uint64_t first, uint64_t last, const struct audit_hash *before,
                     const struct audit_hash *end, struct audit_hash *out)
{
    unsigned char head[40];
    unsigned char tail[40];
    crypto_generichash_state state;
    signed_message(first, before, head);
    signed_message(last, end, tail);
    (void)crypto_generichash_init(&state, seal_domain, sizeof seal_domain, sizeof out->bytes);
    (void)crypto_generichash_update(&state, head, sizeof head);
    (void)crypto_generichash_update(&state, tail, sizeof tail);
    (void)crypto_generichash_final(&state, out->bytes, sizeof out->bytes);
}
