/* SPDX-License-Identifier: MIT
 * ask.c - a reply turned into an answer by walking the table of its message: most routes need
 * nothing of their own. */
#include "gateway/rest/ask.h"

#include "gateway/rest/respond.h"

int64_t ask_left_ms(const struct request *r)
{
    return ASK_MS - r->waited_ms;
}

static json_t *reply_json(const struct answer *answer)
{
    enum msg_id id = msg_id(answer->reply);
    return success_json(NULL, schema_messages[id].record(), msg_body(answer->reply, id));
}

void answer_record(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct request *r = context;
    if (!respond_refusal(r, answer)) {
        json_t *json = reply_json(answer);
        respond_json(r, r->route->output.status, &json);
    }
}

void answer_list(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct request *r = context;
    if (!respond_refusal(r, answer)) {
        json_t *json = reply_json(answer);
        if (json_object_get(json, "next") == NULL) {
            json_object_set_new(json, "next", json_null());
        }
        respond_json(r, r->route->output.status, &json);
    }
}
