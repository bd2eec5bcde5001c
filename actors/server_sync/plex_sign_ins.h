/* SPDX-License-Identifier: MIT
 * plex_sign_ins.h - people who are signing in with Plex: one sign-in of each session or token.
 *
 * A token of plex.tv is in guarded memory alone. The one of the account is wiped as soon as its
 * servers are listed; those of the servers are wiped when one was added, when the sign-in is given
 * up, and after ten minutes. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_PLEX_SIGN_INS_H
#define PLAYBUS_ACTORS_SERVER_SYNC_PLEX_SIGN_INS_H

#include "actors/server_sync/servers.h"
#include "actors/shared/http_client.h"

struct plex_sign_ins;

/* What is given is borrowed, until the end. BAD_SETTING: plex.tv's address. */
enum err plex_sign_ins_open(struct actor *a, struct http_client *client, struct servers *servers,
                            struct plex_sign_ins **out) NODISCARD;
/* Before the client is closed, which ends what is still asked. */
void plex_sign_ins_close(struct plex_sign_ins **all);

/* The handlers of these commands. */
enum err plex_sign_in_open(struct plex_sign_ins *all, const struct msg *m) NODISCARD;
enum err plex_sign_in_show(struct plex_sign_ins *all, const struct msg *m) NODISCARD;
enum err plex_sign_in_add(struct plex_sign_ins *all, const struct msg *m) NODISCARD;
enum err plex_sign_in_close(struct plex_sign_ins *all, const struct msg *m) NODISCARD;

#endif
