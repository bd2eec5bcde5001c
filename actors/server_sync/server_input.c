/* SPDX-License-Identifier: MIT
 * server_input.c - names without blanks around them, addresses and fingerprints in their one form,
 * tokens that fit into a header. */
#include "actors/server_sync/server_input.h"

#include <sodium.h>
#include <string.h>

#include "actors/server_sync/server_address.h"
#include "actors/server_sync/server_test.h"
#include "proto/base/text.h"

static enum err refuse_field(struct refusal *out_why, const char *field, const char *text)
{
    *out_why = (struct refusal){.field = field, .text = text};
    return ERR_BAD_FIELD;
}

static enum err tidy_name(const char **name, struct arena *arena, struct refusal *out_why)
{
    if (*name == NULL) {
        return OK;
    }
    size_t size = 0;
    const char *text = text_trim(*name, &size);
    *name = arena_text(arena, text, size);
    bool clean = text_is_clean(*name, size) && (*name)[strcspn(*name, "\t\n")] == '\0';
    return clean && !text_is_blank(*name)
               ? OK
               : refuse_field(out_why, "name", "A server needs a name of printable characters");
}

static enum err tidy_address(const char **address, struct arena *arena, struct refusal *out_why)
{
    const char *why = NULL;
    if (*address == NULL || server_address_read(*address, arena, address, &why) == OK) {
        return OK;
    }
    return refuse_field(out_why, "address", why);
}

/* Printable ASCII without blanks, as every vendor's are: it becomes the value of a header. */
static enum err check_token(const char *token, struct refusal *out_why)
{
    for (const char *c = token; c != NULL && *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~') {
            return refuse_field(out_why, "token", "A token has no blanks and no line ends in it");
        }
    }
    return OK;
}

static enum err tidy_certificate(const char **certificate, struct arena *arena,
                                 struct refusal *out_why)
{
    char text[FINGERPRINT_SIZE];
    if (*certificate == NULL || **certificate == '\0') {
        return OK;
    }
    if (!fingerprint_read(*certificate, text)) {
        return refuse_field(out_why, "certificate_sha256",
                            "A fingerprint has 64 hexadecimal digits, with colons or without");
    }
    *certificate = arena_keep(arena, text);
    return OK;
}

/* A name and a password take the place of a token, where the kind has them. */
struct login {
    enum server_kind kind;
    const char *address, *username, *password, *token;
    bool insecure;
};

static enum err check_login(const struct login *login, struct refusal *out_why)
{
    if (login->username == NULL) {
        return login->password == NULL
                   ? OK
                   : refuse_field(out_why, "username", "A password needs the name of its user");
    }
    if (!server_test_knows(login->kind, ASK_TO_SIGN_IN)) {
        return refuse_field(out_why, "username",
                            login->kind == server_kind_tautulli
                                ? "Tautulli takes no name and password here; give its API key"
                                : "Plex takes no name and password here; give a token, or sign in "
                                  "with Plex");
    }
    if (login->token != NULL) {
        return refuse_field(out_why, "token", "Give a token, or a name and password, not both");
    }
    if (text_is_blank(login->username) ||
        !text_is_clean(login->username, strlen(login->username))) {
        return refuse_field(out_why, "username", "The name of a user has printable characters");
    }
    bool safe = server_address_is_encrypted(login->address) ||
                server_address_is_local(login->address) || login->insecure;
    return safe ? OK : ERR_PASSWORD_IN_CLEAR;
}

enum err server_input_add(struct server_add *add, struct arena *arena, struct refusal *out_why)
{
    enum err e = tidy_name(&add->name, arena, out_why);
    e = e == OK ? tidy_address(&add->address, arena, out_why) : e;
    e = e == OK ? tidy_certificate(&add->certificate_sha256, arena, out_why) : e;
    if (add->certificate_sha256 != NULL && add->certificate_sha256[0] == '\0') {
        add->certificate_sha256 = NULL;
    }
    const struct login login = {.kind = add->has_kind ? add->kind : server_kind_plex,
                                .address = add->address,
                                .username = add->username,
                                .password = add->password,
                                .token = add->token,
                                .insecure = add->has_insecure_password && add->insecure_password};
    e = e == OK ? check_login(&login, out_why) : e;
    return e == OK ? check_token(add->token, out_why) : e;
}

enum err server_input_change(struct server_change *change, const struct server_view *server,
                             struct arena *arena, struct refusal *out_why)
{
    enum err e = tidy_name(&change->name, arena, out_why);
    e = e == OK ? tidy_address(&change->address, arena, out_why) : e;
    e = e == OK ? tidy_certificate(&change->certificate_sha256, arena, out_why) : e;
    const struct login login = {
        .kind = server->kind,
        .address = change->address != NULL ? change->address : server->address,
        .username = change->username,
        .password = change->password,
        .token = change->token,
        .insecure = change->has_insecure_password && change->insecure_password};
    e = e == OK ? check_login(&login, out_why) : e;
    return e == OK ? check_token(change->token, out_why) : e;
}

enum err server_input_probe(struct server_probe *probe, struct arena *arena,
                            struct refusal *out_why)
{
    enum err e = tidy_address(&probe->address, arena, out_why);
    e = e == OK ? tidy_certificate(&probe->certificate_sha256, arena, out_why) : e;
    if (probe->certificate_sha256 != NULL && probe->certificate_sha256[0] == '\0') {
        probe->certificate_sha256 = NULL;
    }
    return e == OK ? check_token(probe->token, out_why) : e;
}

void server_input_forget(const char *token)
{
    if (token != NULL) {
        sodium_memzero((char *)token, strlen(token)); /* the message is ours, and read */
    }
}
