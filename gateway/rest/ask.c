/* SPDX-License-Identifier: MIT
 * ask.c - a reply turned into an answer by walking the table of its message: most routes need
 * nothing of their own. */
#include "gateway/rest/ask.h"

#include "gateway/rest/respond.h"

int64_t ask_left_ms(const struct request *r)
{
    return ASK_MS - r->waited_ms;
}

static void respond_reply(struct request *r, const struct answer *answer, enum json_text_kind kind)
{
    if (!respond_refusal(r, answer)) {
        enum msg_id id = msg_id(answer->reply);
        respond_body(r, schema_messages[id].record(), msg_body(answer->reply, id), kind);
    }
}

void answer_record(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    respond_reply(context, answer, JSON_TEXT_ANSWER);
}

void answer_list(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    respond_reply(context, answer, JSON_TEXT_LIST);
}
