/* SPDX-License-Identifier: MIT
 * server_input.h - what somebody typed of a server, in its one form; what cannot be so is refused
 * with the field's name, and never repeated: a secret may stand in the wrong field. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_SERVER_INPUT_H
#define PLAYBUS_ACTORS_SERVER_SYNC_SERVER_INPUT_H

#include "proto/base/error.h"
#include "proto/base/own.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

/* Each changes what has another form, with texts in the arena. BAD_FIELD; PASSWORD_IN_CLEAR: it
 * would be, and that was not confirmed. */
enum err server_input_add(struct server_add *add, struct arena *arena,
                          struct refusal *out_why) NODISCARD;
enum err server_input_change(struct server_change *change, const struct server_view *server,
                             struct arena *arena, struct refusal *out_why) NODISCARD;
enum err server_input_probe(struct server_probe *probe, struct arena *arena,
                            struct refusal *out_why) NODISCARD;

/* Wipes a token or password that a message brought, once it was copied. NULL is harmless. */
void server_input_forget(const char *token);

#endif
