/* SPDX-License-Identifier: MIT
 * people_change.c - who is who, changed by hand. Whole persons are joined, under the lowest number
 * that one of them has; an account that is taken out is a person of its own again. The number of a
 * person is never given to another one. */
#include "actors/history/people_change.h"

#include "actors/history/groups/regroup.h"
#include "actors/history/people.h"
#include "proto/wire/codec.h"

struct change {
    struct store *s;
    int64_t job_no;
    struct people_change params;
    struct refusal *why;
};

static enum err bad(struct change *c, const char *field, const char *text)
{
    *c->why = (struct refusal){.code = err_code(ERR_BAD_FIELD), .field = field, .text = text};
    return ERR_BAD_FIELD;
}

/* ---- one account ---- */

/* 0: it is mapped to nobody. */
static enum err mapped_to(sqlite3 *db, const struct account_ref *account, int64_t *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(
        db, "SELECT person_no FROM person_accounts WHERE server_id = ?1 AND user_id = ?2", &find);
    bool row = false;
    stmt_text(find, 1, account->server_id);
    stmt_text(find, 2, account->user_id);
    e = e == OK ? stmt_row(find, &row) : e;
    *out = e == OK && row ? row_number(find, 0) : 0;
    return e;
}

static void bind_number(sqlite3_stmt *stmt, int at, int64_t no)
{
    if (no != 0) {
        stmt_number(stmt, at, no);
    } else {
        (void)sqlite3_bind_null(stmt, at);
    }
}

static enum err put_account(sqlite3 *db, const struct account_ref *account, int64_t no)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    enum err e = db_prepare(
        db,
        no != 0 ? "INSERT INTO person_accounts (server_id, user_id, person_no) VALUES (?1, ?2, ?3)"
                  " ON CONFLICT DO UPDATE SET person_no = excluded.person_no"
                : "DELETE FROM person_accounts WHERE server_id = ?1 AND user_id = ?2",
        &put);
    stmt_text(put, 1, account->server_id);
    stmt_text(put, 2, account->user_id);
    if (no != 0) {
        stmt_number(put, 3, no);
    }
    return e == OK ? stmt_run(put) : e;
}

/* Maps the account, and keeps whose it was before the job. */
static enum err map(struct change *c, const struct account_ref *account, int64_t no)
{
    OWNED(stmt_finalize) sqlite3_stmt *keep = NULL;
    int64_t before = 0;
    enum err e = mapped_to(c->s->db, account, &before);
    if (e != OK || before == no) {
        return e;
    }
    e = db_prepare_with(c->s->db,
                        "INSERT INTO person_changes (job_no, server_id, user_id, before_no,"
                        " after_no) VALUES (?1, ?2, ?3, ?4, ?5)"
                        " ON CONFLICT DO UPDATE SET after_no = excluded.after_no",
                        c->job_no, &keep);
    stmt_text(keep, 2, account->server_id);
    stmt_text(keep, 3, account->user_id);
    bind_number(keep, 4, before);
    bind_number(keep, 5, no);
    e = e == OK ? stmt_run(keep) : e;
    return e == OK ? put_account(c->s->db, account, no) : e;
}

static enum err new_person(sqlite3 *db, int64_t *out)
{
    enum err e = db_exec(db, "INSERT INTO people (name) VALUES (NULL)");
    *out = sqlite3_last_insert_rowid(db);
    return e;
}

/* ---- join ---- */

/* The persons that are joined, as they were before: their numbers, 0 for one that is not mapped. */
static enum err lowest(struct change *c, int64_t *out)
{
    int64_t low = 0;
    for (size_t i = 0; i < c->params.accounts_count; i++) {
        const struct account_ref *account = &c->params.accounts[i];
        int64_t no = person_number(c->s->people, account->server_id, account->user_id);
        low = no != 0 && (low == 0 || no < low) ? no : low;
    }
    *out = low;
    return low == 0 ? new_person(c->s->db, out) : OK;
}

/* All accounts that are mapped to one of the joined persons. */
static enum err move_person(struct change *c, int64_t from, int64_t to)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct account_ref *accounts = arena_alloc(arena, PEOPLE_ACCOUNTS_MAX * sizeof *accounts);
    size_t count = 0;
    enum err e = db_prepare_with(
        c->s->db, "SELECT server_id, user_id FROM person_accounts WHERE person_no = ?1", from,
        &list);
    bool row = e == OK;
    while (e == OK && row && count < PEOPLE_ACCOUNTS_MAX) {
        e = stmt_row(list, &row);
        if (e == OK && row) {
            accounts[count++] = (struct account_ref){arena_keep(arena, row_text(list, 0)),
                                                     arena_keep(arena, row_text(list, 1))};
        }
    }
    for (size_t i = 0; e == OK && i < count; i++) {
        e = map(c, &accounts[i], to);
    }
    return e;
}

static enum err rename_person(struct change *c, int64_t no)
{
    OWNED(stmt_finalize) sqlite3_stmt *keep = NULL;
    OWNED(stmt_finalize) sqlite3_stmt *name = NULL;
    enum err e = db_prepare_with(c->s->db,
                                 "INSERT INTO person_names (job_no, person_no, name)"
                                 " SELECT ?1, no, name FROM people WHERE no = ?2",
                                 c->job_no, &keep);
    if (e == OK) {
        stmt_number(keep, 2, no);
        e = stmt_run(keep);
    }
    if (e == OK) {
        e = db_prepare_with(c->s->db, "UPDATE people SET name = ?2 WHERE no = ?1", no, &name);
    }
    stmt_text(name, 2, c->params.name);
    return e == OK ? stmt_run(name) : e;
}

static enum err join(struct change *c)
{
    int64_t to = 0;
    enum err e = lowest(c, &to);
    for (size_t i = 0; e == OK && i < c->params.accounts_count; i++) {
        const struct account_ref *account = &c->params.accounts[i];
        int64_t from = person_number(c->s->people, account->server_id, account->user_id);
        e = from != 0 && from != to ? move_person(c, from, to) : OK;
        e = e == OK ? map(c, account, to) : e;
    }
    return e == OK && c->params.name != NULL ? rename_person(c, to) : e;
}

/* ---- split ---- */

/* Where its plex.tv id would lead it back, an account that is taken out has a number of its own;
 * and where that number would draw others, what stays is mapped too. */
static enum err take_out(struct change *c, const struct account_ref *account, int64_t from)
{
    int64_t held = 0;
    int64_t no = 0;
    OWNED(stmt_finalize) sqlite3_stmt *others = NULL;
    bool plex_tv = person_is_of_plex_tv(account->user_id);
    enum err e = db_prepare(c->s->db,
                            "SELECT count(*) FROM person_accounts WHERE user_id = ?1"
                            " AND server_id <> ?2",
                            &others);
    bool row = false;
    stmt_text(others, 1, account->user_id);
    stmt_text(others, 2, account->server_id);
    e = e == OK && plex_tv ? stmt_row(others, &row) : e;
    held = row ? row_number(others, 0) : 0;
    if (e == OK && plex_tv && (held > 0 || from == 0)) {
        e = new_person(c->s->db, &no);
    }
    return e == OK ? map(c, account, no) : e;
}

/* A plex.tv id by itself becomes a mapped person on every server where it stays. */
static enum err map_rest(struct change *c, const char *user_id)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    int64_t no = 0;
    enum err e = new_person(c->s->db, &no);
    e = e == OK ? db_prepare(c->s->db,
                             "SELECT DISTINCT s.server_id FROM users u"
                             " JOIN sources s ON s.no = u.source_no"
                             " WHERE u.user_id = ?1 AND s.server_id IS NOT NULL LIMIT 1000",
                             &list)
                : e;
    stmt_text(list, 1, user_id);
    bool row = e == OK;
    while (e == OK && row) {
        e = stmt_row(list, &row);
        if (e == OK && row) {
            const struct account_ref account = {row_text(list, 0), user_id};
            e = map(c, &account, no);
        }
    }
    return e;
}

static enum err split(struct change *c, struct arena *arena)
{
    struct account_ref named;
    int64_t key = person_key_of_id(c->s->people, c->params.split_from);
    int64_t from = person_of_id(c->s->people, c->params.split_from, arena, &named);
    if (key == 0) {
        return ERR_PERSON_NOT_FOUND;
    }
    for (size_t i = 0; i < c->params.accounts_count; i++) {
        const struct account_ref *account = &c->params.accounts[i];
        if (person_key(c->s->people, account->server_id, account->user_id) != key) {
            return bad(c, "accounts", "One of the accounts is not of this person");
        }
    }
    enum err e = OK;
    if (from == 0 && person_is_of_plex_tv(named.user_id)) {
        e = map_rest(c, named.user_id);
    } else if (from == 0) {
        return bad(c, "accounts", "This person has one account: there is nothing to take out");
    }
    for (size_t i = 0; e == OK && i < c->params.accounts_count; i++) {
        e = take_out(c, &c->params.accounts[i], from);
    }
    return e;
}

/* ---- the job ---- */

static enum err check(struct change *c)
{
    int64_t mapped = 0;
    if (c->params.accounts_count == 0) {
        return bad(c, "accounts", "Name at least one account");
    }
    for (size_t i = 0; i < c->params.accounts_count; i++) {
        const struct account_ref *account = &c->params.accounts[i];
        if (person_key(c->s->people, account->server_id, account->user_id) == 0) {
            return bad(c, "accounts",
                       "An account without an id, and 0, which every server calls Local, is "
                       "nobody's");
        }
        if (people_forgot(c->s->people, account->server_id, account->user_id)) {
            return bad(c, "accounts", "One of the accounts is forgotten");
        }
    }
    enum err e = db_number(c->s->db, "SELECT count(*) FROM person_accounts", 0, &mapped);
    return e == OK && mapped + (int64_t)c->params.accounts_count > PEOPLE_ACCOUNTS_MAX
               ? ERR_LIMIT_REACHED
               : e;
}

static enum err begin(struct own_start *start)
{
    struct change c = {.s = start->h->store, .job_no = start->job->no, .why = &start->why};
    struct flaw flaw;
    if (start->job->params.size == 0) {
        return regroup_operation.begin(start); /* nobody is another person for it */
    }
    if (record_unpack(desc_people_change(), start->job->params.data, start->job->params.size,
                      start->arena, &c.params, &flaw) != OK) {
        return ERR_BAD_FIELD;
    }
    enum err e = check(&c);
    /* Plays are grouped by who is who now: an older change that ended early has nothing left. */
    e = e == OK ? own_jobs_settle(start->h, operation_regroup, c.job_no) : e;
    if (e == OK) {
        e = c.params.split_from != NULL ? split(&c, start->arena) : join(&c);
    }
    if (e == OK) {
        job_set_text(&start->job->title, c.params.split_from != NULL
                                             ? "accounts taken out of a person"
                                             : "accounts made one person");
    }
    return e == OK ? regroup_total(start->h, &start->job->total) : e;
}

const struct own_operation people_operation = {
    .begin = begin, .step = regroup_step, .finish = regroup_finish, .goes_on = true};

enum err people_change_undo(struct store *s, int64_t job_no)
{
    static const char *const texts[] = {
        "DELETE FROM person_accounts WHERE (server_id, user_id, person_no) IN"
        " (SELECT server_id, user_id, after_no FROM person_changes WHERE job_no = ?1)",
        "INSERT INTO person_accounts SELECT server_id, user_id, before_no FROM person_changes c"
        " WHERE job_no = ?1 AND before_no IS NOT NULL ON CONFLICT DO NOTHING",
        "UPDATE people SET name = (SELECT name FROM person_names WHERE job_no = ?1)"
        " WHERE no = (SELECT person_no FROM person_names WHERE job_no = ?1)",
        "DELETE FROM person_names WHERE job_no = ?1",
        "DELETE FROM person_changes WHERE job_no = ?1",
    };
    enum err e = OK;
    for (size_t i = 0; e == OK && i < COUNT_OF(texts); i++) {
        OWNED(stmt_finalize) sqlite3_stmt *run = NULL;
        e = db_prepare_with(s->db, texts[i], job_no, &run);
        e = e == OK ? stmt_run(run) : e;
    }
    return e;
}
