/* SPDX-License-Identifier: MIT
 * folders.c - paths are the server's own, and compared as they are: with slashes, or backslashes.
 */
#include "actors/server_sync/jellyfin/folders.h"

#include <string.h>

#include "actors/server_sync/jellyfin/told.h"
#include "proto/base/text.h"

static const char *kind_of(const char *collection)
{
    static const char *const kinds[][2] = {{"movies", "movie"}, {"tvshows", "show"},
                                           {"music", "artist"}, {"homevideos", "photo"},
                                           {"photos", "photo"}, {"livetv", "live"}};
    for (size_t i = 0; collection != NULL && i < COUNT_OF(kinds); i++) {
        if (strcmp(collection, kinds[i][0]) == 0) {
            return kinds[i][1];
        }
    }
    return NULL;
}

static const char *clean(const char *text, struct arena *arena)
{
    size_t size = text != NULL ? strlen(text) : 0;
    return size > 0 && size <= TOLD_TEXT_MAX && text_is_clean(text, size) ? arena_keep(arena, text)
                                                                          : NULL;
}

static void take_folders(struct folders *f, const json_t *paths, const struct library *of,
                         struct arena *arena)
{
    const json_t *one = NULL;
    size_t i = 0;
    json_array_foreach(paths, i, one)
    {
        const char *path = clean(json_string_value(one), arena);
        size_t size = path != NULL ? strlen(path) : 0;
        while (size > 0 && (path[size - 1] == '/' || path[size - 1] == '\\')) {
            size--;
        }
        if (size > 0 && f->count < FOLDERS_MAX) {
            f->items[f->count++] = (struct folder){.path = path, .size = size, .of = of};
        }
    }
}

void folders_take(struct folders *f, const json_t *list, const char *server_id, struct arena *arena)
{
    const json_t *one = NULL;
    size_t i = 0;
    *f = (struct folders){.libraries = arena_alloc(arena, LIBRARIES_MAX * sizeof *f->libraries),
                          .items = arena_alloc(arena, FOLDERS_MAX * sizeof *f->items)};
    json_array_foreach(list, i, one)
    {
        char id[TOLD_ID_SIZE];
        if (f->library_count == LIBRARIES_MAX || !told_id(told_text(one, "ItemId"), id)) {
            continue;
        }
        struct library *library = &f->libraries[f->library_count++];
        *library = (struct library){.server_id = server_id,
                                    .section_id = arena_keep(arena, id),
                                    .name = clean(told_text(one, "Name"), arena),
                                    .kind = kind_of(told_text(one, "CollectionType"))};
        take_folders(f, json_object_get(one, "Locations"), library, arena);
    }
}

const struct library *folders_library(const struct folders *f, const char *path)
{
    const struct folder *found = NULL;
    for (size_t i = 0; f != NULL && path != NULL && i < f->count; i++) {
        const struct folder *one = &f->items[i];
        bool inside = strncmp(path, one->path, one->size) == 0 &&
                      (path[one->size] == '/' || path[one->size] == '\\');
        if (inside && (found == NULL || one->size > found->size)) {
            found = one;
        }
    }
    return found != NULL ? found->of : NULL;
}
