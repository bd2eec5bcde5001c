/* SPDX-License-Identifier: MIT
 * servers.c - the rows of servers.db. They change a few times a day, so each statement is prepared
 * where it is used. */
#include "actors/server_sync/servers.h"

#include <stdlib.h>
#include <string.h>

#include "actors/server_sync/server_address.h"
#include "actors/server_sync/servers_parts.h"
#include "proto/base/clock.h"
#include "proto/store/store_file.h"

#define HINT_SIZE 4
#define HINT_FROM 16 /* a token of fewer characters is short enough to be guessed from a part */

enum err servers_open(struct servers **out)
{
    OWNED(servers_close) struct servers *s = must_alloc(sizeof *s);
    enum err e = servers_open_file(&s->db);
    e = e == OK ? servers_key_open(s) : e;
    if (e == OK) {
        *out = TAKE(s);
    }
    return e;
}

void servers_close(struct servers **servers)
{
    if (*servers != NULL) {
        secret_destroy(&(*servers)->key);
        store_file_close(&(*servers)->db);
        free(*servers);
        *servers = NULL;
    }
}

/* ---- reading ---- */

int64_t servers_changes(const struct servers *s)
{
    return sqlite3_total_changes64(s->db) - s->aside;
}

#define COLUMNS                                                                                   \
    "SELECT id, name, kind, address, enabled, identity, server_name, version, owner,"             \
    " certificate, token IS NOT NULL, token_hint, created_at, changed_at, tested_at, test_code, " \
    "shown_certificate, username, sync_scheduled, sync_minutes, sync_code, sync_text,"            \
    " sync_since FROM servers "

static void take_test(sqlite3_stmt *row, struct arena *arena, struct server_view *out)
{
    const char *code = row_text(row, 15);
    out->has_test = !row_is_null(row, 14);
    out->test = (struct server_test_result){.at = row_number(row, 14), .works = code == NULL};
    if (code != NULL) {
        enum err e = err_from_code(code);
        out->test.code = arena_keep(arena, code);
        out->test.error = err_sentence(e);
        out->test.remedy = err_remedy(e);
        out->test.certificate_sha256 = arena_keep(arena, row_text(row, 16));
    }
}

static void take_sync(sqlite3_stmt *row, struct arena *arena, struct server_view *out)
{
    const char *code = row_text(row, 20);
    const char *text = row_text(row, 21);
    out->has_sync = true;
    out->sync = (struct server_sync_view){.scheduled = row_number(row, 18) != 0,
                                          .interval_minutes = row_number(row, 19),
                                          .has_error = code != NULL};
    if (code != NULL) {
        enum err e = err_from_code(code);
        out->sync.error =
            (struct sync_trouble){.code = arena_keep(arena, code),
                                  .text = text != NULL ? arena_keep(arena, text) : err_sentence(e),
                                  .remedy = err_remedy(e),
                                  .since = row_number(row, 22)};
    }
}

static void take_server(sqlite3_stmt *row, struct arena *arena, struct server_view *out)
{
    *out = (struct server_view){.id = arena_keep(arena, row_text(row, 0)),
                                .name = arena_keep(arena, row_text(row, 1)),
                                .kind = (enum server_kind)row_number(row, 2),
                                .address = arena_keep(arena, row_text(row, 3)),
                                .enabled = row_number(row, 4) != 0,
                                .identity = arena_keep(arena, row_text(row, 5)),
                                .server_name = arena_keep(arena, row_text(row, 6)),
                                .version = arena_keep(arena, row_text(row, 7)),
                                .owner = arena_keep(arena, row_text(row, 8)),
                                .certificate_sha256 = arena_keep(arena, row_text(row, 9)),
                                .has_token = row_number(row, 10) != 0,
                                .token_hint = arena_keep(arena, row_text(row, 11)),
                                .username = arena_keep(arena, row_text(row, 17)),
                                .created_at = row_number(row, 12),
                                .changed_at = row_number(row, 13)};
    take_test(row, arena, out);
    take_sync(row, arena, out);
}

enum err servers_list(struct servers *s, struct arena *arena, struct servers_listed *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    bool row = true;
    enum err e = db_prepare(s->db, COLUMNS "ORDER BY name", &list);
    out->items = arena_alloc(arena, SERVERS_MAX * sizeof *out->items);
    out->items_count = 0;
    while (e == OK && row && out->items_count < SERVERS_MAX) {
        e = stmt_row(list, &row);
        if (e == OK && row) {
            take_server(list, arena, &out->items[out->items_count++]);
        }
    }
    return e;
}

static enum err find(struct servers *s, const char *sql, const char *id, sqlite3_stmt **out)
{
    OWNED(stmt_finalize) sqlite3_stmt *get = NULL;
    bool row = false;
    enum err e = db_prepare(s->db, sql, &get);
    if (e == OK) {
        stmt_text(get, 1, id);
        e = stmt_row(get, &row);
    }
    if (e == OK && !row) {
        e = ERR_SERVER_NOT_FOUND;
    }
    if (e == OK) {
        *out = TAKE(get);
    }
    return e;
}

enum err servers_get(struct servers *s, const char *id, struct arena *arena,
                     struct server_view *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *get = NULL;
    enum err e = find(s, COLUMNS "WHERE id = ?1", id, &get);
    if (e == OK) {
        take_server(get, arena, out);
    }
    return e;
}

enum err servers_known_as(struct servers *s, const char *identity, struct arena *arena,
                          const char **out_id)
{
    OWNED(stmt_finalize) sqlite3_stmt *get = NULL;
    enum err e = find(s, "SELECT id FROM servers WHERE identity = ?1", identity, &get);
    if (e == OK || e == ERR_SERVER_NOT_FOUND) {
        *out_id = e == OK ? arena_keep(arena, row_text(get, 0)) : NULL;
        return OK;
    }
    return e;
}

enum err servers_token(struct servers *s, const char *id, struct secret **out)
{
    OWNED(stmt_finalize) sqlite3_stmt *get = NULL;
    enum err e = find(s, "SELECT kind, token FROM servers WHERE id = ?1", id, &get);
    if (e != OK) {
        return e;
    }
    if (row_is_null(get, 1)) {
        return ERR_SERVER_TOKEN_MISSING;
    }
    if (s->key == NULL) {
        return ERR_SERVER_KEY_LOST;
    }
    const struct token_place place = servers_token_place(id, (enum server_kind)row_number(get, 0));
    return token_open(s->key, &place, row_bytes(get, 1), out);
}

/* ---- writing ---- */

/* Is there another row of this text in a column that has each once? */
static enum err is_taken(struct servers *s, const char *sql, const char *text, const char *id,
                         enum err taken)
{
    OWNED(stmt_finalize) sqlite3_stmt *look = NULL;
    bool row = false;
    enum err e = db_prepare(s->db, sql, &look);
    if (e == OK) {
        stmt_text(look, 1, text);
        stmt_text(look, 2, id);
        e = stmt_row(look, &row);
    }
    return e == OK && row ? taken : e;
}

static enum err name_is_free(struct servers *s, const char *name, const char *id)
{
    return is_taken(s, "SELECT 1 FROM servers WHERE name = ?1 AND id <> ?2", name, id,
                    ERR_NAME_TAKEN);
}

/* What a token is of, and who has it. */
struct token_of {
    const char *id;
    enum server_kind kind;
    const char *username; /* NULL: it was given */
};

static enum err set_token(struct servers *s, const struct token_of *of, const char *text)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(secret_destroy) struct secret *token = secret_new(text, strlen(text));
    OWNED(stmt_finalize) sqlite3_stmt *set = NULL;
    const struct token_place place = servers_token_place(of->id, of->kind);
    bool none = token->size == 0;
    enum err e = none ? OK : servers_key_need(s);
    e = e == OK ? db_prepare(s->db,
                             "UPDATE servers SET token = ?2, token_hint = ?3, username = ?4"
                             " WHERE id = ?1",
                             &set)
                : e;
    if (e != OK) {
        return e;
    }
    stmt_text(set, 1, of->id);
    stmt_bytes(set, 2, none ? (struct bytes){0} : token_seal(s->key, &place, token, arena));
    stmt_text(set, 3,
              token->size >= HINT_FROM
                  ? arena_text(arena, token->bytes + token->size - HINT_SIZE, HINT_SIZE)
                  : NULL);
    stmt_text(set, 4, of->username);
    return stmt_run(set);
}

static enum err insert(struct servers *s, const struct server_add *add, enum server_kind kind)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    int64_t now = clock_wall_ms();
    enum err e = db_prepare(s->db,
                            "INSERT INTO servers (id, name, kind, address, enabled, certificate,"
                            " created_at, changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
                            &put);
    if (e == OK) {
        stmt_text(put, 1, add->id);
        stmt_text(put, 2, add->name);
        stmt_number(put, 3, (int64_t)kind);
        stmt_text(put, 4, add->address);
        stmt_number(put, 5, !add->has_enabled || add->enabled);
        stmt_text(put, 6, add->certificate_sha256);
        stmt_number(put, 7, now);
        e = stmt_run(put);
    }
    return e;
}

static enum err add_within(struct servers *s, const struct server_add *add)
{
    OWNED(stmt_finalize) sqlite3_stmt *known = NULL;
    enum server_kind kind = add->has_kind ? add->kind : server_kind_plex;
    int64_t count = 0;
    enum err e = find(s, "SELECT 1 FROM servers WHERE id = ?1", add->id, &known);
    if (e != ERR_SERVER_NOT_FOUND) {
        return e; /* the command came twice */
    }
    e = name_is_free(s, add->name, add->id);
    e = e == OK ? db_number(s->db, "SELECT count(*) FROM servers", 0, &count) : e;
    e = e == OK && count >= SERVERS_MAX ? ERR_LIMIT_REACHED : e;
    e = e == OK ? insert(s, add, kind) : e;
    const struct token_of of = {.id = add->id, .kind = kind, .username = add->username};
    return e == OK && add->token != NULL ? set_token(s, &of, add->token) : e;
}

enum err servers_add(struct servers *s, const struct server_add *add)
{
    enum err e = db_begin(s->db);
    return e == OK ? db_end(s->db, add_within(s, add)) : e;
}

/* What was tested is not what stands there now. */
static bool needs_test(const struct server_view *before, const struct server_change *change)
{
    const char *pinned = before->certificate_sha256 != NULL ? before->certificate_sha256 : "";
    return (change->address != NULL && strcmp(change->address, before->address) != 0) ||
           (change->certificate_sha256 != NULL &&
            strcmp(change->certificate_sha256, pinned) != 0) ||
           change->token != NULL;
}

/* What keeps its sync from it may be due to what was so. */
static bool clears_trouble(const struct server_view *before, const struct server_change *change)
{
    return needs_test(before, change) ||
           (change->has_enabled && change->enabled != before->enabled) ||
           (change->has_scheduled && change->scheduled != before->sync.scheduled);
}

static enum err update(struct servers *s, const struct server_view *before,
                       const struct server_change *change)
{
    OWNED(stmt_finalize) sqlite3_stmt *set = NULL;
    const char *pin = change->certificate_sha256 != NULL ? change->certificate_sha256
                                                         : before->certificate_sha256;
    enum err e = db_prepare(
        s->db,
        "UPDATE servers SET name = ?2, address = ?3, certificate = ?4, enabled = ?5,"
        " sync_scheduled = ?8, sync_minutes = ?9, sync_code = iif(?10, NULL, sync_code),"
        " sync_failures = iif(?10, 0, sync_failures),"
        " changed_at = ?6, tested_at = iif(?7, NULL, tested_at), test_code = iif(?7, NULL, "
        "test_code), shown_certificate = iif(?7, NULL, shown_certificate) WHERE id = ?1",
        &set);
    if (e == OK) {
        stmt_text(set, 1, before->id);
        stmt_text(set, 2, change->name != NULL ? change->name : before->name);
        stmt_text(set, 3, change->address != NULL ? change->address : before->address);
        stmt_text(set, 4, pin != NULL && pin[0] != '\0' ? pin : NULL);
        stmt_number(set, 5, change->has_enabled ? change->enabled : before->enabled);
        stmt_number(set, 6, clock_wall_ms());
        stmt_number(set, 7, needs_test(before, change));
        stmt_number(set, 8, change->has_scheduled ? change->scheduled : before->sync.scheduled);
        stmt_number(set, 9,
                    change->has_interval_minutes ? change->interval_minutes
                                                 : before->sync.interval_minutes);
        stmt_number(set, 10, clears_trouble(before, change));
        e = stmt_run(set);
    }
    return e;
}

/* Is another row that server already, at an address? Tautullis of one media server are not the same
 * one unless they are at one address. */
static enum err is_no_other(struct servers *s, const char *id, const char *identity,
                            const char *address)
{
    OWNED(stmt_finalize) sqlite3_stmt *look = NULL;
    bool row = false;
    enum err e = db_prepare(s->db,
                            "SELECT 1 FROM servers WHERE identity = ?1 AND id <> ?2"
                            " AND (kind <> ?4 OR address = ?3)",
                            &look);
    if (e == OK) {
        stmt_text(look, 1, identity);
        stmt_text(look, 2, id);
        stmt_text(look, 3, address);
        stmt_number(look, 4, server_kind_tautulli);
        e = stmt_row(look, &row);
    }
    return e == OK && row ? ERR_SERVER_KNOWN : e;
}

static enum err change_within(struct servers *s, const struct server_change *change)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct server_view before;
    enum err e = servers_get(s, change->id, arena, &before);
    if (e == OK && change->address != NULL && change->token == NULL && before.has_token &&
        !server_address_same_origin(change->address, before.address)) {
        e = ERR_SERVER_TOKEN_NEEDED;
    }
    e = e == OK && change->name != NULL ? name_is_free(s, change->name, change->id) : e;
    e = e == OK && change->address != NULL
            ? is_no_other(s, before.id, before.identity, change->address)
            : e;
    e = e == OK ? update(s, &before, change) : e;
    const struct token_of of = {
        .id = change->id, .kind = before.kind, .username = change->username};
    return e == OK && change->token != NULL ? set_token(s, &of, change->token) : e;
}

enum err servers_change(struct servers *s, const struct server_change *change)
{
    enum err e = db_begin(s->db);
    return e == OK ? db_end(s->db, change_within(s, change)) : e;
}

static enum err delete_of(struct servers *s, const char *sql, const char *id)
{
    OWNED(stmt_finalize) sqlite3_stmt *gone = NULL;
    enum err e = db_prepare(s->db, sql, &gone);
    if (e == OK) {
        stmt_text(gone, 1, id);
        e = stmt_run(gone);
    }
    return e;
}

static enum err remove_within(struct servers *s, const char *id)
{
    enum err e = delete_of(s, "DELETE FROM watched_plays WHERE server_id = ?1", id);
    e = e == OK ? delete_of(s, "DELETE FROM told_folders WHERE server_id = ?1", id) : e;
    e = e == OK ? delete_of(s, "DELETE FROM servers WHERE id = ?1", id) : e;
    return e == OK && sqlite3_changes(s->db) == 0 ? ERR_SERVER_NOT_FOUND : e;
}

enum err servers_remove(struct servers *s, const char *id)
{
    enum err e = db_begin(s->db);
    return e == OK ? db_end(s->db, remove_within(s, id)) : e;
}

/* ---- tests ---- */

enum err servers_client_id(struct servers *s, enum server_kind kind, const char *id,
                           struct arena *arena, const char **out)
{
    if (kind != server_kind_plex && id != NULL) {
        *out = arena_keep(arena, id);
        return OK;
    }
    OWNED(stmt_finalize) sqlite3_stmt *get = NULL;
    bool row = false;
    enum err e = db_prepare(s->db, "SELECT client_id FROM instance", &get);
    e = e == OK ? stmt_row(get, &row) : e;
    if (e == OK) {
        *out = arena_keep(arena, row ? row_text(get, 0) : "");
    }
    return e;
}

enum err servers_tested(struct servers *s, const struct server_view *as_it_stood,
                        const struct server_facts *facts)
{
    OWNED(stmt_finalize) sqlite3_stmt *set = NULL;
    enum err e = is_no_other(s, as_it_stood->id, facts->identity, as_it_stood->address);
    e = e == OK ? db_prepare(s->db,
                             "UPDATE servers SET identity = ?2, server_name = ?3, version = ?4,"
                             " owner = ?5, tested_at = ?6, test_code = NULL,"
                             " sync_code = NULL, sync_failures = 0,"
                             " shown_certificate = NULL WHERE id = ?1 AND changed_at = ?7",
                             &set)
                : e;
    if (e == OK) {
        stmt_text(set, 1, as_it_stood->id);
        stmt_text(set, 2, facts->identity);
        stmt_text(set, 3, facts->server_name);
        stmt_text(set, 4, facts->version);
        stmt_text(set, 5, facts->owner);
        stmt_number(set, 6, clock_wall_ms());
        stmt_number(set, 7, as_it_stood->changed_at);
        e = stmt_run(set);
    }
    return e;
}

enum err servers_add_tested(struct servers *s, const struct server_add *add,
                            const struct server_facts *facts, struct arena *arena,
                            struct server_view *out)
{
    const char *known = NULL;
    enum err e = servers_known_as(s, facts->identity, arena, &known);
    e = e == OK && known != NULL ? ERR_SERVER_KNOWN : e;
    e = e == OK ? servers_add(s, add) : e;
    e = e == OK ? servers_get(s, add->id, arena, out) : e;
    e = e == OK ? servers_tested(s, out, facts) : e;
    return e == OK ? servers_get(s, add->id, arena, out) : e;
}

enum err servers_test_failed(struct servers *s, const struct server_view *as_it_stood,
                             enum err code, const char *certificate_sha256)
{
    OWNED(stmt_finalize) sqlite3_stmt *set = NULL;
    enum err e = db_prepare(s->db,
                            "UPDATE servers SET tested_at = ?2, test_code = ?3,"
                            " shown_certificate = ?4 WHERE id = ?1 AND changed_at = ?5",
                            &set);
    if (e == OK) {
        stmt_text(set, 1, as_it_stood->id);
        stmt_number(set, 2, clock_wall_ms());
        stmt_text(set, 3, err_code(code));
        stmt_text(set, 4, certificate_sha256);
        stmt_number(set, 5, as_it_stood->changed_at);
        e = stmt_run(set);
    }
    return e;
}
