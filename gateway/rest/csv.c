/* SPDX-License-Identifier: MIT
 * csv.c - RFC 4180 by walking a record's table: CRLF ends a line, quotes are doubled, absent is
 * empty. */
#include "gateway/rest/csv.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "gateway/rest/redact.h"
#include "proto/base/clock.h"
#include "proto/wire/json.h"

static bool would_run(char first)
{
    return first == '=' || first == '+' || first == '-' || first == '@' || first == '\t' ||
           first == '\r';
}

/* The text between quotes, its own quotes doubled. */
static void append_quoted(const char *text, struct buffer *out)
{
    buffer_append(out, "\"", 1);
    for (const char *at = text; *at != '\0';) {
        size_t plain = strcspn(at, "\"");
        buffer_append(out, at, plain);
        at += plain;
        if (*at == '"') {
            buffer_append(out, "\"\"", 2);
            at++;
        }
    }
    buffer_append(out, "\"", 1);
}

void csv_text(const char *text, struct buffer *out)
{
    if (would_run(text[0])) {
        size_t size = strlen(text);
        OWNED(free_text) char *guarded = must_alloc(size + 2);
        guarded[0] = '\'';
        memcpy(guarded + 1, text, size);
        append_quoted(guarded, out);
    } else if (strpbrk(text, "\",\r\n") != NULL) {
        append_quoted(text, out);
    } else {
        buffer_append(out, text, strlen(text));
    }
}

static void append_plain(const char *text, struct buffer *out)
{
    buffer_append(out, text, strlen(text));
}

static const void *at_offset(const void *value, size_t offset)
{
    return (const char *)value + offset;
}

static bool is_present(const struct field *field, const void *value)
{
    return field->presence == PRESENCE_REQ || *(const bool *)at_offset(value, field->aux_offset);
}

/* A list stands as one cell of JSON. */
static void append_list(const struct field *field, const void *value, struct buffer *out)
{
    const void *items = *(const void *const *)at_offset(value, field->offset);
    size_t count = *(const size_t *)at_offset(value, field->aux_offset);
    OWNED(json_release) json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(
            list,
            field->type == TYPE_STRS
                ? json_string(((const char *const *)items)[i])
                : record_to_json(field->record(), at_offset(items, i * field->record()->size)));
    }
    OWNED(free_text) char *text = json_dumps(list, JSON_COMPACT);
    csv_text(text, out);
}

static void append_number(const struct field *field, const void *at, struct buffer *out)
{
    char text[48] = "";
    if (field->type == TYPE_I64) {
        snprintf(text, sizeof text, "%" PRId64, *(const int64_t *)at);
    } else if (field->type == TYPE_U64) {
        snprintf(text, sizeof text, "%" PRIu64, *(const uint64_t *)at);
    } else {
        snprintf(text, sizeof text, "%.15g", *(const double *)at);
    }
    append_plain(text, out);
}

static void append_id(const struct native_id *id, struct buffer *out)
{
    char text[NATIVE_ID_MAX + 1];
    if (id->text.data != NULL) {
        snprintf(text, sizeof text, "%.*s", (int)id->text.size, (const char *)id->text.data);
        csv_text(text, out);
    } else {
        snprintf(text, sizeof text, "%" PRId64, id->number);
        append_plain(text, out);
    }
}

static void append_cell(const struct field *field, const void *value, struct buffer *out)
{
    const void *at = at_offset(value, field->offset);
    char time[CLOCK_TEXT_SIZE];
    switch (field->type) {
    case TYPE_STR:
        csv_text(*(const char *const *)at != NULL ? *(const char *const *)at : "", out);
        break;
    case TYPE_BOOL:
        append_plain(!is_present(field, value) ? "" : *(const bool *)at ? "true" : "false", out);
        break;
    case TYPE_ID:
        if (is_present(field, value)) {
            append_id(at, out);
        }
        break;
    case TYPE_I64:
    case TYPE_U64:
    case TYPE_F64:
        if (is_present(field, value)) {
            append_number(field, at, out);
        }
        break;
    case TYPE_TIME:
        if (is_present(field, value)) {
            clock_to_text(*(const int64_t *)at, time);
            append_plain(time, out);
        }
        break;
    case TYPE_ENUM:
        if (is_present(field, value)) {
            append_plain(schema_enum_text(field->enumeration, *(const int *)at), out);
        }
        break;
    case TYPE_LIST:
    case TYPE_STRS:
        append_list(field, value, out);
        break;
    case TYPE_BIN:
    case TYPE_RECORD:
        break; /* has no column */
    }
}

/* Optional records (stream, item) are for the lossless form only. */
static bool has_column(const struct field *field)
{
    return field->type != TYPE_RECORD && field->type != TYPE_BIN;
}

void csv_header(const struct record_desc *record, struct buffer *out)
{
    const char *between = "";
    for (size_t i = 0; i < record->count; i++) {
        if (has_column(&record->fields[i])) {
            append_plain(between, out);
            append_plain(record->fields[i].name, out);
            between = ",";
        }
    }
    append_plain("\r\n", out);
}

void csv_line(const struct record_desc *record, const void *value, bool redacted,
              struct buffer *out)
{
    const char *between = "";
    for (size_t i = 0; i < record->count; i++) {
        const struct field *field = &record->fields[i];
        if (!has_column(field)) {
            continue;
        }
        append_plain(between, out);
        between = ",";
        if (!redacted || !redact_hides(field->name)) {
            append_cell(field, value, out);
        }
    }
    append_plain("\r\n", out);
}
