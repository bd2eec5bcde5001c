/* SPDX-License-Identifier: MIT
 * store.h - history.db as its only writer has it open: connection, prepared statements,
 * transactions. */
#ifndef PLAYBUS_ACTORS_HISTORY_STORE_H
#define PLAYBUS_ACTORS_HISTORY_STORE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "actors/history/batch_table.h"
#include "proto/base/error.h"
#include "proto/base/own.h"
#include "proto/store/sqlite.h"

#define STORE_FILE "history.db" /* in the data folder */

/* Every statement that lives as long as the store; its text is in store.c. */
enum store_stmt {
    STMT_BEGIN,
    STMT_COMMIT,
    STMT_ROLLBACK,
    STMT_JOB_INSERT,
    STMT_JOB_UPDATE,
    STMT_ITEM_INSERT,
    STMT_ITEM_FIND,
    STMT_RANGE_KNOWN,
    STMT_SOURCE_KNOWN,
    STMT_BATCH_KNOWN,
    STMT_BATCH_GROUPED,
    STMT_BATCH_STORE,
    STMT_BATCH_STORED,
    STMT_BATCH_DRY,
    STMT_DRY_POSITION,
    STMT_ROW_BY_KEY,
    STMT_ROW_BY_CONTENT,
    STMT_REPEAT_INSERT,
    STMT_REPEAT_DELETE,
    STMT_NOTE_INSERT,
    STMT_NOTE_CONTENT_FIND,
    STMT_NOTE_CONTENT_INSERT,
    STMT_COUNT_ADD,
    STMT_NEXT_NO_SET,
    STMT_RUNS_INSERT,
    STMT_SAMPLE_INSERT,
    STMT_SAMPLES_THIN,
    STMT_SAMPLES_RENUMBER,
    STMT_SOURCE_PLAYS_ADD,
    STMT_COUNT
};

enum { ITEM_CACHE_SLOTS = 65536 };

/* Item ids by hash, each hash in one slot; what does not fit is asked of the table again. */
struct item_cache {
    struct {
        int64_t hash, id; /* id 0: empty */
    } slots[ITEM_CACHE_SLOTS];
};

struct people;
struct versions;
struct play_index;
struct groups;

/* sources.versioned: where else than in `plays` content has to be looked for. Never renumbered. */
enum source_mark {
    SOURCE_VERSIONED = 1, /* its rows may have versions */
    SOURCE_GROUPED = 2    /* some are rows of groups */
};

struct store {
    sqlite3 *db;
    sqlite3_stmt *stmts[STMT_COUNT];
    struct batch_table *batch;
    struct item_cache *items;
    struct versions *versions;
    struct play_index *index; /* owned */
    struct groups *groups;
    struct people *people; /* what the functions of people.h go by */
    unsigned versioned;    /* of the job's sources: enum source_mark */
    bool durable;          /* the connection's synchronous is FULL */
    int checkpointed;      /* pages of the WAL at the last checkpoint of it */
};

/* Opens or makes the file and brings it to the newest version. */
enum err store_open(const char *path, struct store **out) NODISCARD;
/* After a change of who is who, or whose rows are kept away; again if that is not committed. No
 * statement may be halfway through its rows. */
enum err store_read_people(struct store *s) NODISCARD;
/* Writes the whole WAL back and closes. */
void store_close(struct store **store);

void store_forget_items(struct store *s); /* what is remembered of them */
/* One transaction. A durable one is on the disk when store_end returns; of the others a power
 * cut may lose the last, never a part of one. */
enum err store_begin(struct store *s, bool durable) NODISCARD;
/* Commits if `e` is OK, else rolls back; returns what came of it. A commit that fails has been
 * rolled back. */
enum err store_end(struct store *s, enum err e) NODISCARD;

#endif
