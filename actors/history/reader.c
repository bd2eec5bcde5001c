/* SPDX-License-Identifier: MIT
 * reader.c - one view of the file for as long as a question needs it. */
#include "actors/history/query.h"
#include "proto/store/sqlite.h"

enum err reader_begin(struct reader *r)
{
    return db_exec(r->db, "BEGIN");
}

enum err reader_end(struct reader *r, enum err so_far)
{
    enum err e = db_exec(r->db, "ROLLBACK");
    return so_far != OK ? so_far : e;
}
