/* SPDX-License-Identifier: MIT
 * history.c - `playbus history` and `playbus export`: stored plays, as a table or as a file. That
 * there are none is said, and why. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "actors/cli/asking.h"
#include "actors/cli/cli.h"
#include "actors/cli/history.h"
#include "actors/cli/invocation.h"
#include "actors/cli/nearest.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "actors/cli/times.h"

#define LONG_PLAY_S (100 * 3600.0) /* its seconds would need more room than there is */
#define WIDE 110                   /* columns of a terminal from which names have more room */

void history_add_filters(char path[static CLIENT_PATH_SIZE], const struct options *o)
{
    path_add(path, "server", o->server);
    path_add(path, "user", o->user);
    path_add(path, "person", o->person);
    path_add(path, "library", o->library);
    path_add(path, "media_type", o->media_type);
    path_add(path, "from", o->from);
    path_add(path, "to", o->to);
    path_add(path, "q", o->text);
}

/* ---- why nothing was found ---- */

/* The filters whose values are names, which can be misspelt. */
struct named_filter {
    const char *value; /* NULL: not given */
    const char *name;  /* of the parameter, and of what a summary counts by */
    const char *kind;  /* for a person */
};

static size_t filters_given(const struct options *o)
{
    const char *const filters[] = {o->server,     o->user, o->person, o->library,
                                   o->media_type, o->from, o->to,     o->text};
    size_t given = 0;
    for (size_t i = 0; i < COUNT_OF(filters); i++) {
        given += filters[i] != NULL;
    }
    return given;
}

static void ignore_row(const json_t *row)
{
    (void)row;
}

/* Has any play this value, whatever else was asked for? */
static int check_filter(struct service *s, const struct named_filter *filter, bool *out_known)
{
    static const struct list_form form = {.row = ignore_row};
    char path[CLIENT_PATH_SIZE] = "/history";
    long found = 0;
    path_add(path, filter->name, filter->value);
    int status = asking_rows(s, path, &form, 1, &found);
    *out_known = found > 0;
    return status;
}

/* Names the first filter that fits no play at all, and what would; else says that the filters do
 * not fit together. */
static int say_why_nothing(struct service *s, const struct options *o)
{
    const struct named_filter filters[] = {{o->user, "user", "user"},
                                           {o->library, "library", "library"},
                                           {o->server, "server", "media server"},
                                           {o->media_type, "media_type", "media type"}};
    int status = EXIT_COMPLETED;
    for (size_t i = 0; i < COUNT_OF(filters) && status == EXIT_COMPLETED; i++) {
        bool known = false;
        if (filters[i].value == NULL) {
            continue;
        }
        if (filters_given(o) > 1) {
            status = check_filter(s, &filters[i], &known);
        }
        if (status == EXIT_COMPLETED && !known) {
            return nearest_say(s, filters[i].name, filters[i].kind, filters[i].value);
        }
    }
    if (status == EXIT_COMPLETED && filters_given(o) > 0) {
        (void)fputs("No play fits what was asked for.\n", stderr);
    } else if (status == EXIT_COMPLETED) {
        char import[INVOCATION_SIZE];
        invocation_here("import", import);
        say(stderr, "There are no plays yet. Import some with:\n  %s FILE\n", import);
    }
    return status;
}

/* ---- the table ---- */

struct widths {
    int time, user, library, type; /* cells; type 0: not shown */
};

static struct widths widths(void)
{
    char title[TIME_SIZE];
    int columns = terminal_width(stdout);
    bool wide = columns == 0 || columns >= WIDE;
    int time = text_cells(time_title("started", title));
    return (struct widths){time > 16 ? time : 16, wide ? 16 : 10, wide ? 16 : 10, wide ? 8 : 0};
}

static int before_title(const struct widths *w)
{
    return w->time + 1 + w->user + 1 + w->library + 1 + (w->type > 0 ? w->type + 1 : 0) + 8 + 9;
}

static void print_titles(void)
{
    char title[TIME_SIZE];
    struct widths w = widths();
    cell_column(stdout, time_title("started", title), w.time);
    cell_column(stdout, "user", w.user);
    cell_column(stdout, "library", w.library);
    if (w.type > 0) {
        cell_column(stdout, "type", w.type);
    }
    (void)fputs(" length  watched title\n", stdout);
}

/* "1:02:03  93% yes": how long it was played, how much of it that is, whether it counts. */
static void print_watched(const json_t *play)
{
    char length[DURATION_SIZE] = "-";
    char percent[16] = "-";
    const json_t *watched = json_object_get(play, "watched");
    const json_t *played_s = json_object_get(play, "played_s");
    if (json_number_value(played_s) >= LONG_PLAY_S) {
        (void)snprintf(length, sizeof(length), "%.0f h",
                       fmin(json_number_value(played_s) / 3600, 99999));
    } else if (json_is_number(played_s)) {
        (void)duration_text(json_number_value(played_s), length);
    }
    if (json_is_number(json_object_get(play, "percent_complete"))) {
        /* What is shown as 85 has reached 85, as "watched" counts it. */
        (void)snprintf(percent, sizeof(percent), "%.0f%%",
                       floor(member_real(play, "percent_complete")));
    }
    (void)printf("%7s %4s %-3s ", length, percent,
                 json_is_true(watched)    ? "yes"
                 : json_is_false(watched) ? "no"
                                          : "-");
}

static void print_play(const json_t *play)
{
    char time[TIME_SIZE];
    struct widths w = widths();
    cell_column(stdout, time_text(member_text(play, "started_at"), time), w.time);
    cell_column(stdout, json_string_value(json_object_get(play, "user_display")), w.user);
    cell_column(stdout, json_string_value(json_object_get(play, "library")), w.library);
    if (w.type > 0) {
        cell_column(stdout, member_text(play, "media_type"), w.type);
    }
    print_watched(play);
    cell_last(stdout, json_string_value(json_object_get(play, "display_title")), before_title(&w));
    (void)fputc('\n', stdout);
}

int command_history(const struct options *o)
{
    char path[CLIENT_PATH_SIZE] = "/history";
    struct service s = SERVICE_NONE;
    const struct list_form form = {o->json, print_titles, print_play};
    long printed = 0;
    history_add_filters(path, o);
    if (o->play != NULL && !play_is_asked_for(o, path)) {
        return EXIT_USAGE;
    }
    int status = asking_open_history(o, &s);
    if (status == EXIT_COMPLETED && o->play != NULL) {
        status = play_show(&s, o);
        service_close(&s);
        return status;
    }
    if (status == EXIT_COMPLETED) {
        status = asking_rows(&s, path, &form, o->limit == 0 ? 20 : o->limit, &printed);
    }
    if (status == EXIT_COMPLETED && printed == 0) {
        status = say_why_nothing(&s, o);
    }
    service_close(&s);
    return status;
}

int command_export(const struct options *o)
{
    char path[CLIENT_PATH_SIZE] = "/history/export";
    struct service s = SERVICE_NONE;
    bool empty = false;
    int status = asking_open_history(o, &s);
    const char *format = o->format == NULL ? "csv" : o->format;
    bool csv = strcmp(format, "csv") == 0;
    path_add(path, "format", format);
    path_add(path, "detail", csv ? NULL : "full"); /* JSON lines lose nothing */
    history_add_filters(path, o);
    if (status == EXIT_COMPLETED) {
        status = asking_file(&s, path, csv ? "text/csv" : "application/x-ndjson", &empty);
    }
    if (status == EXIT_COMPLETED && empty) {
        status = say_why_nothing(&s, o);
    }
    service_close(&s);
    return status;
}
