/* SPDX-License-Identifier: MIT
 * own_files.c - the table of what each actor may open, and the walk over it.
 *
 * A database lies among others in the data folder, so it is allowed file by file: its actor opens
 * it before it is confined (`open` in struct actor_spec), and from then on it makes no file there.
 * Nobody can write to run/services, of which `playbus up` makes programs. */
#include "proto/bus/own_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/confine.h"
#include "proto/base/log.h"
#include "proto/bus/process.h"

enum {
    READ = CONFINE_READ,
    CHANGE = CONFINE_READ | CONFINE_WRITE,
    KEEP = CONFINE_READ | CONFINE_WRITE | CONFINE_NAMES /* for folders of one's own */
};

enum made { AS_IT_IS, FOLDER, EMPTY_FILE }; /* what is made where nothing is */

#define DATABASE(actor, file)                                                \
    {actor, file, CHANGE, AS_IT_IS}, {actor, file "-wal", CHANGE, AS_IT_IS}, \
    {                                                                        \
        actor, file "-shm", CHANGE, AS_IT_IS                                 \
    }

/* In the data folder. */
static const struct own_path {
    const char *actor;
    const char *path;
    unsigned access; /* of enum confine_access */
    enum made made;
} own_paths[] = {
    {"broker", "run", READ, AS_IT_IS}, /* whose lock it is */

    DATABASE("audit", "audit.db"),
    {"audit", "audit", KEEP, FOLDER}, /* sealed segments, and the head */
    {"audit", "keys", KEEP, FOLDER},

    DATABASE("history", "history.db"),

    {"tautulli", "staging", KEEP, FOLDER},
    {"tautulli", "uploads", READ, FOLDER},
    {"import-worker", "staging", READ, FOLDER},
    {"import-worker", "uploads", READ, FOLDER},
    {"import-worker", "worker", READ, AS_IT_IS}, /* its key, where it works for another machine */

    DATABASE("server-sync", "servers.db"),
    {"server-sync", "servers", KEEP, FOLDER}, /* the key of the tokens */

    {"door", "door", KEEP, FOLDER}, /* its key, and the keys of workers */

    DATABASE("gateway", "accounts.db"),
    {"gateway", ".", CONFINE_LIST, AS_IT_IS}, /* what takes room */
    {"gateway", "uploads", KEEP, FOLDER},
    {"gateway", "run", CONFINE_READ | CONFINE_NAMES, AS_IT_IS}, /* its address, the set-up code */
    {"gateway", "run/audit.gap", CHANGE, EMPTY_FILE},
};

/* Of the machine, for everybody: libraries that are loaded late, names of hosts, zones, locales. */
static const struct {
    const char *path;
    unsigned access;
} system_paths[] = {{"/usr", READ},
                    {"/lib", READ},
                    {"/lib32", READ},
                    {"/lib64", READ},
                    {"/etc", READ},
                    {"/proc", READ},
                    {"/dev/null", CHANGE},
                    {"/dev/urandom", READ},
                    {"/sys/devices/system/cpu", READ},
                    {"/var/cache/cracklib", READ}};

static enum err make_folder(const char *path)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        enum err e = err_from_errno(errno);
        err_about("%s", path);
        log_error("cannot make the folder path=%s error=%m", path);
        return e;
    }
    return OK;
}

/* What is not there when the rules are made could not be opened later. What is there is not opened:
 * to close a lock of this process would give it up. */
static void make_file(const char *path)
{
    OWNED(fd_release)
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST) {
        log_warn("cannot make the file path=%s error=%m, going on without", path);
    }
}

static enum err make(const struct own_path *own)
{
    if (own->made == EMPTY_FILE) {
        make_file(own->path);
    }
    return own->made == FOLDER ? make_folder(own->path) : OK;
}

static enum err allow_own(struct confinement *c, const char *actor)
{
    char run[64];
    (void)snprintf(run, sizeof(run), OWN_RUN_FOLDER, actor);
    enum err e = confine_allow(c, run, KEEP);
    make_file(BROKER_LOCK); /* the broker may start later */
    e = e == OK ? confine_allow(c, BROKER_LOCK, READ) : e;
    for (size_t i = 0; e == OK && i < COUNT_OF(own_paths); i++) {
        if (strcmp(own_paths[i].actor, actor) == 0) {
            e = confine_allow(c, own_paths[i].path, own_paths[i].access);
        }
    }
    return e;
}

/* Where the broker makes its socket. */
static enum err allow_endpoint(struct confinement *c, const struct config *config)
{
    char folder[PATH_MAX];
    const char *endpoint = config_text(config, SETTING_bus_endpoint);
    if (strncmp(endpoint, "ipc://", 6) != 0 || endpoint[6] == '@') {
        return OK; /* nothing in the file system */
    }
    (void)snprintf(folder, sizeof(folder), "%s", endpoint + 6);
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        slash[slash == folder ? 1 : 0] = '\0';
    }
    return confine_allow(c, slash != NULL ? folder : ".", CONFINE_SOCKETS);
}

/* Is this name in the data folder one that the table tells of, or begins a path that it does? */
static bool is_ours(const char *name)
{
    size_t size = strcspn(name, "/");
    for (size_t i = 0; i < COUNT_OF(own_paths); i++) {
        if (strcspn(own_paths[i].path, "/") == size && memcmp(own_paths[i].path, name, size) == 0) {
            return true;
        }
    }
    return false;
}

/* A folder that a person made within the data folder is as good as any other. */
static enum err allow_source(struct confinement *c, const char *data, const char *folder)
{
    char real[PATH_MAX];
    size_t size = strlen(data);
    if (folder[0] != '/' || realpath(folder, real) == NULL) {
        return OK;
    }
    if (strncmp(real, data, size) == 0 && real[size] == '/') {
        return is_ours(real + size + 1) ? OK : confine_allow(c, real, READ);
    }
    return confine_allow_around(c, real, READ);
}

/* Where the databases of other programs are that may be imported. */
static enum err allow_sources(struct confinement *c, const struct config *config)
{
    enum err e = OK;
    for (size_t i = 0; e == OK && i < config_list_count(config, SETTING_import_dirs); i++) {
        e = allow_source(c, config_data_dir(config),
                         config_list_item(config, SETTING_import_dirs, i));
    }
    return e;
}

/* What the environment names, as systemd does. */
static enum err allow_named(struct confinement *c, const char *variable)
{
    const char *path = getenv(variable);
    return path != NULL && path[0] == '/' ? confine_allow(c, path, READ) : OK;
}

static bool asks_servers(const char *actor)
{
    return strcmp(actor, "tautulli") == 0 || strcmp(actor, "plex") == 0 ||
           strcmp(actor, "server-sync") == 0;
}

static enum err allow_settings(struct confinement *c, const char *actor,
                               const struct config *config)
{
    if (strcmp(actor, "broker") == 0) {
        return allow_endpoint(c, config);
    }
    enum err e = OK;
    if (strcmp(actor, "tautulli") == 0 || strcmp(actor, "import-worker") == 0) {
        e = allow_sources(c, config);
    }
    if (strcmp(actor, "server-sync") == 0) {
        e = allow_named(c, "CREDENTIALS_DIRECTORY");
    }
    return e == OK && asks_servers(actor) ? allow_named(c, "SSL_CERT_FILE") : e;
}

/* /etc/resolv.conf is a link into /run on many machines, and replaced there while we run. */
static enum err allow_resolver(struct confinement *c)
{
    char real[PATH_MAX];
    if (realpath("/etc/resolv.conf", real) == NULL) {
        return OK;
    }
    *strrchr(real, '/') = '\0';
    return real[0] != '\0' ? confine_allow_around(c, real, READ) : OK;
}

/* Its program, from which a crash is explained. */
static enum err allow_program(struct confinement *c)
{
    char program[PATH_MAX];
    return realpath("/proc/self/exe", program) != NULL ? confine_allow(c, program, READ) : OK;
}

static enum err allow_system(struct confinement *c)
{
    enum err e = allow_resolver(c);
    e = e == OK ? allow_program(c) : e;
    for (size_t i = 0; e == OK && i < COUNT_OF(system_paths); i++) {
        e = confine_allow_around(c, system_paths[i].path, system_paths[i].access);
    }
    return e;
}

enum err own_files_confine(const char *actor, const struct config *config, bool *out_confined)
{
    OWNED(confine_close) struct confinement c;
    enum err e = confine_open(&c, config_data_dir(config));
    for (size_t i = 0; e == OK && i < COUNT_OF(own_paths); i++) {
        e = strcmp(own_paths[i].actor, actor) == 0 ? make(&own_paths[i]) : OK;
    }
    e = e == OK ? allow_own(&c, actor) : e;
    e = e == OK ? allow_settings(&c, actor, config) : e;
    e = e == OK ? allow_system(&c) : e;
    e = e == OK ? confine_enter(&c, out_confined) : e;
    if (e == OK && !*out_confined) {
        log_warn("the kernel has no Landlock: this process is not confined to its own files");
    }
    return e;
}
