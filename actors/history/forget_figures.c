/* SPDX-License-Identifier: MIT
 * forget_figures.c - what there is of a person, before anything is erased, by the rules that the
 * erasure goes by. */
#include <string.h>

#include "actors/history/columns.h"
#include "actors/history/forget.h"
#include "actors/history/forgotten_rows.h"

enum { ACCOUNTS_MAX = 1000 };

static enum err add_mark(struct person_marks *out, const char *server_id, const char *user_id)
{
    for (size_t i = 0; i < out->count; i++) {
        if (strcmp(out->accounts[i].server_id, server_id) == 0 &&
            strcmp(out->accounts[i].user_id, user_id) == 0) {
            return OK;
        }
    }
    if (out->count == ACCOUNTS_MAX) {
        return ERR_LIMIT_REACHED;
    }
    out->accounts[out->count++] = (struct account_ref){server_id, user_id};
    return OK;
}

/* The mapped accounts of a person, and its plex.tv ids where they are met unmapped. */
static enum err mapped_marks(sqlite3 *db, const struct people *people, int64_t no,
                             struct arena *arena, struct person_marks *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = db_prepare_with(
        db, "SELECT server_id, user_id FROM person_accounts WHERE person_no = ?1", no, &list);
    bool row = e == OK;
    while (e == OK && row) {
        e = stmt_row(list, &row);
        if (e != OK || !row) {
            continue;
        }
        const char *user_id = arena_keep(arena, row_text(list, 1));
        e = add_mark(out, arena_keep(arena, row_text(list, 0)), user_id);
        if (e == OK && person_is_of_plex_tv(user_id) &&
            person_number(people, PLEX_TV, user_id) == no) {
            e = add_mark(out, PLEX_TV, user_id);
        }
    }
    return e;
}

/* Does anything tell of this account? */
static enum err is_known(sqlite3 *db, const struct account_ref *account, bool *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(
        db,
        "SELECT 1 FROM (SELECT source_no, user_id FROM users UNION ALL"
        "  SELECT source_id, user_id FROM play_dimensions UNION ALL SELECT source_id, user_id"
        "  FROM plays WHERE id > (SELECT watermark FROM play_index_state)) u"
        " JOIN sources s ON s.no = u.source_no"
        " WHERE u.user_id = ?1 AND (s.server_id = ?2 OR ?2 = '" PLEX_TV "')"
        " UNION ALL SELECT 1 FROM forgotten WHERE user_id = ?1 AND server_id = ?2 LIMIT 1",
        &find);
    *out = false;
    if (e == OK) {
        stmt_text(find, 1, account->user_id);
        stmt_text(find, 2, account->server_id);
        e = stmt_row(find, out);
    }
    return e;
}

static enum err own_mark(sqlite3 *db, const struct account_ref *account, struct person_marks *out)
{
    bool everywhere = person_is_of_plex_tv(account->user_id);
    bool known = false;
    enum err e = add_mark(out, everywhere ? PLEX_TV : account->server_id, account->user_id);
    e = e == OK ? is_known(db, &out->accounts[0], &known) : e;
    return e == OK && !known ? ERR_PERSON_NOT_FOUND : e;
}

/* A name is the person's if all who have it on a server are; in order of server and name. */
static enum err add_names(sqlite3 *db, const struct people *marked, struct arena *arena,
                          struct person_marks *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = db_prepare(db,
                            "SELECT s.server_id, n.name, n.user_id FROM"
                            " (SELECT source_no, name, user_id FROM users UNION ALL"
                            "  SELECT source_no, name, user_id FROM user_names UNION ALL"
                            "  SELECT source_id, user, user_id FROM play_dimensions) n"
                            " JOIN sources s ON s.no = n.source_no WHERE n.name <> ''"
                            " AND s.server_id IS NOT NULL AND n.user_id IS NOT NULL"
                            " GROUP BY 1, 2, 3 ORDER BY 1, 2",
                            &list);
    char hash[NAME_HASH_SIZE];
    struct account_ref one = {"", ""}; /* the name that is looked at */
    bool all = false;
    bool row = e == OK;
    out->names = arena_alloc(arena, ACCOUNTS_MAX * sizeof *out->names);
    while (e == OK && row) {
        e = stmt_row(list, &row);
        bool more = e == OK && row;
        if (more) {
            person_name_hash(row_text(list, 1), hash);
        }
        if (!more || strcmp(one.user_id, hash) != 0 ||
            strcmp(one.server_id, row_text(list, 0)) != 0) {
            if (all && out->names_count < ACCOUNTS_MAX) {
                out->names[out->names_count++] = one;
            }
            all = more && people_forgot(marked, row_text(list, 0), row_text(list, 2));
            one = more ? (struct account_ref){arena_keep(arena, row_text(list, 0)),
                                              arena_keep(arena, hash)}
                       : one;
        } else {
            all = all && people_forgot(marked, row_text(list, 0), row_text(list, 2));
        }
    }
    return e;
}

enum err person_marks_of(sqlite3 *db, const struct people *people, const char *id,
                         struct arena *arena, struct person_marks *out)
{
    struct account_ref account = {0};
    *out = (struct person_marks){.accounts =
                                     arena_alloc(arena, ACCOUNTS_MAX * sizeof(struct account_ref))};
    int64_t no = person_of_id(people, id, arena, &account);
    if (no == 0 && account.user_id == NULL) {
        return ERR_PERSON_NOT_FOUND;
    }
    enum err e = no != 0 ? mapped_marks(db, people, no, arena, out) : own_mark(db, &account, out);
    if (e != OK || out->count == 0) {
        return e != OK ? e : ERR_PERSON_NOT_FOUND;
    }
    return add_names(db, people_with_marks(people, out->accounts, out->count, NULL, 0, arena),
                     arena, out);
}

enum err forgotten_find(sqlite3 *db, const struct people *people, const char *id,
                        struct arena *arena, struct mark_found *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    struct account_ref account = {0};
    bool row = false;
    (void)person_of_id(people, id, arena, &account);
    bool everywhere = account.user_id != NULL && person_is_of_plex_tv(account.user_id);
    enum err e = db_prepare(db,
                            "SELECT person, min(since) FROM forgotten WHERE person = ?1"
                            " OR (user_id = ?2 AND server_id IN (?3, ?4))"
                            " GROUP BY person ORDER BY person <> ?1 LIMIT 1",
                            &find);
    *out = (struct mark_found){0};
    if (e == OK) {
        stmt_text(find, 1, id);
        stmt_text(find, 2, account.user_id);
        stmt_text(find, 3, account.server_id);
        stmt_text(find, 4, everywhere ? PLEX_TV : account.server_id);
        e = stmt_row(find, &row);
    }
    if (e == OK && row) {
        *out = (struct mark_found){arena_keep(arena, row_text(find, 0)), row_number(find, 1)};
    }
    return e;
}

/* ---- figures ---- */

/* The index tells the plays, but for those that it is behind with. A play that nothing in
 * play_sources tells of is one row; the others are few, so only they are looked up in `plays`. */
static enum err count_plays(struct reader *r, int64_t key, struct person_figured *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *count = NULL;
    enum err e = db_prepare_with(
        r->db,
        "WITH rest AS MATERIALIZED (SELECT id FROM play_index_changed"
        "  UNION SELECT id FROM plays WHERE id > (SELECT watermark FROM play_index_state)),"
        " mine AS (SELECT i.id FROM play_dimensions d JOIN sources o ON o.no = d.source_id"
        "  CROSS JOIN play_index i INDEXED BY play_index_dimension ON i.dimension_no = d.no"
        "  WHERE person_key(o.server_id, d.user_id) = ?1 AND i.id NOT IN (SELECT id FROM rest)"
        "  UNION ALL SELECT p.id FROM rest JOIN plays p ON p.id = rest.id"
        "  JOIN sources s ON s.no = p.source_id WHERE person_key(s.server_id, p.user_id) = ?1),"
        " told AS MATERIALIZED (SELECT id,"
        "  (SELECT count(*) FROM play_sources WHERE play_id = mine.id) AS rows FROM mine)"
        " SELECT count(*), coalesce(sum(iif(rows = 0, 1,"
        "  rows + (SELECT grouped IS NULL FROM plays WHERE plays.id = told.id))), 0) FROM told",
        key, &count);
    bool row = false;
    e = e == OK ? stmt_row(count, &row) : e;
    if (e == OK && row) {
        out->plays = (uint64_t)row_number(count, 0);
        out->rows = (uint64_t)row_number(count, 1);
    }
    return e;
}

static enum err count_notes(struct reader *r, const struct people *marked,
                            struct person_figured *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = db_prepare(r->db,
                            "SELECT c.id, c.raw, count(*) FROM note_contents c"
                            " JOIN notes n ON n.content = c.id GROUP BY c.id",
                            &list);
    bool row = e == OK;
    while (e == OK && row) {
        bool of_person = false;
        e = stmt_row(list, &row);
        if (e == OK && row) {
            e = forgotten_content(r->db, marked, row_number(list, 0), row_bytes(list, 1),
                                  &of_person);
            out->rejected += of_person ? (uint64_t)row_number(list, 2) : 0;
        }
    }
    return e;
}

enum err query_person_figures(struct reader *r, const struct person_figures *ask,
                              struct person_figured *out)
{
    struct person_marks marks = {0};
    struct mark_found mark;
    enum err e = forgotten_find(r->db, r->people, ask->id, r->arena, &mark);
    e = e == OK ? person_marks_of(r->db, r->people, ask->id, r->arena, &marks) : e;
    if (e == ERR_PERSON_NOT_FOUND && mark.person != NULL) {
        e = OK; /* nothing is left of it but its marks */
    }
    if (e != OK) {
        return e;
    }
    const char *own = person_own_id(r->people, ask->id, r->arena);
    out->id = own != NULL ? own : ask->id;
    out->accounts = marks.accounts;
    out->accounts_count = marks.count;
    if (mark.person != NULL) {
        PUT(out, since, mark.since);
    }
    const struct people *marked = people_with_marks(r->people, marks.accounts, marks.count,
                                                    marks.names, marks.names_count, r->arena);
    e = count_plays(r, person_key_of_id(r->people, ask->id), out);
    return e == OK ? count_notes(r, marked, out) : e;
}
