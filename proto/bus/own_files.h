/* SPDX-License-Identifier: MIT
 * own_files.h - which files each actor may open once it runs, in one table. */
#ifndef PLAYBUS_PROTO_BUS_OWN_FILES_H
#define PLAYBUS_PROTO_BUS_OWN_FILES_H

#include <stdbool.h>

#include "proto/base/config.h"

/* run/<actor>: its own small files, and SQLite's temporary ones. */
#define OWN_RUN_FOLDER "run/%.40s"

/* Makes what the table says is to be there, then shuts this process out of everything but the files
 * of this actor, for good; the data folder is the current one. Before the first thread is started.
 * `out_confined` is false where the kernel has no Landlock. */
enum err own_files_confine(const char *actor, const struct config *config,
                           bool *out_confined) NODISCARD;

#endif
