/* SPDX-License-Identifier: MIT
 * plex_row.h - what becomes of a row of a server's history: the play of which the server tells that
 * it became watched at that moment. And of a play that was seen among its sessions: its rows have
 * the same form, and no number and no moment. */
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

/* What was seen of a play. Texts are borrowed; NULL: not told. */
struct plex_session {
    const char *native_id;
    int64_t account;
    const char *player, *product, *product_version, *platform, *machine_id, *address;
    const char *decision; /* as Tautulli has it: direct play, copy, transcode */
    int64_t started_at, stopped_at, position_ms, paused_s; /* ms but the last */
    bool has_stop; /* false: it has ended, nobody knows when */
    double watched_percent;
};

void plex_row_init(struct row *r);
/* Maps `from` to r->out, but for the position; what it borrows lives as long as `from` and the
 * rules. `scratch` is for hashing. */
void plex_row_map(struct row *r, const json_t *from, const struct plex_rules *rules,
                  struct buffer *scratch);
/* The same of a play that was seen; `from`: what its session said of the item. */
void plex_row_map_session(struct row *r, const struct plex_session *session, const json_t *from,
                          const struct plex_rules *rules, struct buffer *scratch);
/* The rating key to ask /library/metadata for; NULL if there is nothing to be asked: what was
 * broadcast and trailers have keys that are used again for others. */
const char *plex_row_item(const json_t *from, char out[static 24]);

/* Of what was broadcast. */
bool plex_is_passing(const json_t *row);

#endif
