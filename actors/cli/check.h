/* SPDX-License-Identifier: MIT
 * check.h - what the newest `playbus check` of a data folder found. */
#ifndef PLAYBUS_ACTORS_CLI_CHECK_H
#define PLAYBUS_ACTORS_CLI_CHECK_H

#include <jansson.h>

/* The check_result of the data folder we are in; NULL if it
 * was never checked. */
json_t *check_result_read(void);

#endif
