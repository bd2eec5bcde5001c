/* SPDX-License-Identifier: MIT
 * plex_row.h - what becomes of a row of a server's history: the play of which the server tells that
 * it became watched at that moment. */
#ifndef PLAYBUS_ACTORS_SHARED_PLEX_PLEX_ROW_H
#define PLAYBUS_ACTORS_SHARED_PLEX_PLEX_ROW_H

#include <jansson.h>

#include "actors/shared/plex/names.h"
#include "actors/shared/row.h"
#include "proto/wire/codec.h"

struct plex_rules {
    const struct names *names;
    const json_t *items; /* by rating key: what /library/metadata says now; NULL: nothing */
    const char *server_id;
    int64_t latest_s; /* what was watched later lies in the future */
};

void plex_row_init(struct row *r);
/* Maps `from` to r->out, but for the position; what it borrows lives as long as `from` and the
 * rules. `scratch` is for hashing. */
void plex_row_map(struct row *r, const json_t *from, const struct plex_rules *rules,
                  struct buffer *scratch);
/* The rating key to ask /library/metadata for; NULL if there is nothing to be asked: what was
 * broadcast and trailers have keys that are used again for others. */
const char *plex_row_item(const json_t *from, char out[static 24]);

#endif
