/* SPDX-License-Identifier: MIT
 * version_items.h - the fold of two items: what is shown of an item once a later copy knows more.
 */
#ifndef PLAYBUS_ACTORS_HISTORY_VERSION_ITEMS_H
#define PLAYBUS_ACTORS_HISTORY_VERSION_ITEMS_H

#include "actors/history/batch_table.h"
#include "actors/history/fold.h"

struct item_folds;

struct item_fold {
    int64_t id;         /* the item to show; 0: none, or one that a dry run would store */
    int64_t credits_ms; /* where its credits begin; 0: not known */
    struct fold_result result;
};

enum err item_folds_open(sqlite3 *db, struct item_folds **out) NODISCARD;
void item_folds_close(struct item_folds **folds);
void item_folds_forget(struct item_folds *folds);

/* The item `shown_id` (0: none) and an item of the batch (NULL: none). A fold that is neither of
 * them is stored as an item of its own, but not by a dry run. */
enum err item_fold(struct item_folds *folds, const struct item_ref *fresh, int64_t shown_id,
                   bool dry_run, struct item_fold *out) NODISCARD;
/* The same with an item that is stored; 0: none. */
enum err item_fold_stored(struct item_folds *folds, int64_t fresh_id, int64_t shown_id,
                          bool dry_run, struct item_fold *out) NODISCARD;

#endif
