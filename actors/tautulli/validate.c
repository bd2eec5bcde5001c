/* SPDX-License-Identifier: MIT
 * validate.c - says what is in a database, as far as the time allows.
 *
 * Rows are judged by the import's own rules in id order, so that what is said here is what an
 * import will find. Everything beyond the rows (missing details, damaged pages) is a warning in
 * words. */
#include "actors/tautulli/validate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "actors/shared/database_path.h"
#include "actors/shared/row.h"
#include "actors/tautulli/names.h"
#include "actors/tautulli/row_load.h"
#include "actors/tautulli/row_map.h"
#include "actors/tautulli/source_check.h"
#include "actors/tautulli/source_db.h"
#include "proto/base/clock.h"
#include "proto/base/number.h"
#include "proto/schema/operations.h"

#define TYPES_MAX 1000
#define WARNINGS_MAX 32
#define FUTURE_S 86400

/* A set of 64-bit hashes that doubles; 0 marks an empty place. */
struct hash_set {
    uint64_t *places;
    size_t count, capacity; /* capacity is a power of two */
};

struct validation {
    struct source *source;
    struct arena *arena;
    struct import_validated *out;
    int64_t now_s;
    struct names *names;
    struct row row;
    struct recent recent;
    struct hash_set users;
    uint64_t no_start, no_user;
    uint64_t repairs[REPAIR_COUNT];
    int64_t earliest_s, latest_s;
};

/* ---- sets ---- */

static size_t place_of(const struct hash_set *set, uint64_t hash)
{
    size_t at = hash & (set->capacity - 1);
    while (set->places[at] != 0 && set->places[at] != hash) {
        at = (at + 1) & (set->capacity - 1);
    }
    return at;
}

static void hash_set_grow(struct hash_set *set)
{
    struct hash_set bigger = {.capacity = set->capacity == 0 ? 256 : set->capacity * 2};
    bigger.places = must_alloc(bigger.capacity * sizeof(uint64_t));
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->places[i] != 0) {
            bigger.places[place_of(&bigger, set->places[i])] = set->places[i];
            bigger.count++;
        }
    }
    free(set->places);
    *set = bigger;
}

static void hash_set_add(struct hash_set *set, uint64_t hash)
{
    hash += hash == 0;
    if (set->count * 2 >= set->capacity) {
        hash_set_grow(set);
    }
    size_t at = place_of(set, hash);
    set->count += set->places[at] == 0;
    set->places[at] = hash;
}

/* ---- rows ---- */

static void count_type(struct validation *v, const char *type)
{
    struct import_validated *out = v->out;
    for (size_t i = 0; i < out->media_types_count; i++) {
        if (strcmp(out->media_types[i].media_type, type) == 0) {
            out->media_types[i].n++;
            return;
        }
    }
    if (out->media_types_count < TYPES_MAX) {
        out->media_types[out->media_types_count++] =
            (struct media_type_count){.media_type = arena_keep(v->arena, type), .n = 1};
    }
}

/* By the import's own rules, so that what is counted here is what an import will find. */
static void count_row(struct validation *v, const struct row_rules *rules)
{
    const struct play *play = &v->row.out.play;
    switch (row_map_brief(&v->row, rules)) {
    case OK:
        break;
    case ERR_USER_MISSING:
        v->no_user++;
        return;
    default:
        v->no_start++;
        return;
    }
    const char *user = play->user_id != NULL ? play->user_id : play->user;
    hash_set_add(&v->users, XXH3_64bits(user, strlen(user)));
    int64_t start_s = play->started_at / 1000;
    v->earliest_s = v->earliest_s == 0 || start_s < v->earliest_s ? start_s : v->earliest_s;
    v->latest_s = start_s > v->latest_s ? start_s : v->latest_s;
    for (enum repair code = 0; v->row.out.note_count > 0 && code < REPAIR_COUNT; code++) {
        v->repairs[code] += row_has_note(&v->row, code);
    }
}

static enum err count_rows(struct validation *v)
{
    const struct schema *schema = source_schema(v->source);
    const struct row_rules rules = {
        .schema = schema, .names = v->names, .latest_s = v->now_s + FUTURE_S, .recent = &v->recent};
    OWNED(stmt_finalize) sqlite3_stmt *rows = NULL;
    enum err e = source_db_prepare(source_db(v->source),
                                   row_brief_sql(schema, "ORDER BY id", v->arena), &rows);
    bool row = false;
    while (e == OK && (e = source_db_step(rows, &row)) == OK && row) {
        row_brief_load(&v->row, schema, rows);
        v->out->total_records++;
        count_row(v, &rules);
        const char *type = row_take_text(&v->row, COL_HISTORY_media_type);
        count_type(v, type == NULL ? "unknown" : type);
    }
    return e;
}

/* ---- warnings ---- */

static void warn(struct validation *v, const char *sentence)
{
    if (v->out->warnings_count < WARNINGS_MAX) {
        v->out->warnings[v->out->warnings_count++] = sentence;
    }
}

/* "What it is: 3", unless it is none. */
static void warn_number(struct validation *v, const char *what, uint64_t n)
{
    if (n > 0) {
        char number[NUMBER_SIZE];
        warn(v, arena_format(v->arena, "%s: %s", what, number_text((int64_t)n, number)));
    }
}

static enum err warn_count(struct validation *v, const char *sql, const char *what)
{
    OWNED(stmt_finalize) sqlite3_stmt *count = NULL;
    enum err e = source_db_prepare(source_db(v->source), sql, &count);
    bool row = false;
    if (e == OK) {
        e = source_db_step(count, &row);
    }
    if (e == OK && row) {
        warn_number(v, what, (uint64_t)sqlite3_column_int64(count, 0));
    }
    return e;
}

static enum err count_details(struct validation *v, enum table t, const char *missing,
                              const char *orphan)
{
    if (!source_schema(v->source)->has_table[t]) {
        const char *sentence = "The table %s is missing; plays are stored without it";
        if (source_left_out(v->source)[t]) {
            sentence = "Table %s is there, but its ids are not unique, so its details are left out";
        } else if (source_schema(v->source)->no_id[t]) {
            sentence = "Table %s is there, but it has no column id, so its details are left out";
        }
        warn(v, arena_format(v->arena, sentence, table_name(t)));
        return OK;
    }
    enum err e = warn_count(
        v,
        arena_format(v->arena,
                     "SELECT count(*) FROM session_history h NOT INDEXED LEFT JOIN %s d ON "
                     "d.id = h.id WHERE d.id IS NULL",
                     table_name(t)),
        missing);
    return e != OK
               ? e
               : warn_count(
                     v,
                     arena_format(v->arena,
                                  "SELECT count(*) FROM %s d NOT INDEXED LEFT JOIN session_history "
                                  "h ON h.id = d.id WHERE h.id IS NULL",
                                  table_name(t)),
                     orphan);
}

static enum err check_pages(struct validation *v)
{
    enum soundness found = SOUND;
    enum err e = source_check(source_db(v->source), source_schema(v->source), v->arena, &found);
    if (found == INDEXES_DAMAGED) {
        char command[MENDING_COMMAND_SIZE];
        mending_command(source_given_path(v->source), command);
        warn(v, arena_format(v->arena,
                             "Only indexes of this database are damaged: no row is lost, and the "
                             "import does not use them. To mend them stop Tautulli and write a new "
                             "file: %s",
                             command));
    }
    return e == OK && found == TABLES_DAMAGED ? ERR_DATABASE_DAMAGED : e;
}

static void hint_at_wal(struct validation *v)
{
    const char *hint = source_missing_wal_hint(v->source);
    if (hint != NULL) {
        warn(v, hint);
    }
}

static void warn_rows(struct validation *v)
{
    warn_number(v, "Rows without a usable start, to be rejected", v->no_start);
    warn_number(v, "Rows that name no user, to be rejected", v->no_user);
    static const struct {
        enum repair code;
        const char *what;
    } told[] = {
        {REPAIR_stuck_session, "Rows of a session that got stuck and was written again and again"},
        {REPAIR_second_tautulli,
         "Plays that two Tautullis seem to have written, each seconds apart"},
        {REPAIR_long_play, "Plays longer than 24 hours, stored and left out of sums of hours"},
        {REPAIR_early_start,
         "Plays before 2008, as from a clock that was not set, stored as they are"},
    };
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        warn_number(v, told[i].what, v->repairs[told[i].code]);
    }
    if (source_server_is_made_up(v->source)) {
        warn(v, "This database does not name its server, as those older than v1.3.0; "
                "it is given a made-up id");
    }
}

/* ---- all of it ---- */

static enum err run(struct validation *v)
{
    enum err e = count_rows(v);
    warn_rows(v);
    hint_at_wal(v);
    if (e == OK) {
        e = count_details(v, TABLE_METADATA, "Plays without metadata, stored all the same",
                          "Rows of metadata that belong to no play, left out");
    }
    if (e == OK) {
        e = count_details(v, TABLE_MEDIA_INFO, "Plays without media info, stored all the same",
                          "Rows of media info that belong to no play, left out");
    }
    return e == OK ? check_pages(v) : e;
}

static int most_frequent_first(const void *a, const void *b)
{
    const struct media_type_count *left = a;
    const struct media_type_count *right = b;
    if (left->n != right->n) {
        return left->n < right->n ? 1 : -1;
    }
    return strcmp(left->media_type, right->media_type);
}

static void conclude(struct validation *v, enum err e)
{
    struct import_validated *out = v->out;
    out->complete = e == OK;
    out->unique_users = v->users.count;
    if (v->latest_s > 0) {
        PUT(out, date_range,
            ((struct date_range){.earliest = v->earliest_s * 1000, .latest = v->latest_s * 1000}));
        PUT(out, newest_record_age_s, (double)(v->now_s - v->latest_s));
    }
    if (e == ERR_DATABASE_DAMAGED) {
        PUT(out, damaged, true);
        char words[MENDING_SIZE];
        mending_words(source_given_path(v->source), words);
        out->damage = arena_format(v->arena,
                                   "Pages of this database are damaged; what can be read of them "
                                   "is what was counted. %s",
                                   words);
        warn(v, out->damage);
    } else if (e == ERR_TIMEOUT) {
        warn(v, "There was no time to check everything");
    } else if (e != OK) {
        warn(v, err_sentence(e));
    }
    if (e == OK && out->total_records == 0) {
        warn(v, operations[operation_tautulli_import].no_rows);
    }
    qsort(out->media_types, out->media_types_count, sizeof(*out->media_types), most_frequent_first);
}

enum err validate_run(struct source *s, int64_t now_ms, int64_t budget_ms, struct arena *arena,
                      struct import_validated *out)
{
    *out = (struct import_validated){
        .tautulli_version = arena_keep(arena, source_version(s)),
        .server_id = arena_keep(arena, source_server_id(s)),
        .file_bytes = source_bytes(s),
        .media_types = arena_alloc(arena, TYPES_MAX * sizeof(struct media_type_count)),
        .warnings = arena_alloc(arena, WARNINGS_MAX * sizeof(const char *)),
    };
    struct validation v = {.source = s,
                           .arena = arena,
                           .out = out,
                           .now_s = now_ms / 1000,
                           .names = names_new(s, source_server_id(s))};
    row_init(&v.row, COLUMN_COUNT, column_full_names);
    source_set_deadline(s, clock_monotonic_ms() + budget_ms);
    enum err e = source_db_begin(source_db(s));
    if (e == OK) {
        e = run(&v);
    }
    source_db_end(source_db(s));
    source_set_deadline(s, 0);
    conclude(&v, e);
    free(v.users.places);
    names_destroy(&v.names);
    row_release(&v.row);
    return OK;
}
