/* SPDX-License-Identifier: MIT
 * search.h - text compared as people search: without regard to case, accents, width or how the
 * characters are composed, in every alphabet (Unicode's compatibility decomposition and case
 * folding). `münchen` is in München, MÜNCHEN and Munchen, `strasse` in Straße. */
#ifndef PLAYBUS_ACTORS_SHARED_SEARCH_H
#define PLAYBUS_ACTORS_SHARED_SEARCH_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

/* What the text is compared by; for free_text. */
char *search_key(const char *text);
/* Does the text hold what the key was made of? `text` is followed by a NUL, or by nothing. */
bool search_holds(const char *text, size_t size, const char *key);
/* Are they the same but for what does not count? */
bool search_equals(const char *text, size_t size, const char *key);

/* Makes search_holds(text, key) and search_equals(text, key) known to the connection; a text that
 * is null holds and equals nothing. */
enum err search_functions(sqlite3 *db) NODISCARD;

#endif
