/* SPDX-License-Identifier: MIT
 * run_files.h - what the file system hands out: two secrets, run/setup.code and run/cli.token, and
 * where the gateway is, run/gateway.address. Who may read a secret may do what it allows. */
#ifndef PLAYBUS_GATEWAY_ACCESS_RUN_FILES_H
#define PLAYBUS_GATEWAY_ACCESS_RUN_FILES_H

#include "gateway/access/access.h"

#define SETUP_CODE_FILE "run/setup.code"
#define LOCAL_TOKEN_FILE "run/cli.token"
#define SETUP_CODE_SIZE 33 /* 128 bits in hexadecimal */

/* Replaces the file at once, 0600. With a group (not ""), 0640, and the group may enter the data
 * folder and run, but read nothing else in them; an unknown group is BAD_SETTING. */
enum err run_file_write(const char *path, const char *text, const char *group) NODISCARD;
void run_file_remove(const char *path);

#endif
