/* SPDX-License-Identifier: MIT
 * text.h - text from strangers made safe to store and show. */
#ifndef PLAYBUS_PROTO_BASE_TEXT_H
#define PLAYBUS_PROTO_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_MAX 65536 /* bytes of one text value; longer ones are cut at a character */

enum text_repair {
    TEXT_CLEAN = 0,
    TEXT_UTF8 = 1, /* ill-formed subparts became U+FFFD each (Unicode 15, 3.9, maximal subparts) */
    TEXT_CONTROL = 2, /* control characters but tab and newline were dropped */
    TEXT_CUT = 4      /* cut at TEXT_MAX */
};

/* True if the bytes need no repair at all: the fast path, no copy. */
bool text_is_clean(const char *bytes, size_t size);
/* The same, faster, of printable ASCII, which is nearly all there is: the bytes are followed by
 * zeros up to a whole eight-byte word, at least one. False: not known. */
bool text_is_clean_ascii(const char *bytes, size_t size);
/* Writes the repaired text and a NUL to `out` (room for TEXT_MAX + 1); returns a mask of
 * text_repair. `out_size` gets the length without the NUL. */
unsigned text_repair(const char *bytes, size_t size, char *out, size_t *out_size);
/* Well-formed UTF-8 without NUL? */
bool text_is_utf8(const char *bytes, size_t size);
/* Nothing but what shows nothing: Unicode's White_Space and the zero-width characters? */
bool text_is_blank(const char *text);
/* Where the text begins without the blanks around it, and how long it is then. */
const char *text_trim(const char *text, size_t *out_size);
/* How many bytes have to be changed, added or left out to make one the other (Levenshtein), without
 * regard to ASCII case; of long texts the first 64 bytes count. */
size_t text_distance(const char *a, const char *b);

/* The whole text, or its beginning that fits: cut at a character. */
void text_copy(char *out, size_t room, const char *text);

/* Makes text harmless for a terminal or a log, in place: a question mark for each byte of a control
 * character (C0 but those in `keep`, DEL, C1), of one that turns or hides text, and of what is no
 * UTF-8. */
void text_neutralise(char *bytes, size_t size, const char *keep);
/* Of U+200B..200F, U+202A..202E, U+2060..206F and U+FEFF: prints nothing, and turns or hides text.
 */
bool text_is_format(uint32_t character);

#endif
