/* SPDX-License-Identifier: MIT
 * publisher.c - the newest event of each subject that this actor published.
 *
 * An event is never lost to a full queue or a broker that is away: the newest of each subject is
 * kept here and sent as soon as it can be, and all of them again to a broker that is new. Older
 * ones are overwritten, which is what "latest wins" means. */
#include <stdlib.h>
#include <string.h>

#include "proto/bus/parts.h"

enum { FLUSH_AFTER_MS = 50 };

struct kept_event {
    enum msg_id id;
    char *subject; /* owned */
    uint64_t seq;
    struct buffer body;
    bool sent;
};

static void destroy_kept(void **item)
{
    struct kept_event *kept = *item;
    if (kept != NULL) {
        free(kept->subject);
        buffer_release(&kept->body);
        free(kept);
        *item = NULL;
    }
}

void publisher_open(struct actor *a)
{
    a->publisher.retained = zhashx_new();
    zhashx_set_destructor(a->publisher.retained, destroy_kept);
}

static enum err send_kept(struct actor *a, const struct kept_event *kept)
{
    const struct envelope e = {.name = schema_messages[kept->id].wire,
                               .id = 0,
                               .sender = a->process.instance,
                               .subject = kept->subject,
                               .seq = kept->seq,
                               .has_seq = true};
    buffer_reset(&a->connection.body);
    buffer_append(&a->connection.body, kept->body.data, kept->body.size);
    return connection_send(a, &e, ENVELOPE_EVENT);
}

static void flush_later(struct actor *a, void *context)
{
    (void)context;
    publisher_flush(a);
}

void publisher_flush(struct actor *a)
{
    if (!a->publisher.behind || !a->connection.connected) {
        return; /* the next hello flushes */
    }
    a->publisher.behind = false;
    for (struct kept_event *kept = zhashx_first(a->publisher.retained); kept != NULL;
         kept = zhashx_next(a->publisher.retained)) {
        kept->sent = kept->sent || send_kept(a, kept) == OK;
        if (!kept->sent) {
            a->publisher.behind = true;
            actor_after(a, FLUSH_AFTER_MS, flush_later, NULL);
            return;
        }
    }
}

void publisher_repeat_all(struct actor *a)
{
    for (struct kept_event *kept = zhashx_first(a->publisher.retained); kept != NULL;
         kept = zhashx_next(a->publisher.retained)) {
        kept->sent = false;
        a->publisher.behind = true;
    }
    publisher_flush(a);
}

/* The place of this subject, NULL if it is new and the publisher is full. */
static struct kept_event *place_of(struct actor *a, enum msg_id id, const char *subject)
{
    char key[512];
    snprintf(key, sizeof(key), "%s %s", schema_messages[id].wire, subject);
    struct kept_event *kept = zhashx_lookup(a->publisher.retained, key);
    if (kept == NULL && zhashx_size(a->publisher.retained) < PUBLISHER_MAX) {
        kept = must_alloc(sizeof(*kept));
        kept->id = id;
        kept->subject = must_strdup(subject);
        zhashx_insert(a->publisher.retained, key, kept);
    }
    return kept;
}

void actor_publish(struct actor *a, enum msg_id id, const void *body, const char *subject,
                   uint64_t seq)
{
    struct buffer *packed = &a->connection.body;
    struct flaw flaw = {0};
    buffer_reset(packed);
    if (record_pack(schema_messages[id].record(), body, packed, &flaw) != OK) {
        log_error("event breaks its own rules name=%s field=%s", schema_messages[id].wire,
                  flaw.field);
        return; /* the one before it stays the newest */
    }
    struct kept_event *kept = place_of(a, id, subject);
    if (kept == NULL) {
        log_warn("too many subjects name=%s subject=%s, this event is dropped",
                 schema_messages[id].wire, subject);
        return;
    }
    if (kept->body.size > 0 && seq <= kept->seq) {
        log_debug("event not newer name=%s subject=%s", schema_messages[id].wire, subject);
        return;
    }
    buffer_reset(&kept->body);
    buffer_append(&kept->body, packed->data, packed->size);
    kept->seq = seq;
    kept->sent = a->connection.connected && send_kept(a, kept) == OK;
    if (!kept->sent && !a->publisher.behind) {
        a->publisher.behind = true;
        actor_after(a, FLUSH_AFTER_MS, flush_later, NULL);
    }
}

void publisher_release(struct actor *a)
{
    zhashx_destroy(&a->publisher.retained);
}
