/* SPDX-License-Identifier: MIT
 * gap.c - entries in the form they have in messages, so that each is one piece of memory. The entry
 * about the gap is the last of them. Ids stay, so that twice is stored once: what a killed gateway
 * had delivered already, and had not yet taken out of its file, changes nothing. */
#include "gateway/audit/gap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/gap_file.h"
#include "proto/base/clock.h"
#include "proto/base/ids.h"
#include "proto/base/log.h"
#include "proto/store/outbox.h"

#define SIZE_BYTES sizeof(uint32_t) /* before each entry in the file */
#define LAST_ROOM 1024              /* for the entry about the gap */

struct kept {
    struct buffer packed;
    char entry_id[ID_SIZE];
    bool held;
    bool taken; /* it is on its way to playbus-audit */
};

struct gap {
    struct gap_file *file; /* owned */
    struct kept kept[GAP_KEPT_MAX];
    size_t kept_count;
    uint64_t missing; /* that are not kept */
    int64_t since;    /* wall clock; of the first */
    enum err code;    /* of the first */
    char entry_id[ID_SIZE];
    bool changed; /* since the file was written */
    bool logged;  /* the log was told of it */
};

bool gap_is_empty(const struct gap *gap)
{
    return gap->kept_count == 0 && gap->missing == 0;
}

static void open_gap(struct gap *gap, enum err code)
{
    gap->changed = true;
    if (gap_is_empty(gap)) {
        gap->since = clock_wall_ms();
        gap->code = code;
        id_new(gap->entry_id);
    }
    if (code != OK && !gap->logged) {
        gap->logged = true;
        log_error("the outbox of the audit log cannot be written code=%s: free disk space, or "
                  "restore accounts.db; entries are kept aside until then",
                  err_code(code));
    }
}

void gap_count(struct gap *gap, enum err code)
{
    open_gap(gap, code);
    gap->missing++;
}

/* The place of the entry of that id, or a new one; NULL if there is none. */
static struct kept *place_for(struct gap *gap, const char *entry_id)
{
    for (size_t i = 0; i < gap->kept_count; i++) {
        if (gap->kept[i].held && strcmp(gap->kept[i].entry_id, entry_id) == 0) {
            buffer_release(&gap->kept[i].packed);
            return &gap->kept[i];
        }
    }
    return gap->kept_count < GAP_KEPT_MAX ? &gap->kept[gap->kept_count++] : NULL;
}

void gap_keep(struct gap *gap, const struct audit_entry *entry, bool held, enum err code)
{
    OWNED(buffer_release) struct buffer packed = {0};
    struct audit_entry named = *entry;
    char id[ID_SIZE];
    if (named.entry_id == NULL) {
        id_new(id);
        named.entry_id = id;
    }
    open_gap(gap, code);
    bool fine = record_pack(desc_audit_entry(), &named, &packed, NULL) == OK;
    struct kept *place = fine ? place_for(gap, named.entry_id) : NULL;
    if (place == NULL) {
        gap->missing++;
        return;
    }
    *place = (struct kept){.packed = packed, .held = held};
    (void)snprintf(place->entry_id, sizeof place->entry_id, "%s", named.entry_id);
    packed = (struct buffer){0};
}

/* ---- where they belong ---- */

static struct audit_entry about(const struct gap *gap)
{
    struct audit_entry entry = {.entry_id = gap->entry_id,
                                .at = gap->since,
                                .phase = audit_phase_outcome,
                                .action = AUDIT_ACTION(entries_missing),
                                .actor = "playbus",
                                .outcome = gap->code == OK ? "INTERRUPTED" : err_code(gap->code)};
    PUT(&entry, count, gap->missing);
    return entry;
}

static enum err unpack(const struct kept *kept, struct arena *arena, struct audit_entry *out)
{
    return record_unpack(desc_audit_entry(), kept->packed.data, kept->packed.size, arena, out,
                         NULL);
}

enum err gap_write(const struct gap *gap, sqlite3 *db)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    enum err e = OK;
    for (size_t i = 0; e == OK && i < gap->kept_count; i++) {
        struct audit_entry entry;
        e = unpack(&gap->kept[i], arena, &entry);
        e = e == OK ? outbox_add(db, &entry, gap->kept[i].held ? OUTBOX_HELD : 0) : e;
    }
    if (e == OK && gap->missing > 0) {
        struct audit_entry entry = about(gap);
        e = outbox_add(db, &entry, 0);
    }
    return e;
}

size_t gap_take(struct gap *gap, struct arena *arena, struct audit_record *out)
{
    struct audit_entry *entries = arena_alloc(arena, OUTBOX_TAKE_MAX * sizeof *entries);
    size_t count = 0;
    for (size_t i = 0; i < gap->kept_count; i++) {
        struct kept *kept = &gap->kept[i];
        kept->taken =
            count < OUTBOX_TAKE_MAX && !kept->held && unpack(kept, arena, &entries[count]) == OK;
        count += kept->taken ? 1 : 0;
    }
    if (gap->kept_count == 0 && gap->missing > 0) {
        entries[count++] = about(gap);
    }
    *out = (struct audit_record){.entries = entries, .entries_count = count};
    return count;
}

void gap_drop(struct gap *gap)
{
    size_t left = 0;
    bool was_about = gap->kept_count == 0;
    for (size_t i = 0; i < gap->kept_count; i++) {
        if (gap->kept[i].taken) {
            buffer_release(&gap->kept[i].packed);
        } else {
            gap->kept[left++] = gap->kept[i];
        }
    }
    gap->changed = true;
    gap->kept_count = left;
    if (was_about || gap_is_empty(gap)) {
        gap_close(gap);
    }
}

static void forget(struct gap *gap)
{
    for (size_t i = 0; i < gap->kept_count; i++) {
        buffer_release(&gap->kept[i].packed);
    }
    *gap = (struct gap){.file = gap->file, .changed = true};
}

void gap_close(struct gap *gap)
{
    forget(gap);
    log_info("the audit log has what was kept aside for it");
}

/* ---- the file: entries with their sizes, that about the gap at the end ---- */

static void append(struct buffer *content, const struct buffer *packed)
{
    uint32_t size = (uint32_t)packed->size;
    buffer_append(content, &size, SIZE_BYTES);
    buffer_append(content, packed->data, packed->size);
}

/* What the file has no room for is counted there as missing. */
static void append_about(const struct gap *gap, size_t left_out, struct buffer *content)
{
    OWNED(buffer_release) struct buffer packed = {0};
    struct audit_entry entry = about(gap);
    PUT(&entry, count, gap->missing + left_out);
    if (entry.count > 0 && record_pack(desc_audit_entry(), &entry, &packed, NULL) == OK) {
        append(content, &packed);
    }
}

void gap_save(struct gap *gap)
{
    OWNED(buffer_release) struct buffer content = {0};
    size_t i = 0;
    if (!gap->changed) {
        return;
    }
    for (; i < gap->kept_count; i++) {
        const struct buffer *packed = &gap->kept[i].packed;
        if (content.size + SIZE_BYTES + packed->size > GAP_FILE_ROOM - LAST_ROOM) {
            break;
        }
        append(&content, packed);
    }
    if (!gap_is_empty(gap)) {
        append_about(gap, gap->kept_count - i, &content);
    }
    gap->changed = false;
    if (!gap_file_write(gap->file, &content)) {
        log_warn("what is kept aside for the audit log is in memory alone count=%zu, going on",
                 gap->kept_count);
    }
}

static void load(struct gap *gap)
{
    OWNED(buffer_release) struct buffer content = {0};
    OWNED(arena_destroy) struct arena *arena = arena_new();
    uint32_t size = 0;
    gap_file_read(gap->file, &content);
    for (size_t at = 0; at + SIZE_BYTES < content.size; at += SIZE_BYTES + size) {
        struct audit_entry entry;
        memcpy(&size, content.data + at, SIZE_BYTES);
        if (size > content.size - at - SIZE_BYTES ||
            record_unpack(desc_audit_entry(), content.data + at + SIZE_BYTES, size, arena, &entry,
                          NULL) != OK) {
            gap_count(gap, OK);
            return;
        }
        gap_keep(gap, &entry, false, OK);
    }
}

/* ---- begin and end ---- */

struct gap *gap_new(const char *path)
{
    struct gap *gap = must_alloc(sizeof *gap);
    gap->file = gap_file_open(path);
    load(gap);
    return gap;
}

void gap_destroy(struct gap **gap)
{
    struct gap *gone = TAKE(*gap);
    if (gone == NULL) {
        return;
    }
    if (!gap_is_empty(gone)) {
        log_warn("entries for the audit log wait for the next start count=%llu",
                 (unsigned long long)(gone->kept_count + gone->missing));
    }
    forget(gone);
    gap_file_close(&gone->file);
    free(gone);
}
