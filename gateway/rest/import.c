/* SPDX-License-Identifier: MIT
 * import.c - the routes below /import but the upload: what of them is the same for every kind of
 * job is operation.c's. */
#include <string.h>

#include "gateway/rest/ask.h"
#include "gateway/rest/csv.h"
#include "gateway/rest/handlers.h"
#include "gateway/rest/operation.h"
#include "gateway/rest/respond.h"
#include "gateway/rest/stream.h"
#include "gateway/rest/upload.h"
#include "proto/base/ids.h"
#include "proto/wire/json.h"

#define VALIDATE_BUDGET_MS 55000
#define VALIDATE_MS 60000 /* up to a minute, then what is known */

/* A database that was refused for what it is; if it was uploaded, nobody needs it here, and the log
 * tells what became of it. */
static void drop_refused(struct request *r, const struct answer *answer, const char *db_path)
{
    r->upload_removed =
        uploads_remove_refused(config_data_dir(r->services->config), db_path, answer->code);
}

/* ---- start, stop, clear ---- */

static void started(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct request *r = context;
    const struct import_start *asked = r->input;
    drop_refused(r, answer, asked->db_path);
    operation_answer_start(r, answer, asked->resume);
}

void start_import(struct request *r)
{
    struct import_start *start = r->input;
    id_new(r->job_id);
    start->job_id = r->job_id;
    start->asked_by = r->caller.name;
    ask_import_start(r->services->bus, "tautulli", start, r->job_id, ASK_MS, started, r);
}

void stop_import(struct request *r)
{
    operation_stop(r, operation_tautulli_import);
}

void clear_import(struct request *r)
{
    operation_clear(r, operation_tautulli_import);
}

/* ---- questions ---- */

void import_standing(struct request *r)
{
    operation_ask_standing(r, operation_tautulli_import);
}

/* media_types is an object by type in the contract, a list on the bus. */
static void validated(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct request *r = context;
    const struct import_validate *asked = r->input;
    drop_refused(r, answer, asked->db_path);
    if (respond_refusal(r, answer)) {
        return;
    }
    const struct import_validated *body = msg_import_validated(answer->reply);
    json_t *json = success_json(NULL, desc_import_validated(), body);
    json_t *types = json_object();
    for (size_t i = 0; i < body->media_types_count; i++) {
        json_object_set_new(types, body->media_types[i].media_type,
                            json_integer((json_int_t)body->media_types[i].n));
    }
    json_object_set_new(json, "media_types", types);
    respond_json(r, MHD_HTTP_OK, &json);
}

void validate_import(struct request *r)
{
    struct import_validate *validate = r->input;
    PUT(validate, budget_ms, VALIDATE_BUDGET_MS);
    ask_import_validate(r->services->bus, "tautulli", validate, r->correlation_id, VALIDATE_MS,
                        validated, r);
}

void list_candidates(struct request *r)
{
    struct import_candidates_get get = {};
    ask_import_candidates_get(r->services->bus, "tautulli", &get, r->correlation_id, ASK_MS,
                              answer_list, r);
}

/* ---- rejected rows ---- */

/* The raw row as an object: {column: {type, text | base64}}. */
static json_t *raw_json(const struct note_view *note)
{
    json_t *raw = json_object();
    for (size_t i = 0; i < note->raw_count; i++) {
        json_t *cell = record_to_json(desc_raw_cell(), &note->raw[i]);
        json_object_del(cell, "column");
        json_object_set_new(raw, note->raw[i].column, cell);
    }
    return raw;
}

static void notes_listed(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct request *r = context;
    if (respond_refusal(r, answer)) {
        return;
    }
    const struct notes_listed *body = msg_notes_listed(answer->reply);
    json_t *json = success_json(NULL, desc_notes_listed(), body);
    for (size_t i = 0; i < body->items_count; i++) {
        json_t *item = json_array_get(json_object_get(json, "items"), i);
        json_object_set_new(item, "raw", raw_json(&body->items[i]));
    }
    respond_json(r, MHD_HTTP_OK, &json);
}

static void write_note(const struct note_view *note, struct buffer *out)
{
    OWNED(json_release) json_t *raw = raw_json(note);
    OWNED(free_text) char *text = json_dumps(raw, JSON_COMPACT);
    OWNED(buffer_release) struct buffer head = {0};
    struct note_view bare = *note;
    bare.raw_count = 0;
    csv_line(desc_note_view(), &bare, false, &head);
    /* raw is the last column: its empty list, "[]", gives way to the object. */
    buffer_append(out, head.data, head.size - strlen("[]\r\n"));
    csv_text(text, out);
    buffer_append(out, "\r\n", 2);
}

static void notes_paged(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct request *r = context;
    if (answer->code != OK) {
        stream_refused(r, answer);
        return;
    }
    const struct notes_listed *page = msg_notes_listed(answer->reply);
    for (size_t i = 0; i < page->items_count; i++) {
        write_note(&page->items[i], &r->stream.text);
    }
    stream_page(r, page->next);
}

static void ask_notes_page(struct request *r)
{
    struct notes_list list = *(const struct notes_list *)r->input;
    list.cursor = r->stream.cursor;
    PUT(&list, limit, STREAM_PAGE_ROWS);
    ask_notes_list(r->services->bus, "history", &list, r->correlation_id, ASK_MS, notes_paged, r);
}

void list_notes(struct request *r)
{
    const struct notes_list *asked = r->input;
    if (r->wants_csv || asked->csv) {
        OWNED(buffer_release) struct buffer header = {0};
        csv_header(desc_note_view(), &header);
        buffer_append(&header, "", 1);
        stream_begin(r, "text/csv; charset=utf-8", "playbus-errors.csv", header.data,
                     ask_notes_page);
        return;
    }
    ask_notes_list(r->services->bus, "history", r->input, r->correlation_id, ask_left_ms(r),
                   notes_listed, r);
}
