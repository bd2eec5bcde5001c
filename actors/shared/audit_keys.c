/* SPDX-License-Identifier: MIT
 * audit_keys.c - small text files, replaced whole: a new one is complete and on the disk before it
 * takes the place of the old. */
#include "actors/shared/audit_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/log.h"

#define HEAD_BEGINS "head n="
#define HEAD_LOGGED " audit: " HEAD_BEGINS /* as the process log has it */

static void close_text(FILE **file)
{
    if (*file != NULL) {
        (void)fclose(*file);
        *file = NULL;
    }
}

static enum err write_failed(const char *path)
{
    enum err e = err_from_errno(errno);
    log_error("cannot write path=%s error=%m", path);
    return e;
}

static bool write_whole(const char *path, const char *text, bool durable)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    size_t size = strlen(text);
    bool written = write(fd, text, size) == (ssize_t)size && (!durable || fsync(fd) == 0);
    return close(fd) == 0 && written;
}

/* What was made or renamed at `path` is on the disk when its folder is. */
static bool sync_folder(const char *path)
{
    char copy[PATH_MAX];
    (void)snprintf(copy, sizeof copy, "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool synced = fsync(fd) == 0;
    (void)close(fd);
    return synced;
}

bool audit_file_folder(const char *path)
{
    char copy[PATH_MAX];
    (void)snprintf(copy, sizeof copy, "%s", path);
    const char *folder = dirname(copy);
    return mkdir(folder, 0700) == 0 ? sync_folder(folder) : errno == EEXIST;
}

enum err audit_file_move(const char *from, const char *to)
{
    return rename(from, to) == 0 && sync_folder(to) ? OK : write_failed(to);
}

void audit_file_adopt(const char *from, const char *to)
{
    if (access(to, F_OK) != 0 && access(from, F_OK) == 0 &&
        (!audit_file_folder(to) || audit_file_move(from, to) != OK)) {
        log_warn("a file of an earlier version stays where it is not looked for path=%s", from);
    }
}

enum err audit_file_replace(const char *path, const char *text, bool durable)
{
    char part[PATH_MAX];
    (void)snprintf(part, sizeof part, "%s.part", path);
    if (!audit_file_folder(path) || !write_whole(part, text, durable) || rename(part, path) != 0 ||
        (durable && !sync_folder(path))) {
        return write_failed(path);
    }
    return OK;
}

/* ---- keys ---- */

/* A key that somebody names may be a link; ours may not. */
static enum err open_text(const char *path, FILE **out)
{
    bool ours = strcmp(path, AUDIT_SECRET_FILE) == 0 || strcmp(path, AUDIT_NEXT_SECRET_FILE) == 0 ||
                strcmp(path, AUDIT_PUBLIC_FILE) == 0 || strcmp(path, AUDIT_HEAD_FILE) == 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | (ours ? O_NOFOLLOW : 0));
    *out = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (*out != NULL) {
        return OK;
    }
    if (errno == ENOENT) {
        return ERR_FILE_NOT_FOUND;
    }
    log_error("cannot read path=%s error=%m", path);
    if (errno == ELOOP) {
        err_about("%s is a link", path);
        return ERR_AUDIT_BROKEN;
    }
    return errno == EACCES ? ERR_ACCESS_DENIED : ERR_SYSTEM;
}

enum err audit_secret_read(const char *path, struct audit_secret *out)
{
    OWNED(close_text) FILE *file = NULL;
    enum err e = open_text(path, &file);
    if (e != OK) {
        return e;
    }
    char text[128] = "";
    unsigned char seed[32];
    size_t size = 0;
    bool read = fgets(text, sizeof text, file) != NULL;
    text[strcspn(text, "\n")] = '\0';
    if (!read ||
        sodium_base642bin(seed, sizeof seed, text, strlen(text), NULL, &size, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        size != sizeof seed) {
        log_error("holds no key path=%s", path);
        return ERR_AUDIT_BROKEN;
    }
    audit_secret_from_seed(seed, out);
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(text, sizeof text);
    return OK;
}

enum err audit_secret_write(const char *path, const struct audit_secret *secret)
{
    char seed[64];
    char text[sizeof seed + 1];
    (void)sodium_bin2base64(seed, sizeof seed, secret->seed, sizeof secret->seed,
                            sodium_base64_VARIANT_ORIGINAL);
    (void)snprintf(text, sizeof text, "%s\n", seed);
    enum err e = audit_file_replace(path, text, true);
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(text, sizeof text);
    return e;
}

void audit_keyring_release(struct audit_keyring *ring)
{
    free(ring->keys);
    *ring = (struct audit_keyring){0};
}

const struct audit_public *audit_keyring_find(const struct audit_keyring *ring, const char *id)
{
    for (size_t i = 0; i < ring->count; i++) {
        if (strcmp(ring->keys[i].id, id) == 0) {
            return &ring->keys[i];
        }
    }
    return NULL;
}

void audit_keyring_add(struct audit_keyring *ring, const struct audit_public *key)
{
    if (audit_keyring_find(ring, key->id) == NULL) {
        ring->keys = must_realloc(ring->keys, (ring->count + 1) * sizeof *ring->keys);
        ring->keys[ring->count++] = *key;
    }
}

static bool read_public(char *line, struct audit_public *out)
{
    char *rest = NULL;
    const char *first = strtok_r(line, " \t\r\n", &rest);
    const char *second = strtok_r(NULL, " \t\r\n", &rest);
    if (first == NULL || !audit_public_from_text(second != NULL ? second : first, out)) {
        return false;
    }
    return second == NULL || strcmp(first, out->id) == 0;
}

enum err audit_keyring_read(const char *path, struct audit_keyring *out)
{
    OWNED(close_text) FILE *file = NULL;
    OWNED(audit_keyring_release) struct audit_keyring ring = {0};
    enum err e = open_text(path, &file);
    char line[256];
    while (e == OK && fgets(line, sizeof line, file) != NULL) {
        struct audit_public key;
        if (line[strspn(line, " \t\r\n")] == '\0') {
            continue;
        }
        if (!read_public(line, &key)) {
            log_error("a line is not a public key of the audit log path=%s", path);
            return ERR_AUDIT_BROKEN;
        }
        audit_keyring_add(&ring, &key);
    }
    if (e == OK) {
        *out = ring;
        ring = (struct audit_keyring){0};
    }
    return e;
}

enum err audit_keyring_write(const char *path, const struct audit_keyring *ring)
{
    enum { LINE = AUDIT_KEY_ID_SIZE + AUDIT_KEY_TEXT_SIZE };
    OWNED(free_text) char *text = must_alloc(ring->count * LINE + 1);
    size_t size = 0;
    for (size_t i = 0; i < ring->count; i++) {
        char key[AUDIT_KEY_TEXT_SIZE];
        audit_public_text(&ring->keys[i], key);
        size += (size_t)sprintf(text + size, "%s %s\n", ring->keys[i].id, key);
    }
    return audit_file_replace(path, text, true);
}

/* ---- the head ---- */

void audit_head_text(const struct audit_head *head, char out[static AUDIT_HEAD_TEXT_SIZE])
{
    char hash[AUDIT_HASH_TEXT_SIZE];
    char signature[AUDIT_SIGNATURE_TEXT_SIZE];
    audit_hash_text(&head->hash, hash);
    (void)sodium_bin2base64(signature, sizeof signature, head->signature.bytes,
                            sizeof head->signature.bytes, sodium_base64_VARIANT_ORIGINAL);
    (void)snprintf(out, AUDIT_HEAD_TEXT_SIZE, HEAD_BEGINS "%" PRIu64 " hash=%s key=%s signature=%s",
                   head->n, hash, head->key_id, signature);
}

static bool read_head(const char *line, struct audit_head *out)
{
    char hash[AUDIT_HASH_TEXT_SIZE];
    char signature[AUDIT_SIGNATURE_TEXT_SIZE];
    size_t size = 0;
    const char *logged = strstr(line, HEAD_LOGGED);
    char *rest = NULL;
    if (logged == NULL && strncmp(line, HEAD_BEGINS, strlen(HEAD_BEGINS)) != 0) {
        return false;
    }
    const char *at = logged != NULL ? logged + strlen(HEAD_LOGGED) : line + strlen(HEAD_BEGINS);
    out->n = strtoull(at, &rest, 10);
    return sscanf(rest, " hash=%64[0-9a-f] key=%16[0-9a-f] signature=%88s", hash, out->key_id,
                  signature) == 3 &&
           audit_hash_from_text(hash, &out->hash) &&
           sodium_base642bin(out->signature.bytes, sizeof out->signature.bytes, signature,
                             strlen(signature), NULL, &size, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           size == sizeof out->signature.bytes;
}

enum err audit_head_read(const char *path, struct audit_head *out)
{
    OWNED(close_text) FILE *file = NULL;
    OWNED(free_text) char *line = NULL;
    size_t room = 0;
    bool found = false;
    struct audit_head newest = {0};
    struct audit_head head;
    enum err e = open_text(path, &file);
    while (e == OK && getline(&line, &room, file) >= 0) {
        if (read_head(line, &head) && (!found || head.n >= newest.n)) {
            newest = head;
            found = true;
        }
    }
    if (e == OK && !found) {
        log_error("tells of no head of the audit log path=%s", path);
        return ERR_AUDIT_BROKEN;
    }
    if (e == OK) {
        *out = newest;
    }
    return e;
}
