/* SPDX-License-Identifier: MIT
 * roster.h - users, sessions and tokens in memory, as accounts.db has them. Plain data: its owner
 * (struct access) holds a lock around every call. */
#ifndef PLAYBUS_GATEWAY_ACCESS_ROSTER_H
#define PLAYBUS_GATEWAY_ACCESS_ROSTER_H

#include "gateway/access/secret.h"

#define USERS_MAX 1000
#define SESSIONS_MAX 1000
#define SESSIONS_OF_USER_MAX 50
#define TOKENS_MAX 1000
#define SESSIONS_ENDED_KEPT 256
#define SESSION_ADDRESS_SIZE 64
#define SESSION_AGENT_SIZE 257

struct user {
    char id[ID_SIZE];
    char name[NAME_MAX_BYTES + 1];
    enum role role;
    bool active, must_change;
    int64_t created_at, last_sign_in_at; /* the latter 0: never */
    char people[PEOPLE_SIZE];            /* whom a viewer is tied to; "": nobody */
};

struct session {
    char id[ID_SIZE];
    struct digest digest; /* of the cookie */
    const struct user *user;
    char address[SESSION_ADDRESS_SIZE], user_agent[SESSION_AGENT_SIZE];
    int64_t created_at, last_used_at, expires_at;
    int64_t confirmed_at; /* when the password was given last; 0: before this start */
    bool used;            /* since last_used_at was written to accounts.db */
};

struct token {
    char id[ID_SIZE];
    char name[NAME_MAX_BYTES + 1];
    struct digest digest; /* of the secret part */
    const struct user *user;
    enum role role;
    int64_t created_at, expires_at, last_used_at; /* the latter 0: never */
    bool used;
};

/* The lists own what they point to; a pointer stays good until that entry is removed. */
struct roster {
    struct user *users[USERS_MAX];
    struct session *sessions[SESSIONS_MAX];
    struct token *tokens[TOKENS_MAX];
    size_t users_count, sessions_count, tokens_count;
    int64_t idle_ms;                          /* how long a session lives without use */
    struct digest ended[SESSIONS_ENDED_KEPT]; /* cookies of the sessions that were removed last */
    size_t ended_count;                       /* ever; the oldest give way */
};

void roster_release(struct roster *roster);

/* Copies; at most the maxima above may be there, so check first. */
struct user *roster_add_user(struct roster *roster, const struct user *user);
struct session *roster_add_session(struct roster *roster, const struct session *session);
struct token *roster_add_token(struct roster *roster, const struct token *token);
void roster_remove_user(struct roster *roster, const char *id); /* with its sessions and tokens */
void roster_remove_session(struct roster *roster, const char *id);
void roster_remove_token(struct roster *roster, const char *id);
void roster_remove_tokens(struct roster *roster, const char *user_id);

struct user *roster_user(const struct roster *roster, const char *id); /* NULL: none */
struct session *roster_session(const struct roster *roster, const char *id);
struct session *roster_session_of(const struct roster *roster, const struct digest *cookie);
struct token *roster_token(const struct roster *roster, const char *id, size_t id_size);
/* Was this the cookie of a session that was removed since this start? An open page shows it for a
 * moment longer. */
bool roster_has_ended(const struct roster *roster, const struct digest *cookie);
/* The session that gives way to a new one of this user; NULL: there is room. */
const struct session *roster_spare_session(const struct roster *roster, const struct user *user,
                                           int64_t now);
size_t roster_active_admins(const struct roster *roster);

/* What lies in the future was noted under a clock that was wrong, and counts as expired until the
 * clock has caught up; steps that clocks make all the time are forgiven. */
#define CLOCK_STEP_MS 10000
bool is_in_future(int64_t at, int64_t now);

bool session_is_live(const struct roster *roster, const struct session *session, int64_t now);
bool token_is_live(const struct token *token, int64_t now);
enum role token_role(const struct token *token); /* capped by its owner's */

#endif
