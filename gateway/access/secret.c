/* SPDX-License-Identifier: MIT
 * secret.c - 256 random bits need no slow hash: BLAKE2b of the text is what is stored, so that who
 * reads accounts.db cannot sign in with what stands there. */
#include "gateway/access/secret.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define TOKEN_PREFIX "pbt_"
#define BASE64URL sodium_base64_VARIANT_URLSAFE_NO_PADDING

void secret_new(char out[static SECRET_TEXT_SIZE])
{
    struct digest bits;
    randombytes_buf(bits.bytes, sizeof bits.bytes);
    digest_text(&bits, out);
    sodium_memzero(&bits, sizeof bits);
}

void digest_text(const struct digest *digest, char out[static SECRET_TEXT_SIZE])
{
    sodium_bin2base64(out, SECRET_TEXT_SIZE, digest->bytes, sizeof digest->bytes, BASE64URL);
}

bool secret_has_shape(const char *text, size_t size)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\0' || strchr(alphabet, text[i]) == NULL) {
            return false;
        }
    }
    return size == SECRET_TEXT_LENGTH;
}

struct digest secret_digest(const char *text, size_t size)
{
    struct digest digest;
    crypto_generichash(digest.bytes, sizeof digest.bytes, (const unsigned char *)text, size, NULL,
                       0);
    return digest;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return sodium_memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

struct digest secret_keyed(const struct digest *instance, enum key_use use, const char *text,
                           size_t size)
{
    struct digest digest;
    unsigned char key[DIGEST_SIZE];
    _Static_assert(DIGEST_SIZE == crypto_kdf_KEYBYTES, "the instance's secret is a KDF key");
    crypto_kdf_derive_from_key(key, sizeof key, (uint64_t)use, "playbus-", instance->bytes);
    crypto_generichash(digest.bytes, sizeof digest.bytes, (const unsigned char *)text, size, key,
                       sizeof key);
    sodium_memzero(key, sizeof key);
    return digest;
}

bool token_split(const char *text, size_t size, struct token_parts *out)
{
    size_t prefix = strlen(TOKEN_PREFIX);
    size_t tail = SECRET_TEXT_LENGTH + 1; /* with the _ before it; base64url may hold _ too */
    if (size <= prefix + tail || size - prefix - tail >= ID_SIZE ||
        memcmp(text, TOKEN_PREFIX, prefix) != 0 || text[size - tail] != '_' ||
        !secret_has_shape(text + size - tail + 1, SECRET_TEXT_LENGTH)) {
        return false;
    }
    *out = (struct token_parts){
        .id = text + prefix, .id_size = size - prefix - tail, .secret = text + size - tail + 1};
    return true;
}

void token_join(const char *id, const char *secret, char out[static TOKEN_TEXT_SIZE])
{
    snprintf(out, TOKEN_TEXT_SIZE, TOKEN_PREFIX "%s_%s", id, secret);
}
