/* SPDX-License-Identifier: MIT
 * store_transaction.c - what is committed together, and how durably. */
#include <string.h>

#include "actors/history/store.h"
#include "actors/history/versions.h"
#include "proto/base/log.h"

enum err store_begin(struct store *s, bool durable)
{
    if (durable != s->durable) {
        /* Can only be set between transactions. */
        enum err e =
            db_exec(s->db, durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
        if (e != OK) {
            return e;
        }
        s->durable = durable;
    }
    return stmt_run(s->stmts[STMT_BEGIN]);
}

void store_forget_items(struct store *s)
{
    memset(s->items, 0, sizeof *s->items);
    versions_forget(s->versions);
}

static void rollback(struct store *s)
{
    /* SQLite rolls back by itself when the disk is full. */
    if (sqlite3_get_autocommit(s->db) == 0 && stmt_run(s->stmts[STMT_ROLLBACK]) != OK) {
        log_error("rollback failed");
    }
    store_forget_items(s); /* it may know some that were never committed */
}

enum err store_end(struct store *s, enum err e)
{
    e = e == OK ? stmt_run(s->stmts[STMT_COMMIT]) : e;
    if (e != OK) {
        rollback(s);
    }
    return e;
}
