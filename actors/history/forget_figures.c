/* SPDX-License-Identifier: MIT
 * forget_figures.c - what there is of a person, before anything is erased, by the rules that the
 * erasure goes by. */
#include <string.h>

#include "actors/history/columns.h"
#include "actors/history/forget.h"
#include "actors/history/forgotten_rows.h"
#include "actors/history/note_contents.h"

enum { ACCOUNTS_MAX = 1000 };

static void add_mark(struct person_marks *out, const char *server_id, const char *user_id)
{
    for (size_t i = 0; i < out->count; i++) {
        if (strcmp(out->accounts[i].server_id, server_id) == 0 &&
            strcmp(out->accounts[i].user_id, user_id) == 0) {
            return;
        }
    }
    if (out->count < ACCOUNTS_MAX) {
        out->accounts[out->count++] = (struct account_ref){server_id, user_id};
    }
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
        add_mark(out, arena_keep(arena, row_text(list, 0)), user_id);
        if (person_is_of_plex_tv(user_id) && person_number(people, PLEX_TV, user_id) == no) {
            add_mark(out, PLEX_TV, user_id);
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
    if (no != 0) {
        enum err e = mapped_marks(db, people, no, arena, out);
        return e == OK && out->count == 0 ? ERR_PERSON_NOT_FOUND : e;
    }
    if (account.user_id == NULL) {
        return ERR_PERSON_NOT_FOUND;
    }
    bool everywhere = person_is_of_plex_tv(account.user_id);
    add_mark(out, everywhere ? PLEX_TV : account.server_id, account.user_id);
    return OK;
}

static enum err count_plays(struct reader *r, int64_t key, struct person_figured *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *count = NULL;
    enum err e = db_prepare_with(r->db,
                                 "SELECT count(*), coalesce(sum((p.grouped IS NULL) + (SELECT "
                                 "count(*) FROM play_sources WHERE play_id = p.id)"
                                 "), 0) FROM plays p JOIN sources s ON s.no = p.source_id"
                                 " WHERE person_key(s.server_id, p.user_id) = ?1",
                                 key, &count);
    bool row = false;
    e = e == OK ? stmt_row(count, &row) : e;
    if (e == OK && row) {
        out->plays = (uint64_t)row_number(count, 0);
        out->rows = (uint64_t)row_number(count, 1);
    }
    return e;
}

/* Is the user whom the raw row names this person? */
static bool is_of(const struct people *people, const char *server_id, const struct note_view *note,
                  int64_t key)
{
    for (size_t i = 0; i < note->raw_count; i++) {
        const char *dot = strrchr(note->raw[i].column, '.');
        const char *column = dot != NULL ? dot + 1 : note->raw[i].column;
        bool is_id = strcmp(column, "user_id") == 0 || strcmp(column, "accountID") == 0;
        if (is_id && note->raw[i].text != NULL &&
            person_key(people, server_id, note->raw[i].text) == key) {
            return true;
        }
    }
    return false;
}

static enum err count_notes(struct reader *r, const struct people *people, int64_t key,
                            struct person_figured *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = db_prepare(r->db,
                            "SELECT c.raw, coalesce(s.server_id, j.server_id) FROM notes n"
                            " JOIN note_contents c ON c.id = n.content"
                            " JOIN jobs j ON j.no = n.job_no"
                            " LEFT JOIN sources s ON s.no = j.source_no",
                            &list);
    bool row = e == OK;
    while (e == OK && row) {
        OWNED(arena_destroy) struct arena *arena = arena_new();
        struct note_view note;
        e = stmt_row(list, &row);
        if (e == OK && row && (e = note_content_read(row_bytes(list, 0), arena, &note)) == OK) {
            out->rejected += is_of(people, row_text(list, 1), &note, key);
        }
    }
    return e;
}

static enum err find_since(struct reader *r, const char *id, struct person_figured *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(r->db, "SELECT min(since) FROM forgotten WHERE person = ?1", &find);
    bool row = false;
    stmt_text(find, 1, id);
    e = e == OK ? stmt_row(find, &row) : e;
    if (e == OK && row && !row_is_null(find, 0)) {
        PUT(out, since, row_number(find, 0));
    }
    return e;
}

enum err query_person_figures(struct reader *r, const struct person_figures *ask,
                              struct person_figured *out)
{
    OWNED(people_destroy) struct people *people = NULL;
    struct person_marks marks = {0};
    enum err e = people_load(r->db, &people);
    e = e == OK ? find_since(r, ask->id, out) : e;
    e = e == OK ? person_marks_of(r->db, people, ask->id, r->arena, &marks) : e;
    if (e == ERR_PERSON_NOT_FOUND && out->has_since) {
        e = OK; /* nothing is left of it but its marks */
    }
    if (e != OK) {
        return e;
    }
    out->id = ask->id;
    out->accounts = marks.accounts;
    out->accounts_count = marks.count;
    int64_t key = person_key_of_id(people, ask->id);
    e = people_functions(r->db, people);
    e = e == OK ? count_plays(r, key, out) : e;
    return e == OK ? count_notes(r, people, key, out) : e;
}
