/* SPDX-License-Identifier: MIT
 * row_body.h - a whole row as it stands in play_sources: two arrays, the play's columns and the
 * stream's, by their places in play.def; what belongs to a batch or has a column of its own is nil.
 */
#ifndef PLAYBUS_ACTORS_HISTORY_GROUPS_ROW_BODY_H
#define PLAYBUS_ACTORS_HISTORY_GROUPS_ROW_BODY_H

#include "actors/history/version_rows.h"

/* What a row does not know that its content hash does not cover either. */
enum row_lacks { LACKS_USER = 1, LACKS_USER_ID = 2, LACKS_REFERENCE = 4 };

void row_body_pack(const struct versions *v, const struct cell *play, const struct cell *stream,
                   struct buffer *out);
/* Cells are borrowed from the bytes. */
enum err row_body_unpack(const struct versions *v, struct bytes body, struct cell *play,
                         struct cell *stream) NODISCARD;
unsigned row_body_lacks(const struct versions *v, const struct cell *play);

#endif
