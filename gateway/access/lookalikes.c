/* SPDX-License-Identifier: MIT
 * lookalikes.c - tables of ranges, and of Greek and Cyrillic letters with the Latin letter that
 * they are drawn as. */
#include "gateway/access/lookalikes.h"

#include <string.h>
#include <wchar.h>
#include <wctype.h>

enum alphabet { ANY, LATIN, GREEK, CYRILLIC, ARMENIAN, CHEROKEE, COPTIC, LISU, GEORGIAN, REFUSED };

/* What is in no range can be mistaken for none of these. */
static const struct range {
    unsigned first, last;
    enum alphabet alphabet;
} ranges[] = {
    {'A', 'Z', LATIN},
    {'a', 'z', LATIN},
    {0xaa, 0xaa, REFUSED},
    {0xba, 0xba, REFUSED},
    {0xc0, 0xd6, LATIN},
    {0xd8, 0xf6, LATIN},
    {0xf8, 0x2af, LATIN},
    {0x2b0, 0x36f, REFUSED}, /* raised letters, and marks set upon letters */
    {0x370, 0x3ff, GREEK},
    {0x400, 0x52f, CYRILLIC},
    {0x531, 0x58a, ARMENIAN},
    {0x10a0, 0x10ff, GEORGIAN},
    {0x13a0, 0x13ff, CHEROKEE},
    {0x1680, 0x1680, REFUSED},
    {0x180b, 0x180f, REFUSED},
    {0x1ab0, 0x1aff, REFUSED},
    {0x1c80, 0x1c8f, CYRILLIC},
    {0x1c90, 0x1cbf, GEORGIAN},
    {0x1d00, 0x1dff, REFUSED},
    {0x1e00, 0x1eff, LATIN},
    {0x1f00, 0x1fff, GREEK},
    {0x2000, 0x200f, REFUSED}, /* spaces of other widths */
    {0x2010, 0x2015, REFUSED}, /* what looks like a hyphen */
    {0x2024, 0x2024, REFUSED},
    {0x2028, 0x202f, REFUSED},
    {0x2044, 0x2044, REFUSED},
    {0x205f, 0x209f, REFUSED},
    {0x20d0, 0x20ff, REFUSED},
    {0x2100, 0x218f, REFUSED}, /* letter-like signs, Roman numerals */
    {0x2212, 0x2212, REFUSED},
    {0x2460, 0x24ff, REFUSED},
    {0x2c60, 0x2c7f, LATIN},
    {0x2c80, 0x2cff, COPTIC},
    {0x2d00, 0x2d2f, GEORGIAN},
    {0x2de0, 0x2dff, REFUSED},
    {0x3000, 0x3000, REFUSED},
    {0xa4d0, 0xa4ff, LISU},
    {0xa640, 0xa69f, CYRILLIC},
    {0xa720, 0xa7ff, LATIN},
    {0xab30, 0xab6f, LATIN},
    {0xab70, 0xabbf, CHEROKEE},
    {0xfb00, 0xfb4f, REFUSED}, /* ligatures */
    {0xfe00, 0xfe0f, REFUSED},
    {0xfe20, 0xfe2f, REFUSED},
    {0xfe50, 0xfe6f, REFUSED},
    {0xff00, 0xffef, REFUSED},   /* full width and half width */
    {0x10280, 0x1043f, REFUSED}, /* alphabets that nobody writes any more */
    {0x1d400, 0x1d7ff, REFUSED}, /* mathematical */
    {0x1f100, 0x1f1ff, REFUSED},
    {0x1fbf0, 0x1fbf9, REFUSED},
};

static enum alphabet alphabet_of(wchar_t c)
{
    for (size_t i = 0; i < COUNT_OF(ranges); i++) {
        if ((unsigned)c >= ranges[i].first && (unsigned)c <= ranges[i].last) {
            return ranges[i].alphabet;
        }
    }
    return ANY;
}

bool name_is_of_one_alphabet(const char *name)
{
    wchar_t text[NAME_MAX_BYTES + 1];
    enum alphabet found = ANY;
    size_t size = name_characters(name, text);
    for (size_t i = 0; i < size; i++) {
        enum alphabet own = alphabet_of(text[i]);
        if (own == REFUSED || (own != ANY && found != ANY && own != found)) {
            return false;
        }
        found = own != ANY ? own : found;
    }
    return true;
}

/* ---- whole names ---- */

/* Each letter with the one it looks like, in the case in which it does. */
static const wchar_t drawn[] = L"ΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXϹCϺMοoνvρpιiκkυuαaγyτtχxωwϲcϳj"
                               L"АAВBЕEКKМMНHОOРPСCТTУYХXІIЈJЅSԌGԚQԜWҮYҺhӀlԀd"
                               L"аaеeкkоoрpсcуyхxіiјjѕsһhԁdԛqԝwүyѵvмmтtнhвbпnгrиuӏlёëїï"
                               L"ՍUՏSՕOՈnհhոnսuօoցgքpզq";

static wchar_t shape_of(wchar_t c)
{
    for (size_t i = 0; i + 1 < COUNT_OF(drawn); i += 2) {
        if (drawn[i] == c) {
            return (wchar_t)towlower((wint_t)drawn[i + 1]);
        }
    }
    return (wchar_t)towlower((wint_t)c);
}

bool names_look_alike(const char *one, const char *other)
{
    wchar_t first[NAME_MAX_BYTES + 1], second[NAME_MAX_BYTES + 1];
    size_t size = name_characters(one, first);
    if (size != name_characters(other, second)) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (shape_of(first[i]) != shape_of(second[i])) {
            return false;
        }
    }
    return true;
}
