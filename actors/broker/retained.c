/* SPDX-License-Identifier: MIT
 * retained.c - a bounded table of the newest event of each subject. Slots keep their number while
 * they are used, so that a subscriber's debts are one bit a subject. */
#include "actors/broker/retained.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/own.h"

enum { KEY_SIZE = 400 };

static void make_key(char key[static KEY_SIZE], enum msg_id name, const char *subject)
{
    snprintf(key, KEY_SIZE, "%s %s", schema_messages[name].wire, subject);
}

void retained_open(struct retained *n)
{
    n->by_key = zhashx_new();
}

static void clear_slot(struct retained *n, struct retained_event *slot)
{
    zhashx_delete(n->by_key, slot->key);
    n->bytes -= zmq_msg_size(&slot->body);
    n->count--;
    zmq_msg_close(&slot->head);
    zmq_msg_close(&slot->body);
    free_text(&slot->key);
    slot->name = MSG_none;
}

void retained_release(struct retained *n)
{
    for (size_t i = 0; i < RETAINED_MAX; i++) {
        if (n->slots[i].name != MSG_none) {
            clear_slot(n, &n->slots[i]);
        }
    }
    zhashx_destroy(&n->by_key);
}

static struct retained_event *find(const struct retained *n, enum msg_id name, const char *subject)
{
    char key[KEY_SIZE];
    make_key(key, name, subject);
    return zhashx_lookup(n->by_key, key);
}

/* A free slot, or that of the event which changed longest ago and whose publisher is gone. */
static struct retained_event *room(struct retained *n, retained_alive_fn *alive, void *context)
{
    struct retained_event *oldest = NULL;
    for (size_t i = 0; i < RETAINED_MAX; i++) {
        struct retained_event *slot = &n->slots[i];
        if (slot->name == MSG_none) {
            return slot;
        }
        if ((oldest == NULL || slot->order < oldest->order) && !alive(context, slot->publisher)) {
            oldest = slot;
        }
    }
    if (oldest != NULL) {
        clear_slot(n, oldest);
    }
    return oldest;
}

static struct retained_event *claim(struct retained *n, const struct retained_origin *origin,
                                    retained_alive_fn *alive, void *context)
{
    struct retained_event *slot = room(n, alive, context);
    if (slot == NULL) {
        return NULL;
    }
    char key[KEY_SIZE];
    make_key(key, origin->name, origin->subject);
    slot->key = must_strdup(key);
    slot->name = origin->name;
    slot->seq = 0;
    zmq_msg_init(&slot->head);
    zmq_msg_init(&slot->body);
    zhashx_insert(n->by_key, slot->key, slot);
    n->count++;
    return slot;
}

enum retained_result retained_put(struct retained *n, const struct retained_origin *origin,
                                  zmq_msg_t *head, zmq_msg_t *body, retained_alive_fn *alive,
                                  void *context, size_t *out_slot)
{
    struct retained_event *slot = find(n, origin->name, origin->subject);
    if (slot != NULL && origin->seq <= slot->seq) {
        return RETAINED_STALE;
    }
    size_t size = zmq_msg_size(body);
    size_t freed = slot != NULL ? zmq_msg_size(&slot->body) : 0;
    if (size > RETAINED_EVENT_BYTES || n->bytes - freed + size > RETAINED_TOTAL_BYTES) {
        return RETAINED_NO_ROOM;
    }
    if (slot == NULL) {
        slot = claim(n, origin, alive, context);
        if (slot == NULL) {
            return RETAINED_NO_ROOM;
        }
    }
    n->bytes += size - freed;
    slot->seq = origin->seq;
    slot->order = ++n->order;
    snprintf(slot->publisher, sizeof(slot->publisher), "%s", origin->publisher);
    zmq_msg_copy(&slot->head, head);
    zmq_msg_copy(&slot->body, body);
    *out_slot = (size_t)(slot - n->slots);
    return RETAINED_NEW;
}

uint64_t retained_seq(const struct retained *n, enum msg_id name, const char *subject)
{
    const struct retained_event *slot = find(n, name, subject);
    return slot != NULL ? slot->seq : 0;
}

void retained_forget(struct retained *n, enum msg_id name, const char *subject)
{
    struct retained_event *slot = find(n, name, subject);
    if (slot != NULL) {
        clear_slot(n, slot);
    }
}
