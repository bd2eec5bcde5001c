/* SPDX-License-Identifier: MIT
 * password_sign_ins.h - a server is added, or gets another token, by a name and a password.
 *
 * The password is exchanged for a token at once, kept nowhere and wiped when it was sent. Nothing
 * is stored unless the server takes the token as an administrator's; else the token is ended. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_PASSWORD_SIGN_INS_H
#define PLAYBUS_ACTORS_SERVER_SYNC_PASSWORD_SIGN_INS_H

#include <sys/queue.h>

#include "actors/server_sync/servers.h"
#include "actors/shared/http_client.h"

struct password_sign_ins {
    struct http_client *client; /* borrowed, as the next */
    struct servers *servers;
    LIST_HEAD(, password_sign_in) under_way;
};

void password_sign_ins_init(struct password_sign_ins *all, struct http_client *client,
                            struct servers *servers);

/* Both answer the message later; what is wrong with the input was refused before. BUSY: the same
 * server is being signed in to, or too many are. */
enum err password_sign_in_add(struct password_sign_ins *all, struct actor *a, const struct msg *m,
                              const struct server_add *add) NODISCARD;
enum err password_sign_in_change(struct password_sign_ins *all, struct actor *a,
                                 const struct msg *m, const struct server_change *change) NODISCARD;

#endif
