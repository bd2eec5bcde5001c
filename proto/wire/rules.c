/* SPDX-License-Identifier: MIT
 * rules.c - one place that knows what a row allows. */
#include "proto/wire/rules.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/clock.h"
#include "proto/base/text.h"

static void write_path(const struct path *at, char *out, size_t room)
{
    if (at == NULL) {
        out[0] = '\0';
        return;
    }
    write_path(at->above, out, room);
    size_t used = strlen(out);
    snprintf(out + used, room - used, "%s%s", used > 0 ? "." : "", at->name);
}

/* Names in requests are well-formed text, but may have been cut within a character. */
static void drop_cut_character(char *text)
{
    size_t size = strlen(text);
    while (size > 0 && !text_is_utf8(text, size)) {
        text[--size] = '\0';
    }
}

enum err flaw_at(struct flaw *out, enum err code, const struct path *at, const char *format, ...)
{
    if (out == NULL) {
        return code;
    }
    out->code = code;
    write_path(at, out->field, sizeof(out->field));
    drop_cut_character(out->field);
    size_t used = (size_t)snprintf(out->text, sizeof(out->text), "%s%s", out->field,
                                   out->field[0] != '\0' ? " " : "");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out->text + used, sizeof(out->text) - used, format, arguments);
    va_end(arguments);
    return code;
}

enum err flaw_missing(struct flaw *out, const struct path *at)
{
    return flaw_at(out, ERR_BAD_FIELD, at, "is missing");
}

enum err flaw_no_such_item(struct flaw *out, const struct field *f, const struct path *at)
{
    char items[128] = "";
    for (size_t i = 0; i < f->enumeration->count; i++) {
        size_t used = strlen(items);
        snprintf(items + used, sizeof(items) - used, "%s%s", used > 0 ? ", " : "",
                 f->enumeration->items[i]);
    }
    return flaw_at(out, ERR_BAD_FIELD, at, "must be one of %s", items);
}

bool field_present(const struct field *f, const void *record)
{
    if (f->type == TYPE_STR) {
        return member_text(f, record) != NULL;
    }
    if (f->presence == PRESENCE_REQ) {
        return true;
    }
    switch (f->type) {
    case TYPE_BIN:
        return MEMBER_OF(struct bytes, record, f->offset).data != NULL;
    case TYPE_LIST:
    case TYPE_STRS:
        return member_count(f, record) > 0;
    default:
        return MEMBER_OF(bool, record, f->aux_offset);
    }
}

static enum err check_text(const char *text, uint64_t max, const struct path *at, struct flaw *out)
{
    size_t size = strlen(text);
    if (size > max) {
        return flaw_at(out, ERR_BAD_FIELD, at, "is longer than %llu bytes",
                       (unsigned long long)max);
    }
    if (!text_is_utf8(text, size)) {
        return flaw_at(out, ERR_BAD_FIELD, at, "is not valid UTF-8 text");
    }
    return OK;
}

static enum err check_id(const struct native_id *id, uint64_t max, const struct path *at,
                         struct flaw *out)
{
    if (id->text.data != NULL && (id->text.size == 0 || id->text.size > max ||
                                  !text_is_clean(id->text.data, id->text.size))) {
        return flaw_at(out, ERR_BAD_FIELD, at, "must be a number or a text of 1 to %llu bytes",
                       (unsigned long long)max);
    }
    return OK;
}

static enum err check_whole(const struct field *f, int64_t value, const struct path *at,
                            struct flaw *out)
{
    int64_t low = f->ranged ? f->low : f->type == TYPE_U64 ? 0 : INT64_MIN;
    int64_t high = f->ranged ? f->high : INT64_MAX;
    if (f->type == TYPE_TIME) {
        low = CLOCK_MIN_MS;
        high = CLOCK_MAX_MS;
    }
    if (value < low || value > high) {
        return flaw_at(out, ERR_BAD_FIELD, at, "must be from %lld to %lld", (long long)low,
                       (long long)high);
    }
    return OK;
}

static enum err check_strs(const struct field *f, const void *record, const struct path *at,
                           struct flaw *out)
{
    const char *const *texts = MEMBER_OF(const char *const *, record, f->offset);
    for (size_t i = 0; i < member_count(f, record); i++) {
        if (texts[i] == NULL) {
            return flaw_missing(out, at);
        }
        enum err e = check_text(texts[i], TEXT_MAX, at, out);
        if (e != OK) {
            return e;
        }
    }
    return OK;
}

static enum err check_size(uint64_t size, uint64_t max, const char *unit, const struct path *at,
                           struct flaw *out)
{
    if (size > max) {
        return flaw_at(out, ERR_BAD_FIELD, at, "has more than %llu %s", (unsigned long long)max,
                       unit);
    }
    return OK;
}

enum err rules_check(const struct field *f, const void *record, const struct path *at,
                     struct flaw *out)
{
    enum err e = OK;
    switch (f->type) {
    case TYPE_STR:
        return check_text(member_text(f, record), f->max, at, out);
    case TYPE_BIN:
        return check_size(MEMBER_OF(struct bytes, record, f->offset).size, f->max, "bytes", at,
                          out);
    case TYPE_I64:
    case TYPE_U64: /* beyond INT64_MAX it reads as negative, and is refused */
    case TYPE_TIME:
        return check_whole(f, MEMBER_OF(int64_t, record, f->offset), at, out);
    case TYPE_ID:
        return check_id(&MEMBER_OF(struct native_id, record, f->offset), f->max, at, out);
    case TYPE_F64:
        if (!isfinite(MEMBER_OF(double, record, f->offset))) {
            return flaw_at(out, ERR_BAD_FIELD, at, "must be a finite number");
        }
        return OK;
    case TYPE_ENUM:
        if (MEMBER_OF(unsigned, record, f->offset) >= f->enumeration->count) {
            return flaw_no_such_item(out, f, at);
        }
        return OK;
    case TYPE_LIST:
        return check_size(member_count(f, record), f->max, "items", at, out);
    case TYPE_STRS:
        e = check_size(member_count(f, record), f->max, "items", at, out);
        return e == OK ? check_strs(f, record, at, out) : e;
    case TYPE_BOOL:
    case TYPE_RECORD:
        break;
    }
    return OK;
}
