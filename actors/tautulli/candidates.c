/* SPDX-License-Identifier: MIT
 * candidates.c - databases and backups in the allowed folders.
 *
 * Links are not followed and only the first 16 bytes of a file are read, so that a folder cannot
 * lead out of itself, block, or hold anything up for long. */
#include "actors/tautulli/candidates.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/tautulli/source_file.h"
#include "proto/base/clock.h"
#include "proto/base/text.h"

#define DEPTH_MAX 3
#define FOUND_MAX 1000
#define KEPT_MAX 8000      /* files kept while looking, of which the newest are given */
#define ENTRIES_MAX 200000 /* names read */
#define SEARCH_MS 2000

struct search {
    struct arena *arena;
    struct candidate *found;
    size_t count;
    size_t entries;
    int64_t deadline_ms;
    char own[PATH_MAX]; /* the data folder, really: only its uploads are anybody's database */
};

static bool ends_with(const char *name, const char *end)
{
    size_t size = strlen(name);
    return size > strlen(end) && strcasecmp(name + size - strlen(end), end) == 0;
}

static bool is_named_like_one(const char *name)
{
    static const char *const ends[] = {".db", ".zip", ".sqlite", ".sqlite3", ".corrupt", ".bak"};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        if (ends_with(name, ends[i])) {
            return true;
        }
    }
    return false;
}

static bool looks_valid(int folder, const char *name)
{
    char head[16] = {0};
    OWNED(fd_release) int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || read(fd, head, sizeof(head)) != (ssize_t)sizeof(head)) {
        return false;
    }
    return memcmp(head, "SQLite format 3", 16) == 0 || memcmp(head, "PK\3\4", 4) == 0;
}

static void take_file(struct search *s, int folder, const char *path, const char *name,
                      const struct stat *found)
{
    if (s->count < KEPT_MAX && is_named_like_one(name) && text_is_utf8(path, strlen(path))) {
        s->found[s->count++] = (struct candidate){
            .path = arena_keep(s->arena, path),
            .bytes = (uint64_t)found->st_size,
            .modified = (int64_t)found->st_mtim.tv_sec * 1000 + found->st_mtim.tv_nsec / 1000000,
            .looks_valid = looks_valid(folder, name),
        };
    }
}

static void search_folder(struct search *s, int folder_fd, const char *folder, int depth);

static void visit(struct search *s, int folder_fd, const char *folder, const char *name, int depth)
{
    char path[PATH_MAX];
    struct stat found;
    if (name[0] == '.' || fstatat(folder_fd, name, &found, AT_SYMLINK_NOFOLLOW) != 0 ||
        snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path)) {
        return;
    }
    if (S_ISREG(found.st_mode)) {
        take_file(s, folder_fd, path, name, &found);
    } else if (S_ISDIR(found.st_mode) && depth > 1) {
        search_folder(s, openat(folder_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                      path, depth - 1);
    }
}

/* Takes the descriptor: from folder to folder, so that a link put on the way leads nowhere. */
static void search_folder(struct search *s, int folder_fd, const char *folder, int depth)
{
    OWNED(fd_release) int fd = folder_fd;
    if (fd < 0 || strcmp(folder, s->own) == 0) {
        return;
    }
    int listed = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    OWNED(dir_release) DIR *dir = listed < 0 ? NULL : fdopendir(listed);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        if (++s->entries > ENTRIES_MAX || clock_monotonic_ms() >= s->deadline_ms) {
            return;
        }
        visit(s, fd, folder, entry->d_name, depth);
    }
}

static int newest_first(const void *a, const void *b)
{
    const struct candidate *left = a;
    const struct candidate *right = b;
    if (left->modified != right->modified) {
        return left->modified < right->modified ? 1 : -1;
    }
    return strcmp(left->path, right->path);
}

/* The same file once, where an allowed folder lies within another. */
static size_t without_doubles(struct candidate *found, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || strcmp(found[kept - 1].path, found[i].path) != 0) {
            found[kept++] = found[i];
        }
    }
    return kept;
}

static void search_below(struct search *s, const char *folder)
{
    char real[PATH_MAX];
    if (folder[0] == '/' && realpath(folder, real) != NULL) {
        search_folder(s, folder_open(real), real, DEPTH_MAX);
    }
}

void candidates_find(const struct config *config, struct arena *arena,
                     struct import_candidates *out)
{
    struct search s = {
        .arena = arena,
        .found = arena_alloc(arena, KEPT_MAX * sizeof(struct candidate)),
        .deadline_ms = clock_monotonic_ms() + SEARCH_MS,
    };
    if (realpath(config_data_dir(config), s.own) == NULL) {
        s.own[0] = '\0';
    }
    for (size_t i = 0; i < config_list_count(config, SETTING_import_dirs); i++) {
        search_below(&s, config_list_item(config, SETTING_import_dirs, i));
    }
    search_below(&s, arena_format(arena, "%s/uploads", config_data_dir(config)));
    qsort(s.found, s.count, sizeof(*s.found), newest_first);
    s.count = without_doubles(s.found, s.count);
    *out = (struct import_candidates){
        .items = s.found,
        .items_count = s.count < FOUND_MAX ? s.count : FOUND_MAX,
    };
}
