/* SPDX-License-Identifier: MIT
 * people_page.c - every person with its accounts: the users that sources name, what plays name
 * besides, and what somebody has mapped. Persons, accounts and what is left out add up to all
 * plays. */
#include "actors/history/people_page.h"

#include <string.h>

#include "actors/history/columns.h"

enum { FORGOTTEN_MAX = 1000 };

/* Plays are counted by the sums of the index, less what changed since it saw it, and as that is
 * now, and by what it has not seen yet (play_index.h).
 *
 * An account once, however many sources of its server name it; a person's accounts beside each
 * other, the person with the most plays first. */
static const char accounts_sql[] =
    "SELECT server_id, user_id, max(display_name), max(name), max(is_admin), sum(plays),"
    " person_key(server_id, user_id) AS person FROM ("
    " SELECT s.server_id, u.user_id, u.display_name, u.name, u.is_admin, 0 AS plays"
    "  FROM users u JOIN sources s ON s.no = u.source_no"
    " UNION ALL SELECT s.server_id, c.user_id, NULL, c.user, NULL, c.plays"
    "  FROM (SELECT source_id, user_id, max(user) AS user, sum(plays) AS plays FROM ("
    "   SELECT d.source_id, d.user_id, d.user, sum(m.plays) AS plays"
    "    FROM play_dimensions d JOIN play_sums m ON m.dimension_no = d.no GROUP BY d.no"
    "   UNION ALL SELECT d.source_id, d.user_id, NULL, -1 FROM play_index_changed c"
    "    JOIN play_index i ON (i.started_at, i.content_hash, i.source_id)"
    "     = (c.started_at, c.content_hash, c.source_id) AND i.id = c.id"
    "    JOIN play_dimensions d ON d.no = i.dimension_no"
    "   UNION ALL SELECT p.source_id, p.user_id, p.user, 1 FROM play_index_changed c"
    "    JOIN plays p ON p.id = c.id WHERE p.id <= (SELECT watermark FROM play_index_state)"
    "   UNION ALL SELECT source_id, user_id, user, 1 FROM plays"
    "    WHERE id > (SELECT watermark FROM play_index_state))"
    "   GROUP BY source_id, user_id HAVING sum(plays) > 0) c"
    "  JOIN sources s ON s.no = c.source_id"
    " UNION ALL SELECT server_id, user_id, NULL, NULL, NULL, 0 FROM person_accounts)"
    " GROUP BY server_id, user_id"
    " ORDER BY sum(sum(plays)) OVER (PARTITION BY person_key(server_id, user_id)) DESC, person,"
    " sum(plays) DESC, server_id, user_id";

enum { AT_SERVER, AT_USER, AT_DISPLAY, AT_NAME, AT_ADMIN, AT_PLAYS, AT_KEY };

struct page {
    struct known_account *accounts;
    size_t count;
    struct person_account *shown; /* the same, as the answer's lists share them */
};

static void read_account(sqlite3_stmt *row, struct arena *arena, struct known_account *out)
{
    *out = (struct known_account){.user_name = column_text(row, AT_NAME, arena),
                                  .display_name = column_text(row, AT_DISPLAY, arena),
                                  .key = row_number(row, AT_KEY)};
    struct person_account *shown = &out->shown;
    shown->server_id = column_text(row, AT_SERVER, arena);
    shown->user_id = column_text(row, AT_USER, arena);
    shown->name = out->display_name != NULL ? out->display_name : out->user_name;
    shown->plays = (uint64_t)row_number(row, AT_PLAYS);
    if (!row_is_null(row, AT_ADMIN)) {
        PUT(shown, is_admin, row_number(row, AT_ADMIN) != 0);
    }
}

static void count_unmapped(const struct known_account *one, const struct people *people,
                           struct unmapped_accounts *out, size_t most)
{
    if (person_number(people, one->shown.server_id, one->shown.user_id) != 0) {
        return;
    }
    out->accounts++;
    out->plays += one->shown.plays;
    if (one->key == 0 && out->nobodys_count < most) {
        out->nobodys[out->nobodys_count++] = one->shown;
    }
}

static enum err read_accounts(struct reader *r, struct page *page, struct people_listed *out)
{
    enum { NOBODYS_MAX = 1000 };
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = db_prepare(r->db, accounts_sql, &list);
    out->unmapped.nobodys = arena_alloc(r->arena, NOBODYS_MAX * sizeof *out->unmapped.nobodys);
    bool row = e == OK;
    while (e == OK && row) {
        struct known_account spare;
        e = stmt_row(list, &row);
        if (e != OK || !row) {
            continue;
        }
        bool fits = page->count < PEOPLE_SHOWN;
        struct known_account *one = fits ? &page->accounts[page->count] : &spare;
        read_account(list, r->arena, one);
        count_unmapped(one, r->people, &out->unmapped, NOBODYS_MAX);
        page->count += fits && one->key != 0;
        out->left_out += !fits && one->key != 0;
    }
    return e;
}

/* ---- persons ---- */

static enum err name_of(sqlite3_stmt *find, int64_t no, struct arena *arena, const char **out)
{
    bool row = false;
    stmt_number(find, 1, no);
    enum err e = stmt_row(find, &row);
    *out = e == OK && row ? column_text(find, 0, arena) : NULL;
    sqlite3_reset(find);
    return e;
}

static enum err fill_person(struct reader *r, const struct page *page, size_t first, size_t after,
                            sqlite3_stmt *find_name, struct person_view *out)
{
    const struct person_account *account = &page->shown[first];
    int64_t no = person_number(r->people, account->server_id, account->user_id);
    *out = (struct person_view){
        .id = person_id(r->people, account->server_id, account->user_id, r->arena),
        .mapped = no != 0,
        .accounts = &page->shown[first],
        .accounts_count = after - first};
    enum err e = no != 0 ? name_of(find_name, no, r->arena, &out->name) : OK;
    for (size_t i = first; i < after; i++) {
        out->plays += page->shown[i].plays;
        out->name = out->name != NULL ? out->name : page->shown[i].name;
    }
    return e;
}

static enum err list_persons(struct reader *r, const struct page *page, struct people_listed *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find_name = NULL;
    enum err e = db_prepare(r->db, "SELECT name FROM people WHERE no = ?1", &find_name);
    out->items = arena_alloc(r->arena, (page->count + 1) * sizeof *out->items);
    for (size_t first = 0, after = 0; e == OK && first < page->count; first = after) {
        after = first + 1;
        while (after < page->count && page->accounts[after].key == page->accounts[first].key) {
            after++;
        }
        e = fill_person(r, page, first, after, find_name, &out->items[out->items_count++]);
    }
    return e;
}

/* ---- persons who are kept away ---- */

static enum err list_forgotten(struct reader *r, struct people_listed *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = db_prepare_with(r->db,
                                 "SELECT person, since, by_whom, server_id, user_id FROM forgotten"
                                 " ORDER BY since DESC, person LIMIT ?1",
                                 FORGOTTEN_MAX, &list);
    struct account_ref *accounts = arena_alloc(r->arena, FORGOTTEN_MAX * sizeof *accounts);
    out->forgotten = arena_alloc(r->arena, FORGOTTEN_MAX * sizeof *out->forgotten);
    struct forgotten_person *last = NULL;
    bool row = e == OK;
    while (e == OK && row) {
        e = stmt_row(list, &row);
        if (e != OK || !row) {
            continue;
        }
        const char *id = arena_keep(r->arena, row_text(list, 0));
        if (last == NULL || strcmp(last->id, id) != 0) {
            last = &out->forgotten[out->forgotten_count++];
            *last = (struct forgotten_person){.id = id,
                                              .since = row_number(list, 1),
                                              .by = arena_keep(r->arena, row_text(list, 2)),
                                              .accounts = accounts};
        }
        *accounts++ = (struct account_ref){.server_id = arena_keep(r->arena, row_text(list, 3)),
                                           .user_id = arena_keep(r->arena, row_text(list, 4))};
        last->accounts_count++;
    }
    return e;
}

enum err query_people(struct reader *r, struct people_listed *out)
{
    struct page page = {.accounts = arena_alloc(r->arena, PEOPLE_SHOWN * sizeof *page.accounts)};
    enum err e = read_accounts(r, &page, out);
    if (e != OK) {
        return e;
    }
    page.shown = arena_alloc(r->arena, (page.count + 1) * sizeof *page.shown);
    for (size_t i = 0; i < page.count; i++) {
        page.shown[i] = page.accounts[i].shown;
    }
    e = list_persons(r, &page, out);
    people_propose(r->arena, page.accounts, page.count, out);
    if (e == OK) {
        e = list_forgotten(r, out);
    }
    return e == OK ? clock_skew_estimate(r, out) : e;
}
