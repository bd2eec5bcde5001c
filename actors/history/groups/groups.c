/* SPDX-License-Identifier: MIT
 * groups.c - from what changed to which plays are written: the rows around it are matched, links
 * become sets, and sets that are other than before are written.
 *
 * What a row is joined to is decided anew for the rows within reach of a change, the core; the
 * others keep the link that stands with them. Work goes by stretches of time, so that memory is
 * bounded by what a few days hold. */
#include "actors/history/groups/groups.h"

#include <stdlib.h>
#include <string.h>

#include "actors/history/groups/decision.h"
#include "actors/history/groups/group_write.h"
#include "actors/history/groups/groups_parts.h"

#define STRETCH_MS (7 * MATCH_REACH_MS)

/* What a stretch comes to. */
struct settlement {
    struct decision d;
    const struct touch *touches;
    size_t touches_count;
};

enum err groups_open(struct store *s, struct groups **out)
{
    OWNED(groups_close) struct groups *g = must_alloc(sizeof *g);
    const struct {
        sqlite3_stmt **to;
        const char *sql;
    } statements[] = {
        {&g->span, "SELECT min(started_at), max(started_at) FROM play_sources"
                   " WHERE play_id = ?1 AND body IS NOT NULL"},
        {&g->mark,
         "UPDATE sources SET versioned = versioned | 2 WHERE no = ?1 AND NOT versioned & 2"},
        {&g->fresh, "SELECT started_at, stopped_at, user_id, user, 0, id FROM plays"
                    " WHERE id BETWEEN ?1 AND ?2"},
        {&g->changed,
         "SELECT started_at, stopped_at, user_id, user, 0, 0 FROM plays"
         " WHERE id = ?1 AND grouped IS NULL UNION ALL"
         " SELECT p.started_at, p.stopped_at, p.user_id, p.user, p.id, 0 FROM play_sources s"
         " JOIN plays p ON p.id = s.play_id WHERE s.no = ?1 AND s.body IS NOT NULL"},
        {&g->merged, "SELECT no FROM play_sources WHERE no BETWEEN ?1 AND ?2"
                     " AND body IS NOT NULL AND play_id <> no"},
        /* Where one source alone can have no company of its own. */
        {&g->servers, "SELECT server_id FROM sources GROUP BY server_id"
                      " HAVING count(*) > 1 OR max(kind <> ?1)"},
        {&g->put_dry, "INSERT OR IGNORE INTO dry_rows VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
        {&g->server, "SELECT coalesce(j.server_id, d.server_id) FROM jobs j"
                     " LEFT JOIN dry_servers d ON d.job_no = j.no WHERE j.no = ?1"},
    };
    g->s = s;
    enum err e = neighbour_loader_open(s->db, s->versions, &g->loader);
    e = e == OK ? group_writer_open(s->db, s->versions, &g->writer) : e;
    for (size_t i = 0; e == OK && i < COUNT_OF(statements); i++) {
        e = db_prepare(s->db, statements[i].sql, statements[i].to);
    }
    if (e == OK) {
        *out = TAKE(g);
    }
    return e;
}

void groups_close(struct groups **groups)
{
    struct groups *g = *groups;
    if (g == NULL) {
        return;
    }
    sqlite3_stmt **statements[] = {&g->span,   &g->mark,    &g->fresh,  &g->changed,
                                   &g->merged, &g->put_dry, &g->server, &g->servers};
    neighbour_loader_close(&g->loader);
    group_writer_close(&g->writer);
    server_sources_release(&g->sources);
    for (size_t i = 0; i < COUNT_OF(statements); i++) {
        stmt_finalize(statements[i]);
    }
    void *memory = g;
    free_bytes(&memory);
    *groups = NULL;
}

/* ---- what has changed ---- */

static bool is_touched(const struct settlement *t, int64_t play_id)
{
    size_t i = 0;
    while (i < t->touches_count && t->touches[i].play_id != play_id) {
        i++;
    }
    return i < t->touches_count;
}

/* What a row is of, in this set: decided in the core, as it stands beyond. */
static struct place place_of(const struct decision *d, size_t at, const struct set *set)
{
    const struct match_row *row = &d->near.rows[at];
    const struct neighbour *of = row->owner;
    if (!of->core) {
        return (struct place){set->play_id, of->link_no, of->reason};
    }
    int64_t link = row->link == MATCH_NONE ? 0 : decision_row(d, (size_t)row->link)->no;
    return (struct place){set->play_id, link, row->reason};
}

/* Is the row, in this set, what is stored of it? */
static bool stands_so(const struct settlement *t, size_t at, const struct set *set)
{
    const struct decision *d = &t->d;
    const struct neighbour *of = decision_row(d, at);
    struct place place = place_of(d, at, set);
    bool alone = set->count == 1 && set->play_id == of->no;
    bool same_link = of->link_no == place.link_no && of->reason == place.reason;
    return of->play_id == set->play_id && of->member == !alone && (alone || same_link) &&
           !(of->member && is_touched(t, of->play_id));
}

static void find_changed(struct settlement *t, int64_t *next_no)
{
    for (size_t i = 0; i < t->d.sets_count; i++) {
        struct set *set = &t->d.sets[i];
        set->changed = set->play_id == 0 || set->lost;
        set->play_id = set->play_id == 0 ? (*next_no)++ : set->play_id;
        for (size_t k = 0; !set->changed && k < set->count; k++) {
            set->changed = !stands_so(t, t->d.order[set->first + k], set);
        }
    }
}

/* ---- writing ---- */

/* What a row of the source says is looked for in play_sources too. */
static enum err mark_source(struct groups *g, int64_t source_no)
{
    g->s->versioned |= SOURCE_GROUPED;
    struct server_source *source = server_sources_find(&g->sources, source_no);
    if (source != NULL && source->marked) {
        return OK;
    }
    stmt_number(g->mark, 1, source_no);
    enum err e = stmt_run(g->mark);
    if (e == OK && source != NULL) {
        source->marked = true;
    }
    return e;
}

/* Rows that stood alone come into play_sources, where the fold finds them. */
static enum err take_rows(struct groups *g, const struct decision *d, const struct set *set)
{
    enum err e = OK;
    for (size_t i = 0; e == OK && i < set->count; i++) {
        size_t at = d->order[set->first + i];
        struct neighbour *of = decision_row(d, at);
        struct place place = place_of(d, at, set);
        if (!of->member) {
            e = group_take_row(g->writer, of, &place, d->near.arena);
            e = e == OK ? mark_source(g, of->source_no) : e;
        }
    }
    return e;
}

static enum err place_row(struct groups *g, const struct decision *d, size_t at,
                          const struct set *set)
{
    const struct neighbour *of = decision_row(d, at);
    struct place place = place_of(d, at, set);
    enum err e = of->member ? group_move_row(g->writer, of, &place) : OK;
    return e == OK && of->play_id != set->play_id ? group_move_repeats(g->writer, of, set->play_id)
                                                  : e;
}

static enum err write_set(struct groups *g, const struct decision *d, const struct set *set)
{
    struct neighbour **rows = arena_alloc(d->near.arena, set->count * sizeof(void *));
    for (size_t i = 0; i < set->count; i++) {
        rows[i] = decision_row(d, d->order[set->first + i]);
    }
    bool alone = set->count == 1 && set->play_id == rows[0]->no;
    enum err e = group_write_play(g->writer, set->play_id, !alone, rows, set->count);
    for (size_t i = 0; e == OK && !alone && i < set->count; i++) {
        e = place_row(g, d, d->order[set->first + i], set);
    }
    return e == OK && alone ? group_leave_row(g->writer, rows[0]) : e;
}

/* Keys are unique in `plays`: what goes makes room first. */
static enum err write_sets(struct groups *g, const struct decision *d)
{
    enum err e = OK;
    for (size_t i = 0; e == OK && i < d->sets_count; i++) {
        e = d->sets[i].changed ? take_rows(g, d, &d->sets[i]) : OK;
    }
    for (size_t i = 0; e == OK && i < d->dropped_count; i++) {
        e = group_drop_play(g->writer, d->dropped[i]);
    }
    for (size_t i = 0; e == OK && i < d->sets_count; i++) {
        e = d->sets[i].lost ? group_park_play(g->writer, d->sets[i].play_id) : OK;
    }
    for (size_t i = 0; e == OK && i < d->sets_count; i++) {
        e = d->sets[i].changed ? write_set(g, d, &d->sets[i]) : OK;
    }
    return e;
}

/* ---- a stretch ---- */

static int compare_persons(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void include(int64_t time, int64_t *from, int64_t *to)
{
    *from = time < *from ? time : *from;
    *to = time > *to ? time : *to;
}

/* All of a touched group is decided anew. */
static enum err widen(struct groups *g, const struct touch *touch, int64_t *from, int64_t *to)
{
    include(touch->from, from, to);
    include(touch->to, from, to);
    if (touch->play_id == 0) {
        return OK;
    }
    OWNED(stmt_reset) sqlite3_stmt *span = g->span;
    bool row = false;
    stmt_number(span, 1, touch->play_id);
    enum err e = stmt_row(span, &row);
    if (e == OK && row && !row_is_null(span, 0)) {
        include(row_number(span, 0), from, to);
        include(row_number(span, 1), from, to);
    }
    return e;
}

int64_t time_add(int64_t time, int64_t more)
{
    int64_t sum = 0;
    return __builtin_add_overflow(time, more, &sum) ? (more > 0 ? INT64_MAX : INT64_MIN) : sum;
}

static void stretch_times(struct stretch *stretch, int64_t from, int64_t to)
{
    stretch->core_from = time_add(from, -MATCH_SLACK_MS);
    stretch->core_to = time_add(to, MATCH_SLACK_MS);
    stretch->from = time_add(stretch->core_from, -MATCH_REACH_MS - MATCH_SLACK_MS);
    stretch->to = time_add(stretch->core_to, MATCH_SLACK_MS);
}

struct stretch stretch_of(int64_t from, int64_t to, int64_t left_out)
{
    struct stretch stretch = {.left_out = left_out, .fresh_no = NO_FRESH};
    stretch_times(&stretch, from, to);
    return stretch;
}

void stretch_persons(struct stretch *stretch, uint64_t *persons, size_t count)
{
    stretch->persons = persons;
    stretch->persons_count = 0;
    qsort(persons, count, sizeof *persons, compare_persons);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || persons[i] != persons[i - 1]) {
            persons[stretch->persons_count++] = persons[i];
        }
    }
}

enum err make_stretch(struct groups *g, const struct touch *touches, size_t count,
                      uint64_t *persons, struct stretch *stretch)
{
    int64_t from = touches[0].from;
    int64_t to = touches[0].to;
    enum err e = OK;
    for (size_t i = 0; e == OK && i < count; i++) {
        persons[i] = touches[i].person;
        e = widen(g, &touches[i], &from, &to);
    }
    stretch_times(stretch, from, to);
    stretch_persons(stretch, persons, count);
    return e;
}

static void release_settlement(struct settlement *t)
{
    decision_release(&t->d);
}

static enum err decide(struct groups *g, struct settlement *t, const struct stretch *stretch,
                       int64_t *next_no)
{
    enum err e = neighbours_load(g->loader, &g->sources, stretch, &t->d.near);
    if (e != OK || t->d.near.count == 0) {
        return e;
    }
    decision_make(&t->d);
    find_changed(t, next_no);
    return write_sets(g, &t->d);
}

/* The touches from one to another, among all of them in `like`. */
static enum err settle_stretch(struct groups *g, const struct stretch *like, size_t first,
                               size_t end, int64_t *next_no)
{
    OWNED(release_settlement)
    struct settlement t = {.touches = &like->touches[first], .touches_count = end - first};
    uint64_t persons[STRETCH_TOUCHES];
    struct stretch stretch = *like;
    enum err e = make_stretch(g, t.touches, t.touches_count, persons, &stretch);
    return e == OK ? decide(g, &t, &stretch, next_no) : e;
}

static int by_from(const void *a, const void *b)
{
    int64_t x = ((const struct touch *)a)->from;
    int64_t y = ((const struct touch *)b)->from;
    return (x > y) - (x < y);
}

void touches_sort(struct touch *touches, size_t count)
{
    qsort(touches, count, sizeof *touches, by_from);
}

size_t stretch_end(const struct touch *touches, size_t count)
{
    size_t end = 1;
    while (end < count && end < STRETCH_TOUCHES &&
           touches[end].from < time_add(touches[0].from, STRETCH_MS)) {
        end++;
    }
    return end;
}

enum err settle_touches(struct groups *g, const struct stretch *like, struct touch *touches,
                        size_t count, int64_t *next_no)
{
    struct stretch stretch = *like;
    enum err e = OK;
    touches_sort(touches, count);
    stretch.touches = touches;
    stretch.touches_count = count;
    for (size_t first = 0, end = 0; e == OK && first < count; first = end) {
        end = first + stretch_end(&touches[first], count - first);
        e = settle_stretch(g, &stretch, first, end, next_no);
    }
    return e;
}

enum err groups_settle(struct groups *g, int64_t source_no, struct touch *touches, size_t count,
                       int64_t *next_no)
{
    const struct stretch like = {.left_out = EVERY_INTERVAL_COUNTS, .fresh_no = NO_FRESH};
    enum err e = server_sources_load(g->s, source_no, NULL, &g->sources);
    return e == OK ? settle_touches(g, &like, touches, count, next_no) : e;
}

enum err groups_regroup(struct groups *g, int64_t from, int64_t to, int64_t *next_no)
{
    OWNED(stmt_reset) sqlite3_stmt *servers = g->servers;
    stmt_number(servers, 1, source_kind_tautulli);
    bool row = true;
    enum err e = OK;
    while (e == OK && row) {
        OWNED(release_settlement) struct settlement t = {0};
        const struct stretch stretch = stretch_of(from, to, EVERY_INTERVAL_COUNTS);
        e = stmt_row(servers, &row);
        if (e == OK && row) {
            e = server_sources_load(g->s, 0, row_text(servers, 0), &g->sources);
            e = e == OK ? decide(g, &t, &stretch, next_no) : e;
        }
    }
    return e;
}
