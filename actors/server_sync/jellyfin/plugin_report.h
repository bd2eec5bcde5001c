/* SPDX-License-Identifier: MIT
 * plugin_report.h - plays from the plugin Playback Reporting, where the server has it: one row for
 * each, with how long it was played.
 *
 * It is asked in SQL, and what is sent are two fixed SELECTs, with numbers of ours in them. Columns
 * are named, for their order is not fixed and some versions lack some. Its times are those of the
 * server's zone; SQLite makes UTC of them there, and what it made of one first is kept. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_PLUGIN_REPORT_H
#define PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_PLUGIN_REPORT_H

#include "actors/server_sync/jellyfin/told.h"
#include "actors/server_sync/jellyfin/zone_runs.h"

#define REPORT_PATH "/user_usage_stats/submit_custom_query"
enum { REPORT_PAGE = 500, REPORT_QUESTION_SIZE = 1024, REPORT_COLUMNS_MAX = 16 };

enum report_state {
    REPORT_COLUMNS,
    REPORT_ROWS,
    REPORT_DONE,
    REPORT_ABSENT,
    REPORT_BROKEN,
    REPORT_ENDLESS
};

struct report_reading {
    struct dialect dialect;
    int64_t since, now; /* ms */
    const struct playing *playing;
    struct traces *traces;
    struct zone_runs *zone; /* borrowed; grows; NULL: what the server says now is taken */
    enum report_state state;
    unsigned columns; /* bits: those that this version has */
    int64_t last_row; /* read up to here */
    int64_t rows;     /* so many */
};

void report_begin(struct report_reading *r, const struct dialect *dialect, int64_t since,
                  int64_t now, const struct playing *playing, struct traces *traces);
bool report_is_done(const struct report_reading *r);
/* The body of a POST to REPORT_PATH. */
void report_question(const struct report_reading *r, char out[static REPORT_QUESTION_SIZE]);
/* Is an answer with that status the plugin's? Others are the server's, or a proxy's: it starts, is
 * busy, or refuses the token. */
bool report_is_answer(int status);
/* `status` and, of a 200, the answer. Nothing that the plugin does is the server's failure: it is
 * absent, or broken. */
void report_take(struct report_reading *r, int status, const json_t *answer, struct told_list *out);

#endif
