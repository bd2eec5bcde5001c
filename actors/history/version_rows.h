/* SPDX-License-Identifier: MIT
 * version_rows.h - one row with its versions: as it was first stored, as it is shown, and as it
 * comes now. For versions.c alone. */
#ifndef PLAYBUS_ACTORS_HISTORY_VERSION_ROWS_H
#define PLAYBUS_ACTORS_HISTORY_VERSION_ROWS_H

#include "actors/history/version_items.h"
#include "actors/history/versions.h"

struct versions {
    struct fold_rules play, stream;
    struct item_folds *items;
    /* owned */
    sqlite3_stmt *find, *versions, *put, *put_first, *complete, *twin, *put_dry, *mark;
    struct buffer first_body, body, folded_stream;
    size_t at_item, at_stream, at_hash, at_stop, at_start, at_paused, at_offset, at_duration,
        at_live, at_quality, at_played, at_percent, at_watched;
};

/* One row: as it was first stored, as it is shown, and as it comes now. */
struct row {
    int64_t no;
    struct cell first[FOLD_COLUMNS_MAX], shown[FOLD_COLUMNS_MAX], fresh[FOLD_COLUMNS_MAX];
    struct cell first_stream[FOLD_COLUMNS_MAX], shown_stream[FOLD_COLUMNS_MAX],
        fresh_stream[FOLD_COLUMNS_MAX];
    int64_t first_item, shown_item, fresh_item; /* 0: none */
    int64_t first_hash;
    uint32_t last_version; /* the highest there is */
    bool has_first;        /* version 1 has an entry */
    bool last_is_migrated; /* its content has no hash */
};

/* Looks for a version of this content (0 if there is none); learns of the first and the last one on
 * the way. */
enum err row_find_version(struct versions *v, int64_t hash, struct row *row,
                          uint32_t *out_same) NODISCARD;
/* The play as it is shown. Its texts are borrowed from v->find until that is reset. */
enum err row_read_shown(struct versions *v, struct row *row) NODISCARD;
/* The row as it was first stored: what was filled since is put back. Texts as above, or in
 * v->first_body. */
enum err row_read_first(const struct versions *v, struct row *row) NODISCARD;
enum err row_read_stream(const struct versions *v, struct bytes bytes,
                         struct cell *cells) NODISCARD;

/* Writes what is shown to the play. */
enum err row_complete_play(struct versions *v, const struct row *row) NODISCARD;
/* The first version keeps its own values of what was filled. */
enum err row_keep_first(struct versions *v, const struct row *row) NODISCARD;
/* Keeps v->body as this version. */
enum err row_keep_version(struct versions *v, const struct row *row, int64_t hash,
                          uint32_t version) NODISCARD;

#endif
