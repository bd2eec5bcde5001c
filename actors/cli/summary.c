/* SPDX-License-Identifier: MIT
 * summary.c - `playbus summary`: plays and watched hours, a line each and their sum. */
#include <stdio.h>

#include "actors/cli/asking.h"
#include "actors/cli/history.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"

enum { KEY_WIDTH = 32 };

static void print_line(const char *key, const json_t *line)
{
    cell_column(stdout, key, KEY_WIDTH);
    (void)printf("%10.0f %12.1f\n", member_real(line, "plays"), member_real(line, "watched_hours"));
}

static void print_summary(const json_t *summary, const char *by, long most)
{
    size_t i = 0;
    const json_t *line = NULL;
    cell_column(stdout, by, KEY_WIDTH);
    (void)printf("%10s %12s\n", "plays", "hours");
    json_array_foreach(json_object_get(summary, "items"), i, line)
    {
        const char *label = json_string_value(json_object_get(line, "label"));
        const char *key = json_string_value(json_object_get(line, "key"));
        if (most == 0 || (long)i < most) {
            print_line(label != NULL ? label : key != NULL ? key : "-", line);
        }
    }
    print_line("all", json_object_get(summary, "totals"));
    if (json_object_get(summary, "waiting") != NULL) {
        say(stderr, "Some plays are not counted yet; ask again later.\n");
    }
}

int command_summary(const struct options *o)
{
    char path[CLIENT_PATH_SIZE] = "/history/summary";
    const char *by = o->by != NULL ? o->by : "month";
    struct service s = SERVICE_NONE;
    int status = asking_open_history(o, &s);
    path_add(path, "by", by);
    history_add_filters(path, o);
    json_t *summary = status == EXIT_COMPLETED ? asking_call(&s, "GET", path, NULL, &status) : NULL;
    if (summary != NULL && o->json) {
        say_json(stdout, summary, JSON_COMPACT);
    } else if (summary != NULL) {
        print_summary(summary, by, o->limit);
    }
    json_decref(summary);
    service_close(&s);
    return status;
}
