/* SPDX-License-Identifier: MIT
 * head.c - the checks of a request's head, after RFC 9110 and RFC 9112: one Content-Length or one
 * `chunked`, never both; one Host; names that are tokens; no control characters. */
#include "gateway/guard/head.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_token(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!isalnum((unsigned char)text[i]) && memchr("!#$%&'*+-.^_`|~", text[i], 15) == NULL) {
            return false;
        }
    }
    return size > 0;
}

/* Field values may hold tabs and bytes above 127, but nothing that ends a line or a C string. */
static bool is_field_value(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool is_target(const char *target)
{
    for (const char *at = target; *at != '\0'; at++) {
        if (*at <= 0x20 || *at >= 0x7f) {
            return false;
        }
    }
    return target[0] == '/';
}

void head_add(struct head *head, const struct head_line *line)
{
    if (head->count < HEAD_LINES_MAX) {
        head->lines[head->count] = *line;
    }
    head->count++;
    head->byte_count += line->name_size + line->value_size;
}

bool head_line_is(const struct head_line *line, const char *text)
{
    return line->value_size == strlen(text) &&
           strncasecmp(line->value, text, line->value_size) == 0;
}

bool head_line_begins(const struct head_line *line, const char *prefix)
{
    size_t size = head_line_may_begin(line, prefix) ? strlen(prefix) : 0;
    return size > 0 && line->name_size >= size && strncasecmp(line->name, prefix, size) == 0;
}

bool head_line_named(const struct head_line *line, const char *name)
{
    return head_line_may_begin(line, name) && line->name_size == strlen(name) &&
           strncasecmp(line->name, name, line->name_size) == 0;
}

static size_t kept_lines(const struct head *head)
{
    return head->count < HEAD_LINES_MAX ? head->count : HEAD_LINES_MAX;
}

const struct head_line *head_find(const struct head *head, const char *name)
{
    for (size_t i = 0; i < kept_lines(head); i++) {
        if (head_line_named(&head->lines[i], name)) {
            return &head->lines[i];
        }
    }
    return NULL;
}

size_t head_count(const struct head *head, const char *name)
{
    size_t found = 0;
    for (size_t i = 0; i < kept_lines(head); i++) {
        found += head_line_named(&head->lines[i], name) ? 1 : 0;
    }
    return found;
}

static bool list_has(const struct head_line *line, const char *token)
{
    const char *at = line->value;
    const char *end = line->value + line->value_size;
    while (at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma != NULL ? comma : end;
        const char *next = comma != NULL ? comma + 1 : end;
        while (at < stop && (*at == ' ' || *at == '\t')) {
            at++;
        }
        while (stop > at && (stop[-1] == ' ' || stop[-1] == '\t')) {
            stop--;
        }
        if ((size_t)(stop - at) == strlen(token) && strncasecmp(at, token, strlen(token)) == 0) {
            return true;
        }
        at = next;
    }
    return false;
}

bool head_has_token(const struct head *head, const char *name, const char *token)
{
    for (size_t i = 0; i < kept_lines(head); i++) {
        if (head_line_named(&head->lines[i], name) && list_has(&head->lines[i], token)) {
            return true;
        }
    }
    return false;
}

bool head_media_is(const struct head_line *content_type, const char *media_type)
{
    struct head_line bare = *content_type;
    const char *semicolon = memchr(bare.value, ';', bare.value_size);
    if (semicolon != NULL) {
        bare.value_size = (size_t)(semicolon - bare.value);
    }
    while (bare.value_size > 0 && isspace((unsigned char)bare.value[bare.value_size - 1])) {
        bare.value_size--;
    }
    return head_line_is(&bare, media_type);
}

/* Digits only, at most 15 of them: no sign, no list, no overflow. */
static bool parse_length(const struct head_line *line, int64_t *out)
{
    int64_t length = 0;
    if (line->value_size == 0 || line->value_size > 15) {
        return false;
    }
    for (size_t i = 0; i < line->value_size; i++) {
        if (!isdigit((unsigned char)line->value[i])) {
            return false;
        }
        length = length * 10 + (line->value[i] - '0');
    }
    *out = length;
    return true;
}

static const char *flaw_of_lines(const struct head *head)
{
    if (!is_token(head->method, strlen(head->method)) || !is_target(head->target)) {
        return "The request line is malformed";
    }
    for (size_t i = 0; i < head->count; i++) {
        const struct head_line *line = &head->lines[i];
        if (!is_token(line->name, line->name_size)) {
            return "A header's name is malformed";
        }
        if (!is_field_value(line->value, line->value_size)) {
            return "A header's value holds control characters";
        }
    }
    return NULL;
}

/* Where `line` must begin if the line before it ended at `end` with CR LF. */
static bool follows(const struct head_line *line, const char *end)
{
    if (line->name != end + 2) {
        return false;
    }
    const char *between = line->name + line->name_size + 1; /* behind the colon */
    if (between > line->value) {
        return false; /* a folded line: its name was moved elsewhere */
    }
    for (; between < line->value; between++) {
        if (*between != ' ' && *between != '\t') {
            return false;
        }
    }
    return true;
}

/* Folded lines, bare LF, NUL and superfluous spaces leave no trace in the pieces, only between
 * them. */
static const char *flaw_of_layout(const struct head *head)
{
    bool sound = head->target_at == head->method + strlen(head->method) + 1 &&
                 head->version == head->target_at + strlen(head->target) + 1;
    const char *end = head->version + strlen(head->version);
    for (size_t i = 0; sound && i < head->count; i++) {
        sound = follows(&head->lines[i], end);
        end = head->lines[i].value + head->lines[i].value_size;
    }
    sound = sound && end + strlen("\r\n\r\n") == head->method + head->size;
    return sound ? NULL : "The head of the request has folded or malformed lines";
}

static const char *flaw_of_framing(const struct head *head, struct head_facts *facts)
{
    const struct head_line *length = head_find(head, "Content-Length");
    const struct head_line *coding = head_find(head, "Transfer-Encoding");
    if (head_count(head, "Content-Length") > 1 || head_count(head, "Transfer-Encoding") > 1) {
        return "The length of the body is given twice";
    }
    if (length != NULL && coding != NULL) {
        return "Content-Length and Transfer-Encoding exclude each other";
    }
    if (length != NULL && !parse_length(length, &facts->content_length)) {
        return "Content-Length is not a number";
    }
    if (coding != NULL &&
        (!head_line_is(coding, "chunked") || strcmp(head->version, "HTTP/1.1") != 0)) {
        return "The only Transfer-Encoding understood is chunked, in HTTP/1.1";
    }
    facts->chunked = coding != NULL;
    return NULL;
}

static struct head_line line_or_none(const struct head *head, const char *name)
{
    const struct head_line *line = head_find(head, name);
    return line != NULL ? *line : (struct head_line){0};
}

static const char *flaw_of_names(const struct head *head, struct head_facts *facts)
{
    static const char *const once[] = {"Host",   "Origin",  "Content-Type", "Expect",
                                       "Cookie", "Upgrade", "Authorization"};
    for (size_t i = 0; i < COUNT_OF(once); i++) {
        if (head_count(head, once[i]) > 1) {
            return "A header that may stand once is there twice";
        }
    }
    facts->host = line_or_none(head, "Host");
    facts->origin = line_or_none(head, "Origin");
    facts->content_type = line_or_none(head, "Content-Type");
    const struct head_line *expect = head_find(head, "Expect");
    facts->expects_continue = expect != NULL;
    if (facts->host.value == NULL && strcmp(head->version, "HTTP/1.0") != 0) {
        return "The Host header is missing";
    }
    if (expect != NULL && !head_line_is(expect, "100-continue")) {
        return "The only expectation understood is 100-continue";
    }
    return NULL;
}

enum err head_check(const struct head *head, struct head_facts *out, const char **out_why)
{
    struct head_facts facts = {.content_length = -1};
    if (head->count > HEAD_LINES_MAX || head->byte_count + strlen(head->target) > HEAD_BYTES_MAX) {
        *out_why = "The head of the request is too large";
        return ERR_TOO_LARGE;
    }
    const char *why = flaw_of_lines(head);
    why = why == NULL && head->target_at != NULL ? flaw_of_layout(head) : why;
    why = why != NULL ? why : flaw_of_framing(head, &facts);
    why = why != NULL ? why : flaw_of_names(head, &facts);
    if (why != NULL) {
        *out_why = why;
        return ERR_BAD_REQUEST;
    }
    *out = facts;
    return OK;
}
