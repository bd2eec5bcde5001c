/* SPDX-License-Identifier: MIT
 * match_same.c - whether two rows tell of one item, and of one player. */
#include "actors/history/groups/match.h"

#include <string.h>
#include <xxhash.h>

#include "actors/shared/search.h"
#include "proto/base/own.h"

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool contradicts(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) != 0;
}

static uint64_t hash_folded(const char *text, uint64_t seed)
{
    OWNED(free_text) char *key = text != NULL ? search_key(text) : NULL;
    return key != NULL ? XXH3_64bits_withSeed(key, strlen(key), seed) : seed * 31 + 1;
}

/* What an item is called, where its keys were changed: show or artist with season and number, else
 * its title too; 0: it has no title. */
static uint64_t titles_of(struct match_row *row)
{
    if (row->titles != 0 || (row->title == NULL && row->grandparent_title == NULL)) {
        return row->titles;
    }
    bool numbered = row->grandparent_title != NULL && row->media_index >= 0;
    uint64_t hash = hash_folded(row->grandparent_title, (uint64_t)row->parent_media_index);
    hash ^=
        numbered ? (uint64_t)row->media_index * 0x9e3779b97f4a7c15ULL : hash_folded(row->title, 7);
    row->titles = hash | 1U;
    return row->titles;
}

bool match_same_item(struct match_row *a, struct match_row *b)
{
    if (contradicts(a->media_type, b->media_type)) {
        return false;
    }
    if (same_text(a->rating_key, b->rating_key) || same_text(a->guid, b->guid)) {
        return true;
    }
    return !contradicts(a->section_id, b->section_id) && titles_of(a) != 0 &&
           titles_of(a) == titles_of(b);
}

bool match_same_player(const struct match_row *a, const struct match_row *b)
{
    return !contradicts(a->machine_id, b->machine_id);
}
