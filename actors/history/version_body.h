/* SPDX-License-Identifier: MIT
 * version_body.h - the values in which two versions of a row differ, packed. */
#ifndef PLAYBUS_ACTORS_HISTORY_VERSION_BODY_H
#define PLAYBUS_ACTORS_HISTORY_VERSION_BODY_H

#include "actors/history/fold.h"

/* Packs those values of `after` that differ from `before`; true if there are any. Only columns that
 * are kept count. Empty if there are none. */
bool body_make(struct buffer *out, const struct fold_rules *play, const struct cell *before,
               const struct cell *after, const struct fold_rules *stream,
               const struct cell *stream_before, const struct cell *stream_after);
bool body_is_empty(struct bytes body);
/* Puts the values of a body over the cells; texts are borrowed from it. BAD_MESSAGE if it is none.
 */
enum err body_apply(struct bytes body, struct cell *play, size_t play_count, struct cell *stream,
                    size_t stream_count) NODISCARD;

#endif
