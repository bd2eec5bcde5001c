/* SPDX-License-Identifier: MIT
 * told_row.h - what becomes of a play that a Jellyfin or Emby server tells of, with what it says of
 * the item. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_TOLD_ROW_H
#define PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_TOLD_ROW_H

#include "actors/server_sync/jellyfin/folders.h"
#include "actors/server_sync/jellyfin/told.h"
#include "actors/shared/row.h"
#include "proto/wire/codec.h"

struct told_rules {
    const struct person *users; /* borrowed: names by id */
    size_t user_count;
    const json_t *items;           /* by id: what the server says of items now */
    const struct folders *folders; /* NULL: libraries are not known */
    const char *server_id;
    double watched_percent;
};

/* Of what a server says of an item what is read here, and what its user data says: the rest may be
 * of any size. A new reference. */
json_t *told_about(const json_t *item);

void told_row_init(struct row *r);
/* Maps `told` to r->out, but for the position; what it borrows lives as long as `told` and the
 * rules. `scratch` is for hashing. */
void told_row_map(struct row *r, const struct told *told, const struct told_rules *rules,
                  struct buffer *scratch);

#endif
