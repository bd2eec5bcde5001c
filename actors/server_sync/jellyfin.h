/* SPDX-License-Identifier: MIT
 * jellyfin.h - the requests that Jellyfin and Emby have in common: they are of one ancestry. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_H
#define PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_H

#include "actors/server_sync/vendor.h"

/* /System/Info/Public needs no token: who it is, and of which of the two kinds. */
enum err jellyfin_read_public(const json_t *answer, struct arena *arena,
                              struct server_facts *facts);
/* /System/Info takes any token of the server. */
enum err jellyfin_read_info(const json_t *answer, struct arena *arena, struct server_facts *facts);
/* A page of the activity log, which the server shows to administrators and API keys alone. */
enum err jellyfin_read_activity(const json_t *answer, struct arena *arena,
                                struct server_facts *facts);
/* What a sign-in gives. */
enum err jellyfin_read_token(const json_t *answer, struct arena *arena, struct server_facts *facts);
struct secret *jellyfin_post_password(const char *username, const struct secret *given);
bool jellyfin_is_maintenance(const struct http_answer *answer);

/* Behind a wrong path a proxy may ask for a sign-in of its own. */
#define JELLYFIN_WHO_IT_IS                                                              \
    {                                                                                   \
        .path = "/System/Info/Public", .body_max = 65536, .read = jellyfin_read_public, \
        .refused = ERR_SERVER_PATH_MISSING, .forbidden = ERR_SERVER_PATH_MISSING,       \
        .missing = ERR_SERVER_PATH_MISSING                                              \
    }
#define JELLYFIN_TAKES_THE_TOKEN                                             \
    {                                                                        \
        .path = "/System/Info", .with_token = true, .body_max = 1024 * 1024, \
        .read = jellyfin_read_info, .refused = ERR_SERVER_TOKEN_REFUSED,     \
        .forbidden = ERR_SERVER_NOT_ADMIN                                    \
    }
/* The token was taken a moment ago, so what is refused now is the right. */
#define JELLYFIN_IS_ADMIN                                                                         \
    {                                                                                             \
        .path = "/System/ActivityLog/Entries?limit=1", .with_token = true,                        \
        .body_max = 1024 * 1024, .read = jellyfin_read_activity, .refused = ERR_SERVER_NOT_ADMIN, \
        .forbidden = ERR_SERVER_NOT_ADMIN                                                         \
    }
#define JELLYFIN_SIGN_IN(where, body)                                                          \
    {                                                                                          \
        .path = (where), .post = (body), .body_max = 1024 * 1024, .read = jellyfin_read_token, \
        .refused = ERR_SERVER_SIGN_IN_REFUSED, .forbidden = ERR_SERVER_SIGN_IN_REFUSED         \
    }
#define JELLYFIN_SIGN_OUT                                                            \
    {                                                                                \
        .path = "/Sessions/Logout", .with_token = true, .post = vendor_post_nothing, \
        .body_max = 65536, .refused = ERR_SERVER_TOKEN_REFUSED                       \
    }

/* What both kinds are asked, and how. */
#define JELLYFIN_QUESTIONS                                                                      \
    [ASK_WHO_IT_IS] = {JELLYFIN_WHO_IT_IS},                                                     \
    [ASK_WHETHER_IT_WORKS] = {JELLYFIN_WHO_IT_IS, JELLYFIN_TAKES_THE_TOKEN, JELLYFIN_IS_ADMIN}, \
    [ASK_TO_SIGN_IN] = {JELLYFIN_WHO_IT_IS,                                                     \
                        JELLYFIN_SIGN_IN("/Users/AuthenticateByName", jellyfin_post_password),  \
                        JELLYFIN_TAKES_THE_TOKEN, JELLYFIN_IS_ADMIN},                           \
    [ASK_TO_SIGN_OUT] = {JELLYFIN_WHO_IT_IS, JELLYFIN_SIGN_OUT}

#endif
