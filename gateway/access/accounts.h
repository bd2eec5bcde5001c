/* SPDX-License-Identifier: MIT
 * accounts.h - everything that hashes a password or writes accounts.db. Slow: accounts lane only,
 * one at a time. A change is committed first and in memory then; what the audit log is told of it
 * is committed with it. */
#ifndef PLAYBUS_GATEWAY_ACCESS_ACCOUNTS_H
#define PLAYBUS_GATEWAY_ACCESS_ACCOUNTS_H

#include "gateway/access/access.h"
#include "proto/wire/codec.h"

/* A call that changes accounts; borrowed. */
struct visit {
    const struct caller *caller; /* nobody for set-up and, as a rule, sign-in */
    const char *address;         /* the client's */
    const char *counted_as;      /* what its failures are counted under */
    bool shared; /* that may be a forwarder's: what others fail at behind it stops nobody */
    const char *user_agent;
    int64_t now;
    const struct audit_entry *asked; /* goes before it: `requested`, where nobody has it; or NULL */
    const struct audit_entry *entry; /* goes into the outbox with what changes; NULL: none does */
};

/* How a call ended, besides its code. */
struct verdict {
    struct flaw flaw;  /* of a refusal; its text may be empty */
    int retry_after_s; /* of RATE_LIMITED */
    int64_t hold_ms;   /* the answer waits so long, whether it was yes or no */
    bool recorded;     /* the outbox has its outcome */
};

/* What a new session is. */
struct admission {
    char cookie[SECRET_TEXT_SIZE], csrf[SECRET_TEXT_SIZE];
    char name[NAME_MAX_BYTES + 1];
    enum role role;
    bool must_change;
    int64_t expires_at;
};

/* At most 8 calls that hash a password wait for each other, 6 of one address; false: that many do.
 * Bus thread. */
bool accounts_take_turn(struct access *access, const char *counted_as) NODISCARD;
void accounts_leave_turn(struct access *access, const char *counted_as);

/* ---- sign-in: accounts_sign_in.c, accounts_set_up.c ---- */
/* SIGN_IN_FAILED for a wrong password, an unknown name and an inactive user alike, after the same
 * work; RATE_LIMITED before any. */
enum err accounts_sign_in(struct access *access, const struct auth_login *asked,
                          const struct visit *visit, struct admission *out,
                          struct verdict *verdict) NODISCARD;
/* The first administrator, whoever asks; SETUP_DONE ever after. */
enum err accounts_set_up(struct access *access, const struct auth_setup *asked,
                         const struct visit *visit, struct admission *out,
                         struct verdict *verdict) NODISCARD;
enum err accounts_confirm(struct access *access, const char *password, const struct visit *visit,
                          struct verdict *verdict) NODISCARD;
/* Ends the user's other sessions; the tokens stay, each can be revoked by itself. */
enum err accounts_set_password(struct access *access, const struct auth_password *asked,
                               const struct visit *visit, struct verdict *verdict) NODISCARD;
/* The caller's own session, or any one for an administrator; NOT_FOUND for others'. */
enum err accounts_end_session(struct access *access, const char *id, const struct visit *visit,
                              struct verdict *verdict) NODISCARD;

/* ---- users and tokens: accounts_users.c, accounts_tokens.c; an administrator's ---- */
enum err accounts_add_user(struct access *access, const struct user_create *asked,
                           const struct visit *visit, struct arena *arena, struct user_view *out,
                           struct verdict *verdict) NODISCARD;
enum err accounts_change_user(struct access *access, const char *id,
                              const struct user_change *asked, const struct visit *visit,
                              struct arena *arena, struct user_view *out,
                              struct verdict *verdict) NODISCARD;
enum err accounts_remove_user(struct access *access, const char *id, const struct visit *visit,
                              struct verdict *verdict) NODISCARD;
enum err accounts_add_token(struct access *access, const struct token_create *asked,
                            const struct visit *visit, struct arena *arena,
                            struct token_created *out, struct verdict *verdict) NODISCARD;
enum err accounts_remove_token(struct access *access, const char *id, const struct visit *visit,
                               struct verdict *verdict) NODISCARD;

/* ---- lists, from memory: any thread; views.c ---- */
void accounts_users(struct access *access, struct arena *arena, struct users_listed *out);
/* Those that have expired too. */
void accounts_tokens(struct access *access, struct arena *arena, struct tokens_listed *out);
/* Those that have not expired: the caller's, or everybody's. */
void accounts_sessions(struct access *access, const struct caller *caller, bool everybody,
                       struct arena *arena, int64_t now, struct sessions_listed *out);

/* Each minute, and at the end: writes when sessions and tokens were last used. */
enum err accounts_tidy(struct access *access, int64_t now) NODISCARD;

#endif
