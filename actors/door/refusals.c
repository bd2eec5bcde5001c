/* SPDX-License-Identifier: MIT
 * refusals.c - counts by kind, and tells the audit log. An entry that may have arrived is sent
 * again with its id: the log keeps it once. */
#include "actors/door/refusals.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/clock.h"

#define TELL_MS 4000
#define NOT_AGAIN_MS 60000
#define LONGEST_GAP 6 /* doublings; then an hour */
#define OTHERS "others"

static bool is_same(const struct refusal_kind *a, const struct refusal_kind *b)
{
    return a->action == b->action && strcmp(a->key_id, b->key_id) == 0 &&
           strcmp(a->about, b->about) == 0 && strcmp(a->outcome, b->outcome) == 0;
}

static bool is_free(const struct refusal_kind *k, int64_t now_ms)
{
    return k->waiting == 0 && k->entry_id[0] == '\0' && k->next_ms < now_ms;
}

/* The place of this kind, or a free one that becomes it; NULL: there is none. */
static struct refusal_kind *place_for(struct refusals *r, const struct refusal_kind *kind)
{
    bool join = kind->action == audit_action_worker_joined;
    const size_t end = join ? REFUSALS_JOINS : REFUSALS_MAX;
    const int64_t now_ms = clock_monotonic_ms();
    struct refusal_kind *idle = NULL;
    size_t of_key = 0;
    for (size_t i = join ? 0 : REFUSALS_JOINS; i < end; i++) {
        struct refusal_kind *k = &r->kinds[i];
        if (is_same(k, kind)) {
            return k;
        }
        of_key += strcmp(k->key_id, kind->key_id) == 0 ? 1 : 0;
        idle = idle == NULL && is_free(k, now_ms) ? k : idle;
    }
    if (of_key >= REFUSALS_OF_KEY_MAX && strcmp(kind->about, OTHERS) != 0) {
        struct refusal_kind others = *kind;
        (void)snprintf(others.about, sizeof(others.about), OTHERS);
        (void)snprintf(others.outcome, sizeof(others.outcome), OTHERS);
        return place_for(r, &others);
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

/* What goes on for long is told less and less often. */
static int64_t gap_ms(unsigned told)
{
    return told < LONGEST_GAP ? (int64_t)NOT_AGAIN_MS << told : (int64_t)NOT_AGAIN_MS * 60;
}

static void on_told(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct refusal_kind *k = context;
    bool wrong = answer->code == ERR_BAD_FIELD || answer->code == ERR_TOO_LARGE;
    if (answer->code != OK && !wrong) {
        k->next_ms = 0; /* the same entry again */
        return;
    }
    if (wrong) {
        log_error("the audit log does not take an entry of the door code=%s",
                  err_code(answer->code));
    }
    k->entry_id[0] = '\0';
    k->sent = 0;
    k->next_ms = clock_monotonic_ms() + gap_ms(k->told++);
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
    for (size_t i = 0; i < REFUSALS_MAX; i++) {
        struct refusal_kind *k = &r->kinds[i];
        if ((k->waiting > 0 || k->entry_id[0] != '\0') && k->next_ms <= now_ms) {
            tell(k, a);
        }
    }
}
