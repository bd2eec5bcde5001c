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
    sqlite3_stmt *find, *member, *versions, *put, *put_first, *complete, *complete_member, *twin,
        *put_dry, *mark, *forget, *forget_rebases, *rebase, *put_hash, *put_member_hash;
    struct buffer first_body, body, folded_stream;
    size_t at_item, at_stream, at_hash, at_stop, at_start, at_paused, at_offset, at_duration,
        at_live, at_quality, at_played, at_percent, at_watched, at_user, at_user_id, at_reference;
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
    bool in_group;         /* it stands in play_sources, and not in `plays` */
    bool last_is_migrated; /* its content has no hash */
};

/* Looks for a version of this content (0 if there is none); learns of the first and the last one on
 * the way. */
enum err row_find_version(struct versions *v, int64_t hash, struct row *row,
                          uint32_t *out_same) NODISCARD;
/* The row as it is shown: its play, or its entry in play_sources. Its texts are borrowed from
 * v->find and v->member until these are reset. */
enum err row_read_shown(struct versions *v, struct row *row) NODISCARD;
/* The row as it was first stored: what was filled since is put back. Texts as above, or in
 * v->first_body. */
enum err row_read_first(const struct versions *v, struct row *row) NODISCARD;
enum err row_read_stream(const struct versions *v, struct bytes bytes,
                         struct cell *cells) NODISCARD;

/* What the row's fresh version says of its end. A version before filled in a stop alone, and not
 * what goes with it: the first copy after the migration with that stop is the one it came from. */
enum ending row_ending(const struct versions *v, const struct row *row);
/* All columns that are computed from others; see row_compute. */
void row_compute_all(const struct versions *v, struct cell *cells, int64_t credits_ms,
                     double watched_percent);

/* Writes what is shown. */
enum err row_complete_play(struct versions *v, const struct row *row) NODISCARD;
/* The first version keeps its own values of what was filled. */
enum err row_keep_first(struct versions *v, const struct row *row) NODISCARD;
/* Keeps v->body as this version; `hash` NULL: it is not known. */
enum err row_keep_version(struct versions *v, const struct row *row, const int64_t *hash,
                          uint32_t version) NODISCARD;
/* All of them, the first included. */
enum err row_forget_versions(struct versions *v, int64_t row_no) NODISCARD;
enum err row_forget_rebases(struct versions *v, int64_t row_no) NODISCARD;
/* What transactions until now call version 1 is this one. */
enum err row_rebase(struct versions *v, int64_t row_no, uint32_t version) NODISCARD;
/* The row's content hash is row->first_hash. */
enum err row_keep_hash(struct versions *v, const struct row *row) NODISCARD;

/* Is it a column of `plays` that says something of the row, beside its key? */
bool row_is_read(const struct versions *v, size_t at);
void row_bind_cell(sqlite3_stmt *stmt, int at, const struct cell *cell);
void row_bind_item(sqlite3_stmt *stmt, int at, int64_t number); /* 0: null */
/* Packs into `room`; a stream of which nothing is known is null. */
void row_bind_stream(const struct versions *v, sqlite3_stmt *stmt, int at,
                     const struct cell *stream, struct buffer *room);
/* Play time and percent from start, stop, pause, position and length, as Tautulli itself has them:
 * play time without a stop is unknown, live TV is whole. True if the percent is known. */
bool row_compute(const struct versions *v, struct cell *cells);

#endif
