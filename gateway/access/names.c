/* SPDX-License-Identifier: MIT
 * names.c - what a character is, and its small letter, is asked of the C library in C.UTF-8, which
 * every Debian 12 has, whatever locale the process runs in. */
#include "gateway/access/names.h"

#include <assert.h>
#include <limits.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "gateway/access/parts.h"

static locale_t utf8;

static void open_locale(void)
{
    utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    assert(utf8 != (locale_t)0);
}

static locale_t names_locale(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_locale);
    return utf8;
}

/* Characters that print as nothing, as a space, or turn the text around: one name could look like
 * another. */
static bool is_invisible(wchar_t c)
{
    return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xa0 || c == 0xad || c == 0x61c || c == 0x2007 ||
           c == 0x202f || c == 0xfeff || c == 0x2800 || c == 0x3164 || c == 0x115f || c == 0x1160 ||
           c == 0xffa0 || (c >= 0xe0000 && c <= 0xe0fff);
}

/* The next character; its bytes, or 0 at the end and where the text is not UTF-8. */
static size_t next_character(const char *at, wchar_t *out)
{
    mbstate_t state = {0};
    size_t size = mbrtowc(out, at, strlen(at), &state);
    return size == (size_t)-1 || size == (size_t)-2 ? 0 : size;
}

bool name_is_good(const char *name)
{
    locale_t before = uselocale(names_locale());
    const char *at = name;
    bool good = true, space = true;
    for (wchar_t c; good && *at != '\0';) {
        size_t size = next_character(at, &c);
        bool blank = size > 0 && iswspace((wint_t)c) != 0;
        good = size > 0 && iswprint((wint_t)c) != 0 && !is_invisible(c) && !(at == name && blank);
        space = blank;
        at += size;
    }
    uselocale(before);
    return good && !space && at - name <= NAME_MAX_BYTES;
}

size_t name_characters(const char *name, wchar_t out[static NAME_MAX_BYTES + 1])
{
    locale_t before = uselocale(names_locale());
    size_t count = 0;
    while (*name != '\0' && count < NAME_MAX_BYTES) {
        size_t size = next_character(name, &out[count]);
        if (size == 0) {
            break;
        }
        name += size;
        count++;
    }
    uselocale(before);
    out[count] = L'\0';
    return count;
}

bool name_is_reserved(const char *name)
{
    char folded[FOLDED_SIZE];
    name_fold(name, folded);
    return strcmp(folded, LOCAL_NAME) == 0 || strcmp(folded, "playbus") == 0 ||
           strncmp(folded, UNKNOWN_BEGINS, strlen(UNKNOWN_BEGINS)) == 0;
}

void name_fold(const char *name, char out[static FOLDED_SIZE])
{
    locale_t before = uselocale(names_locale());
    size_t used = 0;
    for (wchar_t c; *name != '\0' && used + MB_LEN_MAX < FOLDED_SIZE;) {
        size_t size = next_character(name, &c);
        mbstate_t state = {0};
        size_t wrote = size > 0 ? wcrtomb(out + used, (wchar_t)towlower((wint_t)c), &state) : 0;
        if (wrote == 0 || wrote == (size_t)-1) {
            size = 1; /* not UTF-8: the byte itself */
            wrote = 1;
            out[used] = *name;
        }
        name += size;
        used += wrote;
    }
    out[used] = '\0';
    uselocale(before);
}
