/* SPDX-License-Identifier: MIT
 * names.h - what a server's accounts, devices and libraries are called. Texts live in an arena. */
#ifndef PLAYBUS_ACTORS_SHARED_PLEX_NAMES_H
#define PLAYBUS_ACTORS_SHARED_PLEX_NAMES_H

#include <jansson.h>

#include "proto/base/error.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

enum { NAMES_MAX = 20000 }; /* of each kind; devices grow for ever */

struct device {
    int64_t id;
    const char *name, *platform, *machine_id; /* NULL: not known */
};

struct account {
    int64_t id;
    const char *name; /* NULL: not known */
};

struct names {
    struct account *accounts; /* by id */
    struct device *devices;   /* by id */
    struct library *libraries;
    struct person *people; /* the accounts that are somebody */
    size_t account_count, device_count, library_count, people_count;
};

/* From the containers of /accounts, /devices and /library/sections. SERVER_FAILED. */
enum err names_take_accounts(struct names *n, const json_t *container,
                             struct arena *arena) NODISCARD;
enum err names_take_devices(struct names *n, const json_t *container,
                            struct arena *arena) NODISCARD;
enum err names_take_libraries(struct names *n, const json_t *container, const char *server_id,
                              struct arena *arena) NODISCARD;

/* NULL: no longer there. */
const struct account *names_account(const struct names *n, int64_t id);
const struct device *names_device(const struct names *n, int64_t id);
const struct library *names_library(const struct names *n, const char *section_id);

#endif
