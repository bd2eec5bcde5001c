/* SPDX-License-Identifier: MIT
 * undo_split.c - first each row that would go or change is marked, a bit each, then the plays that
 * several rows tell of and that have such a row are matched as they would be. */
#include "actors/history/undo_split.h"

#include <stdlib.h>
#include <string.h>

#include "actors/history/groups/decision.h"
#include "actors/history/groups/groups_parts.h"
#include "actors/history/undo_run.h"
#include "actors/history/version_refold.h"
#include "proto/base/clock.h"

enum { TOUCHES_MAX = 64 };

struct undo_split {
    sqlite3 *db;
    struct versions *versions; /* borrowed */
    struct claims *claims;     /* owned */
    int64_t window, below;     /* how far marking is */
    bool marked;
    uint8_t *gone, *changed; /* owned; of numbers below `end` */
    int64_t end, at;
    struct neighbour_loader *loader; /* owned */
    struct server_sources sources;
    int64_t source_no;                 /* whose server `sources` are of; 0: none */
    struct touch touches[TOUCHES_MAX]; /* plays to look at, of that server */
    size_t touches_count;
    sqlite3_stmt *member, *members, *repeats; /* owned */
    sqlite3 *aside;            /* owned; a file of its own: what rows that change say then */
    sqlite3_stmt *keep, *kept; /* owned */
    struct buffer body;
    uint64_t count;
};

static uint8_t *no_bits(int64_t end)
{
    uint8_t *bits = must_alloc((size_t)(end / 8 + 1));
    memset(bits, 0, (size_t)(end / 8 + 1));
    return bits;
}

static enum err open_aside(struct undo_split *s)
{
    enum err e = db_open_writer("", &s->aside);
    e = e == OK ? db_exec(s->aside, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                                    "CREATE TABLE says (no INTEGER PRIMARY KEY, body BLOB)")
                : e;
    e = e == OK ? db_prepare(s->aside, "INSERT INTO says VALUES (?1, ?2)", &s->keep) : e;
    return e == OK ? db_prepare(s->aside, "SELECT body FROM says WHERE no = ?1", &s->kept) : e;
}

enum err undo_split_open(sqlite3 *db, struct versions *versions, int64_t job_no,
                         struct undo_split **out)
{
    OWNED(undo_split_close) struct undo_split *s = must_alloc(sizeof *s);
    int64_t any = 0;
    *s = (struct undo_split){.db = db, .versions = versions, .below = INT64_MAX};
    enum err e = claims_open(db, job_no, &s->claims);
    e = e == OK ? db_number(db, "SELECT next FROM row_numbers", 1, &s->end) : e;
    e = e == OK ? db_number(db, "SELECT EXISTS (SELECT 1 FROM play_sources)", 0, &any) : e;
    e = e == OK ? neighbour_loader_open(db, versions, &s->loader) : e;
    e = e == OK ? db_prepare(db,
                             "SELECT play_id, source_id FROM play_sources"
                             " WHERE no = ?1 AND body IS NOT NULL",
                             &s->member)
                : e;
    e = e == OK ? db_prepare(db,
                             "SELECT s.no, s.started_at, p.user_id, p.user FROM play_sources s"
                             " JOIN plays p ON p.id = s.play_id"
                             " WHERE s.play_id = ?1 AND s.body IS NOT NULL",
                             &s->members)
                : e;
    e = e == OK ? db_prepare(db,
                             "SELECT no, content_hash FROM play_sources"
                             " WHERE play_id = ?1 AND link_no = ?2 AND body IS NULL ORDER BY 2",
                             &s->repeats)
                : e;
    e = e == OK ? open_aside(s) : e;
    if (e == OK) {
        s->marked = any == 0; /* every play is one row */
        s->gone = no_bits(s->end);
        s->changed = no_bits(s->end);
        *out = TAKE(s);
    }
    return e;
}

void undo_split_close(struct undo_split **split)
{
    struct undo_split *s = *split;
    if (s == NULL) {
        return;
    }
    claims_close(&s->claims);
    neighbour_loader_close(&s->loader);
    server_sources_release(&s->sources);
    stmt_finalize(&s->member);
    stmt_finalize(&s->members);
    stmt_finalize(&s->repeats);
    stmt_finalize(&s->keep);
    stmt_finalize(&s->kept);
    db_close(&s->aside);
    buffer_release(&s->body);
    void *memory[] = {s->gone, s->changed, s};
    for (size_t i = 0; i < COUNT_OF(memory); i++) {
        free_bytes(&memory[i]);
    }
    *split = NULL;
}

uint64_t undo_split_count(const struct undo_split *s)
{
    return s->count;
}

/* ---- which rows go ---- */

static bool has_bit(const struct undo_split *s, const uint8_t *bits, int64_t no)
{
    return no < s->end && (bits[no / 8] >> (no % 8) & 1) != 0;
}

static void put_bit(uint8_t *bits, int64_t no)
{
    bits[no / 8] |= (uint8_t)(1 << no % 8);
}

static bool is_marked(const struct undo_split *s, int64_t no)
{
    return has_bit(s, s->gone, no);
}

/* The play of a row of a group; 0: it stands alone, or for no other. */
static enum err play_of(struct undo_split *s, int64_t row_no, int64_t *out_play,
                        int64_t *out_source)
{
    OWNED(stmt_reset) sqlite3_stmt *find = s->member;
    bool row = false;
    stmt_number(find, 1, row_no);
    enum err e = stmt_row(find, &row);
    *out_play = e == OK && row ? row_number(find, 0) : 0;
    *out_source = e == OK && row ? row_number(find, 1) : 0;
    return e;
}

/* Contents of rows that stay and repeat this one: a play each, but for what it says itself. */
static enum err count_freed(struct undo_split *s, int64_t row_no, bool goes)
{
    OWNED(stmt_reset) sqlite3_stmt *list = s->repeats;
    int64_t play_id = 0;
    int64_t source_no = 0;
    enum err e = play_of(s, row_no, &play_id, &source_no);
    size_t count = 0;
    const struct claim *claims = claims_of(s->claims, row_no, &count);
    int64_t last = 0;
    uint64_t contents = 0;
    bool row = e == OK;
    stmt_number(list, 1, play_id != 0 ? play_id : row_no);
    stmt_number(list, 2, row_no);
    while (e == OK && row) {
        e = stmt_row(list, &row);
        if (e != OK || !row || is_marked(s, row_number(list, 0)) ||
            (contents > 0 && row_number(list, 1) == last)) {
            continue;
        }
        bool says = false;
        last = row_number(list, 1);
        e = goes ? OK : row_says(s->versions, row_no, claims, count, last, &says);
        contents += !says;
    }
    s->count += goes && contents > 0 ? contents - 1 : contents;
    return e;
}

/* Rows of groups that stay and say something else. */
static enum err keep_aside(struct undo_split *s, int64_t row_no)
{
    int64_t play_id = 0;
    int64_t source_no = 0;
    size_t count = 0;
    enum err e = play_of(s, row_no, &play_id, &source_no);
    if (e != OK || play_id == 0) {
        return e;
    }
    const struct claim *claims = claims_of(s->claims, row_no, &count);
    e = row_refold_body(s->versions, row_no, claims, count, &s->body);
    if (e != OK || s->body.size == 0) {
        return e;
    }
    put_bit(s->changed, row_no);
    stmt_number(s->keep, 1, row_no);
    stmt_bytes(s->keep, 2, (struct bytes){s->body.data, s->body.size});
    return stmt_run(s->keep);
}

static enum err mark(struct undo_split *s, int64_t row_no)
{
    struct claim other;
    if (!claims_other(s->claims, row_no, &other)) {
        put_bit(s->gone, row_no);
        return count_freed(s, row_no, true);
    }
    if (!claims_versioned(s->claims, row_no)) {
        return OK;
    }
    enum err e = count_freed(s, row_no, false);
    return e == OK ? keep_aside(s, row_no) : e;
}

static enum err mark_rows(struct undo_split *s, int64_t until_ms)
{
    bool wait = false;
    int64_t no = 1;
    enum err e = OK;
    while (e == OK && no != 0 && !wait) {
        e = claims_next_row(s->claims, &s->window, s->below, until_ms, &wait, &no);
        if (e == OK && no != 0) {
            e = mark(s, no);
            s->below = no;
            wait = wait || clock_monotonic_ms() >= until_ms;
        }
    }
    s->marked = e == OK && no == 0 && !wait;
    s->at = s->end;
    return e;
}

/* ---- plays that come apart ---- */

/* A row that goes is still told where one that stays repeats it. */
static enum err goes(struct undo_split *s, const struct neighbour *of, bool *out)
{
    *out = is_marked(s, of->no);
    if (!*out || !of->member) {
        return OK;
    }
    OWNED(stmt_reset) sqlite3_stmt *list = s->repeats;
    bool row = true;
    enum err e = OK;
    stmt_number(list, 1, of->play_id);
    stmt_number(list, 2, of->no);
    while (e == OK && row && *out) {
        e = stmt_row(list, &row);
        if (e == OK && row) {
            *out = is_marked(s, row_number(list, 0)) || row_number(list, 1) != of->content_hash;
        }
    }
    return e;
}

static enum err say_otherwise(struct undo_split *s, struct arena *arena, struct match_row *row)
{
    if (!has_bit(s, s->changed, row->no)) {
        return OK;
    }
    OWNED(stmt_reset) sqlite3_stmt *find = s->kept;
    bool found = false;
    stmt_number(find, 1, row->no);
    enum err e = stmt_row(find, &found);
    if (e == OK && found) {
        neighbour_says(s->loader, &s->sources, arena, row_bytes(find, 0), row);
    }
    return e;
}

static enum err leave_out_gone(struct undo_split *s, struct neighbourhood *n)
{
    size_t kept = 0;
    enum err e = OK;
    for (size_t i = 0; e == OK && i < n->count; i++) {
        bool left_out = false;
        e = goes(s, n->rows[i].owner, &left_out);
        if (e == OK && !left_out) {
            n->rows[kept] = n->rows[i];
            e = say_otherwise(s, n->arena, &n->rows[kept++]);
        }
    }
    n->count = kept;
    return e;
}

static void release_decision(struct decision *d)
{
    decision_release(d);
}

struct of_set {
    int64_t play_id;
    size_t set;
};

static int compare_of_set(const void *a, const void *b)
{
    const struct of_set *x = a;
    const struct of_set *y = b;
    int order = (x->play_id > y->play_id) - (x->play_id < y->play_id);
    return order != 0 ? order : (x->set > y->set) - (x->set < y->set);
}

static int compare_plays(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Of the plays looked at: into how many sets the rows of each are. */
static uint64_t count_sets(const struct decision *d, const struct touch *touches, size_t count)
{
    struct of_set *rows = arena_alloc(d->near.arena, d->near.count * sizeof *rows);
    int64_t plays[STRETCH_TOUCHES];
    uint64_t more = 0;
    for (size_t i = 0; i < count; i++) {
        plays[i] = touches[i].play_id;
    }
    qsort(plays, count, sizeof *plays, compare_plays);
    for (size_t i = 0; i < d->near.count; i++) {
        const struct neighbour *of = d->near.rows[i].owner;
        rows[i] = (struct of_set){of->play_id, of->set};
    }
    qsort(rows, d->near.count, sizeof *rows, compare_of_set);
    for (size_t i = 1; i < d->near.count; i++) {
        more += rows[i].play_id == rows[i - 1].play_id && rows[i].set != rows[i - 1].set &&
                bsearch(&rows[i].play_id, plays, count, sizeof *plays, compare_plays) != NULL;
    }
    return more;
}

static enum err count_stretch(struct undo_split *s, const struct touch *touches, size_t count)
{
    OWNED(release_decision) struct decision d = {0};
    uint64_t persons[STRETCH_TOUCHES];
    struct stretch around;
    int64_t from = touches[0].from;
    int64_t to = touches[0].to;
    for (size_t i = 0; i < count; i++) {
        from = touches[i].from < from ? touches[i].from : from;
        to = touches[i].to > to ? touches[i].to : to;
        persons[i] = touches[i].person;
    }
    around = stretch_of(from, to, EVERY_INTERVAL_COUNTS);
    stretch_persons(&around, persons, count);
    enum err e = neighbours_load(s->loader, &s->sources, &around, &d.near);
    e = e == OK ? leave_out_gone(s, &d.near) : e;
    if (e == OK && d.near.count > 0) {
        decision_make(&d);
        s->count += count_sets(&d, touches, count);
    }
    return e;
}

/* All that were collected, of one server. */
static enum err count_apart(struct undo_split *s)
{
    enum err e = OK;
    touches_sort(s->touches, s->touches_count);
    for (size_t first = 0, end = 0; e == OK && first < s->touches_count; first = end) {
        end = first + stretch_end(&s->touches[first], s->touches_count - first);
        e = count_stretch(s, &s->touches[first], end - first);
    }
    s->touches_count = 0;
    return e;
}

static bool is_touched(const struct undo_split *s, int64_t no)
{
    return is_marked(s, no) || has_bit(s, s->changed, no);
}

/* Where the rows of a play look for company; false: a higher row of it was looked at. */
static enum err touch_of(struct undo_split *s, int64_t row_no, int64_t play_id, struct touch *out,
                         bool *out_first)
{
    OWNED(stmt_reset) sqlite3_stmt *list = s->members;
    bool row = true;
    enum err e = OK;
    *out_first = true;
    *out = (struct touch){.from = INT64_MAX, .to = INT64_MIN, .play_id = play_id};
    stmt_number(list, 1, play_id);
    while (e == OK && row && *out_first) {
        e = stmt_row(list, &row);
        if (e != OK || !row) {
            return e;
        }
        int64_t from = row_number(list, 1);
        int64_t to = time_add(from, MATCH_REACH_MS);
        out->from = from < out->from ? from : out->from;
        out->to = to > out->to ? to : out->to;
        out->person = person_of(&s->sources, row_text(list, 2), row_text(list, 3));
        *out_first = row_number(list, 0) <= row_no || !is_touched(s, row_number(list, 0));
    }
    return e;
}

/* Each play is looked at with the highest of its rows that go or change. */
static enum err look_at_row(struct undo_split *s, const struct people *people, int64_t row_no)
{
    int64_t play_id = 0;
    int64_t source_no = 0;
    bool first = false;
    enum err e = play_of(s, row_no, &play_id, &source_no);
    if (e != OK || play_id == 0) {
        return e;
    }
    if (source_no != s->source_no) {
        const struct store of = {.db = s->db, .people = (struct people *)people};
        e = count_apart(s);
        e = e == OK ? server_sources_load(&of, source_no, NULL, &s->sources) : e;
        s->source_no = source_no;
    }
    struct touch *touch = &s->touches[s->touches_count];
    e = e == OK ? touch_of(s, row_no, play_id, touch, &first) : e;
    s->touches_count += e == OK && first;
    return e == OK && s->touches_count == TOUCHES_MAX ? count_apart(s) : e;
}

enum err undo_split_step(struct undo_split *s, const struct people *people, int64_t until_ms,
                         bool *out_done)
{
    s->sources.people = people;
    enum err e = s->marked ? OK : mark_rows(s, until_ms);
    *out_done = false;
    while (e == OK && s->marked && s->at > 1 && clock_monotonic_ms() < until_ms) {
        s->at--;
        while (s->at > 8 && s->at % 8 == 7 && (s->gone[s->at / 8] | s->changed[s->at / 8]) == 0) {
            s->at -= 8;
        }
        e = is_touched(s, s->at) ? look_at_row(s, people, s->at) : OK;
    }
    if (e == OK && s->marked && s->at <= 1) {
        e = count_apart(s);
    }
    *out_done = e == OK && s->marked && s->at <= 1;
    return e;
}
