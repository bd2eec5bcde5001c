/* SPDX-License-Identifier: MIT
 * commands.h - every command of `playbus`: its name, options, help, and what runs it. */
#ifndef PLAYBUS_ACTORS_CLI_COMMANDS_H
#define PLAYBUS_ACTORS_CLI_COMMANDS_H

#include <argp.h>

#include "actors/cli/cli.h"

enum option_key {
    KEY_DATA = 256,
    KEY_LISTEN,
    KEY_ALLOW,
    KEY_WORKERS,
    KEY_IMPORT,
    KEY_DRY_RUN,
    KEY_RESUME,
    KEY_STOP,
    KEY_REPLACE,
    KEY_DISCARD,
    KEY_YES,
    KEY_JSON,
    KEY_CSV,
    KEY_REPAIRS,
    KEY_FORMAT,
    KEY_SERVER,
    KEY_USER,
    KEY_PERSON,
    KEY_PLAY,
    KEY_BY,
    KEY_LIBRARY,
    KEY_NAME,
    KEY_MEDIA_TYPE,
    KEY_FROM,
    KEY_TO,
    KEY_TEXT,
    KEY_LIMIT,
    KEY_UTC,
    KEY_ACTOR,
    KEY_ACTION,
    KEY_OUTCOME,
    KEY_JOB,
    KEY_KEY,
    KEY_HEAD,
    KEY_AT_LEAST,
    KEY_ROLE,
    KEY_PASSWORD_STDIN,
    KEY_ADDRESS,
    KEY_KIND,
    KEY_TOKEN,
    KEY_TOKEN_FILE,
    KEY_CERTIFICATE,
    KEY_INSECURE_PASSWORD,
    KEY_QUICK_CONNECT,
    KEY_ENABLE,
    KEY_DISABLE,
    KEY_SCHEDULE,
    KEY_NO_SCHEDULE,
    KEY_INTERVAL,
    KEY_DAYS,
    KEY_ONLY_LIBRARY,
    KEY_FOR,
    KEY_USAGE
};

struct command {
    const char *name;      /* one word or two */
    const char *arguments; /* NULL: takes none; "NAME ADDRESS": two */
    const struct argp_option *options;
    int (*run)(const struct options *o);
    const char *doc; /* before \v: what it does; after: examples */
};

#define COMMANDS_COUNT 43
extern const struct command commands[COMMANDS_COUNT];

/* completion.c: the script for bash, made from these. */
void completion_print(const struct command list[static COMMANDS_COUNT]);

#endif
