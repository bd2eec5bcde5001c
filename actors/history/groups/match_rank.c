/* SPDX-License-Identifier: MIT
 * match_rank.c - the order in which rows of one play are folded. It never looks at numbers of ours,
 * which follow the order of arrival. */
#include "actors/history/groups/match.h"

#include <string.h>

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_native(const struct native_id *a, const struct native_id *b)
{
    if (a->text.data == NULL || b->text.data == NULL) {
        int texts = (a->text.data != NULL) - (b->text.data != NULL);
        return texts != 0 ? texts : compare(a->number, b->number);
    }
    size_t size = a->text.size < b->text.size ? a->text.size : b->text.size;
    int order = memcmp(a->text.data, b->text.data, size);
    return order != 0 ? order : compare((int64_t)a->text.size, (int64_t)b->text.size);
}

static int quality(const struct match_row *row)
{
    return row->point ? 1 : row->has_stop ? 0 : 2;
}

enum server_record match_record(const struct match_row *row)
{
    static const char *const begins[] = {[RECORD_LOG] = "log:",
                                         [RECORD_SESSION] = "session:",
                                         [RECORD_REPORT] = "report:",
                                         [RECORD_ITEM] = "item:"};
    const struct bytes *id = &row->native_id.text;
    bool own = row->kind == source_kind_jellyfin || row->kind == source_kind_emby ||
               row->kind == source_kind_plex; /* whose numbers are its history's */
    for (enum server_record r = RECORD_LOG; own && id->data != NULL && r <= RECORD_ITEM; r++) {
        size_t size = strlen(begins[r]);
        if (id->size > size && memcmp(id->data, begins[r], size) == 0) {
            return r;
        }
    }
    return RECORD_NONE;
}

int match_rank(const struct match_row *a, const struct match_row *b)
{
    int order = compare(quality(a), quality(b));
    order = order != 0 ? order : compare(a->kind, b->kind);
    order = order != 0 ? order : compare(match_record(a), match_record(b));
    order = order != 0 ? order : compare_native(&a->native_id, &b->native_id);
    order = order != 0 ? order : compare(a->started_at, b->started_at);
    /* The numbers of sources follow the order of arrival, so they do not count. */
    return order != 0 ? order : compare(a->content_hash, b->content_hash);
}
