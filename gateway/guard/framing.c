/* SPDX-License-Identifier: MIT
 * framing.c - one state for each place a byte can stand in, a function for each state. What a head
 * may hold in all is bounded so that libmicrohttpd's memory for it always suffices. */
#include "gateway/guard/framing.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "gateway/guard/head.h"

#define SEPARATORS_MAX                                                        \
    64 /* & of a query and ; of cookies: each is a parameter to libmicrohttpd \
        */
#define CHUNK_DIGITS_MAX 12
#define EXTENSION_MAX 256
#define HEAD_SIZE_MAX (HEAD_BYTES_MAX + 4 * HEAD_LINES_MAX + 64)

static bool refuse(struct framing *f, enum err code, const char *why)
{
    f->code = code;
    f->why = why;
    return false;
}

static bool malformed(struct framing *f)
{
    return refuse(f, ERR_BAD_REQUEST, "The head of the request has folded or malformed lines");
}

static bool bad_chunk(struct framing *f)
{
    return refuse(f, ERR_BAD_REQUEST, "The chunks of the body are malformed");
}

static bool is_token_char(unsigned char c)
{
    static const bool others[256] = {
        ['!'] = true,  ['#'] = true, ['$'] = true, ['%'] = true, ['&'] = true,
        ['\''] = true, ['*'] = true, ['+'] = true, ['-'] = true, ['.'] = true,
        ['^'] = true,  ['_'] = true, ['`'] = true, ['|'] = true, ['~'] = true,
    };
    return isalnum(c) || others[c];
}

static void keep(char *place, size_t room, size_t *size, unsigned char c)
{
    if (*size < room) {
        place[*size] = (char)c;
    }
    (*size)++; /* one that does not fit is too long to be what is looked for */
}

static bool is_kept(const char *place, size_t size, const char *text)
{
    return size == strlen(text) && strncasecmp(place, text, size) == 0;
}

static void begin_line(struct framing *f, enum framing_state state)
{
    f->state = state;
    f->name_size = f->value_size = 0;
}

static void begin_request(struct framing *f)
{
    *f = (struct framing){.requests = f->requests + 1};
}

/* ---- lines of the head ---- */

static bool end_request_line(struct framing *f)
{
    f->http_1_0 = is_kept(f->value, f->value_size, "HTTP/1.0");
    if (f->spaces != 2 || (!f->http_1_0 && !is_kept(f->value, f->value_size, "HTTP/1.1"))) {
        return refuse(f, ERR_BAD_REQUEST, "The request line is malformed");
    }
    begin_line(f, FRAMING_FIELD);
    return true;
}

static bool on_request_line(struct framing *f, unsigned char c)
{
    if (c == ' ') {
        f->spaces++;
        f->value_size = 0;
    } else if (c <= 0x20 || c >= 0x7f) {
        return refuse(f, ERR_BAD_REQUEST, "The request line is malformed");
    } else {
        keep(f->value, sizeof f->value, &f->value_size, c);
        f->separators += c == '&' ? 1 : 0;
    }
    return f->separators <= SEPARATORS_MAX ||
           refuse(f, ERR_TOO_LARGE, "The request has too many parameters");
}

/* Digits only, as many as fit. */
static bool take_length(struct framing *f)
{
    if (f->length) {
        return refuse(f, ERR_BAD_REQUEST, "The length of the body is given twice");
    }
    f->length = true;
    for (size_t i = 0; i < f->value_size; i++) {
        if (i >= 15 || !isdigit((unsigned char)f->value[i])) {
            return refuse(f, ERR_BAD_REQUEST, "Content-Length is not a number");
        }
        f->left = f->left * 10 + (uint64_t)(f->value[i] - '0');
    }
    return f->value_size > 0 || refuse(f, ERR_BAD_REQUEST, "Content-Length is not a number");
}

static bool take_coding(struct framing *f)
{
    if (f->chunked) {
        return refuse(f, ERR_BAD_REQUEST, "The length of the body is given twice");
    }
    f->chunked = true;
    return (!f->http_1_0 && is_kept(f->value, f->value_size, "chunked")) ||
           refuse(f, ERR_BAD_REQUEST,
                  "The only Transfer-Encoding understood is chunked, in HTTP/1.1");
}

static bool end_field(struct framing *f)
{
    while (f->value_size > 0 && f->value_size <= sizeof f->value &&
           (f->value[f->value_size - 1] == ' ' || f->value[f->value_size - 1] == '\t')) {
        f->value_size--;
    }
    bool sound = true;
    bool length = is_kept(f->name, f->name_size, "Content-Length");
    bool coding = is_kept(f->name, f->name_size, "Transfer-Encoding");
    if (f->trailer && (length || coding)) {
        return bad_chunk(f);
    }
    sound = length ? take_length(f) : coding ? take_coding(f) : true;
    if (sound && ++f->lines > HEAD_LINES_MAX) {
        return refuse(f, ERR_TOO_LARGE, "The head of the request is too large");
    }
    begin_line(f, FRAMING_FIELD);
    return sound;
}

static bool end_head(struct framing *f)
{
    if (!f->trailer && f->chunked && f->length) {
        return refuse(f, ERR_BAD_REQUEST,
                      "Content-Length and Transfer-Encoding exclude each other");
    }
    if (!f->trailer && f->chunked) {
        begin_line(f, FRAMING_CHUNK_SIZE);
    } else if (f->left > 0) {
        f->state = FRAMING_BODY;
    } else {
        begin_request(f);
    }
    return true;
}

static bool on_name(struct framing *f, unsigned char c)
{
    f->state = FRAMING_NAME;
    if (c == ':' && f->name_size > 0) {
        f->state = FRAMING_VALUE;
    } else if (!is_token_char(c)) {
        return malformed(f);
    } else {
        keep(f->name, sizeof f->name, &f->name_size, c);
    }
    return true;
}

static bool on_value(struct framing *f, unsigned char c)
{
    if ((c < 0x20 && c != '\t') || c == 0x7f) {
        return refuse(f, ERR_BAD_REQUEST, "A header's value holds control characters");
    }
    if (f->value_size > 0 || (c != ' ' && c != '\t')) {
        keep(f->value, sizeof f->value, &f->value_size, c);
    }
    f->separators += c == ';' ? 1 : 0;
    return f->separators <= SEPARATORS_MAX ||
           refuse(f, ERR_TOO_LARGE, "The head of the request is too large");
}

/* ---- chunks ---- */

static bool end_chunk_line(struct framing *f)
{
    if (f->digits == 0) {
        return bad_chunk(f);
    }
    if (f->left > 0) {
        f->state = FRAMING_CHUNK_DATA;
        return true;
    }
    f->trailer = true;
    f->head_size = 0;
    begin_line(f, FRAMING_FIELD);
    return true;
}

static bool on_chunk_size(struct framing *f, unsigned char c)
{
    if (c == ';' && f->digits > 0) {
        f->state = FRAMING_CHUNK_EXTENSION;
        f->value_size = 0;
        return true;
    }
    if (!isxdigit(c) || ++f->digits > CHUNK_DIGITS_MAX) {
        return bad_chunk(f);
    }
    f->left = f->left * 16 + (uint64_t)(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
    return true;
}

static bool on_extension(struct framing *f, unsigned char c)
{
    bool plain = c == '\t' || (c >= 0x20 && c != 0x7f);
    return (plain && ++f->value_size <= EXTENSION_MAX) || bad_chunk(f);
}

/* ---- bytes ---- */

static bool end_line(struct framing *f)
{
    switch (f->state) {
    case FRAMING_BEGIN:
        return true; /* an empty line before a request */
    case FRAMING_REQUEST_LINE:
        return end_request_line(f);
    case FRAMING_FIELD:
        return end_head(f);
    case FRAMING_VALUE:
        return end_field(f);
    case FRAMING_CHUNK_SIZE:
    case FRAMING_CHUNK_EXTENSION:
        return end_chunk_line(f);
    case FRAMING_CHUNK_END:
        f->digits = 0;
        f->state = FRAMING_CHUNK_SIZE;
        return true;
    default:
        return malformed(f);
    }
}

static bool on_char(struct framing *f, unsigned char c)
{
    switch (f->state) {
    case FRAMING_BEGIN:
        f->state = FRAMING_REQUEST_LINE;
        return c == ' ' ? refuse(f, ERR_BAD_REQUEST, "The request line is malformed")
                        : on_request_line(f, c);
    case FRAMING_REQUEST_LINE:
        return on_request_line(f, c);
    case FRAMING_FIELD:
    case FRAMING_NAME:
        return on_name(f, c);
    case FRAMING_VALUE:
        return on_value(f, c);
    case FRAMING_CHUNK_SIZE:
        return on_chunk_size(f, c);
    case FRAMING_CHUNK_EXTENSION:
        return on_extension(f, c);
    default:
        return bad_chunk(f);
    }
}

static bool in_chunks(const struct framing *f)
{
    return f->state == FRAMING_CHUNK_SIZE || f->state == FRAMING_CHUNK_EXTENSION ||
           f->state == FRAMING_CHUNK_END;
}

static bool on_byte(struct framing *f, unsigned char c)
{
    if (!in_chunks(f) && ++f->head_size > HEAD_SIZE_MAX) {
        return refuse(f, ERR_TOO_LARGE, "The head of the request is too large");
    }
    if (f->cr != (c == '\n')) { /* CR without LF, or LF without CR */
        return in_chunks(f) ? bad_chunk(f) : malformed(f);
    }
    f->cr = c == '\r';
    if (c == '\n') {
        f->cr = false;
        return end_line(f);
    }
    return f->cr || on_char(f, c);
}

/* Of a body or a chunk's data: any bytes, so many. */
static size_t skip(struct framing *f, size_t size)
{
    size_t taken = f->left < size ? (size_t)f->left : size;
    f->left -= taken;
    if (f->left == 0 && f->state == FRAMING_BODY) {
        begin_request(f);
    } else if (f->left == 0) {
        f->state = FRAMING_CHUNK_END;
    }
    return taken;
}

/* Would on_byte() only keep this byte? */
static bool is_plain(const struct framing *f, unsigned char c)
{
    switch (f->state) {
    case FRAMING_REQUEST_LINE:
        return c > 0x20 && c < 0x7f && c != '&';
    case FRAMING_NAME:
        return is_token_char(c);
    default:
        return c >= 0x20 && c != 0x7f && c != ';';
    }
}

/* Most bytes of a head stand amid a name or a value and mean nothing: how many of these may be
 * passed, what on_byte() would do with each of them is done for all. */
static size_t take_plain(struct framing *f, const char *bytes, size_t size)
{
    bool named = f->state == FRAMING_NAME;
    bool amid = named || f->state == FRAMING_REQUEST_LINE ||
                (f->state == FRAMING_VALUE && f->value_size > 0);
    if (!amid || f->cr) {
        return 0;
    }
    char *place = named ? f->name : f->value;
    size_t *used = named ? &f->name_size : &f->value_size;
    size_t whole = named ? sizeof f->name : sizeof f->value;
    size_t room = HEAD_SIZE_MAX - f->head_size;
    size_t most = size < room ? size : room;
    size_t count = 0;
    while (count < most && is_plain(f, (unsigned char)bytes[count])) {
        count++;
    }
    size_t kept = *used < whole ? whole - *used : 0;
    if (kept > 0) {
        memcpy(place + *used, bytes, count < kept ? count : kept);
    }
    *used += count;
    f->head_size += count;
    return count;
}

size_t framing_take(struct framing *f, const char *bytes, size_t size)
{
    size_t at = 0;
    while (at < size) {
        at += take_plain(f, bytes + at, size - at);
        if (at == size) {
            break;
        }
        if (f->state == FRAMING_BODY || f->state == FRAMING_CHUNK_DATA) {
            at += skip(f, size - at);
        } else if (on_byte(f, (unsigned char)bytes[at])) {
            at++;
        } else {
            break;
        }
    }
    return at;
}
