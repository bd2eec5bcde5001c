/* SPDX-License-Identifier: MIT
 * names.c - a source's users and libraries, found by id or by name in sorted lists. */
#include "actors/tautulli/names.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"

/* `key` is what is looked for; `at` the place in the source's list, which breaks ties. */
struct name {
    const char *key;
    size_t at;
};

struct name_list {
    struct name *names;
    size_t count;
};

struct names {
    const struct person *people;
    const struct library *libraries;
    char *server_id;
    struct name_list by_id, by_name, sections;
};

static int compare(const void *a, const void *b)
{
    const struct name *left = a;
    const struct name *right = b;
    int order = strcmp(left->key, right->key);
    return order != 0 ? order : (left->at > right->at) - (left->at < right->at);
}

static void add(struct name_list *list, const char *key, size_t at)
{
    if (key != NULL) {
        list->names[list->count++] = (struct name){.key = key, .at = at};
    }
}

/* The first of its key, or NULL. */
static const struct name *find(const struct name_list *list, const char *key)
{
    size_t low = 0;
    size_t high = list->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(list->names[middle].key, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < list->count && strcmp(list->names[low].key, key) == 0 ? &list->names[low] : NULL;
}

static void prepare(struct name_list *list, size_t count)
{
    list->names = must_alloc((count + 1) * sizeof(struct name));
}

static void sort(struct name_list *list)
{
    qsort(list->names, list->count, sizeof(struct name), compare);
}

struct names *names_new(const struct source *s, const char *server_id)
{
    size_t people_count = 0;
    size_t library_count = 0;
    const struct person *people = source_people(s, &people_count);
    const struct library *libraries = source_libraries(s, &library_count);
    return names_of(people, people_count, libraries, library_count, server_id);
}

struct names *names_of(const struct person *all_people, size_t people,
                       const struct library *all_libraries, size_t libraries, const char *server_id)
{
    struct names *n = must_alloc(sizeof(*n));
    n->server_id = must_strdup(server_id);
    n->people = all_people;
    n->libraries = all_libraries;
    prepare(&n->by_id, people);
    prepare(&n->by_name, people);
    prepare(&n->sections, libraries);
    for (size_t i = 0; i < people; i++) {
        add(&n->by_id, n->people[i].user_id, i);
        add(&n->by_name, n->people[i].name, i);
    }
    for (size_t i = 0; i < libraries; i++) {
        bool own = strcmp(n->libraries[i].server_id, server_id) == 0;
        add(&n->sections, n->libraries[i].section_id, own ? i : i + libraries);
    }
    sort(&n->by_id);
    sort(&n->by_name);
    sort(&n->sections);
    for (size_t i = 0; i < n->sections.count; i++) {
        size_t *at = &n->sections.names[i].at;
        *at -= *at >= libraries ? libraries : 0;
    }
    return n;
}

void names_destroy(struct names **n)
{
    if (*n != NULL) {
        free((*n)->by_id.names);
        free((*n)->by_name.names);
        free((*n)->sections.names);
        free((*n)->server_id);
        free(*n);
        *n = NULL;
    }
}

const struct person *names_user_by_id(const struct names *n, const char *user_id)
{
    const struct name *found = find(&n->by_id, user_id);
    return found == NULL ? NULL : &n->people[found->at];
}

const struct person *names_user_by_name(const struct names *n, const char *name)
{
    const struct name *found = find(&n->by_name, name);
    return found == NULL ? NULL : &n->people[found->at];
}

const char *names_display(const struct person *person)
{
    if (person->display_name != NULL) {
        return person->display_name;
    }
    return person->name == NULL || text_is_blank(person->name) ? NULL : person->name;
}

/* The kind of library that holds this type of media, NULL if there is none. */
static const char *kind_for(const char *media_type)
{
    static const char *const pairs[][2] = {
        {"movie", "movie"}, {"episode", "show"}, {"track", "artist"}, {"photo", "photo"}};
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if (strcmp(media_type, pairs[i][0]) == 0) {
            return pairs[i][1];
        }
    }
    return NULL;
}

const char *names_library(const struct names *n, const char *section_id, const char *media_type)
{
    const struct name *found = find(&n->sections, section_id);
    if (found == NULL) {
        return NULL;
    }
    /* The list is sorted: the server's own first, then active ones, then the others. */
    const struct library *first = &n->libraries[found->at];
    const struct name *end = n->sections.names + n->sections.count;
    if (found + 1 == end || strcmp(found[1].key, section_id) != 0 ||
        strcmp(first->server_id, n->server_id) == 0) {
        return first->name;
    }
    const char *kind = kind_for(media_type);
    for (; kind != NULL && found < end && strcmp(found->key, section_id) == 0; found++) {
        const struct library *one = &n->libraries[found->at];
        if (one->kind != NULL && strcmp(one->kind, kind) == 0) {
            return one->name;
        }
    }
    return first->name;
}
