/* SPDX-License-Identifier: MIT
 * classify.c - new, duplicate or updated.
 *
 * A fresh import stores a batch with one statement and is done: as many plays as rows. Where the
 * source may already have rows of the batch, rows whose key is known are set aside first. Rows
 * that the one statement then left out are duplicates by content: the same play twice in the
 * source, kept by their key alone. */
#include "actors/history/classify.h"

#include <string.h>

#include "actors/history/forgotten_rows.h"
#include "actors/history/native.h"
#include "actors/history/versions.h"

struct known_rows {
    bool known[BATCH_ROWS_MAX];
    enum difference differs[BATCH_ROWS_MAX];
    size_t differing;
    int64_t twin_no[BATCH_ROWS_MAX]; /* kept by its key alone, and says something else now; or 0 */
    int64_t repeats_no[BATCH_ROWS_MAX]; /* the row of a group that it repeats; or 0 */
};

/* May the source have rows of this batch? Where the positions are the native ids, as far as rows of
 * that range are stored; native ids of any order may be known as soon as the source has rows. */
static enum err may_be_known(struct store *s, int64_t source_no, bool *out)
{
    const struct batch_commit *batch = s->batch->batch;
    OWNED(stmt_reset)
    sqlite3_stmt *find = s->stmts[batch->native_ids ? STMT_SOURCE_KNOWN : STMT_RANGE_KNOWN];
    stmt_number(find, 1, source_no);
    if (!batch->native_ids) {
        stmt_number(find, 2, batch->first_id);
        stmt_number(find, 3, batch->last_id);
    }
    bool row = false;
    enum err e = stmt_row(find, &row);
    *out = e == OK && row && row_number(find, 0) != 0;
    return e;
}

/* Where rows of a batch may be known already. */
struct search {
    bool keys;    /* by what the source calls them */
    bool content; /* by what they say: beyond the source that the rows go under, and in versions */
    bool groups;  /* the same among its rows that belong to groups */
};

static enum err find_where(struct store *s, const struct job *job, const struct members *members,
                           struct search *out)
{
    bool alone = members->count == 1 && members->no[0] == job->source_no;
    out->content = (s->versioned & SOURCE_VERSIONED) != 0 || (members->count > 0 && !alone);
    out->groups = !out->content && (s->versioned & SOURCE_GROUPED) != 0;
    out->keys = members->count > 0;
    return alone && !out->content ? may_be_known(s, job->source_no, &out->keys) : OK;
}

static enum difference difference_of(sqlite3_stmt *known, int differs, int lacks)
{
    if (row_number(known, lacks) != 0) {
        return ROW_LACKS;
    }
    return row_number(known, differs) != 0 ? ROW_CHANGED : ROW_SAME;
}

static enum err find_known(struct store *s, int64_t source_no, struct known_rows *k,
                           struct verdicts *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = s->stmts[STMT_BATCH_KNOWN];
    stmt_number(find, 1, source_no);
    bool row = true;
    enum err e = OK;
    while (e == OK && row) {
        e = stmt_row(find, &row);
        if (e != OK || !row) {
            return e;
        }
        size_t at = (size_t)row_number(find, 0);
        bool has_play = !row_is_null(find, 1);
        bool in_group = !has_play && row_number(find, 5) != 0;
        if (k->known[at] || (!has_play && row_is_null(find, 4))) {
            continue;
        }
        k->known[at] = true;
        k->differs[at] = has_play   ? difference_of(find, 2, 3)
                         : in_group ? difference_of(find, 6, 7)
                                    : ROW_SAME;
        k->differing += k->differs[at] != ROW_SAME;
        bool repeats = !has_play && !in_group;
        k->twin_no[at] = repeats && row_number(find, 6) != 0 ? row_number(find, 4) : 0;
        out->row_no[at] = row_number(find, has_play ? 1 : 4);
        out->outcome[at] = OUTCOME_DUPLICATE;
    }
    return e;
}

static enum err note_twin(struct store *s, const struct job *job, size_t at, int64_t repeats_no,
                          int64_t row_no)
{
    if (job->dry_run) {
        return OK;
    }
    sqlite3_stmt *put = s->stmts[STMT_REPEAT_INSERT];
    stmt_number(put, 1, row_no);
    stmt_number(put, 2, repeats_no);
    stmt_number(put, 3, job->source_no);
    struct native_id id = batch_table_id(s->batch, at);
    native_bind(put, 4, &id);
    stmt_number(put, 5, s->batch->started_at[at]);
    stmt_number(put, 6, job->no);
    stmt_number(put, 7, row_reason_duplicate);
    stmt_number(put, 8, s->batch->content_hash[at]);
    if (s->batch->has_reference[at]) {
        stmt_number(put, 9, s->batch->reference_id[at]);
    } else {
        (void)sqlite3_bind_null(put, 9);
    }
    return stmt_run(put);
}

/* A row that was kept by its key alone stays so while some version of a play says what it says;
 * else it is a play of its own. */
static enum err check_twin(struct store *s, const struct job *job, size_t at, struct known_rows *k)
{
    int64_t play_id = 0;
    enum err e = versions_twin(s, job, at, &play_id);
    if (e != OK || play_id != 0) {
        return e;
    }
    k->known[at] = false;
    stmt_number(s->stmts[STMT_REPEAT_DELETE], 1, k->twin_no[at]);
    return job->dry_run ? OK : stmt_run(s->stmts[STMT_REPEAT_DELETE]);
}

/* A row that is not known may say what some version of a play says. */
static enum err find_twin(struct store *s, const struct job *job, size_t at, int64_t row_no,
                          struct known_rows *k, struct verdicts *out)
{
    int64_t play_id = 0;
    enum err e = versions_twin(s, job, at, &play_id);
    if (e != OK || play_id == 0) {
        return e;
    }
    k->known[at] = true;
    out->outcome[at] = OUTCOME_DUPLICATE;
    out->row_no[at] = row_no;
    out->anew[at] = true;
    return note_twin(s, job, at, play_id, row_no);
}

/* Rows that say what a row of a group says. */
static enum err find_grouped(struct store *s, const struct job *job, int64_t first_no,
                             struct known_rows *k, struct verdicts *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = s->stmts[STMT_BATCH_GROUPED];
    stmt_number(find, 1, job->source_no);
    bool row = true;
    enum err e = OK;
    while (e == OK && row) {
        e = stmt_row(find, &row);
        size_t at = e == OK && row ? (size_t)row_number(find, 0) : 0;
        if (e == OK && row && !k->known[at]) {
            k->known[at] = true;
            k->repeats_no[at] = row_number(find, 1);
            out->outcome[at] = OUTCOME_DUPLICATE;
            out->row_no[at] = first_no + (int64_t)at;
            out->anew[at] = true;
        }
    }
    for (size_t i = 0; e == OK && i < s->batch->count; i++) {
        e = k->repeats_no[i] != 0 ? note_twin(s, job, i, k->repeats_no[i], out->row_no[i]) : OK;
    }
    return e;
}

/* Sets aside rows that are known; those whose content changed may complete their play. */
static enum err set_known_aside(struct store *s, const struct job *job,
                                const struct members *members, const struct search *search,
                                int64_t first_no, struct verdicts *out)
{
    struct known_rows k = {0};
    enum err e = OK;
    memcpy(k.known, out->forgotten, sizeof k.known);
    for (size_t i = 0; e == OK && search->keys && i < members->count; i++) {
        e = find_known(s, members->no[i], &k, out);
    }
    if (e == OK && k.differing > 0) {
        e = versions_take(s, job, k.differs, out);
    }
    if (e == OK && search->groups) {
        e = find_grouped(s, job, first_no, &k, out);
    }
    /* The batch itself may have brought the first versions. */
    bool content = search->content || (s->versioned & SOURCE_VERSIONED) != 0;
    for (size_t i = 0; e == OK && i < s->batch->count; i++) {
        if (k.twin_no[i] != 0) {
            e = check_twin(s, job, i, &k);
        } else if (!k.known[i] && content) {
            e = find_twin(s, job, i, first_no + (int64_t)i, &k, out);
        }
    }
    memcpy(s->batch->skip, k.known, sizeof k.known);
    return e;
}

static enum err store_rows(struct store *s, const struct job *job, int64_t first_no,
                           size_t *out_stored)
{
    sqlite3_stmt *put = s->stmts[job->dry_run ? STMT_BATCH_DRY : STMT_BATCH_STORE];
    stmt_number(put, 1, job->dry_run ? job->no : job->source_no);
    stmt_number(put, 2, job->dry_run ? job->source_no : job->no);
    if (!job->dry_run) {
        stmt_number(put, 3, first_no);
    }
    enum err e = stmt_run(put);
    if (e == OK) {
        *out_stored = (size_t)sqlite3_changes(s->db);
    }
    return e;
}

/* The play that the source told of before by this id and start, in this very job; 0 if none. */
static enum err find_by_key(struct store *s, const struct job *job, size_t at, int64_t *out_no)
{
    OWNED(stmt_reset) sqlite3_stmt *find = s->stmts[STMT_ROW_BY_KEY];
    struct native_id id = batch_table_id(s->batch, at);
    bool row = false;
    stmt_number(find, 1, job->source_no);
    native_bind(find, 2, &id);
    stmt_number(find, 3, s->batch->started_at[at]);
    enum err e = stmt_row(find, &row);
    *out_no = e == OK && row ? row_number(find, 0) : 0;
    return e;
}

/* The row was left out: it was told of twice, or a stored play has the same start and content. */
static enum err note_left_out(struct store *s, const struct job *job, size_t at,
                              struct verdicts *out)
{
    int64_t known = 0;
    enum err e = s->batch->batch->native_ids ? find_by_key(s, job, at, &known) : OK;
    if (e != OK || known != 0) {
        out->row_no[at] = known;
        return e;
    }
    out->anew[at] = true;
    OWNED(stmt_reset) sqlite3_stmt *find = s->stmts[STMT_ROW_BY_CONTENT];
    stmt_number(find, 1, s->batch->started_at[at]);
    stmt_number(find, 2, s->batch->content_hash[at]);
    stmt_number(find, 3, job->source_no);
    bool row = false;
    e = stmt_row(find, &row);
    return e == OK && row ? note_twin(s, job, at, row_number(find, 0), out->row_no[at]) : e;
}

static void judge(struct verdicts *out, size_t at, bool stored)
{
    out->outcome[at] = stored ? OUTCOME_NEW : OUTCOME_DUPLICATE;
}

/* The same for a dry run: kept under its key is a row if its position is with it. */
static enum err mark_dry_left_out(struct store *s, const struct job *job, struct verdicts *out)
{
    sqlite3_stmt *find = s->stmts[STMT_DRY_POSITION];
    enum err e = OK;
    for (size_t i = 0; e == OK && i < s->batch->count; i++) {
        OWNED(stmt_reset) sqlite3_stmt *running = find;
        struct native_id id = batch_table_id(s->batch, i);
        bool row = false;
        if (!s->batch->skip[i]) {
            stmt_number(running, 1, job->no);
            native_bind(running, 2, &id);
            stmt_number(running, 3, s->batch->started_at[i]);
            e = stmt_row(running, &row);
            judge(out, i, e == OK && row && row_number(running, 0) == s->batch->position[i]);
        }
    }
    return e;
}

/* Which of the rows not set aside were stored, by reading back what was. */
static enum err mark_left_out(struct store *s, const struct job *job, int64_t first_no,
                              struct verdicts *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = s->stmts[STMT_BATCH_STORED];
    stmt_number(find, 1, first_no);
    bool row = false;
    enum err e = stmt_row(find, &row);
    for (size_t i = 0; e == OK && i < s->batch->count; i++) {
        if (s->batch->skip[i]) {
            continue;
        }
        bool stored = row && row_number(find, 0) == out->row_no[i];
        judge(out, i, stored);
        e = stored ? stmt_row(find, &row) : note_left_out(s, job, i, out);
    }
    return e;
}

enum err classify_forgotten(struct store *s, const char *server_id, struct verdicts *out)
{
    memset(out->forgotten, 0, sizeof out->forgotten);
    if (!people_forgot_any(s->people)) {
        return OK;
    }
    enum err e = forgotten_rows_mark(s, server_id, out->forgotten);
    memcpy(s->batch->skip, out->forgotten, sizeof out->forgotten);
    for (size_t i = 0; i < BATCH_ROWS_MAX; i++) {
        if (out->forgotten[i]) {
            out->outcome[i] = OUTCOME_DUPLICATE; /* nobody is to take it for a new row */
            out->row_no[i] = 0;
        }
    }
    return e;
}

enum err classify_store(struct store *s, const struct job *job, const struct members *members,
                        int64_t first_no, struct verdicts *out)
{
    struct search search;
    size_t stored = 0;
    for (size_t i = 0; i < BATCH_ROWS_MAX; i++) {
        out->version[i] = 1;
        out->anew[i] = false;
    }
    enum err e = find_where(s, job, members, &search);
    bool known = e == OK && (search.keys || search.content || search.groups);
    if (known) {
        e = set_known_aside(s, job, members, &search, first_no, out);
    }
    bool all_known = known && memchr(s->batch->skip, false, s->batch->count) == NULL;
    if (e == OK && !all_known) {
        e = store_rows(s, job, first_no, &stored);
    }
    if (e != OK) {
        return e;
    }
    size_t tried = 0;
    for (size_t i = 0; i < s->batch->count; i++) {
        if (!s->batch->skip[i]) {
            tried++;
            out->outcome[i] = OUTCOME_NEW;
            out->row_no[i] = first_no + (int64_t)i;
        }
    }
    if (stored == tried) {
        return OK;
    }
    return job->dry_run ? mark_dry_left_out(s, job, out) : mark_left_out(s, job, first_no, out);
}
