/* SPDX-License-Identifier: MIT
 * access.h - who may do what: users, sessions, bearer tokens and the local token, kept in
 * accounts.db.
 *
 * Two kinds of callers. The HTTP thread asks access_identify() for every request and never waits
 * for the disk: what it needs is in memory, under one short lock. Everything that hashes a password
 * or writes accounts.db is a function of accounts.h and runs in the accounts lane (actor_offload),
 * one at a time. A change is in memory as soon as it is committed, so a revoked session or token is
 * refused by the next request and by every open socket. */
#ifndef PLAYBUS_GATEWAY_ACCESS_ACCESS_H
#define PLAYBUS_GATEWAY_ACCESS_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/access/role.h"
#include "proto/base/config.h"
#include "proto/base/error.h"
#include "proto/base/ids.h"
#include "proto/base/own.h"

#define ACCOUNTS_LANE 0 /* of actor_offload: owns accounts.db */
/* How long a password that was given counts for users, tokens and sessions. */
#define FRESH_MS (5 * 60000)
#define SECRET_TEXT_SIZE 44 /* 32 random bytes in base64url, and the NUL */
#define NAME_MAX_BYTES 64
#define COOKIE_NAME_SIZE 48
/* Ids of persons, each with a newline after it. */
#define PEOPLE_SIZE 2048

struct access;

enum caller_kind { CALLER_NOBODY, CALLER_SESSION, CALLER_TOKEN, CALLER_LOCAL };

/* Who makes a request; a copy, valid for ever. */
struct caller {
    enum caller_kind kind;
    enum role role;   /* ROLE_VIEWER or ROLE_ADMIN; ROLE_PUBLIC for nobody */
    bool must_change; /* only routes of role SELF until the password is changed */
    bool ended;       /* nobody, with the cookie of a session that was good once */
    bool fresh; /* gave the password within FRESH_MS; always so for tokens and the local one */
    char user_id[ID_SIZE];
    char name[NAME_MAX_BYTES + 1]; /* of the user; "local" for the local token; "" for nobody */
    char key[ID_SIZE];             /* id of the session or token; "local"; "" for nobody */
    int64_t expires_at;            /* of a session or token, ms; 0: never */
    char people[PEOPLE_SIZE];      /* of a viewer who sees the plays of these alone; "": all */
};

/* What a request shows of itself; borrowed. */
struct credentials {
    const char *authorization; /* value of the header; if there, cookies are not looked at */
    size_t authorization_size;
    const char *cookie; /* value of the Cookie header; NULL: none */
    size_t cookie_size;
    bool direct;  /* a loopback peer, and no header of a proxy: the local token is believed */
    bool passive; /* the call does not extend a session */
};

/* Opens accounts.db in the current folder (its migrations run), loads it, makes the set-up code
 * (run/setup.code, 0600) while there is no administrator, and the local token (run/cli.token). */
enum err access_open(const struct config *config, struct access **out) NODISCARD;
void access_close(struct access **access);

/* Any thread. A header that is there but wrong (bad token, expired session) is NOT_SIGNED_IN with
 * CALLER_NOBODY; no header at all is OK with the same. */
enum err access_identify(struct access *access, const struct credentials *credentials, int64_t now,
                         struct caller *out) NODISCARD;
/* The X-CSRF-Token of a session's caller: made from the cookie with a secret of this instance. */
bool access_csrf_matches(struct access *access, const struct credentials *credentials,
                         const char *given, size_t size);
bool access_csrf_token(struct access *access, const struct credentials *credentials,
                       char out[static SECRET_TEXT_SIZE]);
bool access_setup_required(struct access *access);
/* Any thread: may who shows this code set up? SETUP_DONE, or SETUP_CODE_WRONG. */
enum err access_check_setup(struct access *access, const char *code) NODISCARD;
/* The cookie's name: playbus_<instance>, or __Host-playbus_<instance> where public_url is https. */
const char *access_cookie_name(const struct access *access);
bool access_cookie_is_secure(const struct access *access);

/* Any thread. What the audit log calls who tries to sign in: the user's name if there is one, else
 * "unknown-" and 16 digits of a keyed hash, for people type passwords there. */
void access_name_for_log(struct access *access, const char *given,
                         char out[static NAME_MAX_BYTES + 1]);
/* Any thread. False: nobody has this id. */
bool access_name_of_user(struct access *access, const char *id,
                         char out[static NAME_MAX_BYTES + 1]);
/* accounts.db, for the outbox: the same until access_close; used in the accounts lane only, or when
 * the lanes have ended. */
struct sqlite3 *access_db(struct access *access);

/* For what lasts, as open sockets and files: is the caller's session or token still good, with at
 * least the same role, and for the same persons? */
bool access_is_live(struct access *access, const struct caller *caller, int64_t now);
/* Rises whenever a session or token ended, lost a role or is for other persons: sockets are then
 * looked at again. */
uint64_t access_generation(struct access *access);

#endif
