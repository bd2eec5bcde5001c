/* SPDX-License-Identifier: MIT
 * query.c - application/x-www-form-urlencoded after the URL standard, but strict: a % must be
 * followed by two hexadecimal digits, the result must be UTF-8 without NUL, a name may stand once.
 */
#include "gateway/guard/query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"
#include "proto/wire/json.h"

#define PAIRS_MAX 32
#define NAME_MAX_SIZE 64

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* `out` has room for size + 1 bytes. */
bool query_decode(const char *text, size_t size, char *out, size_t *out_size)
{
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        char byte = text[i] == '+' ? ' ' : text[i];
        if (text[i] == '%') {
            int high = i + 2 < size ? hex_digit(text[i + 1]) : -1;
            int low = i + 2 < size ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            byte = (char)(high * 16 + low);
            i += 2;
        }
        out[used++] = byte;
    }
    out[used] = '\0';
    *out_size = used;
    return text_is_utf8(out, used);
}

static enum err refuse(struct flaw *flaw, enum err code, const char *field, const char *why)
{
    *flaw = (struct flaw){.code = code};
    snprintf(flaw->field, sizeof flaw->field, "%s", field);
    snprintf(flaw->text, sizeof flaw->text, "%s", why);
    return code;
}

static const struct field *find_field(const struct record_desc *record, const char *name)
{
    for (size_t i = 0; record != NULL && i < record->count; i++) {
        if (strcmp(record->fields[i].name, name) == 0) {
            return &record->fields[i];
        }
    }
    return NULL;
}

static json_t *whole_number(const char *text)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    bool plain = text[0] == '-' || (text[0] >= '0' && text[0] <= '9');
    return plain && *end == '\0' && errno == 0 ? json_integer(number) : NULL;
}

static json_t *truth(const char *text)
{
    if (strcmp(text, "1") == 0 || strcmp(text, "true") == 0) {
        return json_true();
    }
    return strcmp(text, "0") == 0 || strcmp(text, "false") == 0 ? json_false() : NULL;
}

/* NULL if the text is not of the field's type. */
static json_t *typed_value(const struct field *field, const char *text, size_t size)
{
    if (field != NULL && (field->type == TYPE_I64 || field->type == TYPE_U64)) {
        return whole_number(text);
    }
    if (field != NULL && field->type == TYPE_BOOL) {
        return truth(text);
    }
    return json_stringn(text, size);
}

struct query_target {
    const struct record_desc *record;
    const char *alias_public, *alias_field;
    json_t *values;
};

static enum err add_pair(const struct query_target *to, const char *pair, size_t size,
                         struct flaw *flaw)
{
    const char *equals = memchr(pair, '=', size);
    size_t name_size = equals != NULL ? (size_t)(equals - pair) : size;
    char name[NAME_MAX_SIZE] = "";
    if (name_size >= sizeof name || !query_decode(pair, name_size, name, &name_size) ||
        name_size == 0) {
        return refuse(flaw, ERR_BAD_REQUEST, "", "The query of the address is malformed");
    }
    bool renamed = to->alias_public != NULL && strcmp(name, to->alias_public) == 0;
    bool hidden = to->alias_field != NULL && strcmp(name, to->alias_field) == 0;
    const char *key = renamed ? to->alias_field : name;
    if (hidden) {
        return refuse(flaw, ERR_UNKNOWN_FIELD, name, "There is no such parameter here");
    }
    if (json_object_get(to->values, key) != NULL) {
        return refuse(flaw, ERR_BAD_FIELD, name, "This parameter is there twice");
    }
    const char *raw = equals != NULL ? equals + 1 : pair + size;
    size_t value_size = (size_t)(pair + size - raw);
    OWNED(free_text) char *value = must_alloc(value_size + 1);
    if (!query_decode(raw, value_size, value, &value_size)) {
        return refuse(flaw, ERR_BAD_FIELD, name, "This parameter is not well-formed text");
    }
    json_t *typed = typed_value(find_field(to->record, key), value, value_size);
    if (typed == NULL) {
        return refuse(flaw, ERR_BAD_FIELD, name, "This parameter is not of the right type");
    }
    json_object_set_new(to->values, key, typed);
    return OK;
}

enum err query_parse(const char *query, const struct record_desc *record, const char *alias_public,
                     const char *alias_field, json_t **out, struct flaw *out_flaw)
{
    OWNED(json_release) json_t *values = json_object();
    struct query_target to = {record, alias_public, alias_field, values};
    const char *at = query != NULL ? query : "";
    for (size_t pairs = 0; *at != '\0'; pairs++) {
        size_t size = strcspn(at, "&");
        if (pairs == PAIRS_MAX) {
            return refuse(out_flaw, ERR_BAD_REQUEST, "", "The address has too many parameters");
        }
        enum err e = size > 0 ? add_pair(&to, at, size, out_flaw) : OK;
        if (e != OK) {
            return e;
        }
        at += size + (at[size] == '&' ? 1 : 0);
    }
    *out = TAKE(values);
    return OK;
}
