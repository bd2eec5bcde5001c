/* SPDX-License-Identifier: MIT
 * told.c - lists of what is told, and values of the servers' JSON. */
#include "actors/server_sync/jellyfin/told.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/clock.h"
#include "proto/wire/json.h"

/* ---- the list ---- */

struct told *told_add(struct told_list *list)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        list->items = must_realloc(list->items, list->capacity * sizeof *list->items);
    }
    list->arena = list->arena != NULL ? list->arena : arena_new();
    struct told *told = &list->items[list->count++];
    memset(told, 0, sizeof *told);
    return told;
}

void told_clear(struct told_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        json_release(&list->items[i].about);
    }
    if (list->arena != NULL) {
        arena_reset(list->arena);
    }
    list->count = list->at = 0;
}

void told_release(struct told_list *list)
{
    told_clear(list);
    arena_destroy(&list->arena);
    void *memory = list->items;
    free_bytes(&memory);
    *list = (struct told_list){0};
}

/* ---- values ---- */

bool told_id(const char *text, char out[static TOLD_ID_SIZE])
{
    size_t size = 0;
    bool some = false;
    for (; text != NULL && *text != '\0'; text++) {
        if (*text == '-') {
            continue;
        }
        if (!isxdigit((unsigned char)*text) || size + 1 >= TOLD_ID_SIZE) {
            return false;
        }
        some = some || *text != '0';
        out[size++] = (char)tolower((unsigned char)*text);
    }
    out[size] = '\0';
    return some;
}

const char *told_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL && text[0] != '\0' ? text : NULL;
}

bool told_time(const json_t *object, const char *name, int64_t *out_ms)
{
    const char *text = told_text(object, name);
    int64_t at = 0;
    if (text == NULL || clock_from_text(text, &at) != OK || at <= 0) {
        return false;
    }
    *out_ms = at;
    return true;
}

bool told_number(const json_t *object, const char *name, int64_t *out)
{
    const json_t *value = json_object_get(object, name);
    const char *text = json_string_value(value);
    char *end = NULL;
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return true;
    }
    errno = 0;
    long long number = text != NULL ? strtoll(text, &end, 10) : 0;
    if (text == NULL || end == text || *end != '\0' || errno != 0) {
        return false;
    }
    *out = number;
    return true;
}
