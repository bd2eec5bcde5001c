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
enum role_name role_shown(enum role role);

#endif
