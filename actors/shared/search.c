/* SPDX-License-Identifier: MIT
 * search.c - folds text, and looks for folded text in it.
 *
 * Marks go only where they are accents or vowel points that people leave out: those of scripts
 * whose vowels are marks (Devanagari, Thai, the kana's voicing) tell words apart and stay. */
#include "actors/shared/search.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "proto/store/sqlite.h"

/* Titles fit the room on the stack; longer texts are folded on the heap. */
enum { POINTS_ROOM = 512, POINT_BYTES = 4 };

struct folded {
    char room[POINTS_ROOM * POINT_BYTES + 1];
    char *text; /* `room`, or owned */
    size_t size;
};

static void folded_release(struct folded *f)
{
    if (f->text != f->room) {
        free(f->text);
    }
}

/* Of what remains after the decomposition: a mark that is left out. The classes are Unicode's:
 * points of Hebrew and Arabic, and what stands above, below or across a letter. */
static bool is_left_out(utf8proc_int32_t c)
{
    utf8proc_propval_t class = utf8proc_get_property(c)->combining_class;
    return (class >= 10 && class <= 35) || class >= 200 || class == 1;
}

/* Letters that Unicode does not take apart, as they are typed without them. */
static const char *plain_letters(utf8proc_int32_t c)
{
    static const struct {
        utf8proc_int32_t letter;
        const char *plain;
    } letters[] = {{0xe6, "ae"}, {0xf0, "d"},  {0xf8, "o"},  {0xfe, "th"},  {0x111, "d"},
                   {0x127, "h"}, {0x131, "i"}, {0x142, "l"}, {0x153, "oe"}, {0x167, "t"}};
    for (size_t i = 0; i < COUNT_OF(letters); i++) {
        if (letters[i].letter == c) {
            return letters[i].plain;
        }
    }
    return NULL;
}

static void write_points(const utf8proc_int32_t *points, size_t count, struct folded *out)
{
    char *at = out->text;
    for (size_t i = 0; i < count; i++) {
        const char *plain = plain_letters(points[i]);
        if (plain != NULL) {
            at = stpcpy(at, plain);
        } else if (points[i] < 0x80) {
            *at++ = (char)points[i];
        } else if (!is_left_out(points[i])) {
            at += utf8proc_encode_char(points[i], (utf8proc_uint8_t *)at);
        }
    }
    *at = '\0';
    out->size = (size_t)(at - out->text);
}

/* What is no UTF-8 is only made lower case. */
static void write_bytes(const char *text, size_t size, struct folded *out)
{
    out->text = size < sizeof out->room ? out->room : must_alloc(size + 1);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        out->text[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    out->text[size] = '\0';
    out->size = size;
}

static void fold(const char *text, size_t size, struct folded *out)
{
    static const utf8proc_option_t options =
        UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | UTF8PROC_LUMP;
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
    utf8proc_ssize_t length = (utf8proc_ssize_t)size;
    utf8proc_int32_t room[POINTS_ROOM];
    OWNED(free_bytes) void *more = NULL;
    utf8proc_int32_t *points = room;
    utf8proc_ssize_t count = utf8proc_decompose(bytes, length, points, POINTS_ROOM, options);
    out->text = out->room;
    if (count > POINTS_ROOM) {
        points = more = must_alloc((size_t)count * sizeof *points);
        out->text = must_alloc((size_t)count * POINT_BYTES + 1);
        count = utf8proc_decompose(bytes, length, points, count, options);
    }
    if (count < 0) {
        write_bytes(text, size, out);
    } else {
        write_points(points, (size_t)count, out);
    }
}

/* ASCII, which most text is, needs no table; its capitals differ from the others by one bit. */
static bool is_ascii(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

char *search_key(const char *text)
{
    struct folded f;
    fold(text, strlen(text), &f);
    char *key = must_strdup(f.text);
    folded_release(&f);
    return key;
}

bool search_holds(const char *text, size_t size, const char *key)
{
    struct folded f;
    if (is_ascii(text, size)) {
        write_bytes(text, size, &f);
    } else {
        fold(text, size, &f);
    }
    bool holds = memmem(f.text, f.size, key, strlen(key)) != NULL;
    folded_release(&f);
    return holds;
}

bool search_equals(const char *text, size_t size, const char *key)
{
    struct folded f;
    fold(text, size, &f);
    bool equals = strcmp(f.text, key) == 0;
    folded_release(&f);
    return equals;
}

/* ---- in SQL ---- */

typedef bool compare_fn(const char *text, size_t size, const char *key);

static void compare(sqlite3_context *context, sqlite3_value **values, compare_fn *with)
{
    const char *text = (const char *)sqlite3_value_text(values[0]);
    const char *key = (const char *)sqlite3_value_text(values[1]);
    int size = sqlite3_value_bytes(values[0]);
    sqlite3_result_int(context, text != NULL && key != NULL && with(text, (size_t)size, key));
}

static void sql_holds(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    compare(context, values, search_holds);
}

static void sql_equals(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    compare(context, values, search_equals);
}

enum err search_functions(sqlite3 *db)
{
    static const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    int code =
        sqlite3_create_function_v2(db, "search_holds", 2, flags, NULL, sql_holds, NULL, NULL, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_create_function_v2(db, "search_equals", 2, flags, NULL, sql_equals, NULL,
                                          NULL, NULL);
    }
    return code == SQLITE_OK ? OK : db_error(db, code);
}
