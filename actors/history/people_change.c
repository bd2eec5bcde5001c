/* SPDX-License-Identifier: MIT
 * people_change.c - who is who, changed by hand: checks what is asked for; its params say the rest.
 */
#include "actors/history/people_change.h"

#include "actors/history/groups/regroup.h"
#include "actors/history/people.h"
#include "actors/history/people_fold.h"
#include "proto/wire/codec.h"

struct change {
    struct store *s;
    struct people_change params;
    struct refusal *why;
};

static enum err bad(struct change *c, const char *field, const char *text)
{
    *c->why = (struct refusal){.code = err_code(ERR_BAD_FIELD), .field = field, .text = text};
    return ERR_BAD_FIELD;
}

static enum err check_split(struct change *c, struct arena *arena)
{
    const struct people *people = c->s->people;
    struct account_ref named;
    int64_t key = person_key_of_id(people, c->params.split_from);
    int64_t from = person_of_id(people, c->params.split_from, arena, &named);
    if (key == 0) {
        return ERR_PERSON_NOT_FOUND;
    }
    for (size_t i = 0; i < c->params.accounts_count; i++) {
        const struct account_ref *account = &c->params.accounts[i];
        if (person_key(people, account->server_id, account->user_id) != key) {
            return bad(c, "accounts", "One of the accounts is not of this person");
        }
    }
    return from != 0 || person_is_of_plex_tv(named.user_id)
               ? OK
               : bad(c, "accounts", "This person has one account: there is nothing to take out");
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
    struct change c = {.s = start->h->store, .why = &start->why};
    struct flaw flaw;
    if (start->job->params.size == 0) {
        return regroup_operation.begin(start); /* nobody is another person for it */
    }
    if (record_unpack(desc_people_change(), start->job->params.data, start->job->params.size,
                      start->arena, &c.params, &flaw) != OK) {
        return ERR_BAD_FIELD;
    }
    enum err e = check(&c);
    e = e == OK && c.params.split_from != NULL ? check_split(&c, start->arena) : e;
    /* Plays are grouped by who is who now: an older change that ended early has nothing left. */
    e = e == OK ? own_jobs_settle(start->h, operation_regroup, start->job->no) : e;
    e = e == OK ? people_fold(c.s, 0) : e;
    if (e == OK) {
        job_set_text(&start->job->title, c.params.split_from != NULL
                                             ? "accounts taken out of a person"
                                             : "accounts made one person");
    }
    return e == OK ? regroup_total(start->h, &start->job->total) : e;
}

const struct own_operation people_operation = {
    .begin = begin, .step = regroup_step, .finish = regroup_finish, .goes_on = true};
