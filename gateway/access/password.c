/* SPDX-License-Identifier: MIT
 * password.c - Argon2id with 3 passes over 32 MiB (above OWASP's least, below what a small machine
 * with eight sign-ins waiting would feel), one thread. There are no rules of composition: length,
 * and a dictionary of common passwords that libcrack holds the password's variations against. */
#include "gateway/access/password.h"

#include <crack.h>
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/log.h"

#define PASSES 3
#define MEMORY_BYTES ((size_t)32 * 1024 * 1024)

_Static_assert(PASSWORD_TEXT_SIZE == crypto_pwhash_STRBYTES, "room for an encoded hash");

static enum err weak(struct flaw *out, const char *why)
{
    *out = (struct flaw){.code = ERR_PASSWORD_WEAK};
    snprintf(out->text, sizeof out->text, "This password is too easy to guess: %s", why);
    return ERR_PASSWORD_WEAK;
}

static size_t characters(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++) {
        n += ((unsigned char)*text & 0xc0) != 0x80 ? 1 : 0;
    }
    return n;
}

/* libcrack ends the process where its dictionary is missing. */
static bool has_dictionary(void)
{
    char index[512];
    snprintf(index, sizeof index, "%s.pwd", GetDefaultCracklibDict());
    return access(index, R_OK) == 0;
}

/* What most people add to a common password to make it longer: digits and signs at its ends. What
 * is left, if it is half of the password or more, is looked up alone. */
static const char *flaw_of_core(const char *password, const char *name)
{
    char core[4 * PASSWORD_MOST + 1];
    const char *from = password, *to = password + strlen(password);
    while (from != to && isascii(*from) != 0 && isalpha((unsigned char)*from) == 0) {
        from++;
    }
    while (from != to && isascii(to[-1]) != 0 && isalpha((unsigned char)to[-1]) == 0) {
        to--;
    }
    size_t size = (size_t)(to - from);
    if (size * 2 < strlen(password) || size == strlen(password)) {
        return NULL;
    }
    snprintf(core, sizeof core, "%.*s", (int)size, from);
    const char *why = strcasecmp(core, name) == 0
                          ? "it is the name with a few characters added"
                          : FascistCheckUser(core, GetDefaultCracklibDict(), name, "");
    sodium_memzero(core, sizeof core);
    return why;
}

static bool is_letter(char c)
{
    return (unsigned char)c >= 0x80 || isalpha((unsigned char)c) != 0;
}

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Small letters, without digits and signs. */
static size_t letters_of(const char *password, char out[static 4 * PASSWORD_MOST + 1])
{
    size_t size = 0;
    for (; *password != '\0'; password++) {
        if (is_letter(*password)) {
            out[size++] = small(*password);
        }
    }
    return size;
}

/* How long the piece is that makes the whole text, said twice or oftener; 0: there is none. */
static size_t repeated_part(const char *text, size_t size)
{
    for (size_t part = 1; part <= size / 2; part++) {
        if (size % part == 0 && memcmp(text, text + part, size - part) == 0) {
            return part;
        }
    }
    return 0;
}

/* A common password said twice, or as often as it takes, is still that one, whatever digits and
 * signs stand around and between. */
static const char *flaw_of_repeated(const char *password, const char *name)
{
    char letters[4 * PASSWORD_MOST + 1];
    const char *why = NULL;
    size_t size = letters_of(password, letters);
    size_t part = size * 2 >= strlen(password) ? repeated_part(letters, size) : 0;
    if (part > 0) {
        letters[part] = '\0';
        why = strcasecmp(letters, name) == 0
                  ? "it is the name, repeated"
                  : FascistCheckUser(letters, GetDefaultCracklibDict(), name, "");
    }
    sodium_memzero(letters, sizeof letters);
    return why;
}

/* libcrack leaves the variations it made of a password in its static memory: those of a random text
 * of that size take their place. One in a hundred breaks a rule, as by neighbours in the alphabet,
 * and is not varied to the end; then another one is. */
static void wipe_libcrack(size_t size)
{
    char text[4 * PASSWORD_MOST + 1];
    const char *flaw = NULL;
    int tries = 0;
    do {
        for (size_t i = 0; i < size; i++) {
            text[i] = (char)('a' + randombytes_uniform(26));
        }
        text[size] = '\0';
        flaw = FascistCheckUser(text, GetDefaultCracklibDict(), "nobody", "");
    } while (flaw != NULL && ++tries < 20);
}

enum err password_check(const char *password, const char *name, struct flaw *out_flaw)
{
    size_t count = characters(password);
    if (count < PASSWORD_LEAST) {
        return weak(out_flaw, "it has fewer than 12 characters");
    }
    if (count > PASSWORD_MOST) {
        return weak(out_flaw, "it has more than 128 characters");
    }
    if (strcasecmp(password, name) == 0) {
        return weak(out_flaw, "it is the name");
    }
    if (!has_dictionary()) {
        log_warn("no dictionary of common passwords path=%s, passwords are checked by length alone",
                 GetDefaultCracklibDict());
        return OK;
    }
    const char *why = FascistCheckUser(password, GetDefaultCracklibDict(), name, "");
    why = why == NULL ? flaw_of_core(password, name) : why;
    why = why == NULL ? flaw_of_repeated(password, name) : why;
    wipe_libcrack(strlen(password));
    return why != NULL ? weak(out_flaw, why) : OK;
}

enum err password_hash(const char *password, char out[static PASSWORD_TEXT_SIZE])
{
    int made = crypto_pwhash_str_alg(out, password, strlen(password), PASSES, MEMORY_BYTES,
                                     crypto_pwhash_ALG_ARGON2ID13);
    return made == 0 ? OK : ERR_SYSTEM;
}

bool password_matches(const char *hash, const char *password)
{
    return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}

bool password_is_dated(const char *hash)
{
    return crypto_pwhash_str_needs_rehash(hash, PASSES, MEMORY_BYTES) != 0;
}
