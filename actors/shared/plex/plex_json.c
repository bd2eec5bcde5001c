/* SPDX-License-Identifier: MIT
 * plex_json.c - values of a Plex server's JSON. */
#include "actors/shared/plex/plex_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"

/* At most as many values as separators and openings; what stands in texts counts too, which errs to
 * the side of safety. */
static bool has_too_many_values(struct bytes body)
{
    size_t values = 0;
    const char *text = body.data;
    for (size_t i = 0; i < body.size; i++) {
        values += text[i] == ',' || text[i] == '[' || text[i] == '{';
    }
    return values > PLEX_VALUES_MAX;
}

enum err plex_container(struct bytes body, json_t **out_root, const json_t **out_container)
{
    if (has_too_many_values(body)) {
        return ERR_SERVER_FLOODS;
    }
    json_t *root = json_loadb(body.data, body.size, 0, NULL);
    if (root == NULL) { /* one number that is too large for an integer spoils all of it */
        root = json_loadb(body.data, body.size, JSON_DECODE_INT_AS_REAL, NULL);
    }
    const json_t *container = json_object_get(root, "MediaContainer");
    if (!json_is_object(container)) {
        json_decref(root);
        return ERR_SERVER_FAILED;
    }
    *out_root = root;
    *out_container = container;
    return OK;
}

enum err plex_list(const json_t *container, const char *name, const json_t **out)
{
    const json_t *list = json_object_get(container, name);
    if (list != NULL && !json_is_array(list) && !json_is_null(list)) {
        return ERR_SERVER_FAILED;
    }
    *out = json_is_array(list) ? list : NULL;
    return OK;
}

static bool number_of_text(const char *text, int64_t *out)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    bool whole =
        errno == 0 && end != text && *end == '\0' && strspn(text, "-0123456789") == strlen(text);
    if (whole) {
        *out = number;
    }
    return whole;
}

#define EXACT_MAX 9007199254740992.0 /* 2^53 */

bool plex_number(const json_t *object, const char *name, int64_t *out)
{
    const json_t *value = json_object_get(object, name);
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return true;
    }
    double real = json_real_value(value);
    if (json_is_real(value) && real >= -EXACT_MAX && real <= EXACT_MAX &&
        real == (double)(int64_t)real) {
        *out = (int64_t)real;
        return true;
    }
    return json_is_string(value) && number_of_text(json_string_value(value), out);
}

const char *plex_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL && text[0] != '\0' ? text : NULL;
}

const char *plex_clean(const char *text, size_t max, struct arena *arena)
{
    size_t size = text != NULL ? strlen(text) : 0;
    if (size == 0 || size > max) {
        return NULL;
    }
    if (text_is_clean(text, size)) {
        return arena_text(arena, text, size);
    }
    OWNED(free_text) char *clean = must_alloc(TEXT_MAX + 1);
    (void)text_repair(text, size, clean, &size);
    return size > 0 ? arena_text(arena, clean, size) : NULL;
}

const char *plex_key(const json_t *object, const char *name, char out[static 24])
{
    int64_t number = 0;
    if (!plex_number(object, name, &number) || number < 0) {
        return NULL;
    }
    (void)snprintf(out, 24, "%lld", (long long)number);
    return out;
}

const char *plex_path_key(const char *path, const char *before)
{
    size_t length = strlen(before);
    if (path == NULL || strncmp(path, before, length) != 0) {
        return NULL;
    }
    const char *key = path + length;
    size_t digits = strspn(key, "0123456789");
    return digits > 0 && digits < 19 && key[digits] == '\0' ? key : NULL;
}

bool plex_row_number(const json_t *row, int64_t *out)
{
    const char *key = plex_path_key(plex_text(row, "historyKey"), "/status/sessions/history/");
    return key != NULL && number_of_text(key, out);
}
