/* SPDX-License-Identifier: MIT
 * plugin_report.c - rows of the plugin, all of whose cells are texts. */
#include "actors/server_sync/jellyfin/plugin_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TIMER_MS = 20 * TOLD_SECOND_MS, CELLS_MAX = 32, LENGTH_MAX_S = 86400 };

enum column { USER, ITEM, TYPE, NAME, METHOD, CLIENT, DEVICE, LENGTH, PAUSED, ADDRESS, COLUMNS };

static const char *const names[] = {"UserId",         "ItemId",       "ItemType",   "ItemName",
                                    "PlaybackMethod", "ClientName",   "DeviceName", "PlayDuration",
                                    "PauseDuration",  "RemoteAddress"};
_Static_assert(COUNT_OF(names) == COLUMNS, "a name for each column");
#define NEEDED (1U << USER | 1U << ITEM | 1U << LENGTH)

void report_begin(struct report_reading *r, const struct dialect *dialect, int64_t since,
                  int64_t now, const struct playing *playing, struct traces *traces)
{
    *r = (struct report_reading){.dialect = *dialect,
                                 .since = since,
                                 .now = now,
                                 .playing = playing,
                                 .traces = traces,
                                 .state = REPORT_COLUMNS,
                                 .last_row = -1};
}

bool report_is_done(const struct report_reading *r)
{
    return r->state >= REPORT_DONE;
}

void report_question(const struct report_reading *r, char out[static REPORT_QUESTION_SIZE])
{
    char columns[256] = "";
    size_t size = 0;
    if (r->state == REPORT_COLUMNS) {
        (void)snprintf(out, REPORT_QUESTION_SIZE,
                       "{\"CustomQueryString\":\"SELECT name FROM"
                       " pragma_table_info('PlaybackActivity')\",\"ReplaceUserId\":false}");
        return;
    }
    for (enum column c = 0; c < COLUMNS; c++) {
        if ((r->columns & 1U << c) != 0) {
            size += (size_t)snprintf(columns + size, sizeof columns - size, ", %s", names[c]);
        }
    }
    (void)snprintf(out, REPORT_QUESTION_SIZE,
                   "{\"CustomQueryString\":\"SELECT rowid AS RowNo, DateCreated,"
                   " strftime('%%s', DateCreated, 'utc') AS StartedAt%s FROM PlaybackActivity"
                   " WHERE rowid > %" PRId64 " AND CAST(strftime('%%s', DateCreated, 'utc') AS"
                   " INTEGER) >= %" PRId64 " ORDER BY rowid LIMIT %d\",\"ReplaceUserId\":false}",
                   columns, r->last_row, r->since / TOLD_SECOND_MS, REPORT_PAGE);
}

/* ---- answers ---- */

/* Where the answer has a column; the plugin says "colums". */
static size_t place_of(const json_t *answer, const char *name)
{
    const json_t *columns = json_object_get(answer, "colums");
    columns = json_is_array(columns) ? columns : json_object_get(answer, "columns");
    size_t count = json_array_size(columns);
    for (size_t i = 0; i < count && i < CELLS_MAX; i++) {
        const char *found = json_string_value(json_array_get(columns, i));
        if (found != NULL && strcmp(found, name) == 0) {
            return i;
        }
    }
    return CELLS_MAX;
}

static const char *cell(const json_t *row, size_t at)
{
    const char *text = at < CELLS_MAX ? json_string_value(json_array_get(row, at)) : NULL;
    return text != NULL && text[0] != '\0' ? text : NULL;
}

static bool number(const json_t *row, size_t at, int64_t *out)
{
    const char *text = cell(row, at);
    char *end = NULL;
    long long found = text != NULL ? strtoll(text, &end, 10) : 0;
    if (text == NULL || end == text || (*end != '\0' && *end != '.')) {
        return false;
    }
    *out = found;
    return true;
}

/* "Error Running Query</br>…", which comes with 200. */
static bool is_error(const json_t *answer)
{
    const char *message = told_text(answer, "message");
    return !json_is_array(json_object_get(answer, "results")) ||
           (message != NULL && strncmp(message, "Error", strlen("Error")) == 0);
}

static void take_columns(struct report_reading *r, const json_t *answer)
{
    const json_t *rows = json_object_get(answer, "results");
    const json_t *row = NULL;
    size_t i = 0;
    json_array_foreach(rows, i, row)
    {
        const char *name = cell(row, 0);
        for (enum column c = 0; name != NULL && c < COLUMNS; c++) {
            r->columns |= strcmp(name, names[c]) == 0 ? 1U << c : 0;
        }
    }
    if ((r->columns & NEEDED) != NEEDED) {
        r->columns = 0; /* nothing is asked of it */
        r->state = json_array_size(rows) == 0 ? REPORT_ABSENT : REPORT_BROKEN;
        return;
    }
    r->state = REPORT_ROWS;
}

/* The parts of a second that strftime leaves out, from "… 20:00:21.1234567". */
static int64_t fraction_ms(const char *created)
{
    const char *dot = created != NULL ? strchr(created, '.') : NULL;
    int64_t ms = 0;
    for (int i = 0, scale = 100; dot != NULL && i < 3 && dot[1 + i] >= '0' && dot[1 + i] <= '9';
         i++, scale /= 10) {
        ms += (dot[1 + i] - '0') * scale;
    }
    return ms;
}

/* "2026-05-01 20:00:21…", of whatever zone, as if it were UTC. */
static bool local_time(const char *created, int64_t *out_s)
{
    struct tm tm = {0};
    const char *end = created != NULL ? strptime(created, "%Y-%m-%d", &tm) : NULL;
    end = end != NULL && (*end == ' ' || *end == 'T') ? strptime(end + 1, "%H:%M:%S", &tm) : NULL;
    *out_s = end != NULL ? (int64_t)timegm(&tm) : 0;
    return end != NULL;
}

/* By what was said of that time first. */
static int64_t utc_of(const struct report_reading *r, const char *created, int64_t said_s)
{
    int64_t local_s = 0;
    return r->zone != NULL && local_time(created, &local_s)
               ? zone_runs_utc(r->zone, local_s, said_s)
               : said_s;
}

struct places {
    size_t row, created, started, of[COLUMNS];
};

static void fill_texts(const json_t *row, const struct places *at, struct told_list *out,
                       struct told *told)
{
    told->type = arena_keep(out->arena, cell(row, at->of[TYPE]));
    told->name = arena_keep(out->arena, cell(row, at->of[NAME]));
    told->method = arena_keep(out->arena, cell(row, at->of[METHOD]));
    told->product = arena_keep(out->arena, cell(row, at->of[CLIENT]));
    told->player = arena_keep(out->arena, cell(row, at->of[DEVICE]));
    told->address = arena_keep(out->arena, cell(row, at->of[ADDRESS]));
}

/* Without a length that can be, the stop is unknown. */
static void take_row(struct report_reading *r, const json_t *row, const struct places *at,
                     struct told_list *out)
{
    char user[TOLD_ID_SIZE];
    char item[TOLD_ID_SIZE];
    int64_t started_s = 0;
    int64_t length_s = 0;
    int64_t paused_s = 0;
    if (!told_id(cell(row, at->of[USER]), user) || !told_id(cell(row, at->of[ITEM]), item) ||
        !number(row, at->started, &started_s) || started_s <= 0 ||
        started_s > (r->now + TOLD_DAY_MS) / TOLD_SECOND_MS) {
        return;
    }
    int64_t timer_ms = r->dialect.source == source_kind_jellyfin ? TIMER_MS : 0;
    started_s = utc_of(r, cell(row, at->created), started_s);
    int64_t from = started_s * TOLD_SECOND_MS + fraction_ms(cell(row, at->created)) - timer_ms;
    bool has_length =
        number(row, at->of[LENGTH], &length_s) && length_s > 0 && length_s <= LENGTH_MAX_S;
    int64_t until = has_length ? from + length_s * TOLD_SECOND_MS : from;
    bool young = r->now - from < TOLD_DAY_MS;
    traces_add(r->traces, user, item, from, until);
    if (young && (playing_has(r->playing, user, item) || r->now - until < TOLD_REST_MS)) {
        out->later++;
        return;
    }
    struct told *told = told_add(out);
    (void)snprintf(told->native_id, sizeof told->native_id, "report:%s:%s", user, item);
    (void)snprintf(told->user, sizeof told->user, "%s", user);
    (void)snprintf(told->item, sizeof told->item, "%s", item);
    told->started_at = from;
    told->has_stop = has_length;
    told->stopped_at = until;
    told->has_paused = number(row, at->of[PAUSED], &paused_s) && paused_s >= 0;
    told->paused_s = paused_s;
    fill_texts(row, at, out, told);
}

static void take_rows(struct report_reading *r, const json_t *answer, struct told_list *out)
{
    const json_t *rows = json_object_get(answer, "results");
    const json_t *row = NULL;
    int64_t before = r->last_row;
    size_t i = 0;
    struct places at = {.row = place_of(answer, "RowNo"),
                        .created = place_of(answer, "DateCreated"),
                        .started = place_of(answer, "StartedAt")};
    for (enum column c = 0; c < COLUMNS; c++) {
        at.of[c] = place_of(answer, names[c]);
    }
    json_array_foreach(rows, i, row)
    {
        int64_t no = 0;
        if (number(row, at.row, &no) && no > r->last_row) {
            r->last_row = no;
            take_row(r, row, &at, out);
        }
    }
    r->rows += (int64_t)json_array_size(rows);
    bool short_page = json_array_size(rows) < REPORT_PAGE;
    r->state = r->rows > TOLD_ROWS_MAX               ? REPORT_ENDLESS
               : short_page || r->last_row == before ? REPORT_DONE
                                                     : REPORT_ROWS;
}

bool report_is_answer(int status)
{
    static const int of_plugin[] = {200, 400, 404, 405, 415, 500, 501};
    bool found = false;
    for (size_t i = 0; i < COUNT_OF(of_plugin); i++) {
        found = found || status == of_plugin[i];
    }
    return found;
}

void report_take(struct report_reading *r, int status, const json_t *answer, struct told_list *out)
{
    if (status == 404) {
        r->state = REPORT_ABSENT;
    } else if (status != 200 || is_error(answer)) {
        r->state = REPORT_BROKEN;
    } else if (r->state == REPORT_COLUMNS) {
        take_columns(r, answer);
    } else {
        take_rows(r, answer, out);
    }
}
