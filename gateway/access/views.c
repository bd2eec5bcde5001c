/* SPDX-License-Identifier: MIT
 * views.c - the lists are copied under the lock and sorted after it. */
#include "gateway/access/views.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/access/accounts.h"
#include "gateway/access/parts.h"

enum role_name role_shown(enum role role)
{
    return role == ROLE_ADMIN ? role_name_admin : role_name_viewer;
}

void view_people(const char *people, struct arena *arena, const char ***out, size_t *out_count)
{
    const char *at = people;
    *out = arena_alloc(arena, (strlen(people) / 2 + 1) * sizeof **out);
    for (*out_count = 0; *at != '\0'; at += strcspn(at, "\n") + 1) {
        (*out)[(*out_count)++] = arena_text(arena, at, strcspn(at, "\n"));
    }
}

void view_user(const struct user *user, struct arena *arena, struct user_view *out)
{
    *out = (struct user_view){.id = arena_keep(arena, user->id),
                              .name = arena_keep(arena, user->name),
                              .role = role_shown(user->role),
                              .active = user->active,
                              .must_change_password = user->must_change,
                              .created_at = user->created_at};
    if (user->last_sign_in_at > 0) {
        PUT(out, last_sign_in_at, user->last_sign_in_at);
    }
    view_people(user->people, arena, &out->people, &out->people_count);
}

void view_token(const struct token *token, struct arena *arena, struct token_view *out)
{
    *out = (struct token_view){.id = arena_keep(arena, token->id),
                               .name = arena_keep(arena, token->name),
                               .role = role_shown(token_role(token)),
                               .user = arena_keep(arena, token->user->name),
                               .created_at = token->created_at,
                               .expires_at = token->expires_at};
    if (token->last_used_at > 0) {
        PUT(out, last_used_at, token->last_used_at - token->last_used_at % 60000);
    }
}

static void view_session(const struct session *session, const char *own_key, struct arena *arena,
                         struct session_view *out)
{
    *out = (struct session_view){.id = arena_keep(arena, session->id),
                                 .user = arena_keep(arena, session->user->name),
                                 .address = arena_keep(arena, session->address),
                                 .user_agent = arena_keep(arena, session->user_agent),
                                 .created_at = session->created_at,
                                 .last_used_at = session->last_used_at,
                                 .expires_at = session->expires_at,
                                 .current = strcmp(session->id, own_key) == 0};
}

/* ---- lists ---- */

static int by_name(const void *a, const void *b)
{
    return strcasecmp(((const struct user_view *)a)->name, ((const struct user_view *)b)->name);
}

static int newest_first(int64_t a, int64_t b)
{
    return a < b ? 1 : a > b ? -1 : 0;
}

static int newest_token(const void *a, const void *b)
{
    return newest_first(((const struct token_view *)a)->created_at,
                        ((const struct token_view *)b)->created_at);
}

static int newest_session(const void *a, const void *b)
{
    return newest_first(((const struct session_view *)a)->created_at,
                        ((const struct session_view *)b)->created_at);
}

void accounts_users(struct access *access, struct arena *arena, struct users_listed *out)
{
    const struct roster *roster = &access->roster;
    *out = (struct users_listed){0};
    access_lock(access);
    out->items = arena_alloc(arena, (roster->users_count + 1) * sizeof *out->items);
    for (size_t i = 0; i < roster->users_count; i++) {
        view_user(roster->users[i], arena, &out->items[out->items_count++]);
    }
    access_unlock(access);
    qsort(out->items, out->items_count, sizeof *out->items, by_name);
}

void accounts_tokens(struct access *access, struct arena *arena, struct tokens_listed *out)
{
    const struct roster *roster = &access->roster;
    *out = (struct tokens_listed){0};
    access_lock(access);
    out->items = arena_alloc(arena, (roster->tokens_count + 1) * sizeof *out->items);
    for (size_t i = 0; i < roster->tokens_count; i++) {
        view_token(roster->tokens[i], arena, &out->items[out->items_count++]);
    }
    access_unlock(access);
    qsort(out->items, out->items_count, sizeof *out->items, newest_token);
}

void accounts_sessions(struct access *access, const struct caller *caller, bool everybody,
                       struct arena *arena, int64_t now, struct sessions_listed *out)
{
    const struct roster *roster = &access->roster;
    *out = (struct sessions_listed){0};
    access_lock(access);
    out->items = arena_alloc(arena, (roster->sessions_count + 1) * sizeof *out->items);
    for (size_t i = 0; i < roster->sessions_count; i++) {
        const struct session *s = roster->sessions[i];
        bool shown = everybody || strcmp(s->user->id, caller->user_id) == 0;
        if (shown && session_is_live(roster, s, now)) {
            view_session(s, caller->key, arena, &out->items[out->items_count++]);
        }
    }
    access_unlock(access);
    qsort(out->items, out->items_count, sizeof *out->items, newest_session);
}
