/* SPDX-License-Identifier: MIT
 * nearest.c - the names that there are, by how much they are like another one. */
#include "actors/cli/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/cli/asking.h"
#include "actors/cli/table.h"
#include "actors/shared/search.h"
#include "proto/base/text.h"
#include "proto/wire/json.h"

enum { NAMED_MAX = 8 };

struct name {
    const char *text; /* borrowed */
    size_t distance;
    size_t place; /* in the summary: those with most plays first */
};

static int by_distance(const void *a, const void *b)
{
    const struct name *x = a;
    const struct name *y = b;
    return x->distance == y->distance ? (x->place > y->place) - (x->place < y->place)
                                      : (x->distance > y->distance) - (x->distance < y->distance);
}

/* Lines without a name are left out; one that holds what was wanted is nearer than any slip. */
static size_t read_names(const json_t *lines, const char *wanted, struct name *out)
{
    OWNED(free_text) char *key = search_key(wanted);
    size_t count = 0;
    size_t i = 0;
    const json_t *line = NULL;
    json_array_foreach(lines, i, line)
    {
        const char *text = json_string_value(json_object_get(line, "key"));
        if (text != NULL) {
            OWNED(free_text) char *other = search_key(text);
            bool holds = strstr(other, key) != NULL;
            out[count++] = (struct name){text, holds ? 0 : text_distance(other, key), i};
        }
    }
    return count;
}

static void print_names(const struct name *names, size_t count)
{
    size_t shown = count < NAMED_MAX ? count : NAMED_MAX;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        abort();
    }
    (void)fputs(count == 1 ? "There is only" : "There are", out);
    for (size_t i = 0; i < shown; i++) {
        const char *join = i == 0 ? "" : i + 1 == count ? " and" : ",";
        (void)fprintf(out, "%s %s", join, names[i].text);
    }
    if (count > shown) {
        (void)fprintf(out, " and %zu more", count - shown);
    }
    (void)fputs(".", out);
    (void)fclose(out);
    (void)fputs("  ", stderr);
    cell_sentence(stderr, text, 2);
    (void)fputc('\n', stderr);
    free(text);
}

int nearest_say(struct service *s, const char *by, const char *kind, const char *wanted)
{
    char path[CLIENT_PATH_SIZE] = "/history/summary";
    int status = EXIT_COMPLETED;
    path_add(path, "by", by);
    OWNED(json_release) json_t *summary = asking_call(s, "GET", path, NULL, &status);
    const json_t *lines = json_object_get(summary, "items");
    if (summary == NULL) {
        return status;
    }
    struct name *names = must_alloc((json_array_size(lines) + 1) * sizeof *names);
    size_t count = read_names(lines, wanted, names);
    qsort(names, count, sizeof *names, by_distance);
    (void)fprintf(stderr, "playbus: no play has the %s ", kind);
    cell_text(stderr, wanted, 0);
    (void)fputc('\n', stderr);
    if (count > 0) {
        print_names(names, count);
    }
    free(names);
    return EXIT_FAILED;
}
