/* SPDX-License-Identifier: MIT
 * roster.c - three short lists, searched one by one: a thousand entries take microseconds, and what
 * is compared are hashes and ids that a caller cannot choose. */
#include "gateway/access/roster.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void *copy(const void *what, size_t size)
{
    return memcpy(must_alloc(size), what, size);
}

void roster_release(struct roster *roster)
{
    for (size_t i = 0; i < roster->sessions_count; i++) {
        free(roster->sessions[i]);
    }
    for (size_t i = 0; i < roster->tokens_count; i++) {
        free(roster->tokens[i]);
    }
    for (size_t i = 0; i < roster->users_count; i++) {
        free(roster->users[i]);
    }
    *roster = (struct roster){0};
}

/* ---- adding ---- */

struct user *roster_add_user(struct roster *roster, const struct user *user)
{
    assert(roster->users_count < USERS_MAX);
    return roster->users[roster->users_count++] = copy(user, sizeof *user);
}

struct session *roster_add_session(struct roster *roster, const struct session *session)
{
    assert(roster->sessions_count < SESSIONS_MAX);
    return roster->sessions[roster->sessions_count++] = copy(session, sizeof *session);
}

struct token *roster_add_token(struct roster *roster, const struct token *token)
{
    assert(roster->tokens_count < TOKENS_MAX);
    return roster->tokens[roster->tokens_count++] = copy(token, sizeof *token);
}

/* ---- removing ---- */

static void drop_session(struct roster *roster, size_t at)
{
    roster->ended[roster->ended_count++ % SESSIONS_ENDED_KEPT] = roster->sessions[at]->digest;
    free(roster->sessions[at]);
    roster->sessions[at] = roster->sessions[--roster->sessions_count];
}

static void drop_token(struct roster *roster, size_t at)
{
    free(roster->tokens[at]);
    roster->tokens[at] = roster->tokens[--roster->tokens_count];
}

void roster_remove_session(struct roster *roster, const char *id)
{
    for (size_t i = 0; i < roster->sessions_count; i++) {
        if (strcmp(roster->sessions[i]->id, id) == 0) {
            drop_session(roster, i);
            return;
        }
    }
}

void roster_remove_token(struct roster *roster, const char *id)
{
    for (size_t i = 0; i < roster->tokens_count; i++) {
        if (strcmp(roster->tokens[i]->id, id) == 0) {
            drop_token(roster, i);
            return;
        }
    }
}

/* Backwards, here and below: the last entry takes a dropped one's place. */
void roster_remove_tokens(struct roster *roster, const char *user_id)
{
    for (size_t i = roster->tokens_count; i-- > 0;) {
        if (strcmp(roster->tokens[i]->user->id, user_id) == 0) {
            drop_token(roster, i);
        }
    }
}

void roster_remove_user(struct roster *roster, const char *id)
{
    for (size_t i = roster->sessions_count; i-- > 0;) {
        if (strcmp(roster->sessions[i]->user->id, id) == 0) {
            drop_session(roster, i);
        }
    }
    roster_remove_tokens(roster, id);
    for (size_t i = 0; i < roster->users_count; i++) {
        if (strcmp(roster->users[i]->id, id) == 0) {
            free(roster->users[i]);
            roster->users[i] = roster->users[--roster->users_count];
            return;
        }
    }
}

/* ---- finding ---- */

struct user *roster_user(const struct roster *roster, const char *id)
{
    for (size_t i = 0; i < roster->users_count; i++) {
        if (strcmp(roster->users[i]->id, id) == 0) {
            return roster->users[i];
        }
    }
    return NULL;
}

struct session *roster_session(const struct roster *roster, const char *id)
{
    for (size_t i = 0; i < roster->sessions_count; i++) {
        if (strcmp(roster->sessions[i]->id, id) == 0) {
            return roster->sessions[i];
        }
    }
    return NULL;
}

struct session *roster_session_of(const struct roster *roster, const struct digest *cookie)
{
    for (size_t i = 0; i < roster->sessions_count; i++) {
        if (digest_equal(&roster->sessions[i]->digest, cookie)) {
            return roster->sessions[i];
        }
    }
    return NULL;
}

bool roster_has_ended(const struct roster *roster, const struct digest *cookie)
{
    size_t kept =
        roster->ended_count < SESSIONS_ENDED_KEPT ? roster->ended_count : SESSIONS_ENDED_KEPT;
    for (size_t i = 0; i < kept; i++) {
        if (digest_equal(&roster->ended[i], cookie)) {
            return true;
        }
    }
    return false;
}

struct token *roster_token(const struct roster *roster, const char *id, size_t id_size)
{
    for (size_t i = 0; i < roster->tokens_count; i++) {
        const char *its = roster->tokens[i]->id;
        if (strlen(its) == id_size && memcmp(its, id, id_size) == 0) {
            return roster->tokens[i];
        }
    }
    return NULL;
}

/* Who gives way rather: one that has expired, then the one that was used less lately. */
static const struct session *rather(const struct roster *roster, const struct session *a,
                                    const struct session *b, int64_t now)
{
    bool live_a = a != NULL && session_is_live(roster, a, now);
    bool live_b = session_is_live(roster, b, now);
    if (a == NULL || live_a != live_b) {
        return a == NULL || live_a ? b : a;
    }
    return b->last_used_at < a->last_used_at ? b : a;
}

/* Nothing is removed because a clock says so: expired ones stay until their place is needed. */
const struct session *roster_spare_session(const struct roster *roster, const struct user *user,
                                           int64_t now)
{
    const struct session *own = NULL, *any = NULL;
    size_t own_count = 0;
    for (size_t i = 0; i < roster->sessions_count; i++) {
        const struct session *s = roster->sessions[i];
        any = rather(roster, any, s, now);
        if (s->user == user) {
            own_count++;
            own = rather(roster, own, s, now);
        }
    }
    if (own_count >= SESSIONS_OF_USER_MAX) {
        return own;
    }
    return roster->sessions_count < SESSIONS_MAX ? NULL : own != NULL ? own : any;
}

size_t roster_active_admins(const struct roster *roster)
{
    size_t n = 0;
    for (size_t i = 0; i < roster->users_count; i++) {
        n += roster->users[i]->active && roster->users[i]->role == ROLE_ADMIN ? 1 : 0;
    }
    return n;
}

/* ---- still good? ---- */

bool is_in_future(int64_t at, int64_t now)
{
    return at > now + CLOCK_STEP_MS;
}

bool session_is_live(const struct roster *roster, const struct session *session, int64_t now)
{
    return session->user->active && now < session->expires_at &&
           now - session->last_used_at < roster->idle_ms &&
           !is_in_future(session->created_at, now) && !is_in_future(session->last_used_at, now);
}

bool token_is_live(const struct token *token, int64_t now)
{
    return token->user->active && now < token->expires_at && !is_in_future(token->created_at, now);
}

enum role token_role(const struct token *token)
{
    return token->role < token->user->role ? token->role : token->user->role;
}
