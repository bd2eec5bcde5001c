/* SPDX-License-Identifier: MIT
 * undo_repeats.c - of one content a source has one row that stands for itself, as the unique key of
 * `plays` demands; the others are linked to it. */
#include "actors/history/undo_repeats.h"

struct undo_repeats {
    struct store *s;            /* borrowed */
    struct undo_groups *groups; /* borrowed */
    sqlite3_stmt *list, *stand, *follow, *group, *mark, *percent, *equal, *keep_alone,
        *keep_member; /* owned */
};

enum err undo_repeats_open(struct store *s, struct undo_groups *groups, struct undo_repeats **out)
{
    OWNED(undo_repeats_close) struct undo_repeats *r = must_alloc(sizeof *r);
    const struct {
        sqlite3_stmt **to;
        const char *sql;
    } statements[] = {
        {&r->list, "SELECT no, content_hash, reference_id, source_id FROM play_sources"
                   " WHERE play_id = ?1 AND no > ?3 AND link_no = ?2 AND body IS NULL"
                   " ORDER BY no LIMIT 1"},
        {&r->stand, "UPDATE play_sources SET play_id = ?2, link_no = NULL, reason = ?3,"
                    " item_id = ?4, lacks = ?5, body = ?6 WHERE no = ?1"},
        {&r->follow, "UPDATE play_sources SET play_id = ?3, link_no = ?2 WHERE play_id = ?5"
                     " AND link_no = ?1 AND content_hash = ?4 AND body IS NULL"},
        {&r->group, "UPDATE plays SET grouped = 1 WHERE id = ?1"},
        {&r->mark, "UPDATE sources SET versioned = versioned | ?2"
                   " WHERE no = (SELECT source_id FROM play_sources WHERE no = ?1)"},
        /* What the job went by that saw the row. */
        {&r->percent, "SELECT watched_percent FROM job_batches WHERE job_no ="
                      " (SELECT job_no FROM play_sources WHERE no = ?1)"
                      " AND watched_percent IS NOT NULL LIMIT 1"},
        {&r->equal, "SELECT id, id FROM plays WHERE started_at = ?1 AND content_hash = ?2"
                    " AND source_id = ?3 AND grouped IS NULL AND id <> ?4"
                    " UNION ALL SELECT no, play_id FROM play_sources WHERE started_at = ?1"
                    " AND content_hash = ?2 AND source_id = ?3 AND body IS NOT NULL AND no <> ?4"
                    " LIMIT 1"},
        {&r->keep_alone,
         "INSERT INTO play_sources (no, play_id, source_id, native_id, started_at, job_no, reason,"
         " link_no, content_hash, reference_id) SELECT ?1, ?2, source_id, native_id, started_at,"
         " job_no, ?3, ?4, ?5, coalesce(?6, reference_id) FROM plays WHERE id = ?1"},
        {&r->keep_member, "UPDATE play_sources SET play_id = ?2, reason = ?3, link_no = ?4,"
                          " content_hash = ?5, reference_id = ?6, item_id = NULL, lacks = NULL,"
                          " body = NULL WHERE no = ?1"},
    };
    r->s = s;
    r->groups = groups;
    enum err e = OK;
    for (size_t i = 0; e == OK && i < COUNT_OF(statements); i++) {
        e = db_prepare(s->db, statements[i].sql, statements[i].to);
    }
    if (e == OK) {
        *out = TAKE(r);
    }
    return e;
}

void undo_repeats_close(struct undo_repeats **repeats)
{
    struct undo_repeats *r = *repeats;
    if (r == NULL) {
        return;
    }
    sqlite3_stmt **statements[] = {&r->list,    &r->stand, &r->follow,     &r->group,      &r->mark,
                                   &r->percent, &r->equal, &r->keep_alone, &r->keep_member};
    for (size_t i = 0; i < COUNT_OF(statements); i++) {
        stmt_finalize(statements[i]);
    }
    void *memory = r;
    free_bytes(&memory);
    *repeats = NULL;
}

enum err undo_repeats_equal(struct undo_repeats *r, int64_t row_no, const struct row_place *place,
                            int64_t hash, struct equal_row *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = r->equal;
    bool row = false;
    stmt_number(find, 1, place->started_at);
    stmt_number(find, 2, hash);
    stmt_number(find, 3, place->source_no);
    stmt_number(find, 4, row_no);
    enum err e = stmt_row(find, &row);
    *out = e == OK && row ? (struct equal_row){row_number(find, 0), row_number(find, 1)}
                          : (struct equal_row){0};
    return e;
}

/* ---- rows that come to stand for themselves ---- */

struct repeat {
    int64_t no, hash, reference_id, source_no;
    bool has_reference;
};

/* The first row that repeats this one beyond `after`; no 0: there is none. */
static enum err next_repeat(struct undo_repeats *r, int64_t row_no, int64_t play_id, int64_t after,
                            struct repeat *out)
{
    OWNED(stmt_reset) sqlite3_stmt *list = r->list;
    bool row = false;
    stmt_number(list, 1, play_id);
    stmt_number(list, 2, row_no);
    stmt_number(list, 3, after);
    enum err e = stmt_row(list, &row);
    *out = e == OK && row ? (struct repeat){.no = row_number(list, 0),
                                            .hash = row_number(list, 1),
                                            .reference_id = row_number(list, 2),
                                            .has_reference = !row_is_null(list, 2),
                                            .source_no = row_number(list, 3)}
                          : (struct repeat){0};
    return e;
}

/* Rows that repeat one with this content repeat another one from now on. */
static enum err follow(struct undo_repeats *r, int64_t row_no, int64_t play_id, int64_t hash,
                       const struct equal_row *to)
{
    stmt_number(r->follow, 1, row_no);
    stmt_number(r->follow, 2, to->no);
    stmt_number(r->follow, 3, to->play_id);
    stmt_number(r->follow, 4, hash);
    stmt_number(r->follow, 5, play_id);
    return stmt_run(r->follow);
}

static enum err watched_percent(struct undo_repeats *r, int64_t row_no, double *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = r->percent;
    bool row = false;
    stmt_number(find, 1, row_no);
    enum err e = stmt_row(find, &row);
    *out = e == OK && row ? sqlite3_column_double(find, 0) : usual_watched_percent;
    return e;
}

/* The row stands for itself from now on, in this play, and others of its content repeat it. */
static enum err stand(struct undo_repeats *r, int64_t row_no, const struct repeat *repeat,
                      int64_t old_play, int64_t play_id)
{
    struct whole_row whole = {0};
    double percent = 0;
    enum err e = watched_percent(r, repeat->no, &percent);
    const struct repeated repeated = {.hash = repeat->hash,
                                      .reference_id =
                                          repeat->has_reference ? &repeat->reference_id : NULL,
                                      .watched_percent = percent};
    e = e == OK ? row_repeated(r->s->versions, row_no, &repeated, &whole) : e;
    stmt_number(r->stand, 1, repeat->no);
    stmt_number(r->stand, 2, play_id);
    stmt_number(r->stand, 3, row_reason_new);
    row_bind_item(r->stand, 4, whole.item_id);
    stmt_number(r->stand, 5, whole.lacks);
    stmt_bytes(r->stand, 6, (struct bytes){whole.body.data, whole.body.size});
    e = e == OK ? stmt_run(r->stand) : e;
    buffer_release(&whole.body);
    stmt_number(r->mark, 1, repeat->no);
    stmt_number(r->mark, 2, SOURCE_GROUPED);
    e = e == OK ? stmt_run(r->mark) : e;
    e = e == OK ? undo_groups_count(r->groups, repeat->source_no, 1) : e;
    const struct equal_row itself = {repeat->no, play_id};
    return e == OK ? follow(r, row_no, old_play, repeat->hash, &itself) : e;
}

/* The same in a play of its own; or it repeats yet another row that says what it says. */
static enum err stand_apart(struct undo_repeats *r, int64_t row_no, const struct repeat *repeat,
                            const struct row_place *place)
{
    struct equal_row equal;
    struct row_place own = *place;
    own.source_no = repeat->source_no;
    enum err e = undo_repeats_equal(r, row_no, &own, repeat->hash, &equal);
    if (e != OK || equal.no != 0) {
        return e == OK ? follow(r, row_no, place->play_id, repeat->hash, &equal) : e;
    }
    int64_t play_id = 0;
    e = undo_groups_new_play(r->groups, &play_id);
    e = e == OK ? undo_groups_touch(r->groups, place->source_no, place->play_id, play_id) : e;
    return e == OK ? stand(r, row_no, repeat, place->play_id, play_id) : e;
}

/* In the play that the row stood in. */
static enum err take_place(struct undo_repeats *r, int64_t row_no, const struct repeat *repeat,
                           const struct row_place *place)
{
    enum err e = undo_groups_touch(r->groups, place->source_no, place->play_id, place->play_id);
    e = e == OK ? stand(r, row_no, repeat, place->play_id, place->play_id) : e;
    if (e == OK && place->stands == ROW_ALONE) {
        stmt_number(r->group, 1, place->play_id);
        e = stmt_run(r->group);
    }
    return e;
}

enum err undo_repeats_replace(struct undo_repeats *r, int64_t row_no, const struct row_place *place,
                              bool *out_taken)
{
    struct repeat repeat;
    struct repeat first = {0};
    enum err e = next_repeat(r, row_no, place->play_id, 0, &repeat);
    while (e == OK && repeat.no != 0) {
        struct equal_row equal = {0};
        struct row_place own = *place;
        own.source_no = repeat.source_no;
        if (first.no == 0) {
            e = undo_repeats_equal(r, row_no, &own, repeat.hash, &equal);
        }
        if (e == OK && first.no == 0 && equal.no == 0) {
            first = repeat;
        } else if (e == OK && repeat.hash != first.hash) {
            e = stand_apart(r, row_no, &repeat, place);
        }
        e = e == OK ? next_repeat(r, row_no, place->play_id, repeat.no, &repeat) : e;
    }
    *out_taken = e == OK && first.no != 0;
    return *out_taken ? take_place(r, row_no, &first, place) : e;
}

enum err undo_repeats_free(struct undo_repeats *r, int64_t row_no, const struct row_place *place,
                           const struct claim *claims, size_t count)
{
    struct repeat repeat;
    enum err e = next_repeat(r, row_no, place->play_id, 0, &repeat);
    while (e == OK && repeat.no != 0) {
        bool says = false;
        e = row_says(r->s->versions, row_no, claims, count, repeat.hash, &says);
        if (e == OK && !says) {
            e = stand_apart(r, row_no, &repeat, place);
        }
        e = e == OK ? next_repeat(r, row_no, place->play_id, repeat.no, &repeat) : e;
    }
    return e;
}

/* ---- a row that says what another says ---- */

enum err undo_repeats_follow(struct undo_repeats *r, const struct equal_row *equal, int64_t hash,
                             const struct equal_row *to)
{
    return follow(r, equal->no, equal->play_id, hash, to);
}

enum err undo_repeats_keep(struct undo_repeats *r, int64_t row_no, const struct row_place *place,
                           const struct refolded *says, const struct equal_row *equal)
{
    sqlite3_stmt *put = place->stands == ROW_ALONE ? r->keep_alone : r->keep_member;
    stmt_number(put, 1, row_no);
    stmt_number(put, 2, equal->play_id);
    stmt_number(put, 3, row_reason_duplicate);
    stmt_number(put, 4, equal->no);
    stmt_number(put, 5, says->hash);
    if (says->has_reference) {
        stmt_number(put, 6, says->reference_id);
    } else {
        (void)sqlite3_bind_null(put, 6);
    }
    return stmt_run(put);
}
