/* SPDX-License-Identifier: MIT
 * play.c - `playbus history --play ID`: one play, field by field, and below it each row that tells
 * of it, and why. What nothing is known of is left out. */
#include <stdio.h>
#include <string.h>

#include "actors/cli/asking.h"
#include "actors/cli/history.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "actors/cli/times.h"

enum { NAME_WIDTH = 24 };

static bool is_time(const char *name)
{
    return strcmp(name, "started_at") == 0 || strcmp(name, "stopped_at") == 0;
}

static void print_field(const char *name, const json_t *value, int indent)
{
    char time[TIME_SIZE];
    (void)printf("%*s", indent, "");
    cell_column(stdout, name, NAME_WIDTH);
    if (json_is_string(value)) {
        const char *text = json_string_value(value);
        cell_last(stdout, is_time(name) ? time_with_zone(text, time) : text,
                  indent + NAME_WIDTH + 1);
    } else if (json_is_boolean(value)) {
        (void)fputs(json_is_true(value) ? "yes" : "no", stdout);
    } else {
        (void)printf("%.15g", json_number_value(value));
    }
    (void)fputc('\n', stdout);
}

static void print_fields(const json_t *object, int indent)
{
    const char *name = NULL;
    const json_t *value = NULL;
    json_object_foreach((json_t *)object, name, value)
    {
        if (!json_is_null(value) && !json_is_object(value) && !json_is_array(value)) {
            print_field(name, value, indent);
        }
    }
}

static void print_part(const char *title, const json_t *object)
{
    if (json_object_size(object) > 0) {
        (void)printf("\n%s\n", title);
        print_fields(object, 2);
    }
}

bool play_is_asked_for(const struct options *o, const char *path)
{
    bool is_id = o->play[0] != '\0' && strlen(o->play) <= 20 &&
                 strspn(o->play, "0123456789") == strlen(o->play);
    bool alone = strchr(path, '?') == NULL;
    if (!is_id) {
        say(stderr, "playbus: %s is no id of a play; playbus history --json tells them\n", o->play);
    } else if (!alone) {
        say(stderr, "playbus: --play asks for one play, so no filter goes with it\n");
    }
    return is_id && alone;
}

int play_show(struct service *s, const struct options *o)
{
    char path[CLIENT_PATH_SIZE];
    int status = EXIT_FAILED;
    (void)snprintf(path, sizeof(path), "/history/%s", o->play);
    json_t *got = asking_call(s, "GET", path, NULL, &status);
    size_t i = 0;
    const json_t *row = NULL;
    if (got != NULL && o->json) {
        say_json(stdout, got, JSON_COMPACT);
    } else if (got != NULL) {
        const json_t *play = json_object_get(got, "play");
        print_fields(play, 0);
        print_part("stream", json_object_get(play, "stream"));
        print_part("item", json_object_get(play, "item"));
        json_array_foreach(json_object_get(got, "rows"), i, row)
        {
            print_part("told by", row);
        }
    }
    json_decref(got);
    return status;
}
