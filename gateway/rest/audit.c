/* SPDX-License-Identifier: MIT
 * audit.c - the routes below /audit: pages and exports of the log, its verification, a new key, and
 * sealed segments. All of it is playbus-audit's; a page that it has not searched to the end is
 * followed by the next. */
#include <string.h>

#include "gateway/rest/ask.h"
#include "gateway/rest/csv.h"
#include "gateway/rest/handlers.h"
#include "gateway/rest/respond.h"
#include "gateway/rest/stream.h"
#include "proto/base/ids.h"
#include "proto/wire/json.h"

void list_audit(struct request *r)
{
    ask_audit_list(r->services->bus, "audit", r->input, r->correlation_id, ask_left_ms(r),
                   answer_list, r);
}

void list_acts(struct request *r)
{
    ask_audit_acts(r->services->bus, "audit", r->input, r->correlation_id, ask_left_ms(r),
                   answer_list, r);
}

/* ---- export ---- */

static bool as_jsonl(const struct request *r)
{
    const struct audit_export *export = r->input;
    return export->has_format && export->format == export_format_jsonl;
}

static void write_event(const struct request *r, const struct audit_event *event,
                        struct buffer *out)
{
    if (!as_jsonl(r)) {
        csv_line(desc_audit_event(), event, false, out);
        return;
    }
    OWNED(json_release) json_t *json = record_to_json(desc_audit_event(), event);
    OWNED(free_text) char *text = json_dumps(json, JSON_COMPACT);
    buffer_append(out, text, strlen(text));
    buffer_append(out, "\n", 1);
}

static void ask_events_page(struct request *r);

static void events_paged(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct request *r = context;
    if (answer->code != OK) {
        stream_refused(r, answer);
        return;
    }
    const struct audit_listed *page = msg_audit_listed(answer->reply);
    for (size_t i = 0; i < page->items_count; i++) {
        write_event(r, &page->items[i], &r->stream.text);
    }
    stream_page(r, page->next);
}

static void ask_events_page(struct request *r)
{
    const struct audit_export *export = r->input;
    struct audit_list list = {.from = export->from,
                              .has_from = export->has_from,
                              .to = export->to,
                              .has_to = export->has_to,
                              .actor = export->actor,
                              .action = export->action,
                              .phase = export->phase,
                              .has_phase = export->has_phase,
                              .outcome = export->outcome,
                              .job_id = export->job_id,
                              .q = export->q,
                              .result = export->result,
                              .has_result = export->has_result,
                              .cursor = r->stream.cursor,
                              .limit = STREAM_PAGE_ROWS,
                              .has_limit = true};
    ask_audit_list(r->services->bus, "audit", &list, r->correlation_id, ASK_MS, events_paged, r);
}

void export_audit(struct request *r)
{
    if (as_jsonl(r)) {
        stream_begin(r, "application/jsonl; charset=utf-8", "playbus-audit.jsonl", "",
                     ask_events_page);
        return;
    }
    OWNED(buffer_release) struct buffer header = {0};
    csv_header(desc_audit_event(), &header);
    buffer_append(&header, "", 1);
    stream_begin(r, "text/csv; charset=utf-8", "playbus-audit.csv", header.data, ask_events_page);
}

/* ---- verification, keys, segments ---- */

void verify_audit(struct request *r)
{
    struct audit_verify verify = {};
    ask_audit_verify(r->services->bus, "audit", &verify, r->correlation_id, ASK_MS, answer_record,
                     r);
}

void show_verification(struct request *r)
{
    struct audit_verification_get get = {};
    ask_audit_verification_get(r->services->bus, "audit", &get, r->correlation_id, ASK_MS,
                               answer_record, r);
}

void rotate_audit(struct request *r)
{
    char id[ID_SIZE];
    struct audit_rotate rotate = {.entry_id = id, .actor = r->caller.name};
    id_new(id);
    ask_audit_rotate(r->services->bus, "audit", &rotate, r->correlation_id, ASK_MS, answer_record,
                     r);
}

void seal_audit(struct request *r)
{
    char id[ID_SIZE];
    const struct audit_seal_before *asked = r->input;
    struct audit_seal seal = {.before = asked->before, .entry_id = id, .actor = r->caller.name};
    id_new(id);
    ask_audit_seal(r->services->bus, "audit", &seal, r->correlation_id, ASK_MS, answer_record, r);
}
