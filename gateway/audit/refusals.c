/* SPDX-License-Identifier: MIT
 * refusals.c - a slot for each kind and address of the last minute, and one for each kind from
 * everybody, for when there are too many addresses or too many entries. */
#include "gateway/audit/refusals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTLE_MS 5000 /* after its minute a count may still be written, and is delivered then */

struct slot {
    int64_t began; /* of its minute; 0: free */
    unsigned alone;
    bool grown; /* since it was told last */
    struct refusal_count count;
};

struct refusals {
    struct slot slots[REFUSALS_SLOTS];
    struct slot everybody[ERR_COUNT];
    int64_t began; /* of the minute that `entries` is about */
    unsigned entries;
    size_t next; /* where refusals_grown goes on */
};

struct refusals *refusals_new(void)
{
    return must_alloc(sizeof(struct refusals));
}

void refusals_destroy(struct refusals **refusals)
{
    free(*refusals);
    *refusals = NULL;
}

static bool is_over(int64_t began, int64_t now)
{
    return now - began >= REFUSALS_MINUTE_MS || now < began;
}

/* One whose count is not written yet is not over: nothing may be lost. */
static void renew(struct slot *slot, const char *group, enum err code, int64_t now)
{
    if (slot->began != 0 && (slot->grown || !is_over(slot->began, now))) {
        return;
    }
    *slot = (struct slot){.began = now};
    slot->count.code = code;
    slot->count.ready_at = now + REFUSALS_MINUTE_MS + SETTLE_MS;
    snprintf(slot->count.group, sizeof slot->count.group, "%s", group);
}

static struct slot *find(struct refusals *r, const char *group, enum err code, int64_t now)
{
    struct slot *room = NULL;
    for (size_t i = 0; i < REFUSALS_SLOTS; i++) {
        struct slot *slot = &r->slots[i];
        if (slot->began != 0 && slot->count.code == code && strcmp(slot->count.group, group) == 0) {
            return slot;
        }
        if (room == NULL && (slot->began == 0 || (!slot->grown && is_over(slot->began, now)))) {
            room = slot;
        }
    }
    return room;
}

static bool may_make_an_entry(struct refusals *r, int64_t now)
{
    if (is_over(r->began, now)) {
        r->began = now;
        r->entries = 0;
    }
    return r->entries < REFUSALS_TOTAL;
}

static enum refusal_way count_in(struct refusals *r, struct slot *slot, int64_t now,
                                 struct refusal_count **out)
{
    bool first = slot->count.count == 0;
    if (first) {
        id_new(slot->count.entry_id);
        slot->count.at = now;
        r->entries++;
    }
    slot->count.count++;
    slot->grown = !first; /* the first is written by the caller */
    *out = &slot->count;
    return first ? REFUSAL_FIRST : REFUSAL_COUNTED;
}

enum refusal_way refusals_add(struct refusals *refusals, const char *group, enum err code,
                              int64_t now, struct refusal_count **out)
{
    bool room = may_make_an_entry(refusals, now);
    struct slot *slot = find(refusals, group, code, now);
    if (slot != NULL) {
        renew(slot, group, code, now);
        if (slot->count.count > 0) {
            return count_in(refusals, slot, now, out);
        }
    }
    if (!room || slot == NULL) {
        slot = &refusals->everybody[code];
        renew(slot, REFUSALS_EVERYBODY, code, now);
        return count_in(refusals, slot, now, out);
    }
    if (slot->alone < REFUSALS_EACH) {
        slot->alone++;
        refusals->entries++;
        return REFUSAL_ALONE;
    }
    return count_in(refusals, slot, now, out);
}

struct refusal_count *refusals_add_many(struct refusals *refusals, enum err code, int64_t now,
                                        unsigned n)
{
    struct refusal_count *count = NULL;
    struct slot *slot = &refusals->everybody[code];
    renew(slot, REFUSALS_EVERYBODY, code, now);
    (void)count_in(refusals, slot, now, &count);
    count->count += n - 1;
    return count;
}

const struct refusal_count *refusals_grown(struct refusals *refusals)
{
    for (; refusals->next < REFUSALS_SLOTS + ERR_COUNT; refusals->next++) {
        size_t i = refusals->next;
        struct slot *slot =
            i < REFUSALS_SLOTS ? &refusals->slots[i] : &refusals->everybody[i - REFUSALS_SLOTS];
        if (slot->grown) {
            slot->grown = false;
            return &slot->count;
        }
    }
    refusals->next = 0;
    return NULL;
}
