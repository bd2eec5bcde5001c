/* SPDX-License-Identifier: MIT
 * activity_log.c - entries in the order in which they were written. */
#include "actors/server_sync/jellyfin/activity_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "proto/base/clock.h"

enum { SHIFTED_MAX = 20 };
#define TRACES_MS (14 * (int64_t)TOLD_DAY_MS)

void log_begin(struct log_reading *r, const struct dialect *dialect, int64_t since, int64_t now,
               const struct playing *playing, struct traces *traces)
{
    r->dialect = *dialect;
    r->since = since;
    r->now = now;
    r->playing = playing;
    r->traces = traces;
    r->total = -1;
    r->read = r->asked = 0;
    r->page_rows = LOG_PAGE;
    r->shifted = 0;
    r->done = false;
    r->open_count = 0;
}

void log_question(struct log_reading *r, char out[static LOG_QUESTION_SIZE])
{
    char since[CLOCK_TEXT_SIZE] = "1970-01-01T00:00:00Z";
    int64_t left = r->total < 0 ? 1 : r->total - r->read;
    int64_t start = 0;
    r->asked = left < r->page_rows ? left : r->page_rows;
    if (r->total >= 0) {
        start = left - r->asked;
    }
    if (r->since > TRACES_MS) {
        clock_to_text(r->since - TRACES_MS, since);
    }
    (void)snprintf(out, LOG_QUESTION_SIZE,
                   r->dialect.source == source_kind_emby
                       ? "/System/ActivityLog/Entries?StartIndex=%" PRId64 "&Limit=%" PRId64
                         "&MinDate=%s"
                       : "/System/ActivityLog/Entries?startIndex=%" PRId64 "&limit=%" PRId64
                         "&minDate=%s&hasUserId=true",
                   start, r->asked, since);
}

/* ---- entries ---- */

enum moment { NO_MOMENT, START, STOP };

/* Emby's names are assumed [?]: playback.start, and with the kind of media before it. */
static enum moment moment_of(const char *type, bool *out_audio)
{
    static const struct {
        const char *type;
        enum moment moment;
        bool audio;
    } types[] = {{"VideoPlayback", START, false},  {"VideoPlaybackStopped", STOP, false},
                 {"AudioPlayback", START, true},   {"AudioPlaybackStopped", STOP, true},
                 {"Playback", START, false},       {"PlaybackStopped", STOP, false},
                 {"playback.start", START, false}, {"playback.stop", STOP, false},
                 {"video.playback", START, false}, {"video.playbackstopped", STOP, false},
                 {"audio.playback", START, true},  {"audio.playbackstopped", STOP, true}};
    for (size_t i = 0; type != NULL && i < COUNT_OF(types); i++) {
        if (strcasecmp(type, types[i].type) == 0) {
            *out_audio = types[i].audio;
            return types[i].moment;
        }
    }
    return NO_MOMENT;
}

/* Two that are longer apart than a day do not belong together. */
static void tell(struct log_reading *r, const struct log_start *start, int64_t stop,
                 struct told_list *out)
{
    bool has_stop = stop >= start->at && stop - start->at <= TOLD_DAY_MS;
    traces_add(r->traces, start->user, start->item, start->at, has_stop ? stop : start->at);
    if (start->at < r->since) {
        return;
    }
    struct told *told = told_add(out);
    (void)snprintf(told->native_id, sizeof told->native_id, "log:%" PRId64, start->id);
    (void)snprintf(told->user, sizeof told->user, "%s", start->user);
    (void)snprintf(told->item, sizeof told->item, "%s", start->item);
    told->started_at = start->at;
    told->has_stop = has_stop;
    told->stopped_at = has_stop ? stop : 0;
    told->type = start->audio ? "Audio" : NULL;
}

static void close_start(struct log_reading *r, size_t at, int64_t stop, struct told_list *out)
{
    tell(r, &r->open[at], stop, out);
    memmove(&r->open[at], &r->open[at + 1], (r->open_count - at - 1) * sizeof r->open[0]);
    r->open_count--;
}

static void take_start(struct log_reading *r, const struct log_start *start, struct told_list *out)
{
    for (size_t i = 0; i < r->open_count; i++) {
        if (r->open[i].id == start->id) {
            return; /* met again, as the log was cut behind us */
        }
    }
    if (r->open_count == LOG_OPEN_MAX) {
        close_start(r, 0, -1, out);
    }
    r->open[r->open_count++] = *start;
}

static bool is_of(const struct log_start *a, const struct log_start *b)
{
    return strcmp(a->user, b->user) == 0 && strcmp(a->item, b->item) == 0;
}

/* The newest start that it can be of: those before lost their stops when the server died, and get
 * none of those that come. */
static void take_stop(struct log_reading *r, const struct log_start *stop, struct told_list *out)
{
    bool closed = false;
    for (size_t i = r->open_count; i-- > 0;) {
        if (is_of(&r->open[i], stop)) {
            close_start(r, i, closed ? -1 : stop->at, out);
            closed = true;
        }
    }
}

static void take_entry(struct log_reading *r, const json_t *entry, struct told_list *out)
{
    struct log_start one = {0};
    enum moment moment = moment_of(told_text(entry, "Type"), &one.audio);
    if (moment == NO_MOMENT || !told_time(entry, "Date", &one.at) ||
        !told_id(told_text(entry, "UserId"), one.user) || one.at > r->now + TOLD_DAY_MS) {
        return;
    }
    bool keyed = told_number(entry, "Id", &one.id) && told_id(told_text(entry, "ItemId"), one.item);
    if (moment == START && one.at < r->traces->covered_from) {
        r->traces->covered_from = one.at;
    }
    if (moment == START && !keyed) {
        traces_add(r->traces, one.user, NULL, one.at, one.at);
    } else if (moment == START) {
        take_start(r, &one, out);
    } else if (keyed) {
        take_stop(r, &one, out);
    }
}

/* What was begun and has no stop is still being played, or its stop is lost. */
static void end(struct log_reading *r, struct told_list *out)
{
    for (size_t i = 0; i < r->open_count; i++) {
        const struct log_start *start = &r->open[i];
        bool last = true;
        for (size_t k = i + 1; k < r->open_count; k++) {
            last = last && !is_of(&r->open[k], start);
        }
        bool plays = last && r->now - start->at < TOLD_DAY_MS &&
                     playing_has(r->playing, start->user, start->item);
        if (plays || r->now - start->at < TOLD_REST_MS) {
            traces_add(r->traces, start->user, start->item, start->at, r->now);
            out->later++;
        } else {
            tell(r, start, -1, out);
        }
    }
    r->open_count = 0;
    r->done = true;
}

/* True if the page is what was asked for. */
static bool stands_still(struct log_reading *r, int64_t total)
{
    if (total == r->total) {
        r->shifted = 0;
        return true;
    }
    if (total < r->total) { /* the oldest were removed: what was read may be among them */
        int64_t gone = r->total - total;
        r->read = r->read > gone ? r->read - gone : 0;
    }
    r->shifted += r->total >= 0;
    r->total = total;
    return false;
}

enum err log_take(struct log_reading *r, const json_t *page, struct told_list *out)
{
    const json_t *entries = json_object_get(page, "Items");
    int64_t total = 0;
    if (!json_is_array(entries) || !told_number(page, "TotalRecordCount", &total) || total < 0) {
        return ERR_SERVER_FAILED;
    }
    if (!stands_still(r, total)) {
        if (total == 0) {
            end(r, out);
        }
        return r->shifted > SHIFTED_MAX ? ERR_SERVER_FAILED : OK;
    }
    int64_t count = (int64_t)json_array_size(entries);
    if (r->read >= TOLD_ROWS_MAX) {
        return ERR_SERVER_FLOODS;
    }
    if (count > 0 && count < r->asked) {
        r->page_rows = count; /* it gives no more at once, and these are not the oldest */
        return OK;
    }
    for (int64_t i = count; i-- > 0;) {
        take_entry(r, json_array_get(entries, (size_t)i), out);
    }
    r->read += count;
    if (r->read >= r->total || count == 0 || count > r->asked) {
        end(r, out);
    }
    return OK;
}
