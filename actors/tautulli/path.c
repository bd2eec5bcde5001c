/* SPDX-License-Identifier: MIT
 * path.c - which files a request may name.
 *
 * A path is judged twice: as it is written, before anything touches the disk, so that nothing is
 * told about places outside; and as it really is, so that no symlink leads there. */
#include "actors/tautulli/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/tautulli/refuse.h"
#include "actors/tautulli/source_file.h"
#include "proto/base/text.h"

#define ALLOWED_MAX 256
#define FOLDERS_SHOWN_BYTES 500 /* more of them are no answer any more */

/* The folders files may lie in, really and as they are written. */
struct allowed {
    const char *written[ALLOWED_MAX];
    const char *real[ALLOWED_MAX];
    size_t count;
};

/* The folder itself too: it may be named, and is then refused for what it is. */
static bool is_within(const char *path, const char *folder)
{
    size_t size = strlen(folder);
    while (size > 1 && folder[size - 1] == '/') {
        size--;
    }
    if (strncmp(path, folder, size) != 0) {
        return false;
    }
    return size == 1 || path[size] == '/' || path[size] == '\0';
}

static const char *real_of(const char *path, struct arena *arena)
{
    char buffer[PATH_MAX];
    return realpath(path, buffer) == NULL ? NULL : arena_keep(arena, buffer);
}

static void allow(struct allowed *list, const char *folder, struct arena *arena)
{
    if (folder[0] != '/' || list->count == ALLOWED_MAX) {
        return;
    }
    const char *real = real_of(folder, arena);
    if (real != NULL) {
        list->written[list->count] = folder;
        list->real[list->count++] = real;
    }
}

static void allowed_load(struct allowed *list, const struct config *config, struct arena *arena)
{
    list->count = 0;
    for (size_t i = 0; i < config_list_count(config, SETTING_import_dirs); i++) {
        allow(list, config_list_item(config, SETTING_import_dirs, i), arena);
    }
    allow(list, arena_format(arena, "%s/uploads", config_data_dir(config)), arena);
}

/* The path without `.`, `..` and doubled slashes, by its letters alone: the disk is not asked. */
static const char *tidy(const char *path, struct arena *arena)
{
    char *out = arena_alloc(arena, strlen(path) + 2);
    size_t size = 0;
    for (const char *at = path; *at != '\0';) {
        at += strspn(at, "/");
        size_t part = strcspn(at, "/");
        if (part == 2 && at[0] == '.' && at[1] == '.') {
            while (size > 0 && out[--size] != '/') {
            }
        } else if (part > 0 && !(part == 1 && at[0] == '.')) {
            out[size++] = '/';
            memcpy(out + size, at, part);
            size += part;
        }
        at += part;
    }
    out[size] = '\0';
    return out;
}

static bool is_allowed(const struct allowed *list, const char *path, bool really)
{
    for (size_t i = 0; i < list->count; i++) {
        if (is_within(path, list->real[i]) || (!really && is_within(path, list->written[i]))) {
            return true;
        }
    }
    return false;
}

/* Only administrators ask for a database by its path, so they may be told of the folders. */
static enum err refuse_outside(const struct config *config, const char *text, struct arena *arena,
                               struct refusal *out_why)
{
    const char *folders = NULL;
    for (size_t i = 0; i < config_list_count(config, SETTING_import_dirs); i++) {
        const char *folder = config_list_item(config, SETTING_import_dirs, i);
        folders = folders == NULL ? folder : arena_format(arena, "%s, %s", folders, folder);
    }
    const char *move = folders == NULL || strlen(folders) > FOLDERS_SHOWN_BYTES
                           ? "Upload the file"
                           : arena_format(arena, "Move the file into %s", folders);
    return refuse_with(out_why, ERR_PATH_NOT_ALLOWED, text,
                       arena_format(arena,
                                    "%s, or allow its folder at the next start: playbus up --allow "
                                    "FOLDER, or import.allowed_dirs in %.200s/playbus.conf",
                                    move, config_data_dir(config)));
}

static const char *user_name(uid_t uid, struct arena *arena)
{
    char buffer[4096];
    struct passwd entry;
    struct passwd *found = NULL;
    if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) == 0 && found != NULL) {
        return arena_format(arena, "%.60s", found->pw_name);
    }
    return arena_format(arena, "%lu", (unsigned long)uid);
}

/* This process is confined to what its allowed folders were when it started, see own_files.h: of
 * that this question knows nothing. */
static bool came_too_late(const char *path)
{
    return faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0;
}

/* Says whose the file is, or the nearest folder above it that can be looked at. */
static enum err deny(const char *path, struct arena *arena, struct refusal *out_why)
{
    if (came_too_late(path)) {
        return refuse_with(
            out_why, ERR_ACCESS_DENIED,
            "The file was not there when Playbus started, and its folder is one that "
            "holds the data folder too, or came later itself",
            "Restart Playbus, or move the file into an allowed folder that lies "
            "apart from the data folder");
    }
    char *at = arena_keep(arena, path);
    struct stat found;
    while (lstat(at, &found) != 0 && strrchr(at, '/') != at) {
        *strrchr(at, '/') = '\0';
    }
    enum err e = refuse(out_why, ERR_ACCESS_DENIED, NULL);
    out_why->service_user = user_name(geteuid(), arena);
    if (lstat(at, &found) == 0) {
        out_why->owner = user_name(found.st_uid, arena);
        out_why->mode = arena_format(arena, "%04o", (unsigned)(found.st_mode & 07777));
    }
    return e;
}

static enum err explain(int error, const char *path, struct arena *arena, struct refusal *out_why)
{
    switch (error) {
    case EACCES:
    case EPERM:
        return deny(path, arena, out_why);
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
        return refuse(out_why, ERR_FILE_NOT_FOUND, NULL);
    case ELOOP:
        return refuse(out_why, ERR_PATH_NOT_ALLOWED, NULL);
    default:
        return refuse(out_why, ERR_SYSTEM, NULL);
    }
}

/* Opens it as a reader would: a device is not even opened, a FIFO put there meanwhile does not
 * block, a link put there meanwhile is refused. */
static enum err probe(const struct place *place, const char *real, struct arena *arena,
                      struct refusal *out_why)
{
    struct stat found;
    OWNED(fd_release) int fd = place_file(place, "");
    if (fd >= 0) {
        return OK;
    }
    int error = errno;
    bool folder = fstatat(place->folder, place->name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
                  S_ISDIR(found.st_mode);
    return error == EINVAL
               ? refuse(out_why, ERR_NOT_TAUTULLI,
                        folder ? "This is a folder, not a database" : "This is not a regular file")
               : explain(error, real, arena, out_why);
}

static bool has_blanks_around(const char *path)
{
    size_t size = 0;
    return text_trim(path, &size) != path || size != strlen(path);
}

/* Why a path cannot be meant as it is written, seen by its letters alone. */
static enum err explain_letters(const struct config *config, const char *path, struct arena *arena,
                                struct refusal *out_why)
{
    static const char *const quotes[] = {"'", "\"", "`", "\u2018", "\u2019", "\u201c", "\u201d"};
    if (has_blanks_around(path)) {
        return refuse_with(out_why, ERR_PATH_NOT_ALLOWED, "This path has blanks around it",
                           "Type the path without the blanks before and after it");
    }
    for (size_t i = 0; i < COUNT_OF(quotes); i++) {
        if (strncmp(path, quotes[i], strlen(quotes[i])) == 0) {
            return refuse_with(out_why, ERR_PATH_NOT_ALLOWED, "This path has quotes around it",
                               "Type the path without quotes; blanks within it do no harm");
        }
    }
    if (path[0] == '~') {
        return refuse_with(
            out_why, ERR_PATH_NOT_ALLOWED, "This path begins with ~, which only a shell knows",
            "Type the whole path of the home folder, as in /srv/tautulli/tautulli.db");
    }
    if (path[0] != '/') {
        return refuse_with(out_why, ERR_PATH_NOT_ALLOWED,
                           "This path is relative, and the service has a folder of its own",
                           "Type the whole path, which begins with /");
    }
    return refuse_outside(config, NULL, arena, out_why);
}

/* Newer rows than the file has may lie in its neighbours: they must be readable, too. */
static enum err probe_neighbours(const struct place *place, const char *real, struct arena *arena,
                                 struct refusal *out_why)
{
    static const char *const suffixes[] = {"-wal", "-journal"};
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        const char *beside = arena_format(arena, "%s%s", real, suffixes[i]);
        OWNED(fd_release) int fd = place_file(place, suffixes[i]);
        if (fd < 0 && (errno == EACCES || errno == EPERM)) {
            enum err e = deny(beside, arena, out_why);
            if (came_too_late(beside)) {
                return e;
            }
            out_why->text =
                arena_format(arena, "The database may be read, but %.255s beside it may not",
                             strrchr(beside, '/') + 1);
            out_why->remedy = "Let the service user read that file, too: it may hold the newest "
                              "plays";
            return e;
        }
    }
    return OK;
}

/* The path has no link in it any more: one that is put there meanwhile leads to no answer. */
static enum err probe_all(const char *real, struct arena *arena, struct refusal *out_why)
{
    OWNED(place_release) struct place place = PLACE_NONE;
    int error = place_open(real, &place);
    if (error != 0) {
        return explain(error, real, arena, out_why);
    }
    enum err e = probe(&place, real, arena, out_why);
    return e == OK ? probe_neighbours(&place, real, arena, out_why) : e;
}

const char *path_asked(const struct config *config, const char *asked)
{
    const char *path =
        asked != NULL && asked[0] != '\0' ? asked : config_text(config, SETTING_import_db_path);
    return path != NULL && path[0] != '\0' ? path : NULL;
}

enum err path_resolve(const struct config *config, const char *asked, struct arena *arena,
                      const char **out_real, struct refusal *out_why)
{
    const char *path = path_asked(config, asked);
    if (path == NULL) {
        enum err e = refuse(out_why, ERR_BAD_FIELD, "No database is named and none is configured");
        out_why->field = "db_path";
        return e;
    }
    struct allowed list;
    allowed_load(&list, config, arena);
    if (path[0] != '/' || strlen(path) >= PATH_MAX ||
        !is_allowed(&list, tidy(path, arena), false)) {
        return explain_letters(config, path, arena, out_why);
    }
    /* On failure glibc leaves in `real` how far it came: that too must lie inside, or a link could
     * be used to ask what exists elsewhere. */
    char real[PATH_MAX] = "";
    int error = realpath(path, real) == NULL ? errno : 0;
    if (real[0] != '\0' && !is_allowed(&list, real, true)) {
        return refuse_with(out_why, ERR_PATH_NOT_ALLOWED,
                           "A link in this path leads out of the allowed folders",
                           "Name the file by the path where it really lies, and add that folder to "
                           "import.allowed_dirs");
    }
    enum err e =
        error != 0 ? explain(error, path, arena, out_why) : probe_all(real, arena, out_why);
    if (e == ERR_FILE_NOT_FOUND && has_blanks_around(path)) {
        out_why->text = "Database file not found: the path ends with a blank";
        out_why->remedy = "Type the path without the blank after it";
    }
    if (e == OK) {
        *out_real = arena_keep(arena, real);
    }
    return e;
}
