/* SPDX-License-Identifier: MIT
 * path.h - which files a request may name: only regular ones below the allowed folders, and nothing
 * is told about any other path, not even whether it exists. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_PATH_H
#define PLAYBUS_ACTORS_TAUTULLI_PATH_H

#include "proto/base/config.h"
#include "proto/base/error.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

/* What was asked for, or import.db_path for NULL and ""; NULL if that is not set. */
const char *path_asked(const struct config *config, const char *asked);
/* The real path (no symlink left in it) of what was asked for; NULL or "" asks for import.db_path.
 * PATH_NOT_ALLOWED outside import.allowed_dirs and DATA/uploads, unprobed; FILE_NOT_FOUND inside;
 * ACCESS_DENIED with owner, mode and service_user in `out_why`, also for a -wal beside the file;
 * NOT_TAUTULLI for a folder, FIFO or device; BAD_FIELD when nothing is asked for and nothing
 * configured. `out_why` is filled on every error; its texts and `out_real` live in the arena. */
enum err path_resolve(const struct config *config, const char *asked, struct arena *arena,
                      const char **out_real, struct refusal *out_why) NODISCARD;

#endif
