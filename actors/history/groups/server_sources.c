/* SPDX-License-Identifier: MIT
 * server_sources.c - the sources of one server, and whose their accounts are. */
#include "actors/history/groups/server_sources.h"

#include <string.h>
#include <xxhash.h>

enum err server_sources_load(const struct store *s, int64_t source_no, const char *server_id,
                             struct server_sources *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = db_prepare_with(s->db,
                                 "SELECT no, kind, server_id FROM sources WHERE server_id ="
                                 " coalesce(?2, (SELECT server_id FROM sources WHERE no = ?1))",
                                 source_no, &list);
    bool row = true;
    server_sources_release(out);
    out->people = s->people;
    if (e == OK) {
        stmt_text(list, 2, server_id);
    }
    while (e == OK && row && out->count < COUNT_OF(out->sources)) {
        e = stmt_row(list, &row);
        if (e == OK && row) {
            out->sources[out->count++] = (struct server_source){
                .no = row_number(list, 0), .kind = (enum source_kind)row_number(list, 1)};
            out->server_id =
                out->server_id != NULL ? out->server_id : must_strdup(row_text(list, 2));
        }
    }
    return e;
}

void server_sources_release(struct server_sources *sources)
{
    free_text(&sources->server_id);
    sources->count = 0;
}

struct server_source *server_sources_find(struct server_sources *sources, int64_t no)
{
    for (size_t i = 0; i < sources->count; i++) {
        if (sources->sources[i].no == no) {
            return &sources->sources[i];
        }
    }
    return NULL;
}

enum source_kind server_sources_kind(const struct server_sources *sources, int64_t no,
                                     enum source_kind fallback)
{
    const struct server_source *source =
        server_sources_find((struct server_sources *)sources, no); /* it is only looked at */
    return source != NULL ? source->kind : fallback;
}

const char *cell_text(struct arena *arena, const struct cell *cell)
{
    return cell->type == CELL_STR ? arena_text(arena, cell->bytes, cell->size) : NULL;
}

uint64_t person_of(const struct server_sources *sources, const char *user_id, const char *user)
{
    int64_t key = person_key(sources->people, sources->server_id, user_id);
    if (key != 0) {
        return (uint64_t)key;
    }
    const char *text = user_id != NULL ? user_id : user != NULL ? user : "";
    return XXH3_64bits_withSeed(text, strlen(text), user_id == NULL);
}

uint64_t person_of_cells(const struct server_sources *sources, const struct versions *v,
                         const struct cell *play)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    return person_of(sources, cell_text(arena, &play[v->at_user_id]),
                     cell_text(arena, &play[v->at_user]));
}

bool account_is_nobody(const char *user_id)
{
    return user_id == NULL || strcmp(user_id, "0") == 0;
}
