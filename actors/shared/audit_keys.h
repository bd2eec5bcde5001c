/* SPDX-License-Identifier: MIT
 * audit_keys.h - the key files, and the newest signed head kept outside the database.
 *
 *   keys/audit.key   the secret that signs now, base64 of its seed; 0600
 *   keys/audit.pub   every public key there ever was, newest last: "<id> <base64>" a line. Whoever
 *                    has it can check the whole log and every sealed segment
 *   audit/audit.head "head n=… hash=… key=… signature=…": also a line of the process log, so that
 *                    any old log can tell whether entries were cut */
#ifndef PLAYBUS_ACTORS_SHARED_AUDIT_KEYS_H
#define PLAYBUS_ACTORS_SHARED_AUDIT_KEYS_H

#include "actors/shared/audit_chain.h"
#include "proto/base/error.h"

#define AUDIT_DB_FILE "audit.db"
#define AUDIT_HEAD_FILE "audit/audit.head"
#define AUDIT_HEAD_COPY "audit.head" /* in a backup, and where earlier versions had it */
#define AUDIT_SECRET_FILE "keys/audit.key"
#define AUDIT_NEXT_SECRET_FILE "keys/audit.key.next" /* while the key is being changed */
#define AUDIT_PUBLIC_FILE "keys/audit.pub"
#define AUDIT_HEAD_TEXT_SIZE 256

struct audit_keyring {
    struct audit_public *keys; /* owned */
    size_t count;
};

struct audit_head {
    uint64_t n;
    struct audit_hash hash;
    char key_id[AUDIT_KEY_ID_SIZE];
    struct audit_signature signature;
};

/* Writes the file whole or not at all, 0600; makes its folder. `durable`: it is on the disk when
 * this returns; else a power cut may leave the one before. */
enum err audit_file_replace(const char *path, const char *text, bool durable) NODISCARD;
/* Makes the folder that `path` lies in, durably; true if it is there. */
bool audit_file_folder(const char *path);
/* Puts one file in the place of another, durably. */
enum err audit_file_move(const char *from, const char *to) NODISCARD;
/* Moves what an earlier version kept elsewhere, unless the place is taken. */
void audit_file_adopt(const char *from, const char *to);

/* FILE_NOT_FOUND, or AUDIT_BROKEN if it holds no key. */
enum err audit_secret_read(const char *path, struct audit_secret *out) NODISCARD;
enum err audit_secret_write(const char *path, const struct audit_secret *secret) NODISCARD;

void audit_keyring_release(struct audit_keyring *ring);
const struct audit_public *audit_keyring_find(const struct audit_keyring *ring, const char *id);
void audit_keyring_add(struct audit_keyring *ring, const struct audit_public *key);
/* Reads lines "<id> <base64>" or "<base64>". FILE_NOT_FOUND, or AUDIT_BROKEN if a line is neither,
 * or an id is not that of its key. */
enum err audit_keyring_read(const char *path, struct audit_keyring *out) NODISCARD;
enum err audit_keyring_write(const char *path, const struct audit_keyring *ring) NODISCARD;

void audit_head_text(const struct audit_head *head, char out[static AUDIT_HEAD_TEXT_SIZE]);
/* The head of the highest number that the file tells of: audit.head, or a process log.
 * FILE_NOT_FOUND, or AUDIT_BROKEN if it tells of none. */
enum err audit_head_read(const char *path, struct audit_head *out) NODISCARD;

#endif
