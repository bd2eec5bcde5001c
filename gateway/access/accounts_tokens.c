/* SPDX-License-Identifier: MIT
 * accounts_tokens.c - bearer tokens for scripts. A token belongs to who made it and never may do
 * more than its owner; its text is shown once and only its hash is kept. */
#include <stdio.h>
#include <string.h>

#include "gateway/access/change.h"
#include "gateway/access/names.h"
#include "gateway/access/store.h"
#include "gateway/access/views.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define DAYS_UNLESS_TOLD 90

static enum err check(const struct access *access, const struct token_create *asked,
                      const struct visit *visit, struct verdict *verdict)
{
    if (roster_user(&access->roster, visit->caller->user_id) == NULL) {
        return refuse_change(verdict, ERR_BAD_REQUEST, "",
                             "A token belongs to a user: sign in to make one");
    }
    if (access->roster.tokens_count >= TOKENS_MAX) {
        return refuse_change(verdict, ERR_LIMIT_REACHED, "", "There are 1000 tokens already");
    }
    if (!name_is_good(asked->name)) {
        return refuse_change(verdict, ERR_BAD_FIELD, "name",
                             "name must be 1 to 64 bytes of printable characters, without spaces "
                             "at its ends");
    }
    return OK;
}

static void make(const struct access *access, const struct token_create *asked,
                 const struct visit *visit, const char *secret, struct token *out)
{
    const struct user *owner = roster_user(&access->roster, visit->caller->user_id);
    bool admin = asked->has_role && asked->role == role_name_admin;
    int64_t days = asked->has_expires_in_days ? (int64_t)asked->expires_in_days : DAYS_UNLESS_TOLD;
    *out = (struct token){.user = owner,
                          .role = admin ? ROLE_ADMIN : ROLE_VIEWER,
                          .digest = secret_digest(secret, SECRET_TEXT_LENGTH),
                          .created_at = visit->now,
                          .expires_at = visit->now + days * DAY_MS};
    id_new(out->id);
    snprintf(out->name, sizeof out->name, "%s", asked->name);
}

enum err accounts_add_token(struct access *access, const struct token_create *asked,
                            const struct visit *visit, struct arena *arena,
                            struct token_created *out, struct verdict *verdict)
{
    char secret[SECRET_TEXT_SIZE], text[TOKEN_TEXT_SIZE];
    struct token token;
    enum err e = check(access, asked, visit, verdict);
    e = e == OK ? change_begin(access) : e;
    if (e != OK) {
        return e;
    }
    secret_new(secret);
    make(access, asked, visit, secret, &token);
    e = store_add_token(access->db, &token);
    e = change_commit(access, visit, e, token.name, verdict);
    if (e != OK) {
        return e;
    }
    token_join(token.id, secret, text);
    out->token = arena_keep(arena, text);
    access_lock(access);
    view_token(roster_add_token(&access->roster, &token), arena, &out->about);
    access_unlock(access);
    return OK;
}

enum err accounts_remove_token(struct access *access, const char *id, const struct visit *visit,
                               struct verdict *verdict)
{
    const struct token *token = roster_token(&access->roster, id, strlen(id));
    if (token == NULL) {
        return refuse_change(verdict, ERR_NOT_FOUND, "", "There is no such token");
    }
    enum err e = change_begin(access);
    if (e != OK) {
        return e;
    }
    e = store_remove_token(access->db, id);
    e = change_commit(access, visit, e, token->name, verdict);
    if (e == OK) {
        access_lock(access);
        roster_remove_token(&access->roster, id);
        access_raise_generation(access);
        access_unlock(access);
    }
    return e;
}
