/* SPDX-License-Identifier: MIT
 * version_refold.h - a row after some of its versions are not claimed any more: what is shown is
 * the fold of those that are, in the order of their first claims, as if no other had ever come. */
#ifndef PLAYBUS_ACTORS_HISTORY_VERSION_REFOLD_H
#define PLAYBUS_ACTORS_HISTORY_VERSION_REFOLD_H

#include "actors/history/claims.h"
#include "actors/history/version_rows.h"

/* What a row comes to. */
struct refolded {
    bool rewritten; /* it has other versions now */
    bool changed;   /* it shows something else */
    int64_t hash;   /* of its content, if it was rewritten */
    int64_t reference_id;
    bool has_reference;
};
/* `claims`: the first claim of each version that stays, in order, at least one. A dry run only
 * tells. */
enum err row_refold(struct versions *v, int64_t row_no, const struct claim *claims, size_t count,
                    bool dry_run, struct refolded *out) NODISCARD;

/* What the row then says, packed as in play_sources; empty: what it says now. */
enum err row_refold_body(struct versions *v, int64_t row_no, const struct claim *claims,
                         size_t count, struct buffer *out) NODISCARD;

/* Does a version that stays have this content hash? */
enum err row_says(struct versions *v, int64_t row_no, const struct claim *claims, size_t count,
                  int64_t hash, bool *out) NODISCARD;

/* A row that was kept by its key alone, whole: the version of the row it repeats that has its hash.
 */
struct repeated {
    int64_t hash;
    const int64_t *reference_id; /* NULL: none */
    double watched_percent;
};
struct whole_row {
    struct buffer body; /* as in play_sources; for buffer_release */
    int64_t item_id;
    unsigned lacks;
};
enum err row_repeated(struct versions *v, int64_t row_no, const struct repeated *repeated,
                      struct whole_row *out) NODISCARD;

#endif
