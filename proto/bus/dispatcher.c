/* SPDX-License-Identifier: MIT
 * dispatcher.c - what arrives from the broker goes to handlers and to those who asked.
 *
 * A body is checked before a handler sees it; a command with a wrong one is refused with the
 * field's name. Replies nobody waits for (repeated, late) are dropped. */
#include <string.h>

#include "proto/base/clock.h"
#include "proto/bus/parts.h"

enum { READ_AT_ONCE = 64 }; /* messages before timers and other sockets get their turn */

static void watch_handler(const struct msg *m, int64_t began_ms)
{
    int64_t took_ms = clock_monotonic_ms() - began_ms;
    if (took_ms > SLOW_HANDLER_MS) {
        log_debug("slow handler name=%s took_ms=%lld", schema_messages[m->label.name].wire,
                  (long long)took_ms);
    }
}

/* ---- commands ---- */

static void log_refusal(struct actor *a, const struct msg *m, enum err code, const char *field)
{
    bool ours = err_http(code) >= 500 && code != ERR_BUSY && code != ERR_ACTOR_AWAY;
    log_line(ours ? log_seldom(&a->refusals, LEVEL_WARN) : LEVEL_DEBUG,
             "refused name=%s code=%s field=%s correlation_id=%s sender=%s",
             schema_messages[m->label.name].wire, err_code(code), field, msg_correlation_id(m),
             msg_sender(m));
}

static void refuse_flaw(struct actor *a, const struct msg *m, enum err code, const char *field,
                        const char *text)
{
    const struct refusal why = {.field = *field != '\0' ? field : NULL,
                                .text = *text != '\0' ? text : NULL,
                                .actor = a->spec->name};
    log_refusal(a, m, code, field);
    if (actor_refuse(a, m, code, &why) != OK) {
        log_line(log_seldom(&a->refusals, LEVEL_ERROR), "could not refuse name=%s",
                 schema_messages[m->label.name].wire);
    }
}

static void run_command(struct actor *a, struct msg *m)
{
    int64_t began_ms = clock_monotonic_ms();
    enum err e = a->spec->on[m->label.name](a, m);
    watch_handler(m, began_ms);
    if (e == OK && !m->answered && !m->kept && m->holds == 1) {
        log_error("handler gave no answer name=%s", schema_messages[m->label.name].wire);
        e = ERR_SYSTEM;
    }
    if (e != OK && !m->answered) {
        refuse_flaw(a, m, e, "", "");
    }
}

static void on_command(struct actor *a, struct msg *m)
{
    if (m->label.envelope.sender == NULL) {
        return; /* nobody to answer */
    }
    if (a->refused != OK) {
        const struct refusal why = {.text = a->refused_about, .actor = a->spec->name};
        log_debug("refused name=%s code=%s", schema_messages[m->label.name].wire,
                  err_code(a->refused));
        (void)actor_refuse(a, m, a->refused, &why);
        return;
    }
    if (a->spec->on[m->label.name] == NULL) {
        refuse_flaw(a, m, ERR_BAD_MESSAGE, "", "This actor does not understand this command");
        return;
    }
    struct flaw flaw = {0};
    enum err e = msg_read_body(m, schema_messages[m->label.name].record(), &flaw);
    if (e != OK) {
        refuse_flaw(a, m, e, flaw.field, flaw.text);
        return;
    }
    run_command(a, m);
}

/* ---- events ---- */

static void on_event(struct actor *a, struct msg *m)
{
    handler_fn *handler = a->spec->on[m->label.name];
    struct flaw flaw = {0};
    if (handler == NULL || a->refused != OK ||
        msg_read_body(m, schema_messages[m->label.name].record(), &flaw) != OK) {
        log_debug("event dropped name=%s field=%s", schema_messages[m->label.name].wire,
                  flaw.field);
        return;
    }
    int64_t began_ms = clock_monotonic_ms();
    enum err e = handler(a, m);
    watch_handler(m, began_ms);
    if (e != OK) {
        log_warn("event not handled name=%s subject=%s reason=%s, waiting for the next",
                 schema_messages[m->label.name].wire, msg_subject(m), err_code(e));
    }
}

/* ---- answers ---- */

static struct answer read_reply(struct msg *m, enum msg_id command)
{
    struct flaw flaw = {0};
    if (m->label.name != schema_messages[command].reply ||
        msg_read_body(m, schema_messages[m->label.name].record(), &flaw) != OK) {
        log_warn("reply not understood command=%s reply=%s field=%s, telling the asker",
                 schema_messages[command].wire, schema_messages[m->label.name].wire, flaw.field);
        return (struct answer){.code = ERR_BAD_MESSAGE};
    }
    return (struct answer){.code = OK, .reply = m};
}

static struct answer read_refusal(struct msg *m)
{
    struct flaw flaw = {0};
    if (msg_read_body(m, desc_refusal(), &flaw) != OK) {
        return (struct answer){.code = ERR_BAD_MESSAGE};
    }
    const struct refusal *why = m->body;
    enum err code = err_from_code(why->code);
    return (struct answer){.code = code != OK ? code : ERR_SYSTEM, .why = why};
}

static void on_answer(struct actor *a, struct msg *m)
{
    struct ask ask;
    if (!pending_take(a, m->label.envelope.id, &ask)) {
        log_debug("late answer dropped name=%s", schema_messages[m->label.name].wire);
        return;
    }
    struct answer answer =
        m->label.kind == ENVELOPE_REPLY ? read_reply(m, ask.command) : read_refusal(m);
    int64_t began_ms = clock_monotonic_ms();
    ask.done(a, &answer, ask.context);
    watch_handler(m, began_ms);
}

/* ---- reading ---- */

static void dispatch(struct actor *a, struct msg *m)
{
    err_about("%s", ""); /* of what was done before */
    switch (m->label.kind) {
    case ENVELOPE_COMMAND:
        on_command(a, m);
        break;
    case ENVELOPE_EVENT:
        on_event(a, m);
        break;
    case ENVELOPE_REPLY:
    case ENVELOPE_REFUSED:
        on_answer(a, m);
        break;
    case ENVELOPE_BEAT:
        a->connection.beat_ms = clock_monotonic_ms();
        break;
    case ENVELOPE_KIND_COUNT:
        break;
    }
}

int dispatcher_read(zloop_t *loop, zsock_t *dealer, void *actor)
{
    (void)loop;
    struct actor *a = actor;
    for (int i = 0; i < READ_AT_ONCE && !a->stopping; i++) {
        zmq_msg_t frames[2];
        enum frames_got got = frames_receive(zsock_resolve(dealer), frames, 2);
        if (got == FRAMES_NONE) {
            break;
        }
        if (got == FRAMES_WRONG) {
            continue;
        }
        OWNED(msg_release) struct msg *m = msg_open(frames);
        if (m != NULL) {
            dispatch(a, m);
        }
    }
    return loop_goes_on(a);
}
