/* SPDX-License-Identifier: MIT
 * told_folders.c - the rows of told_folders, one a server, which go with it. */
#include "actors/server_sync/told_folders.h"

#include <string.h>

#include "actors/server_sync/servers_parts.h"
#include "proto/base/own.h"
#include "proto/base/text.h"
#include "proto/wire/json.h"

enum { KEPT_BYTES_MAX = 1 << 20 };

/* What libraries are told by, and nothing else of them. */
static json_t *lean(const json_t *folders)
{
    static const char *const told[] = {"ItemId", "Name", "CollectionType", "Locations"};
    json_t *out = json_array();
    const json_t *one = NULL;
    size_t i = 0;
    json_array_foreach(folders, i, one)
    {
        json_t *kept = json_object();
        for (size_t f = 0; f < COUNT_OF(told); f++) {
            (void)json_object_set(kept, told[f], json_object_get(one, told[f]));
        }
        (void)json_array_append_new(out, kept);
    }
    return out;
}

static enum err put(struct servers *s, const char *id, const char *identity, const char *text)
{
    OWNED(stmt_finalize) sqlite3_stmt *set = NULL;
    enum err e = db_prepare(s->db,
                            "INSERT INTO told_folders (server_id, server, folders)"
                            " SELECT id, ?2, ?3 FROM servers WHERE id = ?1"
                            " ON CONFLICT (server_id) DO UPDATE SET server = excluded.server,"
                            " folders = excluded.folders WHERE server <> excluded.server"
                            " OR folders <> excluded.folders",
                            &set);
    if (e == OK) {
        stmt_text(set, 1, id);
        stmt_text(set, 2, identity);
        stmt_text(set, 3, text);
        e = stmt_run(set);
    }
    return e;
}

static enum err forget(struct servers *s, const char *id)
{
    OWNED(stmt_finalize) sqlite3_stmt *drop = NULL;
    enum err e = db_prepare(s->db, "DELETE FROM told_folders WHERE server_id = ?1", &drop);
    if (e == OK) {
        stmt_text(drop, 1, id);
        e = stmt_run(drop);
    }
    return e;
}

enum err told_folders_keep(struct servers *s, const char *id, const char *identity,
                           const json_t *folders)
{
    OWNED(json_release) json_t *kept = lean(folders);
    OWNED(free_text) char *text = json_dumps(kept, JSON_COMPACT | JSON_SORT_KEYS);
    bool fits = text != NULL && strlen(text) <= KEPT_BYTES_MAX;
    int64_t before = sqlite3_total_changes64(s->db);
    enum err e = fits ? put(s, id, identity, text) : forget(s, id);
    s->aside += sqlite3_total_changes64(s->db) - before;
    return e == OK && !fits ? ERR_TOO_LARGE : e;
}

json_t *told_folders_read(struct servers *s, const char *id, const char *identity)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    enum err e = db_prepare(
        s->db, "SELECT folders FROM told_folders WHERE server_id = ?1 AND server = ?2", &find);
    if (e == OK) {
        stmt_text(find, 1, id);
        stmt_text(find, 2, identity);
        e = stmt_row(find, &row);
    }
    return e == OK && row ? json_loads(row_text(find, 0), 0, NULL) : NULL;
}
