/* SPDX-License-Identifier: MIT
 * plex_servers.c - reads plex.tv's list of resources, which has players beside servers.
 *
 * Where a server speaks https plex.tv tells only the names of its certificate (A-B-C-D.ID.plex.
 * direct); its plain address in the local network is one of its addresses too, for a machine
 * without the authorities that vouch for these names. */
#include "actors/server_sync/plex_servers.h"

#include <stdlib.h>
#include <string.h>

#include "actors/server_sync/plex_tv.h"
#include "actors/server_sync/server_address.h"
#include "proto/base/text.h"

enum { LISTED_MAX = 100, CONNECTIONS_MAX = 32, NAME_MAX_BYTES = 128, TEXT_MAX_BYTES = 1024 };

#define SHARED_NOTE                                                                                \
    "This server is shared with you: it tells of your own plays only. To read those of everybody " \
    "its owner has to sign in"

/* ---- values ---- */

/* A printable text, cut to so many bytes; NULL where it is none. */
static const char *text_of(const json_t *object, const char *name, size_t max, struct arena *arena)
{
    const char *text = json_string_value(json_object_get(object, name));
    if (text == NULL || text_is_blank(text)) {
        return NULL;
    }
    size_t size = strlen(text);
    while (size > max || (size < strlen(text) && (text[size] & 0xc0) == 0x80)) {
        size = size > max ? max : size - 1; /* a character that is cut goes whole */
    }
    char *kept = arena_text(arena, text, size);
    text_neutralise(kept, size, "");
    return kept;
}

/* true, 1 and "1" are all met. */
static bool is_true(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    const char *text = json_string_value(value);
    return json_is_true(value) || json_integer_value(value) == 1 ||
           (text != NULL && (strcmp(text, "1") == 0 || strcmp(text, "true") == 0));
}

/* Is `word` in a list with commas? */
static bool has_word(const char *list, const char *word)
{
    size_t size = strlen(word);
    while (list != NULL && *list != '\0') {
        size_t here = strcspn(list, ",");
        if (here == size && memcmp(list, word, size) == 0) {
            return true;
        }
        list += here + (list[here] == ',');
    }
    return false;
}

/* ---- connections ---- */

static void add_connection(struct plex_server *server, const char *address, const json_t *said,
                           struct arena *arena)
{
    struct plex_person_server *view = &server->view;
    const char *why = NULL;
    const char *tidy = NULL;
    if (address == NULL || strlen(address) > TEXT_MAX_BYTES ||
        view->connections_count == CONNECTIONS_MAX ||
        server_address_read(address, arena, &tidy, &why) != OK) {
        return;
    }
    for (size_t i = 0; i < view->connections_count; i++) {
        if (strcmp(view->connections[i].address, tidy) == 0) {
            return;
        }
    }
    view->connections[view->connections_count++] =
        (struct plex_connection){.address = tidy,
                                 .local = is_true(said, "local"),
                                 .relay = is_true(said, "relay"),
                                 .secure = strncmp(tidy, "https:", 6) == 0};
}

static void add_plain_address(struct plex_server *server, const json_t *said, struct arena *arena)
{
    const char *host = json_string_value(json_object_get(said, "address"));
    json_int_t port = json_integer_value(json_object_get(said, "port"));
    if (host != NULL && host[0] != '\0' && strlen(host) < 256 && port > 0 && port <= 65535) {
        bool v6 = strchr(host, ':') != NULL;
        add_connection(
            server,
            arena_format(arena, "http://%s%s%s:%d", v6 ? "[" : "", host, v6 ? "]" : "", (int)port),
            said, arena);
    }
}

static void read_connections(const json_t *resource, struct plex_server *server,
                             struct arena *arena)
{
    const json_t *list = json_object_get(resource, "connections");
    size_t i = 0;
    const json_t *said = NULL;
    server->view.connections = arena_alloc(arena, CONNECTIONS_MAX * sizeof(struct plex_connection));
    json_array_foreach(list, i, said)
    {
        add_connection(server, json_string_value(json_object_get(said, "uri")), said, arena);
        if (is_true(said, "local") && !is_true(resource, "httpsRequired")) {
            add_plain_address(server, said, arena);
        }
    }
}

/* The smaller, the better. By way of plex.tv it is slow, but a token over plain http in the
 * internet can be read by whoever is in between. */
static int rank(const struct plex_connection *c)
{
    int way = c->relay ? 3 : c->local && c->secure ? 0 : c->local ? 1 : c->secure ? 2 : 4;
    return way + (c->works ? 0 : 5);
}

void plex_servers_rank(struct plex_server *server)
{
    struct plex_connection *all = server->view.connections;
    for (size_t i = 1; i < server->view.connections_count; i++) {
        struct plex_connection moved = all[i];
        size_t at = i;
        for (; at > 0 && rank(&all[at - 1]) > rank(&moved); at--) {
            all[at] = all[at - 1];
        }
        all[at] = moved;
    }
}

/* ---- servers ---- */

static bool read_server(const json_t *resource, struct arena *arena, struct plex_server *out)
{
    const char *token = json_string_value(json_object_get(resource, "accessToken"));
    const char *identity = json_string_value(json_object_get(resource, "clientIdentifier"));
    const char *name = text_of(resource, "name", NAME_MAX_BYTES, arena);
    bool is_server = has_word(json_string_value(json_object_get(resource, "provides")), "server");
    if (!is_server || !plex_tv_is_token(token) || identity == NULL || identity[0] == '\0' ||
        strlen(identity) > 255) {
        return false;
    }
    bool owned = is_true(resource, "owned");
    *out = (struct plex_server){
        .view = {.machine_identifier = arena_keep(arena, identity),
                 .name = name != NULL ? name : "Plex",
                 .owned = owned,
                 .owner = owned ? NULL : text_of(resource, "sourceTitle", TEXT_MAX_BYTES, arena),
                 .version = text_of(resource, "productVersion", NAME_MAX_BYTES, arena),
                 .note = owned ? NULL : SHARED_NOTE},
        .token = secret_new(token, strlen(token))};
    read_connections(resource, out, arena);
    plex_servers_rank(out);
    return true;
}

static int compare(const void *a, const void *b)
{
    const struct plex_person_server *one = &((const struct plex_server *)a)->view;
    const struct plex_person_server *other = &((const struct plex_server *)b)->view;
    int by_name = strcmp(one->name, other->name);
    if (one->owned != other->owned) {
        return one->owned ? -1 : 1;
    }
    return by_name != 0 ? by_name : strcmp(one->machine_identifier, other->machine_identifier);
}

enum err plex_servers_read(const json_t *resources, struct arena *arena, struct plex_servers *out)
{
    if (!json_is_array(resources)) {
        return ERR_PLEX_TV_FAILED;
    }
    size_t i = 0;
    const json_t *resource = NULL;
    *out =
        (struct plex_servers){.items = arena_alloc(arena, LISTED_MAX * sizeof(struct plex_server))};
    for (int own = 1; own >= 0; own--) { /* where not all fit, the shared ones are left out */
        json_array_foreach(resources, i, resource)
        {
            if (out->count < LISTED_MAX && is_true(resource, "owned") == (own == 1) &&
                read_server(resource, arena, &out->items[out->count])) {
                out->count++;
            }
        }
    }
    if (out->count > 0) {
        qsort(out->items, out->count, sizeof *out->items, compare);
    }
    return OK;
}

void plex_servers_forget(struct plex_servers *servers)
{
    for (size_t i = 0; i < servers->count; i++) {
        secret_destroy(&servers->items[i].token);
    }
    servers->count = 0;
}
