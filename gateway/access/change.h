/* SPDX-License-Identifier: MIT
 * change.h - the frame of every change: one transaction with what the audit log is told of it. For
 * the accounts_….c files. */
#ifndef PLAYBUS_GATEWAY_ACCESS_CHANGE_H
#define PLAYBUS_GATEWAY_ACCESS_CHANGE_H

#include "gateway/access/accounts.h"
#include "gateway/access/parts.h"

/* Fills the flaw; the sentence may be empty. Returns the code. */
enum err refuse_change(struct verdict *verdict, enum err code, const char *field,
                       const char *sentence);
/* BAD_FIELD or NAME_TAKEN for a name that cannot be one of a user. */
enum err check_user_name(const char *name, struct verdict *verdict) NODISCARD;

/* NAME_TAKEN if it looks like the name of another user than `own_id`. */
enum err check_likeness(const struct access *access, const char *name, const char *own_id,
                        struct verdict *verdict) NODISCARD;
enum err change_begin(struct access *access) NODISCARD;
/* Puts its entry, if the visit has one, into the outbox and commits it with the change; with
 * `so_far` not OK everything is undone. A target that is not NULL is told instead of the entry's.
 */
enum err change_commit(struct access *access, const struct visit *visit, enum err so_far,
                       const char *target, struct verdict *verdict) NODISCARD;
/* The same visit, told as the user who just proved to be one. `entry` must live as long. */
struct visit visit_of_user(const struct visit *visit, const struct user *user,
                           struct audit_entry *entry);

/* ---- under the lock, after the commit ---- */
/* Ends the sessions of a user but the one with `kept_id` ("" for all). */
void roster_end_sessions(struct access *access, const char *user_id, const char *kept_id);
/* The set-up code is worth nothing once there is an administrator. True if that just came true. */
bool roster_settle_setup(struct access *access);

/* A session in the making. */
struct beginning {
    struct session session;
    char spare[ID_SIZE]; /* the one that gives way to it; "": there is room */
};

/* Inside the transaction: a session of this user, in place of the caller's own if it has one. In
 * memory it is put by session_put, under the lock, where the user must be by then. */
enum err session_begin(struct access *access, const struct user *user, const struct visit *visit,
                       struct beginning *out, struct admission *out_admission) NODISCARD;
void session_put(struct access *access, const struct beginning *begun, const struct visit *visit);

#endif
