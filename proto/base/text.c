/* SPDX-License-Identifier: MIT
 * text.c - well-formed UTF-8 by table 3-7 of the Unicode standard, and the repair of what is not.
 *
 * Repaired text is well-formed, holds no control character but tab and newline, and is at most
 * TEXT_MAX bytes. Clean ASCII, nearly all there is, is recognised eight bytes at a time. */
#include "proto/base/text.h"

#include <ctype.h>
#include <endian.h>
#include <string.h>

#include "proto/base/own.h"

#define ONES UINT64_C(0x0101010101010101)
#define HIGH_BITS UINT64_C(0x8080808080808080)

/* A character or a maximal ill-formed subpart. */
struct step {
    unsigned size; /* bytes, at least 1 */
    bool well_formed;
};

/* The second byte's range depends on the first one: no overlong forms, surrogates or beyond
 * U+10FFFF. */
static struct step step_at(const unsigned char *at, size_t left)
{
    unsigned char first = at[0];
    if (first < 0x80) {
        return (struct step){1, true};
    }
    unsigned size = first >= 0xC2 && first <= 0xDF   ? 2
                    : first >= 0xE0 && first <= 0xEF ? 3
                    : first >= 0xF0 && first <= 0xF4 ? 4
                                                     : 1;
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    for (unsigned i = 1; i < size; i++) {
        if (i >= left || at[i] < low || at[i] > high) {
            return (struct step){i, false};
        }
        low = 0x80;
        high = 0xBF;
    }
    return (struct step){size, size > 1};
}

static bool is_control(const unsigned char *at, unsigned size)
{
    if (size == 1) {
        return (at[0] < 0x20 && at[0] != '\t' && at[0] != '\n') || at[0] == 0x7F;
    }
    return size == 2 && at[0] == 0xC2 && at[1] < 0xA0; /* U+0080..009F */
}

/* Eight bytes, the first one lowest. */
static uint64_t word_at(const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return le64toh(word);
}

/* The last bytes, fewer than eight, filled up with spaces. `begin` is where the text begins: where
 * it is long enough, the bytes are had by one load that ends with it. */
static uint64_t tail_at(const unsigned char *begin, const unsigned char *at, size_t left)
{
    uint64_t word = 0;
    if (at + left >= begin + sizeof(word)) {
        word = word_at(at + left - sizeof(word)) >> (8 * (sizeof(word) - left));
    } else {
        for (size_t i = left; i > 0; i--) {
            word = word << 8 | at[i - 1];
        }
    }
    return word | ONES * ' ' << (8 * left);
}

static uint64_t next_word(const unsigned char *begin, const unsigned char *at, size_t left)
{
    return left >= sizeof(uint64_t) ? word_at(at) : tail_at(begin, at, left);
}

/* The high bits of the bytes below 0x20, of 0x7F and not ASCII. A borrow may set one too many above
 * the lowest one, which is exact. */
static uint64_t odd_bytes(uint64_t word)
{
    uint64_t is_del = (word ^ (ONES * 0x7F)) - ONES;
    return (word | (word - ONES * 0x20) | is_del) & HIGH_BITS;
}

/* Any byte of the word NUL or not ASCII? */
static bool word_ends_ascii(uint64_t word)
{
    return ((word | (word - ONES)) & HIGH_BITS) != 0;
}

bool text_is_clean_ascii(const char *bytes, size_t size)
{
    const unsigned char *at = (const unsigned char *)bytes;
    const unsigned char *end = at + size / 8 * 8;
    uint64_t odd = 0;
    for (; at < end; at += 8) {
        odd |= odd_bytes(word_at(at));
    }
    return (odd | odd_bytes(word_at(at) | ONES * ' ' << (8 * (size % 8)))) == 0;
}

bool text_is_clean(const char *bytes, size_t size)
{
    const unsigned char *at = (const unsigned char *)bytes;
    const unsigned char *end = at + size;
    if (size > TEXT_MAX) {
        return false;
    }
    while (at < end) {
        size_t left = (size_t)(end - at);
        uint64_t odd = odd_bytes(next_word((const unsigned char *)bytes, at, left));
        if (odd == 0) {
            at += left < sizeof(uint64_t) ? left : sizeof(uint64_t);
            continue;
        }
        at += (unsigned)__builtin_ctzll(odd) / 8;
        struct step step = step_at(at, (size_t)(end - at));
        if (!step.well_formed || is_control(at, step.size)) {
            return false;
        }
        at += step.size;
    }
    return true;
}

bool text_is_utf8(const char *bytes, size_t size)
{
    const unsigned char *at = (const unsigned char *)bytes;
    const unsigned char *end = at + size;
    while (at < end) {
        size_t left = (size_t)(end - at);
        if (!word_ends_ascii(next_word((const unsigned char *)bytes, at, left))) {
            at += left < sizeof(uint64_t) ? left : sizeof(uint64_t);
            continue;
        }
        struct step step = step_at(at, left);
        if (!step.well_formed || *at == '\0') {
            return false;
        }
        at += step.size;
    }
    return true;
}

unsigned text_repair(const char *bytes, size_t size, char *out, size_t *out_size)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    const unsigned char *at = (const unsigned char *)bytes;
    const unsigned char *end = at + size;
    unsigned repairs = TEXT_CLEAN;
    size_t used = 0;
    while (at < end) {
        struct step step = step_at(at, (size_t)(end - at));
        if (step.well_formed && is_control(at, step.size)) {
            repairs |= TEXT_CONTROL;
            at += step.size;
            continue;
        }
        const void *piece = step.well_formed ? (const void *)at : replacement;
        size_t piece_size = step.well_formed ? step.size : sizeof(replacement) - 1;
        if (used + piece_size > TEXT_MAX) {
            repairs |= TEXT_CUT;
            break;
        }
        repairs |= step.well_formed ? TEXT_CLEAN : TEXT_UTF8;
        memcpy(out + used, piece, piece_size);
        used += piece_size;
        at += step.size;
    }
    out[used] = '\0';
    *out_size = used;
    return repairs;
}

/* The blank character at the start of the text: its size, 0 if there is none. NUL is no blank. */
static size_t blank_at(const char *text)
{
    static const char *const blanks[] = {
        "\u00a0", "\u1680", "\u180e", "\u2000", "\u2001",   "\u2002", "\u2003", "\u2004",
        "\u2005", "\u2006", "\u2007", "\u2008", "\u2009",   "\u200a", "\u200b", "\u200c",
        "\u200d", "\u200e", "\u200f", "\u2028", "\u2029",   "\u202f", "\u205f", "\u2060",
        "\u2800", "\u3000", "\u3164", "\ufeff", "\xc2\x85",
    };
    if ((unsigned char)text[0] < 0x80) {
        return text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r') ? 1 : 0;
    }
    if (strchr("\xc2\xe1\xe2\xe3\xef", text[0]) == NULL) {
        return 0; /* none of them begins so */
    }
    for (size_t i = 0; i < COUNT_OF(blanks); i++) {
        size_t size = strlen(blanks[i]);
        if (strncmp(text, blanks[i], size) == 0) {
            return size;
        }
    }
    return 0;
}

bool text_is_blank(const char *text)
{
    for (size_t blank; (blank = blank_at(text)) > 0;) {
        text += blank;
    }
    return text[0] == '\0';
}

const char *text_trim(const char *text, size_t *out_size)
{
    for (size_t blank; (blank = blank_at(text)) > 0;) {
        text += blank;
    }
    *out_size = 0;
    for (const char *at = text; *at != '\0';) {
        size_t blank = blank_at(at);
        at += blank > 0 ? blank : 1;
        *out_size = blank > 0 ? *out_size : (size_t)(at - text);
    }
    return text;
}

#define COMPARED_MAX 64

/* One more letter of a text against all of the other: row[j] is the distance to its first j. */
static void add_letter(size_t *row, int letter, const char *other, size_t size)
{
    size_t diagonal = row[0]++;
    for (size_t j = 1; j <= size; j++) {
        size_t changed = diagonal + (letter != tolower((unsigned char)other[j - 1]) ? 1 : 0);
        size_t added = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
        diagonal = row[j];
        row[j] = changed < added ? changed : added;
    }
}

size_t text_distance(const char *a, const char *b)
{
    size_t row[COMPARED_MAX + 1];
    size_t size = strnlen(b, COMPARED_MAX);
    for (size_t j = 0; j <= size; j++) {
        row[j] = j;
    }
    for (size_t i = 0; i < COMPARED_MAX && a[i] != '\0'; i++) {
        add_letter(row, tolower((unsigned char)a[i]), b, size);
    }
    return row[size];
}

bool text_is_format(uint32_t c)
{
    return c == 0x200b || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

static bool is_harmful(const unsigned char *at, struct step step, const char *keep)
{
    if (!step.well_formed) {
        return true;
    }
    if (step.size == 1) {
        return at[0] == 0x7F || (at[0] < 0x20 && (at[0] == '\0' || strchr(keep, at[0]) == NULL));
    }
    if (step.size == 3) {
        return text_is_format(
            (uint32_t)((at[0] & 0x0F) << 12 | (at[1] & 0x3F) << 6 | (at[2] & 0x3F)));
    }
    return is_control(at, step.size);
}

void text_neutralise(char *bytes, size_t size, const char *keep)
{
    unsigned char *at = (unsigned char *)bytes;
    for (size_t left = size; left > 0;) {
        struct step step = step_at(at, left);
        if (is_harmful(at, step, keep)) {
            memset(at, '?', step.size);
        }
        at += step.size;
        left -= step.size;
    }
}

void text_copy(char *out, size_t room, const char *text)
{
    size_t size = strlen(text);
    if (size >= room) {
        for (size = room - 1; size > 0 && ((unsigned char)text[size] & 0xC0U) == 0x80; size--) {
        }
    }
    memcpy(out, text, size);
    out[size] = '\0';
}
