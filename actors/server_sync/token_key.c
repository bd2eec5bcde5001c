/* SPDX-License-Identifier: MIT
 * token_key.c - key files, read and written whole, and secret boxes: one byte that names the form,
 * the nonce, the box. */
#include "actors/server_sync/token_key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/shared/audit_keys.h"
#include "proto/base/log.h"

enum { FORM = 1, TEXT_ROOM = 64 };

#define NONCE_AT 1
#define BOX_AT (NONCE_AT + crypto_secretbox_NONCEBYTES)
#define SEALED_LEAST (BOX_AT + crypto_secretbox_MACBYTES)

/* ---- files ---- */

static enum err no_key(const char *path)
{
    err_about("%s", path);
    log_error("holds no key of its owner alone path=%s", path);
    return ERR_SERVER_KEY_LOST;
}

/* `ours`: no link, and nobody else may read it; a credential is guarded by who gave it. */
static enum err read_text(const char *path, bool ours, char out[static TEXT_ROOM])
{
    struct stat st;
    OWNED(fd_release) int fd = open(path, O_RDONLY | O_CLOEXEC | (ours ? O_NOFOLLOW : 0));
    if (fd < 0) {
        return errno == ENOENT ? ERR_FILE_NOT_FOUND : no_key(path);
    }
    bool fit = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (!ours || (st.st_mode & 077) == 0);
    ssize_t size = fit ? read(fd, out, TEXT_ROOM - 1) : -1;
    if (size <= 0) {
        return no_key(path);
    }
    out[size] = '\0';
    out[strcspn(out, "\r\n")] = '\0';
    return OK;
}

static enum err read_key(const char *path, bool ours, struct secret **out)
{
    char text[TEXT_ROOM];
    size_t size = 0;
    OWNED(secret_destroy) struct secret *key = secret_new(NULL, crypto_secretbox_KEYBYTES);
    enum err e = read_text(path, ours, text);
    if (e == OK && (sodium_base642bin((unsigned char *)key->bytes, key->size, text, strlen(text),
                                      NULL, &size, NULL, sodium_base64_VARIANT_ORIGINAL) != 0 ||
                    size != key->size)) {
        e = no_key(path);
    }
    sodium_memzero(text, sizeof text);
    if (e == OK) {
        *out = TAKE(key);
    }
    return e;
}

enum err token_key_read_file(const char *path, struct secret **out)
{
    return read_key(path, true, out);
}

enum err token_key_read(struct secret **out, bool *out_given)
{
    char path[PATH_MAX];
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    *out_given = false;
    if (credentials != NULL) {
        (void)snprintf(path, sizeof path, "%s/" TOKEN_KEY_CREDENTIAL, credentials);
        enum err e = read_key(path, false, out);
        *out_given = e != ERR_FILE_NOT_FOUND;
        if (*out_given) {
            return e;
        }
    }
    return read_key(TOKEN_KEY_FILE, true, out);
}

struct secret *token_key_new(void)
{
    struct secret *key = secret_new(NULL, crypto_secretbox_KEYBYTES);
    crypto_secretbox_keygen((unsigned char *)key->bytes);
    return key;
}

enum err token_key_write(const char *path, const struct secret *key)
{
    char text[TEXT_ROOM];
    char line[TEXT_ROOM + 1];
    (void)sodium_bin2base64(text, sizeof text, (const unsigned char *)key->bytes, key->size,
                            sodium_base64_VARIANT_ORIGINAL);
    (void)snprintf(line, sizeof line, "%s\n", text);
    enum err e = audit_file_replace(path, line, true);
    sodium_memzero(text, sizeof text);
    sodium_memzero(line, sizeof line);
    return e;
}

enum err token_key_take_next(void)
{
    return audit_file_move(TOKEN_KEY_NEXT_FILE, TOKEN_KEY_FILE);
}

/* ---- sealing ---- */

/* "server\0kind\0field\0", and its size. */
static const char *place_text(const struct token_place *place, struct arena *arena,
                              size_t *out_size)
{
    const char *text =
        arena_format(arena, "%s%c%s%c%s", place->server_id, 0, place->kind, 0, place->field);
    *out_size = strlen(place->server_id) + strlen(place->kind) + strlen(place->field) + 3;
    return text;
}

struct bytes token_seal(const struct secret *key, const struct token_place *place,
                        const struct secret *token, struct arena *arena)
{
    size_t head_size = 0;
    const char *head = place_text(place, arena, &head_size);
    OWNED(secret_destroy) struct secret *plain = secret_new(NULL, head_size + token->size);
    memcpy(plain->bytes, head, head_size);
    memcpy(plain->bytes + head_size, token->bytes, token->size);
    unsigned char *sealed = arena_alloc(arena, SEALED_LEAST + plain->size);
    sealed[0] = FORM;
    randombytes_buf(sealed + NONCE_AT, crypto_secretbox_NONCEBYTES);
    (void)crypto_secretbox_easy(sealed + BOX_AT, (const unsigned char *)plain->bytes, plain->size,
                                sealed + NONCE_AT, (const unsigned char *)key->bytes);
    return (struct bytes){sealed, SEALED_LEAST + plain->size};
}

enum err token_open(const struct secret *key, const struct token_place *place, struct bytes sealed,
                    struct secret **out)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    size_t head_size = 0;
    const char *head = place_text(place, arena, &head_size);
    const unsigned char *bytes = sealed.data;
    if (sealed.size < SEALED_LEAST + head_size || bytes[0] != FORM) {
        return ERR_SERVER_KEY_LOST;
    }
    OWNED(secret_destroy) struct secret *plain = secret_new(NULL, sealed.size - SEALED_LEAST);
    if (crypto_secretbox_open_easy((unsigned char *)plain->bytes, bytes + BOX_AT,
                                   sealed.size - BOX_AT, bytes + NONCE_AT,
                                   (const unsigned char *)key->bytes) != 0 ||
        memcmp(plain->bytes, head, head_size) != 0) {
        return ERR_SERVER_KEY_LOST;
    }
    *out = secret_new(plain->bytes + head_size, plain->size - head_size);
    return OK;
}
