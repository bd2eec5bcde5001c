/* SPDX-License-Identifier: MIT
 * parts.h - what the files of this folder share. */
#ifndef PLAYBUS_GATEWAY_ACCESS_PARTS_H
#define PLAYBUS_GATEWAY_ACCESS_PARTS_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "gateway/access/roster.h"
#include "gateway/guard/address.h"

#define TURNS_MAX 8
#define LOCAL_NAME "local"
#define UNKNOWN_BEGINS "unknown-" /* names in the log that are none of a user */
#define PASSWORD_TEXT_SIZE 128 /* crypto_pwhash_STRBYTES: an encoded Argon2id hash with its NUL */

/* The instance's own row in accounts.db. */
struct instance {
    char name[ID_SIZE];             /* in the cookie's name: cookies do not tell ports apart */
    struct digest secret;           /* of the keys in secret.h */
    char dummy[PASSWORD_TEXT_SIZE]; /* what the passwords of unknown names are held against */
};

struct access {
    sqlite3 *db; /* of the accounts lane */
    struct instance instance;
    char cookie_name[COOKIE_NAME_SIZE];
    int64_t total_ms;                                 /* how long a session lives at most */
    int64_t failures_of_account, failures_of_address; /* where sign-in stops for a while */
    struct digest local_digest;
    bool secure; /* cookies travel by https only */

    /* Of the bus thread: whose calls hash a password, waiting or at it; "" is free. */
    char turns[TURNS_MAX][ADDRESS_TEXT_SIZE];

    pthread_mutex_t lock; /* of what follows, but for the last; the lane alone adds and removes */
    struct roster roster;
    bool setup_required;
    struct digest setup_code; /* of the code; while setup_required */
    atomic_uint_fast64_t generation;
};

static inline void access_lock(struct access *access)
{
    pthread_mutex_lock(&access->lock);
}
static inline void access_unlock(struct access *access)
{
    pthread_mutex_unlock(&access->lock);
}
/* Sockets are looked at again. */
void access_raise_generation(struct access *access);

/* The X-CSRF-Token that goes with a cookie. */
void csrf_of_cookie(const struct access *access, const char *cookie,
                    char out[static SECRET_TEXT_SIZE]);

#endif
