/* SPDX-License-Identifier: MIT
 * names.c - accounts, devices and libraries by their ids. Account 0 is a placeholder of no name,
 * and nobody; one without a usable id is passed over. */
#include "actors/shared/plex/names.h"

#include <stdlib.h>
#include <string.h>

#include "actors/shared/plex/plex_json.h"

static int by_account(const void *left, const void *right)
{
    int64_t a = ((const struct account *)left)->id;
    int64_t b = ((const struct account *)right)->id;
    return (a > b) - (a < b);
}

static int by_device(const void *left, const void *right)
{
    int64_t a = ((const struct device *)left)->id;
    int64_t b = ((const struct device *)right)->id;
    return (a > b) - (a < b);
}

static size_t room_for(const json_t *list)
{
    size_t count = json_array_size(list);
    return count < NAMES_MAX ? count : NAMES_MAX;
}

static const char *keep_text(const json_t *object, const char *name, struct arena *arena)
{
    return plex_clean(plex_text(object, name), 1024, arena);
}

enum err names_take_accounts(struct names *n, const json_t *container, struct arena *arena)
{
    const json_t *list = NULL;
    enum err e = plex_list(container, "Account", &list);
    size_t room = room_for(list);
    n->accounts = arena_alloc(arena, (room + 1) * sizeof(*n->accounts));
    n->people = arena_alloc(arena, (room + 1) * sizeof(*n->people));
    n->account_count = n->people_count = 0;
    for (size_t i = 0; i < room; i++) {
        const json_t *one = json_array_get(list, i);
        int64_t id = 0;
        if (!plex_number(one, "id", &id) || id <= 0) {
            continue;
        }
        const char *name = keep_text(one, "name", arena);
        n->accounts[n->account_count++] = (struct account){.id = id, .name = name};
        n->people[n->people_count++] =
            (struct person){.user_id = arena_format(arena, "%lld", (long long)id), .name = name};
    }
    qsort(n->accounts, n->account_count, sizeof(*n->accounts), by_account);
    return e;
}

enum err names_take_devices(struct names *n, const json_t *container, struct arena *arena)
{
    const json_t *list = NULL;
    enum err e = plex_list(container, "Device", &list);
    size_t room = room_for(list);
    n->devices = arena_alloc(arena, (room + 1) * sizeof(*n->devices));
    n->device_count = 0;
    for (size_t i = 0; i < room; i++) {
        const json_t *one = json_array_get(list, i);
        struct device device = {.name = keep_text(one, "name", arena),
                                .platform = keep_text(one, "platform", arena),
                                .machine_id = keep_text(one, "clientIdentifier", arena)};
        if (plex_number(one, "id", &device.id)) {
            n->devices[n->device_count++] = device;
        }
    }
    qsort(n->devices, n->device_count, sizeof(*n->devices), by_device);
    return e;
}

enum err names_take_libraries(struct names *n, const json_t *container, const char *server_id,
                              struct arena *arena)
{
    const json_t *list = NULL;
    char key[24];
    enum err e = plex_list(container, "Directory", &list);
    size_t room = room_for(list);
    room = room < 10000 ? room : 10000; /* as the schema has it */
    n->libraries = arena_alloc(arena, (room + 1) * sizeof(*n->libraries));
    n->library_count = 0;
    for (size_t i = 0; i < room; i++) {
        const json_t *one = json_array_get(list, i);
        if (plex_key(one, "key", key) != NULL) {
            n->libraries[n->library_count++] =
                (struct library){.server_id = server_id,
                                 .section_id = arena_keep(arena, key),
                                 .name = keep_text(one, "title", arena),
                                 .kind = plex_clean(plex_text(one, "type"), 64, arena)};
        }
    }
    return e;
}

const struct account *names_account(const struct names *n, int64_t id)
{
    const struct account wanted = {.id = id};
    return n->account_count == 0
               ? NULL
               : bsearch(&wanted, n->accounts, n->account_count, sizeof(*n->accounts), by_account);
}

const struct device *names_device(const struct names *n, int64_t id)
{
    const struct device wanted = {.id = id};
    return n->device_count == 0
               ? NULL
               : bsearch(&wanted, n->devices, n->device_count, sizeof(*n->devices), by_device);
}

const struct library *names_library(const struct names *n, const char *section_id)
{
    for (size_t i = 0; section_id != NULL && i < n->library_count; i++) {
        if (strcmp(n->libraries[i].section_id, section_id) == 0) {
            return &n->libraries[i];
        }
    }
    return NULL;
}
