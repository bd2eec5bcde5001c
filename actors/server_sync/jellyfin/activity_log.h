/* SPDX-License-Identifier: MIT
 * activity_log.h - plays from the activity log: a start and the stop that follows it, of one user
 * and item, are an interval.
 *
 * The server gives the newest entries first and knows no end to ask up to. So pages are asked for
 * from the oldest on, by their distance from the end, which new entries do not change; an answer
 * that counts other entries than the one before is asked for again. Entries that were written
 * before 10.9 (Emby: 4.9) do not say which item it was: they are no plays, only traces. As traces
 * those of two weeks before are read, too: they show that the server keeps a log. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_ACTIVITY_LOG_H
#define PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_ACTIVITY_LOG_H

#include "actors/server_sync/jellyfin/told.h"

enum { LOG_PAGE = 500, LOG_QUESTION_SIZE = 256, LOG_OPEN_MAX = 512 };

struct log_reading {
    struct dialect dialect;
    int64_t since, now; /* ms: plays from `since` on are told; 0: all */
    const struct playing *playing;
    struct traces *traces;
    int64_t total;     /* -1: not known yet */
    int64_t read;      /* entries from the oldest on */
    int64_t asked;     /* … that the answer brings */
    int64_t page_rows; /* at most asked for at once */
    unsigned shifted;  /* answers in a row that counted otherwise */
    bool done;
    size_t open_count;
    struct log_start {
        int64_t id, at;
        char user[TOLD_ID_SIZE], item[TOLD_ID_SIZE];
        bool audio;
    } open[LOG_OPEN_MAX]; /* starts whose stop has not come, oldest first */
};

void log_begin(struct log_reading *r, const struct dialect *dialect, int64_t since, int64_t now,
               const struct playing *playing, struct traces *traces);
void log_question(struct log_reading *r, char out[static LOG_QUESTION_SIZE]);
/* SERVER_FAILED: it is no page of a log, or the log does not stand still. SERVER_FLOODS: it
 * has no end. */
enum err log_take(struct log_reading *r, const json_t *page, struct told_list *out) NODISCARD;

#endif
