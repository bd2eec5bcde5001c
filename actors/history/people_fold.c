/* SPDX-License-Identifier: MIT
 * people_fold.c - the mapping, made anew from the params of the jobs. What a job made before keeps
 * its number by the job and its part in it; the number of one whose job was undone goes to the
 * person that its accounts are now. */
#include "actors/history/people_fold.h"

#include <string.h>

#include "actors/history/people.h"
#include "proto/wire/codec.h"

#define IS_UNDONE(job) \
    "(" job " = ?1 OR EXISTS (SELECT 1 FROM job_undos WHERE job_undos.job_no = " job "))"

enum { PARAMS_ACCOUNTS_MAX = 1000 }; /* of one job; as people.def says */

struct fold {
    sqlite3 *db;
    struct people *before; /* owned; as it was read last */
    struct people *people; /* owned; as the jobs before this one have it */
    int64_t but;
    int64_t job_no, parts; /* the job, and how many persons it has made */
};

/* ---- one account ---- */

static enum err map(struct fold *f, const struct account_ref *account, int64_t no)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    enum err e = db_prepare(
        f->db,
        no != 0 ? "INSERT INTO person_accounts (server_id, user_id, person_no) VALUES (?1, ?2, ?3)"
                  " ON CONFLICT DO UPDATE SET person_no = excluded.person_no"
                : "DELETE FROM person_accounts WHERE server_id = ?1 AND user_id = ?2",
        &put);
    if (e != OK) {
        return e;
    }
    stmt_text(put, 1, account->server_id);
    stmt_text(put, 2, account->user_id);
    if (no != 0) {
        stmt_number(put, 3, no);
    }
    return stmt_run(put);
}

/* ---- numbers ---- */

static enum err find_made(struct fold *f, int64_t *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare_with(f->db, "SELECT no FROM people WHERE job_no = ?1 AND part = ?2",
                                 f->job_no, &find);
    bool row = false;
    if (e == OK) {
        stmt_number(find, 2, f->parts);
        e = stmt_row(find, &row);
    }
    *out = e == OK && row ? row_number(find, 0) : 0;
    return e;
}

/* The number that the account had before, if the job that made it was undone. */
static enum err take_over(struct fold *f, const struct account_ref *account, int64_t *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *take = NULL;
    int64_t no = person_number(f->before, account->server_id, account->user_id);
    if (no == 0) {
        return OK;
    }
    enum err e = db_prepare_with(f->db,
                                 "UPDATE people SET job_no = ?2, part = ?3 WHERE no = ?4"
                                 " AND " IS_UNDONE("people.job_no"),
                                 f->but, &take);
    if (e == OK) {
        stmt_number(take, 2, f->job_no);
        stmt_number(take, 3, f->parts);
        stmt_number(take, 4, no);
        e = stmt_run(take);
    }
    *out = e == OK && sqlite3_changes(f->db) > 0 ? no : 0;
    return e;
}

/* The number of a person whom this job makes, of one of these accounts. */
static enum err make_person(struct fold *f, const struct account_ref *accounts, size_t count,
                            int64_t *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *make = NULL;
    enum err e = find_made(f, out);
    for (size_t i = 0; e == OK && *out == 0 && i < count; i++) {
        e = take_over(f, &accounts[i], out);
    }
    if (e == OK && *out == 0) {
        e = db_prepare_with(f->db, "INSERT INTO people (job_no, part) VALUES (?1, ?2)", f->job_no,
                            &make);
        if (e == OK) {
            stmt_number(make, 2, f->parts);
            e = stmt_run(make);
        }
        *out = sqlite3_last_insert_rowid(f->db);
    }
    f->parts++;
    return e;
}

/* ---- join ---- */

static enum err lowest(struct fold *f, const struct people_change *change, int64_t *out)
{
    int64_t low = 0;
    for (size_t i = 0; i < change->accounts_count; i++) {
        const struct account_ref *account = &change->accounts[i];
        int64_t no = person_number(f->people, account->server_id, account->user_id);
        low = no != 0 && (low == 0 || no < low) ? no : low;
    }
    *out = low;
    return low == 0 ? make_person(f, change->accounts, change->accounts_count, out) : OK;
}

static enum err move_person(struct fold *f, int64_t from, int64_t to)
{
    static const char *const texts[] = {
        "UPDATE person_accounts SET person_no = ?2 WHERE person_no = ?1",
        "UPDATE people SET merged_into = ?2 WHERE no = ?1"};
    enum err e = OK;
    for (size_t i = 0; e == OK && i < COUNT_OF(texts); i++) {
        OWNED(stmt_finalize) sqlite3_stmt *move = NULL;
        e = db_prepare_with(f->db, texts[i], from, &move);
        if (e == OK) {
            stmt_number(move, 2, to);
            e = stmt_run(move);
        }
    }
    return e;
}

static enum err name_person(struct fold *f, int64_t no, const char *name)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    enum err e = db_prepare_with(f->db, "UPDATE people SET name = ?2 WHERE no = ?1", no, &put);
    if (e == OK) {
        stmt_text(put, 2, name);
        e = stmt_run(put);
    }
    return e;
}

static enum err join(struct fold *f, const struct people_change *change)
{
    int64_t to = 0;
    enum err e = lowest(f, change, &to);
    for (size_t i = 0; e == OK && i < change->accounts_count; i++) {
        const struct account_ref *account = &change->accounts[i];
        int64_t from = person_number(f->people, account->server_id, account->user_id);
        e = from != 0 && from != to ? move_person(f, from, to) : OK;
        e = e == OK ? map(f, account, to) : e;
    }
    return e == OK && change->name != NULL ? name_person(f, to, change->name) : e;
}

/* ---- split ---- */

/* Where its plex.tv id would lead it back, or to a mark, an account that is taken out has a number
 * of its own. */
static enum err take_out(struct fold *f, const struct account_ref *account, bool by_itself)
{
    OWNED(stmt_finalize) sqlite3_stmt *others = NULL;
    int64_t no = 0;
    bool row = false;
    enum err e = db_prepare(
        f->db, "SELECT 1 FROM person_accounts WHERE user_id = ?1 AND server_id <> ?2", &others);
    if (e == OK && person_is_of_plex_tv(account->user_id)) {
        stmt_text(others, 1, account->user_id);
        stmt_text(others, 2, account->server_id);
        e = stmt_row(others, &row);
        if (e == OK && (row || by_itself || people_forgot(f->people, PLEX_TV, account->user_id))) {
            e = make_person(f, account, 1, &no);
        }
    }
    return e == OK ? map(f, account, no) : e;
}

/* Where an account with the plex.tv id is met that nobody has mapped, it stays the person's. */
static enum err map_rest(struct fold *f, const char *user_id, int64_t no)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    enum err e = db_prepare(f->db,
                            "INSERT OR IGNORE INTO person_accounts SELECT s.server_id, ?1, ?2"
                            " FROM (SELECT source_no FROM users WHERE user_id = ?1 UNION"
                            "  SELECT source_id FROM play_dimensions WHERE user_id = ?1) u"
                            " JOIN sources s ON s.no = u.source_no"
                            " WHERE s.server_id IS NOT NULL LIMIT 1000",
                            &put);
    if (e == OK) {
        stmt_text(put, 1, user_id);
        stmt_number(put, 2, no);
        e = stmt_run(put);
    }
    return e;
}

/* An account that is not of this person any more stays whose it is. */
static enum err split(struct fold *f, const struct people_change *change, struct arena *arena)
{
    struct account_ref named;
    int64_t key = person_key_of_id(f->people, change->split_from);
    int64_t no = person_of_id(f->people, change->split_from, arena, &named);
    bool by_itself = no == 0;
    enum err e = OK;
    if (by_itself && (named.user_id == NULL || !person_is_of_plex_tv(named.user_id))) {
        return OK;
    }
    e = by_itself ? make_person(f, &named, 1, &no) : OK;
    for (size_t i = 0; e == OK && i < change->accounts_count; i++) {
        const struct account_ref *account = &change->accounts[i];
        if (person_key(f->people, account->server_id, account->user_id) != key) {
            continue;
        }
        bool drawn = person_is_of_plex_tv(account->user_id) &&
                     person_number(f->people, PLEX_TV, account->user_id) == (by_itself ? 0 : no);
        e = drawn ? map_rest(f, account->user_id, no) : OK;
        e = e == OK ? take_out(f, account, by_itself) : e;
    }
    return e;
}

/* ---- all of them ---- */

static enum err read_params(struct bytes params, struct arena *arena, struct people_change *out)
{
    struct flaw flaw;
    return record_unpack(desc_people_change(), params.data, params.size, arena, out, &flaw) == OK
               ? OK
               : ERR_BAD_FIELD;
}

static enum err apply(struct fold *f, int64_t job_no, struct bytes params)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct people_change change;
    enum err e = read_params(params, arena, &change);
    people_destroy(&f->people);
    e = e == OK ? people_load(f->db, &f->people) : e;
    if (e != OK || change.accounts_count == 0) {
        return e;
    }
    f->job_no = job_no;
    f->parts = 0;
    return change.split_from != NULL ? split(f, &change, arena) : join(f, &change);
}

static enum err list_jobs(sqlite3 *db, int64_t but, sqlite3_stmt **out)
{
    enum err e =
        db_prepare_with(db,
                        "SELECT no, params FROM jobs WHERE operation = ?2"
                        " AND length(params) > 0 AND NOT " IS_UNDONE("jobs.no") " ORDER BY no",
                        but, out);
    stmt_number(*out, 2, operation_regroup);
    return e;
}

static enum err apply_all(struct fold *f)
{
    OWNED(stmt_finalize) sqlite3_stmt *jobs = NULL;
    enum err e = db_exec(f->db, "DELETE FROM person_accounts;"
                                "UPDATE people SET name = NULL, merged_into = NULL");
    e = e == OK ? list_jobs(f->db, f->but, &jobs) : e;
    bool row = e == OK;
    while (e == OK && row) {
        e = stmt_row(jobs, &row);
        e = e == OK && row ? apply(f, row_number(jobs, 0), row_bytes(jobs, 1)) : e;
    }
    return e;
}

enum err people_fold(struct store *s, int64_t but)
{
    struct fold f = {.db = s->db, .but = but};
    enum err e = people_load(s->db, &f.before);
    e = e == OK ? apply_all(&f) : e;
    people_destroy(&f.before);
    people_destroy(&f.people);
    return e == OK ? store_read_people(s) : e;
}

/* ---- what the jobs say ---- */

/* Says of each job's params what they are instead. */
struct edit {
    bool (*change)(const struct edit *edit, struct people_change *params, struct arena *arena);
    const struct people *people;
    const char *before, *after; /* servers */
    bool stays;
};

static enum err edit_job(sqlite3 *db, const struct edit *edit, int64_t job_no, struct bytes bytes)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(buffer_release) struct buffer packed = {0};
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    struct people_change params;
    enum err e = read_params(bytes, arena, &params);
    if (e != OK || !edit->change(edit, &params, arena)) {
        return e;
    }
    e = record_pack(desc_people_change(), &params, &packed, NULL);
    e = e == OK ? db_prepare_with(db, "UPDATE jobs SET params = ?2 WHERE no = ?1", job_no, &put)
                : e;
    if (e == OK) {
        stmt_bytes(put, 2, (struct bytes){packed.data, packed.size});
        e = stmt_run(put);
    }
    return e;
}

/* Undone ones too: they keep what they say. */
static enum err edit_jobs(sqlite3 *db, const struct edit *edit)
{
    OWNED(stmt_finalize) sqlite3_stmt *jobs = NULL;
    enum err e = db_prepare_with(db,
                                 "SELECT no, params FROM jobs WHERE operation = ?1"
                                 " AND length(params) > 0 ORDER BY no",
                                 operation_regroup, &jobs);
    bool row = e == OK;
    while (e == OK && row) {
        e = stmt_row(jobs, &row);
        e = e == OK && row ? edit_job(db, edit, row_number(jobs, 0), row_bytes(jobs, 1)) : e;
    }
    return e;
}

static bool leave_out(const struct edit *edit, struct people_change *params, struct arena *arena)
{
    size_t kept = 0;
    (void)arena;
    for (size_t i = 0; i < params->accounts_count; i++) {
        const struct account_ref *account = &params->accounts[i];
        if (!people_forgot(edit->people, account->server_id, account->user_id)) {
            params->accounts[kept++] = *account;
        }
    }
    if (kept == params->accounts_count) {
        return false;
    }
    params->accounts_count = kept;
    params->name = NULL; /* it may be what the person is called */
    return true;
}

enum err people_leave_out_forgotten(struct store *s)
{
    const struct edit edit = {.change = leave_out, .people = s->people};
    enum err e = edit_jobs(s->db, &edit);
    return e == OK ? people_fold(s, 0) : e;
}

static bool move_accounts(const struct edit *edit, struct people_change *params,
                          struct arena *arena)
{
    size_t count = 0;
    struct account_ref *accounts = arena_alloc(arena, PARAMS_ACCOUNTS_MAX * sizeof *accounts);
    bool moved = false;
    for (size_t i = 0; i < params->accounts_count && count < PARAMS_ACCOUNTS_MAX; i++) {
        const struct account_ref *account = &params->accounts[i];
        bool moves = strcmp(account->server_id, edit->before) == 0;
        if (moves) {
            accounts[count++] = (struct account_ref){edit->after, account->user_id};
            moved = true;
        }
        if (count < PARAMS_ACCOUNTS_MAX && (!moves || edit->stays)) {
            accounts[count++] = *account;
        }
    }
    params->accounts = accounts;
    params->accounts_count = count;
    return moved;
}

static enum err move_marks(sqlite3 *db, const struct edit *edit)
{
    static const char *const texts[] = {
        "INSERT OR IGNORE INTO forgotten SELECT ?1, user_id, person, since, by_whom"
        " FROM forgotten WHERE server_id = ?2",
        "INSERT OR IGNORE INTO forgotten_names SELECT ?1, hash, person FROM forgotten_names"
        " WHERE server_id = ?2",
        "DELETE FROM forgotten WHERE server_id = ?2 AND ?1 <> ?2",
        "DELETE FROM forgotten_names WHERE server_id = ?2 AND ?1 <> ?2"};
    size_t count = edit->stays ? 2 : COUNT_OF(texts);
    enum err e = OK;
    for (size_t i = 0; e == OK && i < count; i++) {
        OWNED(stmt_finalize) sqlite3_stmt *run = NULL;
        e = db_prepare(db, texts[i], &run);
        if (e == OK) {
            stmt_text(run, 1, edit->after);
            stmt_text(run, 2, edit->before);
            e = stmt_run(run);
        }
    }
    return e;
}

enum err people_move_server(struct store *s, const char *before, const char *after)
{
    struct edit edit = {.change = move_accounts, .before = before, .after = after};
    OWNED(stmt_finalize) sqlite3_stmt *others = NULL;
    enum err e = db_prepare(s->db, "SELECT 1 FROM sources WHERE server_id = ?1", &others);
    if (e == OK) {
        stmt_text(others, 1, before);
        e = stmt_row(others, &edit.stays);
        sqlite3_reset(others);
    }
    e = e == OK ? move_marks(s->db, &edit) : e;
    e = e == OK ? edit_jobs(s->db, &edit) : e;
    return e == OK ? people_fold(s, 0) : e;
}
