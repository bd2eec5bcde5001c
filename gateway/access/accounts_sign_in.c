/* SPDX-License-Identifier: MIT
 * accounts_sign_in.c - passwords asked: at sign-in, once more before something delicate, and for a
 * new one. Every way to fail costs the same work and says the same, so neither the answer nor its
 * time tells which names there are. */
#include <stdio.h>
#include <string.h>

#include "gateway/access/attempts.h"
#include "gateway/access/change.h"
#include "gateway/access/password.h"
#include "gateway/access/store.h"

#define TURNS_OF_ONE 6 /* places that one address may take */

bool accounts_take_turn(struct access *access, const char *counted_as)
{
    char(*free_one)[ADDRESS_TEXT_SIZE] = NULL;
    size_t theirs = 0;
    for (size_t i = 0; i < TURNS_MAX; i++) {
        if (access->turns[i][0] == '\0') {
            free_one = &access->turns[i];
        } else if (strcmp(access->turns[i], counted_as) == 0) {
            theirs++;
        }
    }
    if (free_one == NULL || theirs >= TURNS_OF_ONE) {
        return false;
    }
    (void)snprintf(*free_one, sizeof *free_one, "%s", counted_as);
    return true;
}

void accounts_leave_turn(struct access *access, const char *counted_as)
{
    for (size_t i = 0; i < TURNS_MAX; i++) {
        if (strcmp(access->turns[i], counted_as) == 0) {
            access->turns[i][0] = '\0';
            return;
        }
    }
}

/* ---- a password held against an account ---- */

/* Who is meant; nobody for an unknown name and an inactive user. */
struct suspect {
    const struct user *user; /* of the roster; NULL: nobody who may sign in */
    char hash[PASSWORD_TEXT_SIZE];
};

static enum err find_suspect(struct access *access, const char *name, struct suspect *out)
{
    char id[ID_SIZE];
    enum err e = store_find_user(access->db, name, id, out->hash);
    if (e != OK) {
        return e;
    }
    const struct user *user = roster_user(&access->roster, id);
    out->user = user != NULL && user->active ? user : NULL;
    if (id[0] == '\0') {
        memcpy(out->hash, access->instance.dummy, sizeof out->hash);
    }
    return OK;
}

/* Counted before it is told; the log is told of it like of every refusal. */
static enum err note_failure(struct access *access, const char *name, const struct visit *visit)
{
    enum err e = attempts_note_failure(access, name, visit);
    return e == OK ? ERR_SIGN_IN_FAILED : e;
}

static enum err hold_against(struct access *access, const char *name, const char *password,
                             const struct visit *visit, struct suspect *out,
                             struct verdict *verdict)
{
    enum err e = attempts_check(access, name, visit, verdict);
    e = e == OK ? find_suspect(access, name, out) : e;
    if (e != OK) {
        return e;
    }
    bool right = password_matches(out->hash, password) && out->user != NULL;
    if (right) {
        verdict->retry_after_s = 0;
        return OK;
    }
    e = note_failure(access, name, visit);
    return e == ERR_SIGN_IN_FAILED && verdict->retry_after_s > 0 ? ERR_RATE_LIMITED : e;
}

/* ---- sign-in ---- */

/* The parameters have changed since the password was set: now is the moment that knows it. */
static enum err renew_hash(struct access *access, const struct suspect *who, const char *password)
{
    char hash[PASSWORD_TEXT_SIZE];
    if (!password_is_dated(who->hash)) {
        return OK;
    }
    enum err e = password_hash(password, hash);
    return e == OK ? store_change_user(access->db, who->user, hash) : e;
}

enum err accounts_sign_in(struct access *access, const struct auth_login *asked,
                          const struct visit *visit, struct admission *out, struct verdict *verdict)
{
    struct suspect who = {0};
    struct beginning begun;
    struct audit_entry entry;
    enum err e = hold_against(access, asked->name, asked->password, visit, &who, verdict);
    e = e == OK ? change_begin(access) : e;
    if (e != OK) {
        return e;
    }
    struct visit audited = visit_of_user(visit, who.user, &entry);
    e = attempts_forgive(access, asked->name, visit);
    e = e == OK ? renew_hash(access, &who, asked->password) : e;
    e = e == OK ? session_begin(access, who.user, visit, &begun, out) : e;
    e = change_commit(access, &audited, e, NULL, verdict);
    if (e == OK) {
        access_lock(access);
        session_put(access, &begun, visit);
        access_unlock(access);
    }
    return e;
}

/* ---- the password once more ---- */

static enum err ask_again(struct access *access, const char *field, const char *password,
                          const struct visit *visit, struct suspect *out, struct verdict *verdict)
{
    if (visit->caller->kind != CALLER_SESSION) {
        (void)refuse_change(verdict, ERR_BAD_REQUEST, "",
                            "Only someone who signed in with a password has one here");
        return ERR_BAD_REQUEST;
    }
    enum err e = hold_against(access, visit->caller->name, password, visit, out, verdict);
    if (e == ERR_SIGN_IN_FAILED) {
        (void)refuse_change(verdict, e, field, "The password is wrong");
    }
    return e;
}

/* The session's password counts as given from now on. */
static void mark_confirmed(struct access *access, const struct visit *visit)
{
    struct session *session = roster_session(&access->roster, visit->caller->key);
    if (session != NULL) {
        session->confirmed_at = visit->now;
    }
}

enum err accounts_confirm(struct access *access, const char *password, const struct visit *visit,
                          struct verdict *verdict)
{
    struct suspect who = {0};
    enum err e = ask_again(access, "password", password, visit, &who, verdict);
    e = e == OK ? change_begin(access) : e;
    if (e != OK) {
        return e;
    }
    e = attempts_forgive(access, visit->caller->name, visit);
    e = change_commit(access, visit, e, NULL, verdict);
    if (e == OK) {
        access_lock(access);
        mark_confirmed(access, visit);
        access_unlock(access);
    }
    return e;
}

/* ---- a new password ---- */

static enum err check_new(const struct suspect *who, const char *password, struct verdict *verdict)
{
    enum err e = password_check(password, who->user->name, &verdict->flaw);
    if (e == OK && password_matches(who->hash, password)) {
        return refuse_change(verdict, ERR_PASSWORD_WEAK, "new_password",
                             "The new password is the current one");
    }
    return e == OK ? e : refuse_change(verdict, e, "new_password", verdict->flaw.text);
}

static enum err commit_password(struct access *access, const struct user *changed,
                                const char *password, const struct visit *visit,
                                struct verdict *verdict)
{
    char hash[PASSWORD_TEXT_SIZE];
    enum err e = password_hash(password, hash);
    e = e == OK ? change_begin(access) : e;
    if (e != OK) {
        return e;
    }
    e = store_change_user(access->db, changed, hash);
    e = e == OK ? store_remove_sessions(access->db, changed->id, visit->caller->key) : e;
    e = e == OK ? attempts_forgive(access, changed->name, visit) : e;
    return change_commit(access, visit, e, changed->name, verdict);
}

enum err accounts_set_password(struct access *access, const struct auth_password *asked,
                               const struct visit *visit, struct verdict *verdict)
{
    struct suspect who = {0};
    enum err e =
        ask_again(access, "current_password", asked->current_password, visit, &who, verdict);
    e = e == OK ? check_new(&who, asked->new_password, verdict) : e;
    if (e != OK) {
        return e;
    }
    struct user changed = *who.user;
    changed.must_change = false;
    e = commit_password(access, &changed, asked->new_password, visit, verdict);
    if (e == OK) {
        access_lock(access);
        roster_user(&access->roster, changed.id)->must_change = false;
        roster_end_sessions(access, changed.id, visit->caller->key);
        mark_confirmed(access, visit);
        access_unlock(access);
    }
    return e;
}
