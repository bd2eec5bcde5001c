/* SPDX-License-Identifier: MIT
 * refusals.c - counts by kind, and tells the audit log. An entry that may have arrived is sent
 * again with its id: the log keeps it once. */
#include "actors/door/refusals.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/clock.h"

#define TELL_MS 4000
#define NOT_AGAIN_MS 60000

static bool is_same(const struct refusal_kind *a, const struct refusal_kind *b)
{
    return a->action == b->action && strcmp(a->key_id, b->key_id) == 0 &&
           strcmp(a->about, b->about) == 0 && strcmp(a->outcome, b->outcome) == 0;
}

static struct refusal_kind *place_for(struct refusals *r, const struct refusal_kind *kind)
{
    int64_t now_ms = clock_monotonic_ms();
    struct refusal_kind *idle = NULL;
    for (size_t i = 0; i < r->count; i++) {
        struct refusal_kind *k = &r->kinds[i];
        if (is_same(k, kind)) {
            return k;
        }
        if (k->waiting == 0 && k->entry_id[0] == '\0' && k->next_ms < now_ms) {
            idle = k;
        }
    }
    if (idle == NULL && r->count < REFUSALS_MAX) {
        idle = &r->kinds[r->count++];
    }
    if (idle != NULL) {
        *idle = *kind;
        idle->waiting = 0;
    }
    return idle;
}

void refusals_note(struct refusals *r, const struct refusal_kind *kind)
{
    struct refusal_kind *k = place_for(r, kind);
    if (k == NULL) {
        r->lost++;
        return;
    }
    k->waiting++;
    k->at_ms = clock_wall_ms();
    (void)snprintf(k->address, sizeof(k->address), "%s", kind->address);
}

static void on_told(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct refusal_kind *k = context;
    if (answer->code == OK) {
        k->entry_id[0] = '\0';
        k->sent = 0;
        k->next_ms = clock_monotonic_ms() + NOT_AGAIN_MS;
    } else {
        k->next_ms = 0; /* the same entry again */
    }
}

static void tell(struct refusal_kind *k, struct actor *a)
{
    if (k->entry_id[0] == '\0') {
        id_new(k->entry_id);
        k->sent = k->waiting;
        k->waiting = 0;
    }
    struct audit_entry entry = {.entry_id = k->entry_id,
                                .at = k->at_ms,
                                .phase = k->phase,
                                .action = schema_enum_text(&enum_audit_action, (int)k->action),
                                .actor = k->name,
                                .address = k->address[0] != '\0' ? k->address : NULL,
                                .target = k->about,
                                .outcome = k->outcome};
    PUT(&entry, count, k->sent);
    const struct audit_record record = {.entries = &entry, .entries_count = 1};
    k->next_ms = INT64_MAX; /* under way */
    ask_audit_record(a, "audit", &record, NULL, TELL_MS, on_told, k);
}

void refusals_tell(struct refusals *r, struct actor *a)
{
    int64_t now_ms = clock_monotonic_ms();
    for (size_t i = 0; i < r->count; i++) {
        struct refusal_kind *k = &r->kinds[i];
        if ((k->waiting > 0 || k->entry_id[0] != '\0') && k->next_ms <= now_ms) {
            tell(k, a);
        }
    }
}
