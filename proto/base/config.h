/* SPDX-License-Identifier: MIT
 * config.h - the settings of settings.def, from defaults, DATA/playbus.conf (zconfig) and
 * PLAYBUS_*. */
#ifndef PLAYBUS_PROTO_BASE_CONFIG_H
#define PLAYBUS_PROTO_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

enum setting {
#define SETTING(id, ...) SETTING_##id,
#include "proto/base/settings.def"
#undef SETTING
    SETTING_COUNT
};

struct config;

/* Reads DATA/playbus.conf if it is there. An unknown name, a wrong number or a file that cannot be
 * read is BAD_SETTING, and the log says which line. */
enum err config_open(const char *data_dir, struct config **out) NODISCARD;
void config_close(struct config **config);
/* Is every PLAYBUS_* of the environment one that there is? BAD_SETTING, and the log says which not.
 * Part of config_open(). */
enum err config_check_environment(void) NODISCARD;

const char *config_data_dir(const struct config *c); /* absolute */
const char *config_text(const struct config *c, enum setting s);
int64_t config_number(const struct config *c, enum setting s);
size_t config_list_count(const struct config *c, enum setting s);
const char *config_list_item(const struct config *c, enum setting s, size_t index);

/* The rule for gateway.listen, which the gateway and `playbus up` both hold: another address than
 * loopback only with a named proxy in front, or where serving without TLS was allowed. */
bool config_may_listen_beyond_loopback(const struct config *c);

#endif
