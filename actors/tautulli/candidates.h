/* SPDX-License-Identifier: MIT
 * candidates.h - databases and backups in the allowed folders: three levels deep, 1,000 files at
 * most, newest first, within two seconds whatever the folders hold. Where the data folder lies
 * in one of them, only its uploads are looked at. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_CANDIDATES_H
#define PLAYBUS_ACTORS_TAUTULLI_CANDIDATES_H

#include "proto/base/config.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

/* Never fails: a folder that cannot be read holds nothing. Lists and texts live in the arena. */
void candidates_find(const struct config *config, struct arena *arena,
                     struct import_candidates *out);

#endif
