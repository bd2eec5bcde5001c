/* SPDX-License-Identifier: MIT
 * msg.c - a received message and the answers to it.
 *
 * A message is counted, never copied: the loop holds it while the handler runs, msg_keep adds a
 * hold that the answer gives back. A second answer is dropped here, so the asker hears one. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/clock.h"
#include "proto/bus/parts.h"
#include "proto/bus/start_refusal.h"

struct msg *msg_open(zmq_msg_t *frames)
{
    struct msg *m = must_alloc(sizeof(*m));
    m->holds = 1;
    m->arena = arena_new();
    zmq_msg_init(&m->frame);
    zmq_msg_move(&m->frame, &frames[1]);
    enum envelope_fault fault =
        envelope_read(zmq_msg_data(&frames[0]), zmq_msg_size(&frames[0]), m->arena, &m->label);
    frames_close(frames, 2);
    if (fault != ENVELOPE_FINE) {
        log_debug("message dropped reason=%s", envelope_fault_text(fault));
        msg_release(&m);
        return NULL;
    }
    uint64_t ttl_ms = m->label.envelope.ttl_ms;
    m->deadline_ms = clock_monotonic_ms() + (int64_t)(ttl_ms < INT32_MAX ? ttl_ms : INT32_MAX);
    return m;
}

enum err msg_read_body(struct msg *m, const struct record_desc *record, struct flaw *out)
{
    m->body = arena_alloc(m->arena, record->size);
    return record_unpack(record, zmq_msg_data(&m->frame), zmq_msg_size(&m->frame), m->arena,
                         m->body, out);
}

void msg_release(struct msg **m)
{
    struct msg *it = TAKE(*m);
    if (it == NULL || --it->holds > 0) {
        return;
    }
    /* It may have been a token. */
    if (frame_wipe(&it->frame)) {
        arena_wipe(it->arena);
    }
    zmq_msg_close(&it->frame);
    arena_destroy(&it->arena);
    free(it);
}

struct msg *msg_keep(const struct msg *m)
{
    struct msg *it = (struct msg *)m; /* handlers see it const; its holds are the bus's own */
    assert(!it->kept && !it->answered);
    it->kept = true;
    it->holds++;
    return it;
}

void msg_destroy(struct msg **m)
{
    if (*m != NULL) {
        (*m)->kept = false;
    }
    msg_release(m);
}

/* ---- what was received ---- */

enum msg_id msg_id(const struct msg *m)
{
    return m->label.name;
}

static const char *text_or_empty(const char *text)
{
    return text != NULL ? text : "";
}

const char *msg_correlation_id(const struct msg *m)
{
    return text_or_empty(m->label.envelope.correlation_id);
}

const char *msg_sender(const struct msg *m)
{
    return text_or_empty(m->label.envelope.sender);
}

const char *msg_subject(const struct msg *m)
{
    return text_or_empty(m->label.envelope.subject);
}

uint64_t msg_seq(const struct msg *m)
{
    return m->label.envelope.seq;
}

int64_t msg_deadline_ms(const struct msg *m)
{
    return m->deadline_ms;
}

const void *msg_body(const struct msg *m, enum msg_id id)
{
    assert(m->label.name == id && m->body != NULL);
    (void)id;
    return m->body;
}

/* ---- answers ---- */

/* Marks it answered and gives back what msg_keep took. */
static void settle(struct msg *m)
{
    m->answered = true;
    if (m->kept) {
        m->kept = false;
        msg_release(&m);
    }
}

static enum err send_answer(struct actor *a, const struct msg *m, enum envelope_kind kind,
                            enum msg_id name)
{
    const struct envelope e = {.name = schema_messages[name].wire,
                               .id = m->label.envelope.id,
                               .correlation_id = m->label.envelope.correlation_id,
                               .sender = a->process.instance,
                               .target = m->label.envelope.sender};
    enum err sent = connection_send(a, &e, kind);
    if (sent != OK && sent != ERR_TOO_LARGE) {
        log_warn("answer lost name=%s correlation_id=%s reason=%s, the asker will time out", e.name,
                 msg_correlation_id(m), err_code(sent));
    }
    return sent;
}

static bool may_be_answered(const struct msg *m)
{
    if (m->label.kind == ENVELOPE_COMMAND && !m->answered) {
        return true;
    }
    log_error("answer to what is no open command name=%s", schema_messages[m->label.name].wire);
    return false;
}

enum err actor_reply(struct actor *a, const struct msg *m, enum msg_id id, const void *body)
{
    if (!may_be_answered(m)) {
        return ERR_SYSTEM;
    }
    assert(schema_messages[m->label.name].reply == id);
    struct flaw flaw = {0};
    buffer_reset(&a->connection.body);
    enum err e = record_pack(schema_messages[id].record(), body, &a->connection.body, &flaw);
    if (e == OK) {
        e = send_answer(a, m, ENVELOPE_REPLY, id);
    }
    if (e == ERR_BAD_FIELD || e == ERR_TOO_LARGE) {
        log_error("reply breaks its own rules name=%s field=%s reason=%s", schema_messages[id].wire,
                  flaw.field, err_code(e));
        const struct refusal why = {.code = err_code(ERR_SYSTEM), .field = flaw.field};
        return actor_refuse(a, m, ERR_SYSTEM, &why);
    }
    settle((struct msg *)m);
    return OK;
}

bool actor_tells_damage(struct actor *a, char *out, size_t room)
{
    const char *about = err_about_text();
    if (about[0] == '\0') {
        return false;
    }
    (void)snprintf(out, room, "%s: %s", err_sentence(ERR_STORE_DAMAGED), about);
    if (!a->met_damage) {
        a->met_damage = true;
        log_error("%s remedy=%s", out, err_remedy(ERR_STORE_DAMAGED));
        (void)refusal_leave(a->process.name, ERR_STORE_DAMAGED);
    }
    return true;
}

enum err actor_refuse(struct actor *a, const struct msg *m, enum err code,
                      const struct refusal *why)
{
    if (!may_be_answered(m)) {
        return ERR_SYSTEM;
    }
    char text[ACTOR_DAMAGE_SIZE];
    struct refusal body = why != NULL ? *why : (struct refusal){0};
    body.code = err_code(code);
    if (code == ERR_STORE_DAMAGED && body.text == NULL &&
        actor_tells_damage(a, text, sizeof(text))) {
        body.text = text;
        body.actor = a->spec->name;
    }
    struct flaw flaw = {0};
    buffer_reset(&a->connection.body);
    if (record_pack(desc_refusal(), &body, &a->connection.body, &flaw) != OK) {
        log_error("refusal breaks its own rules field=%s, the code alone is sent", flaw.field);
        const struct refusal bare = {.code = err_code(code)};
        buffer_reset(&a->connection.body);
        if (record_pack(desc_refusal(), &bare, &a->connection.body, &flaw) != OK) {
            return ERR_SYSTEM;
        }
    }
    enum err sent = send_answer(a, m, ENVELOPE_REFUSED, m->label.name);
    (void)sent; /* logged there; the asker's own deadline covers it */
    settle((struct msg *)m);
    return OK;
}
