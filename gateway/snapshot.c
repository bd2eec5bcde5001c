/* SPDX-License-Identifier: MIT
 * snapshot.c - one entry per operation and server. Its JSON is made once per change, for REST and
 * for pushes alike, however many clients there are: once for administrators, once for all others.
 */
#include "gateway/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/rest/redact.h"
#include "proto/base/log.h"
#include "proto/schema/operations.h"
#include "proto/wire/json.h"

#define ENTRIES_MAX SNAPSHOT_OPERATIONS
#define PUSH_EVERY_MS 900  /* the history tells each second: pushes come every 1 to 2 s */
#define PUSH_AGAIN_MS 1500 /* without news from it the last record is pushed again */
#define SILENT_MS 3000     /* then the history is away */

struct entry {
    char subject[SUBJECT_SIZE];
    struct progress figures; /* of the last record, without its texts */
    json_t *record;          /* owned; as the history sent it */
    bool waiting;            /* the history is away */
    int64_t heard_ms, pushed_ms;
};

struct snapshot {
    struct snapshot_cache *cache;
    struct entry entries[ENTRIES_MAX];
    size_t count;
    bool filled;
};

struct snapshot *snapshot_new(struct snapshot_cache *cache)
{
    struct snapshot *s = must_alloc(sizeof *s);
    s->cache = cache;
    return s;
}

void snapshot_destroy(struct snapshot **snapshot)
{
    struct snapshot *gone = TAKE(*snapshot);
    if (gone == NULL) {
        return;
    }
    for (size_t i = 0; i < gone->count; i++) {
        json_decref(gone->entries[i].record);
    }
    free(gone);
}

/* For whom a text is made. */
enum audience { ADMINISTRATORS, OTHERS };

/* The record as it is shown: with the history away, a running job waits for it. */
static json_t *shown_record(const struct entry *entry, enum audience audience)
{
    json_t *shown = json_copy(entry->record);
    if (entry->waiting) {
        json_object_set_new(shown, "phase", json_string("waiting"));
        json_object_set_new(shown, "waiting_for", json_string("history"));
    }
    if (audience == OTHERS) {
        redact_record(shown);
    }
    return shown;
}

static struct shared_text *text_of(json_t *json)
{
    OWNED(json_release) json_t *gone = json;
    OWNED(free_text) char *text = json_dumps(gone, JSON_COMPACT);
    return shared_text_new(text, strlen(text));
}

/* Takes both. */
static void put_json(struct snapshot_cache *cache, size_t slot, json_t *json, json_t *of_others)
{
    struct shared_text *shared = text_of(json);
    struct shared_text *others = text_of(of_others);
    shared_text_set_others(shared, &others);
    snapshot_cache_put(cache, slot, &shared);
}

/* The design document's message, with `status` in both places where it may be looked for. */
static json_t *message_of(const struct entry *entry, enum audience audience)
{
    static const char *const lifted[] = {"operation",      "status", "server_id",  "message",
                                         "error",          "job_id", "error_code", "seq",
                                         "correlation_id", "phase"};
    OWNED(json_release) json_t *record = shown_record(entry, audience);
    json_t *message = json_object();
    json_t *data = json_object();
    json_object_set_new(message, "type", json_string("sync_progress"));
    json_object_set_new(message, "data", data);
    for (size_t i = 0; i < COUNT_OF(lifted); i++) {
        json_object_set(data, lifted[i], json_object_get(record, lifted[i]));
    }
    json_object_set(data, "progress", record);
    return message;
}

static void push(struct snapshot *s, struct entry *entry, int64_t now_ms)
{
    size_t operation = (size_t)(entry - s->entries);
    entry->pushed_ms = now_ms;
    bool runs = entry->figures.status == status_running;
    put_json(s->cache, runs ? SNAPSHOT_CURRENT(operation) : SNAPSHOT_ENDED(operation),
             message_of(entry, ADMINISTRATORS), message_of(entry, OTHERS));
    if (!runs) {
        snapshot_cache_put(s->cache, SNAPSHOT_CURRENT(operation), &(struct shared_text *){NULL});
    }
}

/* {tautulli_import?: record, …, server_syncs?: {server: record}}: those per server in the plural.
 */
static json_t *status_of(const struct snapshot *s, enum audience audience)
{
    json_t *status = json_object();
    for (size_t i = 0; i < s->count; i++) {
        const struct entry *entry = &s->entries[i];
        const char *operation = schema_enum_text(&enum_operation, (int)entry->figures.operation);
        const char *server = strchr(entry->subject, '/');
        if (server == NULL) {
            json_object_set_new(status, operation, shown_record(entry, audience));
            continue;
        }
        char plural[SUBJECT_SIZE];
        (void)snprintf(plural, sizeof(plural), "%ss", operation);
        if (json_object_get(status, plural) == NULL) {
            json_object_set_new(status, plural, json_object());
        }
        json_object_set_new(json_object_get(status, plural), server + 1,
                            shown_record(entry, audience));
    }
    return status;
}

static void show_status(struct snapshot *s)
{
    if (s->filled) {
        put_json(s->cache, SNAPSHOT_STATUS, status_of(s, ADMINISTRATORS), status_of(s, OTHERS));
    }
}

static struct entry *entry_of(struct snapshot *s, const struct progress *record)
{
    char subject[SUBJECT_SIZE];
    operation_subject(record->operation, record->server_id, subject);
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->entries[i].subject, subject) == 0) {
            return &s->entries[i];
        }
    }
    if (s->count == ENTRIES_MAX) {
        log_warn("more than %d operations, %s is not shown", ENTRIES_MAX, subject);
        return NULL;
    }
    struct entry *entry = &s->entries[s->count++];
    memcpy(entry->subject, subject, sizeof subject);
    return entry;
}

static bool text_equal(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

/* Beyond the clock: another status, job, attempt or phase is news at once. */
static bool is_turn(const struct entry *entry, const struct progress *record)
{
    const struct progress *old = &entry->figures;
    const char *job = json_string_value(json_object_get(entry->record, "job_id"));
    return entry->waiting || old->status != record->status || old->attempt != record->attempt ||
           old->phase != record->phase || !text_equal(job, record->job_id);
}

/* The numbers alone: a record's texts belong to the message it came in. */
static struct progress figures_of(const struct progress *record)
{
    struct progress figures = *record;
    figures.server_id = figures.correlation_id = figures.job_id = figures.waiting_for = NULL;
    figures.message = figures.error = figures.error_code = NULL;
    figures.errors = NULL;
    figures.errors_count = 0;
    return figures;
}

static bool take(struct snapshot *s, const struct progress *record, int64_t now_ms)
{
    struct entry *entry = record->status != status_idle ? entry_of(s, record) : NULL;
    if (entry == NULL || (entry->record != NULL && record->seq < entry->figures.seq)) {
        return false;
    }
    bool due = entry->record == NULL || is_turn(entry, record) ||
               now_ms - entry->pushed_ms >= PUSH_EVERY_MS;
    bool same = entry->record != NULL && record->seq == entry->figures.seq && !entry->waiting;
    json_decref(entry->record);
    entry->record = record_to_json(desc_progress(), record);
    entry->figures = figures_of(record);
    entry->heard_ms = now_ms;
    entry->waiting = false;
    if (due && !same) {
        push(s, entry, now_ms);
    }
    return due && !same;
}

bool snapshot_put(struct snapshot *s, const struct progress *record, int64_t now_ms)
{
    bool pushed = take(s, record, now_ms);
    show_status(s);
    return pushed;
}

bool snapshot_fill(struct snapshot *s, const struct status_got *all, int64_t now_ms)
{
    bool pushed = false;
    for (size_t i = 0; i < all->operations_count; i++) {
        pushed = take(s, &all->operations[i], now_ms) || pushed;
    }
    s->filled = true;
    show_status(s);
    return pushed;
}

bool snapshot_filled(const struct snapshot *s)
{
    return s->filled;
}

bool snapshot_needs_filling(const struct snapshot *s)
{
    bool needs = !s->filled;
    for (size_t i = 0; i < s->count; i++) {
        needs = needs || s->entries[i].waiting;
    }
    return needs;
}

bool snapshot_tick(struct snapshot *s, int64_t now_ms)
{
    bool pushed = false, turned = false;
    for (size_t i = 0; i < s->count; i++) {
        struct entry *entry = &s->entries[i];
        if (entry->figures.status != status_running) {
            continue;
        }
        if (!entry->waiting && now_ms - entry->heard_ms > SILENT_MS) {
            entry->waiting = turned = true;
        }
        if (now_ms - entry->pushed_ms >= PUSH_AGAIN_MS) {
            push(s, entry, now_ms);
            pushed = true;
        }
    }
    if (turned) {
        show_status(s);
    }
    return pushed;
}

bool snapshot_running(const struct snapshot *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->entries[i].figures.status == status_running) {
            return true;
        }
    }
    return false;
}

void snapshot_each(const struct snapshot *s, snapshot_fn *fn, void *context)
{
    for (size_t i = 0; i < s->count; i++) {
        fn(s->entries[i].subject, &s->entries[i].figures, context);
    }
}
