/* SPDX-License-Identifier: MIT
 * history.c - the routes below /history: a page of plays, counts for plots, and exports of any
 * size. */
#include <string.h>

#include "gateway/rest/ask.h"
#include "gateway/rest/asker.h"
#include "gateway/rest/csv.h"
#include "gateway/rest/handlers.h"
#include "gateway/rest/redact.h"
#include "gateway/rest/respond.h"
#include "gateway/rest/stream.h"
#include "proto/wire/json.h"
#include "proto/wire/json_text.h"

void list_history(struct request *r)
{
    struct history_list *ask = r->input;
    const struct asker asker = asker_of(r);
    ASKER_SET(ask, asker);
    ask_history_list(r->services->bus, "history", ask, r->correlation_id, ask_left_ms(r),
                     answer_list, r);
}

void summarise_history(struct request *r)
{
    struct history_summary *ask = r->input;
    const struct asker asker = asker_of(r);
    ASKER_SET(ask, asker);
    ask_history_summary(r->services->bus, "history", ask, r->correlation_id, ask_left_ms(r),
                        answer_list, r);
}

void show_play(struct request *r)
{
    struct play_get get = {.id = r->path_value};
    const struct asker asker = asker_of(r);
    ASKER_SET(&get, asker);
    ask_play_get(r->services->bus, "history", &get, r->correlation_id, ask_left_ms(r),
                 answer_record, r);
}

/* ---- export ---- */

static bool as_jsonl(const struct request *r)
{
    const struct history_export *export = r->input;
    return export->has_format && export->format == export_format_jsonl;
}

static void write_play(const struct request *r, const struct play_view *play, struct buffer *out)
{
    bool redacted = r->caller.role != ROLE_ADMIN;
    if (!as_jsonl(r)) {
        csv_line(desc_play_view(), play, redacted, out);
        return;
    }
    if (redacted) {
        OWNED(json_release) json_t *json = record_to_json(desc_play_view(), play);
        redact_json(json);
        OWNED(free_text) char *text = json_dumps(json, JSON_COMPACT);
        buffer_append(out, text, strlen(text));
    } else {
        record_to_json_text(desc_play_view(), play, JSON_TEXT_RECORD, out);
    }
    buffer_append(out, "\n", 1);
}

static void plays_paged(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct request *r = context;
    if (answer->code != OK) {
        stream_refused(r, answer);
        return;
    }
    const struct history_listed *page = msg_history_listed(answer->reply);
    for (size_t i = 0; i < page->items_count; i++) {
        write_play(r, &page->items[i], &r->stream.text);
    }
    stream_page(r, page->next);
}

static void ask_plays_page(struct request *r)
{
    const struct history_export *export = r->input;
    struct history_list list = {.server = export->server,
                                .user = export->user,
                                .media_type = export->media_type,
                                .from = export->from,
                                .has_from = export->has_from,
                                .to = export->to,
                                .has_to = export->has_to,
                                .q = export->q,
                                .library = export->library,
                                .person = export->person,
                                .detail = export->detail,
                                .has_detail = export->has_detail,
                                .cursor = r->stream.cursor,
                                .limit = STREAM_PAGE_ROWS,
                                .has_limit = true};
    const struct asker asker = asker_of(r);
    ASKER_SET(&list, asker);
    ask_history_list(r->services->bus, "history", &list, r->correlation_id, ASK_MS, plays_paged, r);
}

void export_history(struct request *r)
{
    const struct history_export *export = r->input;
    if (as_jsonl(r)) {
        stream_begin(r, "application/jsonl; charset=utf-8", "playbus-history.jsonl", "",
                     ask_plays_page);
        return;
    }
    if (export->has_detail && export->detail == detail_level_full) {
        struct flaw flaw = {.code = ERR_BAD_FIELD,
                            .field = "detail",
                            .text = "Only format=jsonl can hold the full detail"};
        respond_error(r, ERR_BAD_FIELD, &flaw, NULL);
        return;
    }
    OWNED(buffer_release) struct buffer header = {0};
    csv_header(desc_play_view(), &header);
    buffer_append(&header, "", 1);
    stream_begin(r, "text/csv; charset=utf-8", "playbus-history.csv", header.data, ask_plays_page);
}
