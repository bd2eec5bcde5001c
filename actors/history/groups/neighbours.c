/* SPDX-License-Identifier: MIT
 * neighbours.c - rows read from `plays` and `play_sources` into what matching looks at. */
#include "actors/history/groups/neighbours.h"

#include <stdlib.h>
#include <string.h>

#include "actors/history/groups/groups.h"
#include "actors/history/native.h"

struct neighbour_loader {
    const struct versions *v;
    sqlite3_stmt *alone, *times, *one, *groups, *group, *moments, *dry; /* owned */
    size_t at_type, at_title, at_parent, at_grandparent, at_index, at_parent_index, at_guid,
        at_rating, at_section, at_machine;
};

/* ---- opening ---- */

/* Pass ?5: first what may be company, then what is left out without it; see neighbours.h for ?4. */
#define OF_SERVER                                                                              \
    "IN (SELECT no FROM sources WHERE server_id = ?3 AND CASE WHEN ?4 > 0 THEN (no = ?4) = ?5" \
    " WHEN ?4 = 0 THEN (kind = ?6) = ?5 ELSE ?5 = 0 END)"

enum { ALONE_HEAD = 7 };

/* More rows than any household's days have; those beyond stay as they are. */
enum { NEIGHBOURS_MAX = 50000 };

#define ALONE_COLUMNS                                                                    \
    "SELECT id, source_id, native_id, content_hash, job_no, item_id, time_quality,"      \
    " started_at, stopped_at, user_id, user, duration_ms, rating_key, guid, media_type," \
    " section_id, machine_id, title, parent_title, grandparent_title, media_index,"      \
    " parent_media_index FROM plays"
#define ALONE_IN_WINDOW                                                                  \
    " INDEXED BY plays_time WHERE started_at BETWEEN ?1 AND ?2 AND source_id " OF_SERVER \
    " AND grouped IS NULL"

enum err neighbour_loader_open(sqlite3 *db, const struct versions *v, struct neighbour_loader **out)
{
    OWNED(neighbour_loader_close) struct neighbour_loader *l = must_alloc(sizeof *l);
    const struct record_desc *r = v->play.record;
    l->v = v;
    l->at_type = schema_field_at(r, "media_type");
    l->at_title = schema_field_at(r, "title");
    l->at_parent = schema_field_at(r, "parent_title");
    l->at_grandparent = schema_field_at(r, "grandparent_title");
    l->at_index = schema_field_at(r, "media_index");
    l->at_parent_index = schema_field_at(r, "parent_media_index");
    l->at_guid = schema_field_at(r, "guid");
    l->at_rating = schema_field_at(r, "rating_key");
    l->at_section = schema_field_at(r, "section_id");
    l->at_machine = schema_field_at(r, "machine_id");
    const struct {
        sqlite3_stmt **to;
        const char *sql;
    } statements[] = {
        {&l->alone, ALONE_COLUMNS ALONE_IN_WINDOW},
        {&l->one, ALONE_COLUMNS " WHERE id = ?1 AND grouped IS NULL"},
        {&l->times, "SELECT id, time_quality, started_at, stopped_at, user_id, user, duration_ms"
                    " FROM plays" ALONE_IN_WINDOW " AND id < ?7"},
        {&l->groups, "SELECT DISTINCT play_id FROM play_sources INDEXED BY play_sources_time"
                     " WHERE started_at BETWEEN ?1 AND ?2"
                     " AND source_id IN (SELECT no FROM sources WHERE server_id = ?3)"
                     " AND body IS NOT NULL"},
        {&l->group, "SELECT no, source_id, native_id, content_hash, job_no, item_id,"
                    " coalesce(link_no, 0), reason, started_at, body FROM play_sources"
                    " WHERE play_id = ?1 AND body IS NOT NULL"},
        {&l->moments,
         "SELECT started_at, user_id, user FROM plays INDEXED BY plays_time"
         " WHERE started_at BETWEEN ?1 AND ?2 AND source_id " OF_SERVER " AND grouped IS NULL"
         " UNION ALL SELECT s.started_at, p.user_id, p.user"
         " FROM play_sources s INDEXED BY play_sources_time JOIN plays p ON p.id = s.play_id"
         " WHERE s.started_at BETWEEN ?1 AND ?2 AND s.source_id " OF_SERVER
         " AND s.body IS NOT NULL"},
        {&l->dry, "SELECT position, started_at, native_id, content_hash, body FROM dry_rows"
                  " WHERE job_no = ?1 AND started_at BETWEEN ?2 AND ?3 ORDER BY position"},
    };
    enum err e = OK;
    for (size_t i = 0; e == OK && i < COUNT_OF(statements); i++) {
        e = db_prepare(db, statements[i].sql, statements[i].to);
    }
    if (e == OK) {
        *out = TAKE(l);
    }
    return e;
}

void neighbour_loader_close(struct neighbour_loader **loader)
{
    struct neighbour_loader *l = *loader;
    if (l == NULL) {
        return;
    }
    stmt_finalize(&l->alone);
    stmt_finalize(&l->times);
    stmt_finalize(&l->one);
    stmt_finalize(&l->groups);
    stmt_finalize(&l->group);
    stmt_finalize(&l->moments);
    stmt_finalize(&l->dry);
    void *memory = l;
    free_bytes(&memory);
    *loader = NULL;
}

/* ---- rows ---- */

static bool is_wanted(const struct stretch *stretch, uint64_t person)
{
    size_t low = 0;
    size_t high = stretch->persons_count;
    if (stretch->persons == NULL) {
        return true;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (stretch->persons[middle] == person) {
            return true;
        }
        if (stretch->persons[middle] < person) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

static struct match_row *add_row(struct neighbourhood *n)
{
    if (n->count == n->capacity) {
        n->capacity = n->capacity == 0 ? 256 : n->capacity * 2;
        n->rows = must_realloc(n->rows, n->capacity * sizeof *n->rows);
    }
    n->arena = n->arena != NULL ? n->arena : arena_new();
    struct match_row *row = &n->rows[n->count++];
    *row = (struct match_row){.owner = arena_alloc(n->arena, sizeof(struct neighbour))};
    return row;
}

/* Any two times can then be subtracted, whatever a batch said. */
static int64_t within_times(int64_t time)
{
    const int64_t most = INT64_MAX / 4;
    return time > most ? most : time < -most ? -most : time;
}

/* A stop that comes more than a day after the start is none. */
static void set_times(struct match_row *row, int64_t quality, int64_t started_at, bool has_stop,
                      int64_t stopped_at)
{
    int64_t start = within_times(started_at);
    int64_t stop = within_times(stopped_at);
    row->point = quality == time_quality_watched_at;
    row->started_at = start;
    row->has_stop = !row->point && has_stop && stop >= start && stop - start <= MATCH_REACH_MS;
    row->stopped_at = row->has_stop ? stop : start;
}

static void set_length(struct match_row *row, int64_t duration_ms)
{
    row->duration_ms = duration_ms > 0 && duration_ms <= MATCH_REACH_MS ? duration_ms : 0;
}

static void copy_key(struct match_row *row, const struct neighbour *of)
{
    row->no = of->no;
    row->source_no = of->source_no;
    row->native_id = of->native_id;
    row->content_hash = of->content_hash;
}

static int64_t index_of(sqlite3_stmt *find, int at)
{
    return row_is_null(find, at) ? -1 : row_number(find, at);
}

static void read_alone(sqlite3_stmt *find, const struct server_sources *sources, uint64_t person,
                       struct neighbourhood *n)
{
    struct match_row *row = add_row(n);
    struct neighbour *of = row->owner;
    of->no = of->play_id = row_number(find, 0);
    of->source_no = row_number(find, 1);
    of->native_id = native_read(find, 2, n->arena);
    of->content_hash = row_number(find, 3);
    of->job_no = row_number(find, 4);
    of->item_id = row_number(find, 5);
    of->started_at = row_number(find, ALONE_HEAD);
    copy_key(row, of);
    row->kind = server_sources_kind(sources, of->source_no, source_kind_tautulli);
    row->person = person;
    row->nobody = account_is_nobody(row_text(find, 9));
    set_times(row, row_number(find, 6), of->started_at, !row_is_null(find, 8), row_number(find, 8));
    set_length(row, row_number(find, 11));
    const char **texts[] = {
        &row->rating_key, &row->guid,  &row->media_type,   &row->section_id,
        &row->machine_id, &row->title, &row->parent_title, &row->grandparent_title};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        *texts[i] = arena_keep(n->arena, row_text(find, 12 + (int)i));
    }
    row->media_index = index_of(find, 20);
    row->parent_media_index = index_of(find, 21);
}

static int64_t cell_number(const struct cell *cell, int64_t fallback)
{
    return cell->type == CELL_I64 ? cell->i64 : fallback;
}

/* What a packed row says. Bytes that nobody can read say nothing. */
static void fill_from_body(const struct neighbour_loader *l, const struct server_sources *sources,
                           struct arena *arena, const struct neighbour *of, struct match_row *row)
{
    const struct versions *v = l->v;
    struct cell c[FOLD_COLUMNS_MAX] = {0};
    struct cell stream[FOLD_COLUMNS_MAX] = {0};
    if (row_body_unpack(v, of->body, c, stream) != OK) {
        memset(c, 0, sizeof c);
    }
    const char *user_id = cell_text(arena, &c[v->at_user_id]);
    row->person = person_of(sources, user_id, cell_text(arena, &c[v->at_user]));
    row->nobody = account_is_nobody(user_id);
    set_times(row, cell_number(&c[v->at_quality], time_quality_exact), of->started_at,
              c[v->at_stop].type == CELL_I64, cell_number(&c[v->at_stop], 0));
    set_length(row, cell_number(&c[v->at_duration], 0));
    row->rating_key = cell_text(arena, &c[l->at_rating]);
    row->guid = cell_text(arena, &c[l->at_guid]);
    row->media_type = cell_text(arena, &c[l->at_type]);
    row->section_id = cell_text(arena, &c[l->at_section]);
    row->machine_id = cell_text(arena, &c[l->at_machine]);
    row->title = cell_text(arena, &c[l->at_title]);
    row->parent_title = cell_text(arena, &c[l->at_parent]);
    row->grandparent_title = cell_text(arena, &c[l->at_grandparent]);
    row->media_index = cell_number(&c[l->at_index], -1);
    row->parent_media_index = cell_number(&c[l->at_parent_index], -1);
}

void neighbour_says(const struct neighbour_loader *l, const struct server_sources *sources,
                    struct arena *arena, struct bytes body, struct match_row *row)
{
    struct neighbour *of = row->owner;
    of->body = (struct bytes){arena_text(arena, body.data, body.size), body.size};
    fill_from_body(l, sources, arena, of, row);
}

static void read_member(const struct neighbour_loader *l, const struct server_sources *sources,
                        int64_t play_id, struct neighbourhood *n)
{
    sqlite3_stmt *find = l->group;
    struct match_row *row = add_row(n);
    struct neighbour *of = row->owner;
    struct bytes body = row_bytes(find, 9);
    *of = (struct neighbour){.no = row_number(find, 0),
                             .play_id = play_id,
                             .source_no = row_number(find, 1),
                             .native_id = native_read(find, 2, n->arena),
                             .content_hash = row_number(find, 3),
                             .job_no = row_number(find, 4),
                             .item_id = row_number(find, 5),
                             .link_no = row_number(find, 6),
                             .reason = (enum row_reason)row_number(find, 7),
                             .started_at = row_number(find, 8),
                             .member = true};
    of->body.data = arena_text(n->arena, body.data, body.size);
    of->body.size = body.size;
    copy_key(row, of);
    row->kind = server_sources_kind(sources, of->source_no, source_kind_tautulli);
    fill_from_body(l, sources, n->arena, of, row);
}

/* ---- loading ---- */

static bool is_core(const struct stretch *stretch, const struct neighbour *of)
{
    return of->started_at >= stretch->core_from && of->started_at <= stretch->core_to;
}

static void bind_window(sqlite3_stmt *find, const struct server_sources *sources,
                        const struct stretch *stretch, bool second)
{
    stmt_number(find, 1, stretch->from);
    stmt_number(find, 2, stretch->to);
    stmt_text(find, 3, sources->server_id);
    stmt_number(find, 4, stretch->left_out);
    stmt_number(find, 5, second);
    stmt_number(find, 6, source_kind_tautulli);
}

enum err neighbours_load_group(struct neighbour_loader *l, const struct server_sources *sources,
                               int64_t play_id, struct neighbourhood *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = l->group;
    stmt_number(find, 1, play_id);
    bool row = true;
    enum err e = OK;
    while (e == OK && row) {
        e = stmt_row(find, &row);
        if (e == OK && row) {
            read_member(l, sources, play_id, out);
        }
    }
    return e;
}

/* The first pass. */
static enum err load_alone(struct neighbour_loader *l, const struct server_sources *sources,
                           const struct stretch *stretch, struct neighbourhood *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = l->alone;
    bind_window(find, sources, stretch, false);
    bool row = true;
    enum err e = OK;
    while (e == OK && row && out->count < NEIGHBOURS_MAX) {
        e = stmt_row(find, &row);
        if (e == OK && row) {
            uint64_t person = person_of(sources, row_text(find, 9), row_text(find, 10));
            if (is_wanted(stretch, person)) {
                read_alone(find, sources, person, out);
            }
        }
    }
    return e;
}

/* A row of `times` against its company. */
static bool has_company(sqlite3_stmt *times, const struct moments *company, uint64_t person)
{
    struct match_row row;
    set_times(&row, row_number(times, 1), row_number(times, 2), !row_is_null(times, 3),
              row_number(times, 3));
    set_length(&row, row_number(times, 6));
    return moments_near(company, person, row.started_at,
                        row.has_stop ? row.stopped_at : row.started_at + row.duration_ms);
}

static enum err load_one(struct neighbour_loader *l, const struct server_sources *sources,
                         int64_t no, uint64_t person, struct neighbourhood *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = l->one;
    bool row = false;
    stmt_number(find, 1, no);
    enum err e = stmt_row(find, &row);
    if (e == OK && row) {
        read_alone(find, sources, person, out);
    }
    return e;
}

/* The second pass: few of the many have company, so the others are read no further than their
 * times. */
static enum err load_accompanied(struct neighbour_loader *l, const struct server_sources *sources,
                                 const struct stretch *stretch, const struct moments *company,
                                 struct neighbourhood *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = l->times;
    bind_window(find, sources, stretch, true);
    stmt_number(find, 7, stretch->fresh_no);
    bool row = true;
    enum err e = OK;
    while (e == OK && row && out->count < NEIGHBOURS_MAX) {
        e = stmt_row(find, &row);
        if (e == OK && row) {
            uint64_t person = person_of(sources, row_text(find, 4), row_text(find, 5));
            if (is_wanted(stretch, person) && has_company(find, company, person)) {
                e = load_one(l, sources, row_number(find, 0), person, out);
            }
        }
    }
    return e;
}

/* The same of rows that came just now, which are found by what they touched. */
static enum err load_fresh(struct neighbour_loader *l, const struct server_sources *sources,
                           const struct stretch *stretch, const struct moments *company,
                           struct neighbourhood *out)
{
    enum err e = OK;
    for (size_t i = 0; e == OK && i < stretch->touches_count; i++) {
        const struct touch *touch = &stretch->touches[i];
        bool inside = touch->from >= stretch->from && touch->from <= stretch->to;
        if (inside && touch->no >= stretch->fresh_no && is_wanted(stretch, touch->person) &&
            moments_near(company, touch->person, touch->from, touch->to)) {
            e = load_one(l, sources, touch->no, touch->person, out);
        }
    }
    return e;
}

/* A group of which no row is of these persons is let go again. */
static void drop_foreign(const struct stretch *stretch, size_t first, struct neighbourhood *n)
{
    bool wanted = false;
    for (size_t i = first; i < n->count; i++) {
        wanted = wanted || is_wanted(stretch, n->rows[i].person);
    }
    n->count = wanted ? n->count : first;
}

static enum err load_groups(struct neighbour_loader *l, const struct server_sources *sources,
                            const struct stretch *stretch, struct neighbourhood *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = l->groups;
    stmt_number(find, 1, stretch->from);
    stmt_number(find, 2, stretch->to);
    stmt_text(find, 3, sources->server_id);
    bool row = true;
    enum err e = OK;
    while (e == OK && row && out->count < NEIGHBOURS_MAX) {
        e = stmt_row(find, &row);
        if (e == OK && row) {
            size_t first = out->count;
            e = neighbours_load_group(l, sources, row_number(find, 0), out);
            drop_foreign(stretch, first, out);
        }
    }
    return e;
}

enum err neighbours_load_dry(struct neighbour_loader *l, const struct server_sources *sources,
                             int64_t job_no, enum source_kind kind, const struct stretch *stretch,
                             struct neighbourhood *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = l->dry;
    stmt_number(find, 1, job_no);
    stmt_number(find, 2, stretch->from);
    stmt_number(find, 3, stretch->to);
    int64_t no = NEIGHBOUR_DRY_NO;
    bool row = true;
    enum err e = OK;
    while (e == OK && row) {
        e = stmt_row(find, &row);
        if (e == OK && row) {
            struct match_row *match = add_row(out);
            struct neighbour *of = match->owner;
            struct bytes body = row_bytes(find, 4);
            *of = (struct neighbour){.no = no,
                                     .play_id = no,
                                     .position = row_number(find, 0),
                                     .started_at = row_number(find, 1),
                                     .native_id = native_read(find, 2, out->arena),
                                     .content_hash = row_number(find, 3),
                                     .body = body};
            no++;
            of->core = is_core(stretch, of);
            copy_key(match, of);
            match->kind = kind;
            fill_from_body(l, sources, out->arena, of, match);
            of->body = (struct bytes){0};
            out->count -= is_wanted(stretch, match->person) ? 0 : 1;
        }
    }
    return e;
}

/* Those that an interval could be joined to. */
static void company_of(const struct neighbourhood *n, int64_t left_out, struct moments *out)
{
    for (size_t i = 0; i < n->count; i++) {
        const struct match_row *row = &n->rows[i];
        bool counts = row->point || (left_out > 0 && row->source_no != left_out) ||
                      match_record(row) == RECORD_SESSION;
        if (counts) {
            moments_add(out, row->person, row->started_at);
        }
    }
    moments_sort(out);
}

enum err neighbours_load(struct neighbour_loader *l, const struct server_sources *sources,
                         const struct stretch *stretch, struct neighbourhood *out)
{
    OWNED(moments_release) struct moments company = {0};
    enum err e = load_groups(l, sources, stretch, out);
    e = e == OK ? load_alone(l, sources, stretch, out) : e;
    if (e == OK && stretch->left_out != EVERY_INTERVAL_COUNTS) {
        company_of(out, stretch->left_out, &company);
        e = load_accompanied(l, sources, stretch, &company, out);
        e = e == OK ? load_fresh(l, sources, stretch, &company, out) : e;
    }
    for (size_t i = 0; e == OK && i < out->count; i++) {
        struct neighbour *of = out->rows[i].owner;
        of->core = is_core(stretch, of);
    }
    return e;
}

enum err moments_load(struct neighbour_loader *l, const struct server_sources *sources,
                      const struct stretch *stretch, struct moments *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = l->moments;
    bind_window(find, sources, stretch, false);
    size_t most = out->count + NEIGHBOURS_MAX;
    bool row = true;
    enum err e = OK;
    while (e == OK && row && out->count < most) {
        e = stmt_row(find, &row);
        if (e == OK && row) {
            moments_add(out, person_of(sources, row_text(find, 1), row_text(find, 2)),
                        within_times(row_number(find, 0)));
        }
    }
    return e;
}

void neighbourhood_release(struct neighbourhood *n)
{
    arena_destroy(&n->arena);
    void *memory = n->rows;
    free_bytes(&memory);
    *n = (struct neighbourhood){0};
}
