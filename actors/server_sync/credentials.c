/* SPDX-License-Identifier: MIT
 * credentials.c - the one answer that has a token. Our copy of it is wiped when it was sent. */
#include "actors/server_sync/credentials.h"

static enum err refuse_disabled(struct actor *a, const struct msg *m)
{
    const struct refusal why = {.code = err_code(ERR_NO_PLEX_SERVER),
                                .text = "The server is disabled",
                                .remedy = "Enable it: playbus server change SERVER --enable"};
    return actor_refuse(a, m, ERR_NO_PLEX_SERVER, &why);
}

enum err credentials_read(struct servers *servers, const char *id, struct arena *arena,
                          struct secret **out_token, struct server_credentials *out)
{
    OWNED(secret_destroy) struct secret *token = NULL;
    struct server_view server;
    const char *client_id = NULL;
    enum err e = servers_get(servers, id, arena, &server);
    e = e == OK && !server.enabled ? ERR_SERVER_DISABLED : e;
    e = e == OK ? servers_token(servers, server.id, &token) : e;
    e = e == OK ? servers_client_id(servers, server.kind, server.id, arena, &client_id) : e;
    if (e != OK) {
        return e;
    }
    *out = (struct server_credentials){.id = server.id,
                                       .name = server.name,
                                       .address = server.address,
                                       .identity = server.identity,
                                       .server_name = server.server_name,
                                       .certificate_sha256 = server.certificate_sha256,
                                       .client_id = client_id,
                                       .token = token->bytes};
    *out_token = TAKE(token);
    return OK;
}

enum err credentials_answer(struct actor *a, const struct msg *m, struct servers *servers,
                            enum server_kind kind, const char *id)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(secret_destroy) struct secret *token = NULL;
    struct server_credentials given;
    struct server_view server;
    enum err e = servers_get(servers, id, arena, &server);
    e = e == OK && server.kind != kind ? ERR_SERVER_NOT_FOUND : e;
    e = e == OK ? credentials_read(servers, id, arena, &token, &given) : e;
    if (e != OK) {
        bool of_plex = kind == server_kind_plex;
        return e == ERR_SERVER_DISABLED && of_plex ? refuse_disabled(a, m) : e;
    }
    log_info("credentials given server_id=%s to=%s", given.id, msg_sender(m));
    return reply_server_credentials(a, m, &given);
}
