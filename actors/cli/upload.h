/* SPDX-License-Identifier: MIT
 * upload.h - hands a database over to a service that may not read it where it is. */
#ifndef PLAYBUS_ACTORS_CLI_UPLOAD_H
#define PLAYBUS_ACTORS_CLI_UPLOAD_H

#include "actors/cli/client.h"
#include "proto/base/error.h"
#include "proto/base/own.h"

struct upload {
    int file, wal; /* -1: may not be read, or is not there */
};

/* Opens the file, and its -wal if it has one, as who typed the command: once the data folder is
 * entered root is another user, who may not. */
void upload_open(const char *file, struct upload *out);
void upload_close(struct upload *upload);

/* Uploads what was opened of `file`. OK with a good reply: `db_path` of the body is where the
 * service has it. OK with a refusal in `out`, too. DATABASE_BUSY if the file would not stay the
 * same for as long as that takes. */
enum err upload_database(struct client *client, struct upload *upload, const char *file,
                         struct reply *out) NODISCARD;

#endif
