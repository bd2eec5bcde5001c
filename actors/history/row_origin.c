/* SPDX-License-Identifier: MIT
 * row_origin.c - records of a server begin their id with what they are, but for those of Plex's
 * history; a row of Tautulli's API is one that came from an address without what the API leaves
 * out. */
#include "actors/history/row_origin.h"

#include <string.h>

#include "proto/base/own.h"

static bool begins(const char *text, const char *with)
{
    return text != NULL && strncmp(text, with, strlen(with)) == 0;
}

static bool record_of_server(const char *native_id, enum row_origin *out)
{
    static const struct {
        const char *begin;
        enum row_origin origin;
    } records[] = {{"log:", row_origin_activity_log},
                   {"report:", row_origin_plugin},
                   {"session:", row_origin_session},
                   {"item:", row_origin_played_item}};
    for (size_t i = 0; i < COUNT_OF(records); i++) {
        if (begins(native_id, records[i].begin)) {
            *out = records[i].origin;
            return true;
        }
    }
    return false;
}

/* A row that was completed from a database since has what the API leaves out. Tautulli's own table
 * makes 0 of a position that is left out. */
static enum row_origin of_tautulli(const struct play_row *row, const char *job_title)
{
    if (!begins(job_title, "http://") && !begins(job_title, "https://")) {
        return row_origin_database;
    }
    bool lacks =
        row->has_play && row->play.view_offset_ms == 0 && row->play.section_id == NULL &&
        (!row->has_stream || (row->stream.container == NULL && row->stream.video_codec == NULL));
    return lacks ? row_origin_api : row_origin_address;
}

bool row_origin_of(const struct play_row *row, const char *job_title, enum row_origin *out)
{
    switch (row->source) {
    case source_kind_tautulli:
        *out = of_tautulli(row, job_title);
        return true;
    case source_kind_plex:
        *out = row_origin_plex_history;
        (void)record_of_server(row->native_id, out);
        return true;
    default:
        return record_of_server(row->native_id, out);
    }
}
