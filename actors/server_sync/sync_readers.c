/* SPDX-License-Identifier: MIT
 * sync_readers.c - the table of what reads a server. */
#include "actors/server_sync/sync.h"

const struct job_driver *const sync_readers[server_kind_COUNT] = {
    [server_kind_plex] = &sync_reader_plex,
    [server_kind_jellyfin] = &sync_reader_jellyfin,
    [server_kind_emby] = &sync_reader_jellyfin,
};
