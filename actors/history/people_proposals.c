/* SPDX-License-Identifier: MIT
 * people_proposals.c - who could be one person. A Plex server calls its owner account 1, Tautulli
 * by the plex.tv id: where the names agree and Tautulli marks that user as the owner, both are
 * surely one. Equal names on different servers only make it likely. */
#include <stdlib.h>
#include <string.h>

#include "actors/history/people_page.h"
#include "actors/shared/search.h"

/* A name as it is compared, and whose it is. */
struct name {
    const char *key;
    const struct known_account *account;
};

static int compare_names(const void *a, const void *b)
{
    const struct name *x = a;
    const struct name *y = b;
    int order = strcmp(x->key, y->key);
    return order != 0 ? order : (x->account > y->account) - (x->account < y->account);
}

static const char *compared(struct arena *arena, const char *name)
{
    OWNED(free_text) char *key = search_key(name);
    return arena_keep(arena, key);
}

static size_t list_names(struct arena *arena, const struct known_account *accounts, size_t count,
                         struct name *out)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const char *names[] = {accounts[i].user_name, accounts[i].display_name};
        for (size_t n = 0; n < COUNT_OF(names); n++) {
            const char *key = names[n] != NULL ? compared(arena, names[n]) : "";
            if (key[0] != '\0') {
                out[used++] = (struct name){key, &accounts[i]};
            }
        }
    }
    qsort(out, used, sizeof *out, compare_names);
    return used;
}

static bool same_server(const struct known_account *a, const struct known_account *b)
{
    const char *x = a->shown.server_id != NULL ? a->shown.server_id : "";
    const char *y = b->shown.server_id != NULL ? b->shown.server_id : "";
    return strcmp(x, y) == 0;
}

static struct person_proposal *add(struct people_listed *out, struct arena *arena)
{
    struct person_proposal *proposal = &out->proposals[out->proposals_count++];
    proposal->accounts = arena_alloc(arena, PROPOSED_ACCOUNTS * sizeof *proposal->accounts);
    return proposal;
}

/* Copies share their texts. */
static bool is_same(const struct person_account *a, const struct person_account *b)
{
    return a->server_id == b->server_id && a->user_id == b->user_id;
}

static bool holds(const struct person_proposal *proposal, const struct known_account *one)
{
    for (size_t i = 0; i < proposal->accounts_count; i++) {
        if (is_same(&proposal->accounts[i], &one->shown)) {
            return true;
        }
    }
    return false;
}

/* Were all of them proposed already, because they agree in two names? */
static bool are_proposed(const struct people_listed *out, const struct known_account *const *list,
                         size_t count)
{
    for (size_t i = 0; i < out->proposals_count; i++) {
        size_t held = 0;
        while (held < count && holds(&out->proposals[i], list[held])) {
            held++;
        }
        if (held == count) {
            return true;
        }
    }
    return false;
}

/* ---- the owner's two ids ---- */

static void propose_owner(struct arena *arena, const struct known_account *owner,
                          const struct known_account *admin, struct people_listed *out)
{
    bool may = owner->key != admin->key && same_server(owner, admin) &&
               strcmp(owner->shown.user_id, "1") == 0 && admin->shown.has_is_admin &&
               admin->shown.is_admin && strcmp(admin->shown.user_id, "1") != 0;
    if (!may || out->proposals_count == PROPOSALS_MAX ||
        are_proposed(out, (const struct known_account *const[]){owner, admin}, 2)) {
        return;
    }
    struct person_proposal *proposal = add(out, arena);
    proposal->accounts[proposal->accounts_count++] = owner->shown;
    proposal->accounts[proposal->accounts_count++] = admin->shown;
    proposal->because = arena_format(
        arena,
        "Account 1 is the owner of the server %.200s, Tautulli marks %.40s as its owner, and "
        "both are called %.200s",
        owner->shown.server_id, admin->shown.user_id, owner->shown.name);
}

/* `names` are of one key. */
static void propose_owners(struct arena *arena, const struct name *names, size_t count,
                           struct people_listed *out)
{
    enum { COMPARED_MAX = 200 }; /* of one name */
    size_t most = count < COMPARED_MAX ? count : COMPARED_MAX;
    for (size_t i = 0; i < most; i++) {
        for (size_t k = 0; k < most; k++) {
            propose_owner(arena, names[i].account, names[k].account, out);
        }
    }
}

/* ---- equal names ---- */

static bool is_listed(const struct known_account *const *list, size_t count,
                      const struct known_account *one)
{
    size_t i = 0;
    while (i < count && list[i]->key != one->key) {
        i++;
    }
    return i < count;
}

/* One account of each person that has the name, on more than one server. */
static void propose_equal(struct arena *arena, const struct name *names, size_t count,
                          struct people_listed *out)
{
    const struct known_account *persons[PROPOSED_ACCOUNTS];
    size_t found = 0;
    bool elsewhere = false;
    for (size_t i = 0; i < count && found < PROPOSED_ACCOUNTS; i++) {
        if (!is_listed(persons, found, names[i].account)) {
            elsewhere = elsewhere || (found > 0 && !same_server(persons[0], names[i].account));
            persons[found++] = names[i].account;
        }
    }
    if (!elsewhere || out->proposals_count == PROPOSALS_MAX || are_proposed(out, persons, found)) {
        return;
    }
    struct person_proposal *proposal = add(out, arena);
    for (size_t i = 0; i < found; i++) {
        proposal->accounts[proposal->accounts_count++] = persons[i]->shown;
    }
    proposal->weaker = true;
    proposal->because = arena_format(arena, "On different servers there are accounts called %.200s",
                                     persons[0]->shown.name);
}

typedef void propose_fn(struct arena *arena, const struct name *names, size_t count,
                        struct people_listed *out);

static void each_name(propose_fn *propose, struct arena *arena, const struct name *names,
                      size_t count, struct people_listed *out)
{
    for (size_t first = 0, after = 0; first < count; first = after) {
        after = first + 1;
        while (after < count && strcmp(names[after].key, names[first].key) == 0) {
            after++;
        }
        propose(arena, &names[first], after - first, out);
    }
}

void people_propose(struct arena *arena, const struct known_account *accounts, size_t count,
                    struct people_listed *out)
{
    struct name *names = arena_alloc(arena, (2 * count + 1) * sizeof *names);
    size_t used = list_names(arena, accounts, count, names);
    out->proposals = arena_alloc(arena, PROPOSALS_MAX * sizeof *out->proposals);
    each_name(propose_owners, arena, names, used, out);
    each_name(propose_equal, arena, names, used, out);
}
