/* SPDX-License-Identifier: MIT
 * labelled_files.c - writes a labelled set: rows get their ids in the order in which Tautulli and
 * the server write them, which is that of the ends of plays. */
#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/labelled.h"
#include "tests/support/tautulli_rows.h"

#define COPY_FIRST_ID 900001
#define DAY_S 86400
#define FIRST_IMPORT_S (1456790400 + 366LL * DAY_S) /* of PlexWatch's rows; the copy's is later */
#define COPY_IMPORT_S (FIRST_IMPORT_S + 500LL * DAY_S)
#define COPY_UNTIL_S (1456790400 + 3LL * 365 * DAY_S) /* then the copy was made */
#define PATH_SIZE 4200

struct places {
    size_t *at; /* owned; indexes, in the wanted order */
    size_t count;
};

static void places_release(struct places *places)
{
    free(places->at);
    places->at = NULL;
}

static int by_end(const void *a, const void *b, void *context)
{
    const struct labelled_set *set = context;
    const size_t one = *(const size_t *)a;
    const size_t other = *(const size_t *)b;
    int64_t apart = set->plays[one].told_stopped_s - set->plays[other].told_stopped_s;
    return apart != 0 ? (apart > 0) - (apart < 0) : (one > other) - (one < other);
}

static int by_view(const void *a, const void *b, void *context)
{
    const struct labelled_set *set = context;
    const size_t one = *(const size_t *)a;
    const size_t other = *(const size_t *)b;
    int64_t apart = set->scrobbles[one].viewed_s - set->scrobbles[other].viewed_s;
    return apart != 0 ? (apart > 0) - (apart < 0) : (one > other) - (one < other);
}

/* ---- Tautulli's files ---- */

struct telling {
    const struct labelled_set *set;
    const struct places *rows;
    struct tautulli_plan first; /* of the first file: a copied row is its row under another id */
    bool copy;
    struct labelled_item item; /* of the row that is being written, as the next */
    char device[LABELLED_TEXT], full_title[3 * LABELLED_TEXT];
};

static int64_t key_in_tautulli(const struct telling *t, const struct labelled_play *play)
{
    bool mended = t->item.remapped && !t->copy;
    bool again = t->item.again_s != 0 && (mended || play->started_s >= t->item.again_s);
    return again ? t->item.again_key : t->item.rating_key;
}

static struct cell number_or_empty(int64_t number)
{
    return number != 0 ? cell_integer(number) : cell_text("");
}

static void put_item(struct telling *t, struct row *row, int64_t key)
{
    const struct labelled_item *item = &t->item;
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        *row_cell(row, table, "rating_key") = cell_integer(key);
    }
    for (enum table table = HISTORY; table <= METADATA; table++) {
        *row_cell(row, table, "parent_rating_key") = number_or_empty(item->parent_key);
        *row_cell(row, table, "grandparent_rating_key") = number_or_empty(item->grandparent_key);
        *row_cell(row, table, "media_type") = cell_text(item->type);
    }
    bool film = item->grandparent_title[0] == '\0';
    (void)snprintf(t->full_title, sizeof t->full_title, film ? "%s%s" : "%s - %s",
                   item->grandparent_title, item->title);
    *row_cell(row, HISTORY, "section_id") = cell_integer(item->section);
    *row_cell(row, METADATA, "title") = cell_text(item->title);
    *row_cell(row, METADATA, "parent_title") = cell_text(item->parent_title);
    *row_cell(row, METADATA, "grandparent_title") = cell_text(item->grandparent_title);
    *row_cell(row, METADATA, "full_title") = cell_text(t->full_title);
    *row_cell(row, METADATA, "original_title") = cell_text("");
    *row_cell(row, METADATA, "media_index") = number_or_empty(item->index);
    *row_cell(row, METADATA, "parent_media_index") = number_or_empty(item->parent_index);
    *row_cell(row, METADATA, "guid") = cell_text(item->guid);
    *row_cell(row, METADATA, "live") = cell_integer(0);
    *row_cell(row, METADATA, "duration") = cell_integer(item->duration_s * 1000);
    *row_cell(row, MEDIA_INFO, "duration") = cell_integer(item->duration_s * 1000);
}

/* What an import of a PlexWatch database leaves. */
static void put_plexwatch(struct row *row)
{
    static const char *const empty[] = {"ip_address", "product",         "bandwidth", "location",
                                        "secure",     "quality_profile", "relayed"};
    for (size_t i = 0; i < COUNT_OF(empty); i++) {
        *row_cell(row, HISTORY, empty[i]) = cell_text("");
    }
    *row_cell(row, HISTORY, "player") = (struct cell){.type = CELL_NULL};
    *row_cell(row, HISTORY, "paused_counter") = (struct cell){.type = CELL_NULL};
}

static void put_play(struct telling *t, struct row *row, const struct labelled_play *play)
{
    const struct labelled_account *account = &labelled_accounts[play->account];
    int64_t import_s = t->copy ? COPY_IMPORT_S : FIRST_IMPORT_S;
    labelled_device(t->set->seed, play->device, t->device);
    *row_cell(row, HISTORY, "started") = cell_integer(play->told_started_s);
    *row_cell(row, HISTORY, "stopped") =
        cell_integer(play->end_unknown ? import_s : play->told_stopped_s);
    *row_cell(row, HISTORY, "paused_counter") = cell_integer(play->paused_s);
    *row_cell(row, HISTORY, "view_offset") = cell_integer(play->to_s * 1000);
    *row_cell(row, HISTORY, "user_id") = cell_integer(account->id);
    *row_cell(row, HISTORY, "user") = cell_text(account->name);
    *row_cell(row, HISTORY, "machine_id") = cell_text(play->device_unknown ? "" : t->device);
    if ((play->traits & TRAIT_PLEXWATCH) != 0) {
        put_plexwatch(row);
    }
}

static void tell(struct row *row, int64_t index, void *context)
{
    struct telling *t = context;
    const struct labelled_play *play = &t->set->plays[t->rows->at[index]];
    int64_t id = t->copy ? play->copy_id : play->tautulli_id;
    if (t->copy) {
        row_fill(row, &t->first, play->tautulli_id - 1);
    }
    labelled_item_at(t->set->seed, play->item, &t->item);
    put_item(t, row, key_in_tautulli(t, play));
    put_play(t, row, play);
    *row_cell(row, HISTORY, "reference_id") = cell_integer(id);
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        *row_cell(row, table, "id") = cell_integer(id);
    }
}

/* Those of the set instead of the maker's own; the owner is the one who is_admin. */
static enum err write_users(const char *path)
{
    sqlite3 *db = NULL;
    bool good =
        sqlite3_open(path, &db) == SQLITE_OK &&
        sqlite3_exec(db,
                     "DROP TABLE users; CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT,"
                     " user_id INTEGER UNIQUE, username TEXT NOT NULL, friendly_name TEXT,"
                     " email TEXT, is_active INTEGER DEFAULT 1, is_admin INTEGER DEFAULT 0,"
                     " keep_history INTEGER DEFAULT 1)",
                     NULL, NULL, NULL) == SQLITE_OK;
    for (size_t i = 0; good && i < LABELLED_ACCOUNTS; i++) {
        const struct labelled_account *account = &labelled_accounts[i];
        char *sql =
            sqlite3_mprintf("INSERT INTO users (user_id, username, is_admin) VALUES (%lld, %Q, %d)",
                            (long long)account->id, account->name, account->plex_id == 1);
        good = sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
        sqlite3_free(sql);
    }
    if (!good) {
        fprintf(stderr, "make-labelled: %s: %s\n", path, sqlite3_errmsg(db));
    }
    sqlite3_close(db);
    return good ? OK : ERR_SYSTEM;
}

static enum err write_tautulli(const struct labelled_set *set, const struct places *rows,
                               const char *path, const char *server_id, bool copy)
{
    struct telling *t = must_alloc(sizeof *t);
    OWNED(free_bytes) void *owner = t;
    struct tautulli_plan plan = tautulli_plan_default(path);
    plan.seed = set->seed;
    plan.server_id = server_id;
    plan.rows = (int64_t)rows->count;
    *t = (struct telling){.set = set, .rows = rows, .first = plan, .copy = copy};
    plan.adjust = tell;
    plan.context = t;
    enum err e = tautulli_make(&plan, NULL, NULL);
    return e == OK ? write_users(path) : e;
}

/* Fills `out` with the plays that are in the file, in its order, and numbers them. */
static void number_rows(struct labelled_set *set, bool copy, struct places *out)
{
    out->at = must_alloc((set->play_count + 1) * sizeof *out->at);
    for (size_t i = 0; i < set->play_count; i++) {
        const struct labelled_play *play = &set->plays[i];
        if (play->in_tautulli && (!copy || play->told_stopped_s < COPY_UNTIL_S)) {
            out->at[out->count++] = i;
        }
    }
    qsort_r(out->at, out->count, sizeof *out->at, by_end, set);
    for (size_t i = 0; i < out->count; i++) {
        struct labelled_play *play = &set->plays[out->at[i]];
        *(copy ? &play->copy_id : &play->tautulli_id) = (int64_t)i + (copy ? COPY_FIRST_ID : 1);
    }
}

/* ---- the server's history ---- */

static void put_text(json_t *row, const char *name, const char *text)
{
    if (text[0] != '\0') {
        json_object_set_new(row, name, json_string(text));
    }
}

static void put_number(json_t *row, const char *name, int64_t number)
{
    if (number != 0) {
        json_object_set_new(row, name, json_integer(number));
    }
}

/* Keys are texts in the server's answers. */
static void put_key(json_t *row, const char *name, int64_t key)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)key);
    put_text(row, name, key != 0 ? text : "");
}

/* What the library still knows of the item; nothing of one that was deleted since. */
static void put_living_item(json_t *row, const struct labelled_item *item, int64_t key)
{
    put_key(row, "ratingKey", key);
    put_key(row, "parentRatingKey", item->parent_key);
    put_key(row, "grandparentRatingKey", item->grandparent_key);
    put_text(row, "guid", item->guid);
    put_number(row, "duration", item->duration_s * 1000);
}

static json_t *scrobble_json(const struct labelled_set *set, struct labelled_scrobble *s)
{
    struct labelled_play *play = &set->plays[s->play];
    const struct labelled_account *account = &labelled_accounts[play->account];
    struct labelled_item item;
    char device[LABELLED_TEXT];
    uint64_t hash = mix(set->seed * 47 + (uint64_t)s->key);
    labelled_item_at(set->seed, play->item, &item);
    labelled_device(set->seed, play->device, device);
    bool deleted = item.gone || s->viewed_s < item.again_s;
    json_t *row = json_object();
    json_object_set_new(row, "historyKey", json_integer(s->key));
    json_object_set_new(row, "accountID", json_integer(account->plex_id));
    json_object_set_new(row, "accountName", json_string(account->name));
    json_object_set_new(row, "viewedAt", json_integer(s->viewed_s));
    put_text(row, "clientIdentifier", s->device_unknown ? "" : device);
    put_text(row, "type", item.type);
    put_text(row, "title", item.title);
    put_key(row, "librarySectionID", hash % 100 == 0 ? 0 : item.section);
    if (!deleted) {
        put_living_item(row, &item, item.again_s != 0 ? item.again_key : item.rating_key);
    }
    if (deleted && hash % 100 == 1) {
        play->traits |= TRAIT_TITLE_ONLY;
        return row;
    }
    put_text(row, "parentTitle", item.type[0] == 't' ? item.parent_title : "");
    put_text(row, "grandparentTitle", item.grandparent_title);
    put_number(row, "index", item.index);
    put_number(row, "parentIndex", item.parent_index);
    return row;
}

static enum err write_line(FILE *file, json_t *line)
{
    bool good = json_dumpf(line, file, JSON_COMPACT) == 0 && fputc('\n', file) != EOF;
    json_decref(line);
    return good ? OK : ERR_SYSTEM;
}

static enum err write_scrobbles(struct labelled_set *set, FILE *file)
{
    OWNED(places_release)
    struct places order = {.at = must_alloc((set->scrobble_count + 1) * sizeof(size_t))};
    for (size_t i = 0; i < set->scrobble_count; i++) {
        order.at[order.count++] = i;
    }
    qsort_r(order.at, order.count, sizeof *order.at, by_view, set);
    enum err e = OK;
    for (size_t i = 0; e == OK && i < order.count; i++) {
        struct labelled_scrobble *s = &set->scrobbles[order.at[i]];
        s->key = (int64_t)i + 1;
        e = write_line(file, scrobble_json(set, s));
    }
    return e;
}

/* ---- the truth ---- */

static json_t *ids(int64_t id)
{
    json_t *list = json_array();
    if (id != 0) {
        json_array_append_new(list, json_integer(id));
    }
    return list;
}

static json_t *traits_json(unsigned traits)
{
    static const char *const names[] = {
        "resumed", "rewatched", "two_devices",     "same_second",  "device_unknown",
        "owner",   "rekeyed",   "scrobbled_twice", "stopped_late", "stuck",
        "marked",  "plexwatch", "title_only"};
    json_t *list = json_array();
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if ((traits >> i & 1) != 0) {
            json_array_append_new(list, json_string(names[i]));
        }
    }
    return list;
}

static enum err write_truth(const struct labelled_set *set, FILE *file)
{
    static const char *const classes[] = {
        [LABELLED_VIDEO] = "video",   [LABELLED_MUSIC] = "music",     [LABELLED_REPEAT] = "repeat",
        [LABELLED_SKEWED] = "skewed", [LABELLED_OFFLINE] = "offline",
    };
    enum err e = OK;
    for (size_t i = 0; e == OK && i < set->play_count; i++) {
        const struct labelled_play *play = &set->plays[i];
        json_t *keys = json_array();
        for (size_t at = 0; at < play->scrobbles; at++) {
            json_array_append_new(keys,
                                  json_integer(set->scrobbles[play->first_scrobble + at].key));
        }
        e = write_line(
            file, json_pack("{s:I, s:s, s:o, s:o, s:o, s:o}", "play", (json_int_t)i + 1, "class",
                            classes[play->class], "traits", traits_json(play->traits), "tautulli",
                            ids(play->tautulli_id), "copy", ids(play->copy_id), "plex", keys));
    }
    return e;
}

static enum err write_file(struct labelled_set *set, const char *folder, bool truth)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/%s", folder, truth ? "truth.jsonl" : "plex.jsonl");
    FILE *file = fopen(path, "we");
    enum err e = file == NULL ? ERR_SYSTEM
                 : truth      ? write_truth(set, file)
                              : write_scrobbles(set, file);
    bool closed = file != NULL && fclose(file) == 0;
    if (e != OK || !closed) {
        perror(path);
        return ERR_SYSTEM;
    }
    return OK;
}

enum err labelled_write(struct labelled_set *set, const char *folder, const char *server_id)
{
    enum err e = OK;
    for (int copy = 0; e == OK && copy < 2; copy++) {
        OWNED(places_release) struct places rows = {0};
        char path[PATH_SIZE];
        (void)snprintf(path, sizeof path, "%s/%s", folder, copy ? "copy.db" : "tautulli.db");
        number_rows(set, copy != 0, &rows);
        e = write_tautulli(set, &rows, path, server_id, copy != 0);
    }
    e = e == OK ? write_file(set, folder, false) : e; /* numbers the rows that the truth names */
    return e == OK ? write_file(set, folder, true) : e;
}
