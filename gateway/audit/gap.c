/* SPDX-License-Identifier: MIT
 * gap.c - entries in the form they have in messages, so that each is one piece of memory. The entry
 * about the gap is the last of them; its id stays, so that twice is stored once. */
#include "gateway/audit/gap.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/clock.h"
#include "proto/base/ids.h"
#include "proto/base/log.h"
#include "proto/store/outbox.h"

struct gap {
    struct buffer kept[GAP_KEPT_MAX];
    size_t kept_count;
    uint64_t missing; /* that are not kept */
    int64_t since;    /* wall clock; of the first */
    enum err code;    /* of the first */
    char entry_id[ID_SIZE];
};

struct gap *gap_new(void)
{
    return must_alloc(sizeof(struct gap));
}

void gap_destroy(struct gap **gap)
{
    struct gap *gone = TAKE(*gap);
    if (gone == NULL) {
        return;
    }
    if (!gap_is_empty(gone)) {
        log_error("entries for the audit log are lost count=%llu",
                  (unsigned long long)(gone->kept_count + gone->missing));
    }
    for (size_t i = 0; i < gone->kept_count; i++) {
        buffer_release(&gone->kept[i]);
    }
    free(gone);
}

bool gap_is_empty(const struct gap *gap)
{
    return gap->kept_count == 0 && gap->missing == 0;
}

static void open_gap(struct gap *gap, enum err code)
{
    if (!gap_is_empty(gap)) {
        return;
    }
    log_error("the outbox of the audit log cannot be written code=%s: free disk space, or restore "
              "accounts.db; entries are kept in memory until then",
              err_code(code));
    gap->since = clock_wall_ms();
    gap->code = code;
    id_new(gap->entry_id);
}

void gap_count(struct gap *gap, enum err code)
{
    open_gap(gap, code);
    gap->missing++;
}

void gap_keep(struct gap *gap, const struct audit_entry *entry, enum err code)
{
    OWNED(buffer_release) struct buffer packed = {0};
    struct audit_entry named = *entry;
    char id[ID_SIZE];
    if (named.entry_id == NULL) {
        id_new(id);
        named.entry_id = id;
    }
    if (gap->kept_count == GAP_KEPT_MAX ||
        record_pack(desc_audit_entry(), &named, &packed, NULL) != OK) {
        gap_count(gap, code);
        return;
    }
    open_gap(gap, code);
    gap->kept[gap->kept_count++] = packed;
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
                                .outcome = err_code(gap->code)};
    PUT(&entry, count, gap->missing);
    return entry;
}

static enum err unpack(const struct buffer *kept, struct arena *arena, struct audit_entry *out)
{
    return record_unpack(desc_audit_entry(), kept->data, kept->size, arena, out, NULL);
}

enum err gap_write(const struct gap *gap, sqlite3 *db)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    enum err e = OK;
    for (size_t i = 0; e == OK && i < gap->kept_count; i++) {
        struct audit_entry entry;
        e = unpack(&gap->kept[i], arena, &entry);
        e = e == OK ? outbox_add(db, &entry, 0) : e;
    }
    if (e == OK && gap->missing > 0) {
        struct audit_entry entry = about(gap);
        e = outbox_add(db, &entry, 0);
    }
    return e;
}

size_t gap_take(const struct gap *gap, struct arena *arena, struct audit_record *out)
{
    struct audit_entry *entries = arena_alloc(arena, OUTBOX_TAKE_MAX * sizeof *entries);
    size_t count = 0;
    while (count < gap->kept_count && count < OUTBOX_TAKE_MAX &&
           unpack(&gap->kept[count], arena, &entries[count]) == OK) {
        count++;
    }
    if (gap->kept_count == 0 && gap->missing > 0) {
        entries[count++] = about(gap);
    }
    *out = (struct audit_record){.entries = entries, .entries_count = count};
    return count;
}

void gap_drop(struct gap *gap, size_t count)
{
    if (gap->kept_count == 0) { /* it was the entry about the gap */
        gap_close(gap);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        buffer_release(&gap->kept[i]);
    }
    memmove(gap->kept, gap->kept + count, (gap->kept_count - count) * sizeof *gap->kept);
    gap->kept_count -= count;
    if (gap_is_empty(gap)) {
        gap_close(gap);
    }
}

void gap_close(struct gap *gap)
{
    for (size_t i = 0; i < gap->kept_count; i++) {
        buffer_release(&gap->kept[i]);
    }
    *gap = (struct gap){0};
    log_info("the audit log has what was kept for it in memory");
}
