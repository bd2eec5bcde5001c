/* SPDX-License-Identifier: MIT
 * tautulli_rows.h - inside the maker: the columns of each generation and how a row is filled.
 * A row depends only on the plan and its index, so a duplicate is the same row under another id. */
#ifndef PLAYBUS_TESTS_SUPPORT_TAUTULLI_ROWS_H
#define PLAYBUS_TESTS_SUPPORT_TAUTULLI_ROWS_H

#include <stddef.h>

#include "tests/support/tautulli_maker.h"

enum table { HISTORY, METADATA, MEDIA_INFO, TABLE_COUNT };

#define COLUMNS_MAX 80
#define ROW_TEXT_MAX 8192

enum cell_type { CELL_NULL, CELL_INT, CELL_REAL, CELL_TEXT, CELL_BLOB };

struct cell {
    enum cell_type type;
    int64_t integer;
    double real;
    const char *text; /* of TEXT and BLOB; borrowed from the row, a literal or the dirt */
    int bytes;
};

struct row {
    const struct tautulli_plan *plan;
    int64_t id;
    int64_t started_s;
    int64_t watched_s; /* without pauses */
    int64_t paused_s;
    int64_t duration_ms;
    int64_t item; /* number of the item in the catalogue */
    int user;     /* index into the users */
    bool track;
    bool movie;
    bool live;
    uint64_t play_hash;
    uint64_t item_hash;
    struct cell cells[TABLE_COUNT][COLUMNS_MAX];
    bool absent[TABLE_COUNT]; /* the row of this table is not written */
    size_t text_used;
    char text[ROW_TEXT_MAX];
};

struct column {
    const char *name;
    const char *type;
    enum tautulli_schema since;
    enum tautulli_schema before; /* 0 when it is still there */
    void (*make)(struct row *row, const struct column *column, struct cell *out);
    const char *words; /* choices, separated by | */
    int64_t low, high; /* of numbers */
};

extern const char *const table_names[TABLE_COUNT];
extern const char *const user_names[];
extern const char *const user_friendly_names[];
extern const int user_count;

const struct column *table_columns(enum table table, int *out_count);
bool column_exists(const struct column *column, enum tautulli_schema schema);
int column_find(enum table table, const char *name); /* -1 when no generation has it */

int64_t user_number(int user);
int64_t row_id(const struct tautulli_plan *plan, int64_t index);
void row_fill(struct row *row, const struct tautulli_plan *plan, int64_t index);
struct cell *row_cell(struct row *row, enum table table, const char *column);
struct cell cell_text(const char *text);
struct cell cell_integer(int64_t value);
uint64_t mix(uint64_t value);

/* ---- tautulli_dirt.c ---- */

struct dirt; /* the dirty kinds of one file and what was planted */

struct dirt *dirt_new(const struct tautulli_plan *plan);
void dirt_destroy(struct dirt **dirt);
/* Makes the filled row a dirty one if it is the turn of its index; counts it either way. */
void dirt_apply(struct dirt *dirt, struct row *row, int64_t index);
void dirt_expected(const struct dirt *dirt, struct tautulli_expected *out_expected);
NODISCARD enum err dirt_manifest(const struct dirt *dirt, const char *path);

#endif
