/* SPDX-License-Identifier: MIT
 * import_address.c - registers a Tautulli before its first import. The key is asked for without
 * being shown, or read from a file or from stdin; it is never an argument, which others could read.
 * One that does not work is not kept. */
#include "actors/cli/import_address.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "actors/cli/password.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "proto/wire/json.h"

bool is_import_address(const char *argument)
{
    return argument != NULL &&
           (strncasecmp(argument, "http://", 7) == 0 || strncasecmp(argument, "https://", 8) == 0);
}

/* nas:8181/tautulli */
static const char *name_of(const char *address)
{
    return strstr(address, "://") + 3;
}

static bool read_key(const struct follow *f, char out[static PASSWORD_ROOM])
{
    if (f->o->token_file != NULL || isatty(STDIN_FILENO) != 1) {
        return password_token_from(f->o, out);
    }
    say(stderr, "Its API key is shown in Tautulli: Settings, Web Interface.\n");
    return password_ask_token(name_of(f->argument), NULL, out);
}

enum err import_register(struct follow *f, struct reply *out)
{
    char key[PASSWORD_ROOM] = "";
    if (!read_key(f, key)) {
        return ERR_SERVER_TOKEN_MISSING;
    }
    json_t *server =
        json_pack("{s:s, s:s, s:s}", "kind", "tautulli", "address", f->argument, "token", key);
    sodium_memzero(key, sizeof(key));
    if (f->o->certificate != NULL) {
        (void)json_object_set_new(server, "certificate_sha256", json_string(f->o->certificate));
    }
    enum err e = follow_ask(f, "POST", "/servers/test", server, out);
    if (e == OK && reply_is_good(out)) {
        OWNED(json_release) json_t *found = TAKE(out->body);
        reply_release(out);
        (void)json_object_set_new(server, "name", json_string(name_of(f->argument)));
        e = follow_ask(f, "POST", "/servers", server, out);
        if (e == OK && reply_is_good(out)) {
            say(stderr, "Tautulli %s, which watches %s, is registered.\n",
                member_text(found, "version"), member_text(found, "server_name"));
        }
    }
    json_decref(server);
    return e;
}
