/* SPDX-License-Identifier: MIT
 * undo_groups.c - touches are collected over a transaction and settled at its end, or when there
 * are many. */
#include "actors/history/undo_groups.h"

#include <stdlib.h>

#include "actors/history/groups/groups.h"
#include "actors/history/groups/match.h"
#include "actors/history/groups/neighbours.h"
#include "actors/history/version_refold.h"

enum { TOUCHES_MAX = 512, TOUCHES_OF_STEP = 128 };

struct place_touch {
    int64_t source_no;
    struct touch touch;
};

struct undo_groups {
    struct store *s; /* borrowed */
    sqlite3_stmt *find, *span, *repeats, *stand, *follow, *group, *members, *mark,
        *drop; /* owned */
    struct place_touch touches[TOUCHES_MAX];
    size_t count;
    int64_t next_no, first_no; /* 0: not asked for in this transaction */
};

enum err undo_groups_open(struct store *s, struct undo_groups **out)
{
    OWNED(undo_groups_close) struct undo_groups *g = must_alloc(sizeof *g);
    const struct {
        sqlite3_stmt **to;
        const char *sql;
    } statements[] = {
        {&g->find, "SELECT source_id, job_no, id, 1 FROM plays WHERE id = ?1 AND grouped IS NULL"
                   " UNION ALL SELECT source_id, job_no, play_id, CASE WHEN body IS NULL THEN 3"
                   " ELSE 2 END FROM play_sources WHERE no = ?1"},
        {&g->span, "SELECT started_at, stopped_at, user_id, user, (SELECT server_id FROM sources"
                   " WHERE no = source_id) FROM plays WHERE id = ?1"},
        {&g->repeats, "SELECT no, content_hash, reference_id FROM play_sources"
                      " WHERE play_id = ?1 AND link_no = ?2 AND body IS NULL ORDER BY no"},
        {&g->stand, "UPDATE play_sources SET play_id = ?2, link_no = NULL, reason = ?3,"
                    " item_id = ?4, lacks = ?5, body = ?6 WHERE no = ?1"},
        {&g->follow, "UPDATE play_sources SET play_id = ?3, link_no = ?2 WHERE link_no = ?1"
                     " AND content_hash = ?4 AND body IS NULL"},
        {&g->group, "UPDATE plays SET grouped = 1 WHERE id = ?1"},
        {&g->members, "SELECT EXISTS (SELECT 1 FROM play_sources WHERE play_id = ?1"
                      " AND body IS NOT NULL)"},
        {&g->mark, "UPDATE sources SET versioned = versioned | ?2"
                   " WHERE no = (SELECT source_id FROM play_sources WHERE no = ?1)"},
        {&g->drop, "DELETE FROM plays WHERE id = ?1"},
    };
    g->s = s;
    enum err e = OK;
    for (size_t i = 0; e == OK && i < COUNT_OF(statements); i++) {
        e = db_prepare(s->db, statements[i].sql, statements[i].to);
    }
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
    sqlite3_stmt **statements[] = {&g->find,  &g->span,    &g->repeats, &g->stand, &g->follow,
                                   &g->group, &g->members, &g->mark,    &g->drop};
    for (size_t i = 0; i < COUNT_OF(statements); i++) {
        stmt_finalize(statements[i]);
    }
    void *memory = g;
    free_bytes(&memory);
    *groups = NULL;
}

enum err undo_groups_find(struct undo_groups *g, int64_t row_no, struct row_place *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = g->find;
    bool row = false;
    stmt_number(find, 1, row_no);
    enum err e = stmt_row(find, &row);
    *out = (struct row_place){.stands = ROW_NOWHERE};
    if (e == OK && row) {
        out->source_no = row_number(find, 0);
        out->job_no = row_number(find, 1);
        out->play_id = row_number(find, 2);
        out->stands = (int)row_number(find, 3);
    }
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

enum err undo_groups_settle(struct undo_groups *g, uint64_t *split)
{
    enum err e = g->count > 0 ? settle_all(g) : OK;
    if (e == OK && g->next_no != g->first_no) {
        OWNED(stmt_reset) sqlite3_stmt *put = g->s->stmts[STMT_NEXT_NO_SET];
        stmt_number(put, 1, g->next_no);
        e = stmt_run(put);
        *split += (uint64_t)(g->next_no - g->first_no);
    }
    g->next_no = g->first_no = 0;
    return e;
}

/* A play of this number, of the time and person of `like`. */
static enum err touch_play(struct undo_groups *g, int64_t source_no, int64_t like, int64_t play_id)
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

enum err undo_groups_touch(struct undo_groups *g, const struct row_place *place)
{
    return touch_play(g, place->source_no, place->play_id,
                      place->stands == ROW_OF_GROUP ? place->play_id : 0);
}

/* ---- rows that repeat another ---- */

struct repeat {
    int64_t no, hash, reference_id;
    bool has_reference;
};

/* The first row that repeats this one beyond `after`; no 0: there is none. */
static enum err next_repeat(struct undo_groups *g, int64_t row_no, int64_t play_id, int64_t after,
                            struct repeat *out)
{
    OWNED(stmt_reset) sqlite3_stmt *list = g->repeats;
    bool row = true;
    enum err e = OK;
    *out = (struct repeat){0};
    stmt_number(list, 1, play_id);
    stmt_number(list, 2, row_no);
    while (e == OK && row && out->no <= after) {
        e = stmt_row(list, &row);
        *out = e == OK && row ? (struct repeat){.no = row_number(list, 0),
                                                .hash = row_number(list, 1),
                                                .reference_id = row_number(list, 2),
                                                .has_reference = !row_is_null(list, 2)}
                              : (struct repeat){0};
    }
    return e;
}

/* The row stands for itself from now on, in this play, and others of its content repeat it. */
static enum err stand(struct undo_groups *g, int64_t row_no, const struct repeat *r,
                      int64_t play_id)
{
    struct whole_row whole = {0};
    enum err e = row_repeated(g->s->versions, row_no, r->hash,
                              r->has_reference ? &r->reference_id : NULL, &whole);
    stmt_number(g->stand, 1, r->no);
    stmt_number(g->stand, 2, play_id);
    stmt_number(g->stand, 3, row_reason_new);
    row_bind_item(g->stand, 4, whole.item_id);
    stmt_number(g->stand, 5, whole.lacks);
    stmt_bytes(g->stand, 6, (struct bytes){whole.body.data, whole.body.size});
    e = e == OK ? stmt_run(g->stand) : e;
    buffer_release(&whole.body);
    stmt_number(g->mark, 1, r->no);
    stmt_number(g->mark, 2, SOURCE_GROUPED);
    e = e == OK ? stmt_run(g->mark) : e;
    stmt_number(g->follow, 1, row_no);
    stmt_number(g->follow, 2, r->no);
    stmt_number(g->follow, 3, play_id);
    stmt_number(g->follow, 4, r->hash);
    return e == OK ? stmt_run(g->follow) : e;
}

/* The same in a play of its own. */
static enum err stand_apart(struct undo_groups *g, int64_t row_no, const struct repeat *r,
                            const struct row_place *place)
{
    enum err e = next_no(g);
    int64_t play_id = g->next_no++;
    e = e == OK ? touch_play(g, place->source_no, place->play_id, play_id) : e;
    return e == OK ? stand(g, row_no, r, play_id) : e;
}

enum err undo_groups_replace(struct undo_groups *g, int64_t row_no, const struct row_place *place,
                             bool *out_taken)
{
    struct repeat first;
    enum err e = next_repeat(g, row_no, place->play_id, 0, &first);
    *out_taken = e == OK && first.no != 0;
    struct repeat r = first;
    while (e == OK && r.no != 0) { /* those of another content repeat nothing any more */
        if (r.hash != first.hash) {
            e = stand_apart(g, row_no, &r, place);
        }
        e = e == OK ? next_repeat(g, row_no, place->play_id, r.no, &r) : e;
    }
    if (e != OK || !*out_taken) {
        return e;
    }
    e = touch_play(g, place->source_no, place->play_id, place->play_id);
    e = e == OK ? stand(g, row_no, &first, place->play_id) : e;
    if (e == OK && place->stands == ROW_ALONE) {
        stmt_number(g->group, 1, place->play_id);
        e = stmt_run(g->group);
    }
    return e;
}

enum err undo_groups_free(struct undo_groups *g, int64_t row_no, const struct row_place *place,
                          const struct claim *claims, size_t count)
{
    struct repeat r = {0};
    enum err e = next_repeat(g, row_no, place->play_id, 0, &r);
    while (e == OK && r.no != 0) {
        bool says = false;
        e = row_says(g->s->versions, row_no, claims, count, r.hash, &says);
        if (e == OK && !says) {
            e = stand_apart(g, row_no, &r, place);
        }
        e = e == OK ? next_repeat(g, row_no, place->play_id, r.no, &r) : e;
    }
    return e;
}

enum err undo_groups_drop_empty(struct undo_groups *g, int64_t play_id, bool *out_empty)
{
    OWNED(stmt_reset) sqlite3_stmt *find = g->members;
    bool row = false;
    stmt_number(find, 1, play_id);
    enum err e = stmt_row(find, &row);
    *out_empty = e == OK && row && row_number(find, 0) == 0;
    if (*out_empty) {
        stmt_number(g->drop, 1, play_id);
        e = stmt_run(g->drop);
    }
    return e;
}
