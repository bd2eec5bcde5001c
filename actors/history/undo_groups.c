/* SPDX-License-Identifier: MIT
 * undo_groups.c - touches and counts are collected over a transaction and written at its end, or
 * when there are many. */
#include "actors/history/undo_groups.h"

#include <stdlib.h>

#include "actors/history/groups/groups.h"
#include "actors/history/groups/match.h"
#include "actors/history/groups/neighbours.h"

enum { TOUCHES_MAX = 512, TOUCHES_OF_STEP = 128, SOURCES_COUNTED = 16 };

struct place_touch {
    int64_t source_no;
    struct touch touch;
};

struct undo_groups {
    struct store *s;           /* borrowed */
    sqlite3_stmt *span, *rows; /* owned */
    struct place_touch touches[TOUCHES_MAX];
    size_t count;
    int64_t next_no, first_no; /* 0: not asked for in this transaction */
    struct {
        int64_t source_no, change;
    } sources[SOURCES_COUNTED];
    size_t sources_count;
};

enum err undo_groups_open(struct store *s, struct undo_groups **out)
{
    OWNED(undo_groups_close) struct undo_groups *g = must_alloc(sizeof *g);
    g->s = s;
    enum err e = db_prepare(s->db,
                            "SELECT started_at, stopped_at, user_id, user, (SELECT server_id"
                            " FROM sources WHERE no = source_id) FROM plays WHERE id = ?1",
                            &g->span);
    e = e == OK ? db_prepare(s->db, "UPDATE sources SET plays = plays + ?2 WHERE no = ?1", &g->rows)
                : e;
    if (e == OK) {
        *out = TAKE(g);
    }
    return e;
}

void undo_groups_close(struct undo_groups **groups)
{
    struct undo_groups *g = *groups;
    if (g == NULL) {
        return;
    }
    stmt_finalize(&g->span);
    stmt_finalize(&g->rows);
    void *memory = g;
    free_bytes(&memory);
    *groups = NULL;
}

/* ---- how many rows sources have ---- */

static enum err write_counts(struct undo_groups *g)
{
    enum err e = OK;
    for (size_t i = 0; e == OK && i < g->sources_count; i++) {
        stmt_number(g->rows, 1, g->sources[i].source_no);
        stmt_number(g->rows, 2, g->sources[i].change);
        e = stmt_run(g->rows);
    }
    g->sources_count = 0;
    return e;
}

enum err undo_groups_count(struct undo_groups *g, int64_t source_no, int64_t change)
{
    size_t i = 0;
    while (i < g->sources_count && g->sources[i].source_no != source_no) {
        i++;
    }
    enum err e = OK;
    if (i == SOURCES_COUNTED) {
        e = write_counts(g);
        i = 0;
    }
    if (i == g->sources_count) {
        g->sources[g->sources_count++].source_no = source_no;
        g->sources[i].change = 0;
    }
    g->sources[i].change += change;
    return e;
}

/* ---- what is decided anew ---- */

static enum err next_no(struct undo_groups *g)
{
    enum err e = OK;
    if (g->next_no == 0) {
        e = db_number(g->s->db, "SELECT next FROM row_numbers", 1, &g->next_no);
        g->first_no = g->next_no;
    }
    return e;
}

static int by_source(const void *a, const void *b)
{
    int64_t x = ((const struct place_touch *)a)->source_no;
    int64_t y = ((const struct place_touch *)b)->source_no;
    return (x > y) - (x < y);
}

/* Of one source after another: each is of one server. */
static enum err settle_all(struct undo_groups *g)
{
    struct touch touches[TOUCHES_MAX];
    enum err e = next_no(g);
    qsort(g->touches, g->count, sizeof *g->touches, by_source);
    for (size_t first = 0, end = 0; e == OK && first < g->count; first = end) {
        for (end = first;
             end < g->count && g->touches[end].source_no == g->touches[first].source_no; end++) {
            touches[end - first] = g->touches[end].touch;
        }
        e = groups_settle(g->s->groups, g->touches[first].source_no, touches, end - first,
                          &g->next_no);
    }
    g->count = 0;
    return e;
}

bool undo_groups_full(const struct undo_groups *g)
{
    return g->count >= TOUCHES_OF_STEP;
}

enum err undo_groups_settle(struct undo_groups *g)
{
    enum err e = write_counts(g);
    e = e == OK && g->count > 0 ? settle_all(g) : e;
    if (e == OK && g->next_no != g->first_no) {
        OWNED(stmt_reset) sqlite3_stmt *put = g->s->stmts[STMT_NEXT_NO_SET];
        stmt_number(put, 1, g->next_no);
        e = stmt_run(put);
    }
    g->next_no = g->first_no = 0;
    return e;
}

enum err undo_groups_touch(struct undo_groups *g, int64_t source_no, int64_t like, int64_t play_id)
{
    OWNED(stmt_reset) sqlite3_stmt *span = g->span;
    bool row = false;
    enum err e = g->count == TOUCHES_MAX ? settle_all(g) : OK;
    stmt_number(span, 1, like);
    e = e == OK ? stmt_row(span, &row) : e;
    if (e != OK || !row) {
        return e;
    }
    OWNED(free_text) char *server = row_is_null(span, 4) ? NULL : must_strdup(row_text(span, 4));
    const struct server_sources of = {.server_id = server, .people = g->s->people};
    int64_t from = row_number(span, 0);
    int64_t to = row_number(span, 1);
    bool known = !row_is_null(span, 1) && to >= from && to - from <= MATCH_REACH_MS;
    g->touches[g->count++] =
        (struct place_touch){source_no,
                             {.from = from,
                              .to = known ? to : from + MATCH_REACH_MS,
                              .person = person_of(&of, row_text(span, 2), row_text(span, 3)),
                              .play_id = play_id}};
    return OK;
}

enum err undo_groups_new_play(struct undo_groups *g, int64_t *out_id)
{
    enum err e = next_no(g);
    *out_id = g->next_no++;
    return e;
}
