/* SPDX-License-Identifier: MIT
 * vendor.c - the table of kinds. */
#include "actors/server_sync/vendor.h"

const struct vendor *const vendors[server_kind_COUNT] = {[server_kind_plex] = &vendor_plex,
                                                         [server_kind_jellyfin] = &vendor_jellyfin,
                                                         [server_kind_emby] = &vendor_emby,
                                                         [server_kind_tautulli] = &vendor_tautulli};
