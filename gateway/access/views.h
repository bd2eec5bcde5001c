/* SPDX-License-Identifier: MIT
 * views.h - users, sessions and tokens as they are shown: copies, without secrets. Under the lock.
 */
#ifndef PLAYBUS_GATEWAY_ACCESS_VIEWS_H
#define PLAYBUS_GATEWAY_ACCESS_VIEWS_H

#include "gateway/access/roster.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

void view_user(const struct user *user, struct arena *arena, struct user_view *out);
void view_token(const struct token *token, struct arena *arena, struct token_view *out);
/* The ids of persons in the lines of user.people or caller.people. */
void view_people(const char *people, struct arena *arena, const char ***out, size_t *out_count);
enum role_name role_shown(enum role role);

#endif
