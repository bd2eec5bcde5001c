/* SPDX-License-Identifier: MIT
 * people.c - the mapping in sorted lists. Keys are hashes of 63 bits of the person's id, so that
 * they are the same in every process and after every start. */
#include "actors/history/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "proto/base/text.h"
#include "proto/store/sqlite.h"

#define PLEX_DIGITS 12 /* of a plex.tv id; today they have at most 10 */

struct account {
    const char *server_id, *user_id;
    int64_t no; /* of the person; of a mark 0 */
};

struct account_list {
    struct account *items;
    size_t count;
};

struct people {
    struct arena *arena;
    struct account_list mapped;  /* in order of server and user id */
    struct account_list plex_tv; /* those of them with an id of plex.tv, under that "server" */
    struct account_list marked;
    struct account_list names; /* of marked ones: the hash in place of the user id */
    struct {
        int64_t no, into;
    } * merged; /* in order of their numbers */
    size_t merged_count;
};

bool person_is_of_plex_tv(const char *user_id)
{
    size_t size = strspn(user_id, "0123456789");
    return user_id[size] == '\0' && size > 0 && size <= PLEX_DIGITS && user_id[0] != '0' &&
           strcmp(user_id, "1") != 0;
}

static bool is_nobody(const char *server_id, const char *user_id)
{
    return server_id == NULL || user_id == NULL || user_id[0] == '\0' || strcmp(user_id, "0") == 0;
}

/* ---- lists ---- */

static int compare_keys(const struct account *a, const struct account *b)
{
    int order = strcmp(a->server_id, b->server_id);
    return order != 0 ? order : strcmp(a->user_id, b->user_id);
}

static int compare(const void *a, const void *b)
{
    const struct account *x = a;
    const struct account *y = b;
    int order = compare_keys(x, y);
    return order != 0 ? order : (x->no > y->no) - (x->no < y->no);
}

/* The first of its key, or NULL. */
static const struct account *find(const struct account_list *list, const char *server_id,
                                  const char *user_id)
{
    const struct account key = {.server_id = server_id, .user_id = user_id};
    size_t low = 0;
    size_t high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_keys(&list->items[middle], &key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < list->count && compare_keys(&list->items[low], &key) == 0 ? &list->items[low]
                                                                           : NULL;
}

/* In order already; how many there are stands in every row. */
static enum err load(sqlite3 *db, const char *sql, struct arena *arena, struct account_list *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = db_prepare_with(db, sql, PEOPLE_ACCOUNTS_MAX, &list);
    bool row = e == OK;
    while (e == OK && row) {
        e = stmt_row(list, &row);
        if (e == OK && row && out->items == NULL) {
            out->items = arena_alloc(arena, (size_t)row_number(list, 3) * sizeof *out->items);
        }
        if (e == OK && row) {
            out->items[out->count++] =
                (struct account){arena_keep(arena, row_text(list, 0)),
                                 arena_keep(arena, row_text(list, 1)), row_number(list, 2)};
        }
    }
    return e;
}

static void list_plex_tv(struct people *p)
{
    struct account_list *list = &p->plex_tv;
    list->items = arena_alloc(p->arena, (p->mapped.count + 1) * sizeof *list->items);
    for (size_t i = 0; i < p->mapped.count; i++) {
        const struct account *one = &p->mapped.items[i];
        if (person_is_of_plex_tv(one->user_id)) {
            list->items[list->count++] = (struct account){PLEX_TV, one->user_id, one->no};
        }
    }
    qsort(list->items, list->count, sizeof *list->items, compare);
}

static enum err load_merged(sqlite3 *db, struct people *p)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = db_prepare_with(db,
                                 "SELECT no, merged_into, count(*) OVER () FROM people"
                                 " WHERE merged_into IS NOT NULL ORDER BY no LIMIT ?1",
                                 PEOPLE_ACCOUNTS_MAX, &list);
    bool row = e == OK;
    while (e == OK && row) {
        e = stmt_row(list, &row);
        if (e == OK && row && p->merged == NULL) {
            p->merged = arena_alloc(p->arena, (size_t)row_number(list, 2) * sizeof *p->merged);
        }
        if (e == OK && row) {
            p->merged[p->merged_count].no = row_number(list, 0);
            p->merged[p->merged_count++].into = row_number(list, 1);
        }
    }
    return e;
}

enum err people_load(sqlite3 *db, struct people **out)
{
    OWNED(people_destroy) struct people *p = must_alloc(sizeof *p);
    p->arena = arena_new();
    enum err e = load(db,
                      "SELECT server_id, user_id, person_no, count(*) OVER () FROM person_accounts"
                      " ORDER BY server_id, user_id LIMIT ?1",
                      p->arena, &p->mapped);
    if (e == OK) {
        e = load(db,
                 "SELECT server_id, user_id, 0, count(*) OVER () FROM forgotten"
                 " ORDER BY server_id, user_id LIMIT ?1",
                 p->arena, &p->marked);
    }
    if (e == OK) {
        e = load(db,
                 "SELECT server_id, hash, 0, count(*) OVER () FROM forgotten_names"
                 " ORDER BY server_id, hash LIMIT ?1",
                 p->arena, &p->names);
    }
    e = e == OK ? load_merged(db, p) : e;
    if (e == OK) {
        list_plex_tv(p);
        *out = TAKE(p);
    }
    return e;
}

void people_destroy(struct people **people)
{
    if (*people != NULL) {
        arena_destroy(&(*people)->arena);
        void *memory = *people;
        free_bytes(&memory);
        *people = NULL;
    }
}

/* ---- who it is ---- */

int64_t person_number(const struct people *p, const char *server_id, const char *user_id)
{
    if (is_nobody(server_id, user_id)) {
        return 0;
    }
    const struct account *found = find(&p->mapped, server_id, user_id);
    if (found == NULL && person_is_of_plex_tv(user_id)) {
        found = find(&p->plex_tv, PLEX_TV, user_id);
    }
    return found != NULL ? found->no : 0;
}

static int64_t key_of(uint64_t hash)
{
    int64_t key = (int64_t)(hash >> 1);
    return key != 0 ? key : 1;
}

int64_t person_key(const struct people *p, const char *server_id, const char *user_id)
{
    if (is_nobody(server_id, user_id)) {
        return 0;
    }
    int64_t no = person_number(p, server_id, user_id);
    if (no != 0) {
        return key_of(XXH3_64bits_withSeed(&no, sizeof no, 1));
    }
    const char *server = person_is_of_plex_tv(user_id) ? PLEX_TV : server_id;
    uint64_t seed = XXH3_64bits(server, strlen(server));
    return key_of(XXH3_64bits_withSeed(user_id, strlen(user_id), seed));
}

/* ---- its id ---- */

static bool stands_for_itself(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_' || c == '.';
}

static const char *escaped(const char *text, struct arena *arena)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = arena_alloc(arena, strlen(text) * 3 + 1);
    char *at = out;
    for (const char *c = text; *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c;
        if (stands_for_itself(byte)) {
            *at++ = *c;
        } else {
            *at++ = '%';
            *at++ = digits[byte >> 4];
            *at++ = digits[byte & 15];
        }
    }
    return out;
}

static int digit_of(char c)
{
    static const char digits[] = "0123456789ABCDEFabcdef";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at == NULL ? -1 : at - digits < 16 ? (int)(at - digits) : (int)(at - digits) - 6;
}

/* NULL if it is no escaped text. */
static const char *unescaped(const char *text, size_t size, struct arena *arena)
{
    char *out = arena_alloc(arena, size + 1);
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '%') {
            out[used++] = text[i];
            continue;
        }
        int high = i + 2 < size ? digit_of(text[i + 1]) : -1;
        int low = high >= 0 ? digit_of(text[i + 2]) : -1;
        if (low < 0 || high * 16 + low == 0) {
            return NULL;
        }
        out[used++] = (char)(high * 16 + low);
        i += 2;
    }
    return text_is_utf8(out, used) ? out : NULL;
}

const char *person_id(const struct people *p, const char *server_id, const char *user_id,
                      struct arena *arena)
{
    if (is_nobody(server_id, user_id)) {
        return NULL;
    }
    int64_t no = person_number(p, server_id, user_id);
    if (no != 0) {
        return arena_format(arena, "p%lld", (long long)no);
    }
    const char *server = person_is_of_plex_tv(user_id) ? PLEX_TV : server_id;
    return arena_format(arena, "%s/%s", escaped(server, arena), escaped(user_id, arena));
}

/* "p<number>", whether there is such a person or not; of a joined one that of the other, which is
 * lower. */
static int64_t number_of_id(const struct people *p, const char *id)
{
    size_t size = id[0] == 'p' ? strspn(id + 1, "0123456789") : 0;
    bool is_number = size > 0 && size <= 18 && id[1 + size] == '\0' && id[1] != '0';
    int64_t no = is_number ? strtoll(id + 1, NULL, 10) : 0;
    for (size_t i = p->merged_count; i > 0; i--) {
        no = p->merged[i - 1].no == no ? p->merged[i - 1].into : no;
    }
    return no;
}

int64_t person_of_id(const struct people *p, const char *id, struct arena *arena,
                     struct account_ref *out_account)
{
    int64_t no = number_of_id(p, id);
    const char *slash = strchr(id, '/');
    *out_account = (struct account_ref){0};
    if (no != 0 || slash == NULL || slash == id) {
        return no;
    }
    const char *server_id = unescaped(id, (size_t)(slash - id), arena);
    const char *user_id = unescaped(slash + 1, strlen(slash + 1), arena);
    if (!is_nobody(server_id, user_id)) {
        *out_account = (struct account_ref){server_id, user_id};
    }
    return person_number(p, server_id, user_id);
}

int64_t person_key_of_id(const struct people *p, const char *id)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct account_ref account;
    int64_t no = person_of_id(p, id, arena, &account);
    return no != 0 ? key_of(XXH3_64bits_withSeed(&no, sizeof no, 1))
                   : person_key(p, account.server_id, account.user_id);
}

const char *person_own_id(const struct people *p, const char *id, struct arena *arena)
{
    struct account_ref account;
    int64_t no = person_of_id(p, id, arena, &account);
    return no != 0 ? arena_format(arena, "p%lld", (long long)no)
                   : person_id(p, account.server_id, account.user_id, arena);
}

/* ---- marks ---- */

void person_name_hash(const char *name, char out[static NAME_HASH_SIZE])
{
    (void)snprintf(out, NAME_HASH_SIZE, "%016llx",
                   (unsigned long long)XXH3_64bits(name, strlen(name)));
}

bool people_forgot_name(const struct people *p, const char *server_id, const char *name)
{
    char hash[NAME_HASH_SIZE];
    if (p->names.count == 0) {
        return false;
    }
    person_name_hash(name, hash);
    return find(&p->names, server_id, hash) != NULL;
}

static struct account_list list_of(const struct account_ref *refs, size_t count,
                                   struct arena *arena)
{
    struct account_list list = {.items = arena_alloc(arena, (count + 1) * sizeof *list.items)};
    for (size_t i = 0; i < count; i++) {
        list.items[list.count++] = (struct account){refs[i].server_id, refs[i].user_id, 0};
    }
    qsort(list.items, list.count, sizeof *list.items, compare);
    return list;
}

const struct people *people_with_marks(const struct people *p, const struct account_ref *accounts,
                                       size_t accounts_count, const struct account_ref *names,
                                       size_t names_count, struct arena *arena)
{
    struct people *marked = arena_alloc(arena, sizeof *marked);
    *marked = *p;
    marked->marked = list_of(accounts, accounts_count, arena);
    marked->names = list_of(names, names_count, arena);
    return marked;
}

bool people_forgot_any(const struct people *p)
{
    return p->marked.count > 0;
}

bool people_forgot(const struct people *p, const char *server_id, const char *user_id)
{
    if (is_nobody(server_id, user_id) || p->marked.count == 0) {
        return false;
    }
    return find(&p->marked, server_id, user_id) != NULL ||
           (person_is_of_plex_tv(user_id) && find(&p->marked, PLEX_TV, user_id) != NULL &&
            find(&p->mapped, server_id, user_id) == NULL);
}

/* ---- in SQL ---- */

static const char *text_of(sqlite3_value *value)
{
    return (const char *)sqlite3_value_text(value);
}

static void sql_key(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    (void)argc;
    int64_t key = person_key(sqlite3_user_data(context), text_of(argv[0]), text_of(argv[1]));
    if (key != 0) {
        sqlite3_result_int64(context, key);
    }
}

static void sql_id(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    (void)argc;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    const char *id =
        person_id(sqlite3_user_data(context), text_of(argv[0]), text_of(argv[1]), arena);
    if (id != NULL) {
        sqlite3_result_text(context, id, -1, SQLITE_TRANSIENT);
    }
}

static void sql_forgotten(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    (void)argc;
    sqlite3_result_int(
        context, people_forgot(sqlite3_user_data(context), text_of(argv[0]), text_of(argv[1])));
}

enum err people_functions(sqlite3 *db, const struct people *p)
{
    void *self = (void *)(uintptr_t)p; /* only read */
    int code = sqlite3_create_function(db, "person_key", 2, SQLITE_UTF8, self, sql_key, NULL, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_create_function(db, "person_id", 2, SQLITE_UTF8, self, sql_id, NULL, NULL);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_create_function(db, "person_forgotten", 2, SQLITE_UTF8, self, sql_forgotten,
                                       NULL, NULL);
    }
    return code == SQLITE_OK ? OK : db_error(db, code);
}
