/* SPDX-License-Identifier: MIT
 * audit_chain.h - what makes the audit log hard to falsify: each entry's hash covers its exact
 * bytes and all entries before it, and its signature covers the hash and the entry's number.
 *
 *   hash_n      = BLAKE2b-256(hash_{n-1} || bytes_n), hash_0 = 32 zero bytes
 *   signature_n = Ed25519 over (n as 8 bytes, big endian || hash_n) */
#ifndef PLAYBUS_ACTORS_SHARED_AUDIT_CHAIN_H
#define PLAYBUS_ACTORS_SHARED_AUDIT_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/own.h"
#include "proto/schema/schema.h"

#define AUDIT_KEY_ID_SIZE 17         /* 16 hexadecimal digits and the NUL */
#define AUDIT_HASH_TEXT_SIZE 65      /* hexadecimal */
#define AUDIT_KEY_TEXT_SIZE 45       /* a public key in base64 */
#define AUDIT_SIGNATURE_TEXT_SIZE 89 /* base64 */

struct audit_hash {
    unsigned char bytes[32];
};

struct audit_signature {
    unsigned char bytes[64];
};

struct audit_public {
    char id[AUDIT_KEY_ID_SIZE]; /* the first 8 bytes of the key's BLAKE2b-256 */
    unsigned char bytes[32];
};

struct audit_secret {
    struct audit_public public;
    unsigned char seed[32];
    unsigned char bytes[64];
};

/* `out` may be `before`. */
void audit_hash_next(const struct audit_hash *before, struct bytes entry, struct audit_hash *out);
bool audit_hash_same(const struct audit_hash *a, const struct audit_hash *b);
void audit_hash_text(const struct audit_hash *hash, char out[static AUDIT_HASH_TEXT_SIZE]);
bool audit_hash_from_text(const char *text, struct audit_hash *out) NODISCARD;
/* Of a blob that a database holds; false if it has another size. */
bool audit_hash_from_bytes(struct bytes bytes, struct audit_hash *out) NODISCARD;

void audit_secret_new(struct audit_secret *out);
void audit_secret_from_seed(const unsigned char seed[static 32], struct audit_secret *out);
void audit_public_from_bytes(const unsigned char bytes[static 32], struct audit_public *out);
void audit_public_text(const struct audit_public *key, char out[static AUDIT_KEY_TEXT_SIZE]);
bool audit_public_from_text(const char *text, struct audit_public *out) NODISCARD;

void audit_sign(const struct audit_secret *key, uint64_t n, const struct audit_hash *hash,
                struct audit_signature *out);
bool audit_signed_by(const struct audit_public *key, uint64_t n, const struct audit_hash *hash,
                     struct bytes signature) NODISCARD;

/* What seals a segment: the hash that is signed, with the number of its first entry, for the range
 * `first` to `last` and the hashes before and at its end. */
void audit_seal_hash(uint64_t first, uint64_t last, const struct audit_hash *before,
                     const struct audit_hash *end, struct audit_hash *out);

#endif
