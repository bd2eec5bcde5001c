/* SPDX-License-Identifier: MIT
 * config.c - settings from their defaults, the file and the environment, in this order.
 *
 * What is wrong is refused at the start, by name and line: a typing error never becomes a default.
 */
#include "proto/base/config.h"

#include <czmq.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/base/text.h"

enum setting_type { SETTING_TEXT, SETTING_NUMBER, SETTING_LIST };

struct row {
    const char *path, *initial;
    enum setting_type type;
    int64_t low, high;
};

static const struct row rows[SETTING_COUNT] = {
#define SETTING(id, doc, ...) [SETTING_##id] = {__VA_ARGS__},
#include "proto/base/settings.def"
#undef SETTING
};

struct value {
    char *text;
    int64_t number;
    char *list; /* a copy of the text, cut into items */
    char **items;
    size_t count;
};

struct config {
    char *data_dir;
    struct value values[SETTING_COUNT];
};

/* A setting's origin, for the sentence that refuses it. */
struct origin {
    const char *name; /* the file or the environment variable */
    size_t line;      /* 0: none */
};

static enum err refuse(const struct origin *from, const char *path, const char *why)
{
    if (from->line > 0) {
        log_error("setting %s in %s line %zu: %s", path, from->name, from->line, why);
    } else {
        log_error("setting %s in %s: %s", path, from->name, why);
    }
    return ERR_BAD_SETTING;
}

/* ---- the nearest right name ---- */

#define NAME_SIZE 64
#define FAR ((size_t)4) /* a name that differs in more is another */

/* The setting whose name, or whose name without its section, is the nearest to what was written;
 * `dot` is what stands for the dot there. SETTING_COUNT if none is near. */
static size_t nearest_setting(const char *written, char dot)
{
    size_t best = SETTING_COUNT;
    size_t least = FAR + 1;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        char path[NAME_SIZE];
        snprintf(path, sizeof(path), "%s", rows[i].path);
        char *name = strchr(path, '.') + 1;
        name[-1] = dot;
        size_t whole = text_distance(written, path);
        size_t alone = text_distance(written, name) + 1; /* a whole name that is as near is meant */
        size_t now = whole < alone ? whole : alone;
        if (now < least) {
            least = now;
            best = i;
        }
    }
    return best;
}

static void cut_list(struct value *v)
{
    v->list = must_strdup(v->text);
    char *rest = NULL;
    for (char *item = strtok_r(v->list, ":", &rest); item != NULL;
         item = strtok_r(NULL, ":", &rest)) {
        v->items = must_realloc(v->items, (v->count + 1) * sizeof(*v->items));
        v->items[v->count++] = item;
    }
}

static void value_release(struct value *v)
{
    free(v->text);
    free(v->list);
    free(v->items);
    *v = (struct value){0};
}

static enum err set_number(struct value *v, const struct row *row, const struct origin *from)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(v->text, &end, 10);
    if (errno != 0 || end == v->text || *end != '\0' || number < row->low || number > row->high) {
        char why[96];
        snprintf(why, sizeof(why), "a whole number from %lld to %lld is needed",
                 (long long)row->low, (long long)row->high);
        return refuse(from, row->path, why);
    }
    v->number = number;
    return OK;
}

/* Is there more behind scheme, host and port than a slash? */
static bool has_path(const char *address)
{
    const char *host = strstr(address, "://");
    const char *rest = host == NULL ? NULL : strpbrk(host + 3, "/?#");
    return rest != NULL && strcmp(rest, "/") != 0;
}

static enum err set_value(struct config *c, size_t setting, const char *text,
                          const struct origin *from)
{
    const struct row *row = &rows[setting];
    struct value *v = &c->values[setting];
    value_release(v);
    v->text = must_strdup(text);
    if (row->type == SETTING_NUMBER) {
        return set_number(v, row, from);
    }
    if (row->type == SETTING_LIST) {
        cut_list(v);
    }
    if (setting == SETTING_gateway_public_url && has_path(text)) {
        return refuse(
            from, row->path,
            "the panel is not served below a path; give it a name or a port of its own, as "
            "in https://playbus.example");
    }
    enum log_level level;
    if (setting == SETTING_log_level && log_level_from_text(text, &level) != OK) {
        return refuse(from, row->path, "debug, info, warn or error is needed");
    }
    return OK;
}

static enum err set_defaults(struct config *c)
{
    static const struct origin defaults = {.name = "settings.def"};
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        enum err e = set_value(c, i, rows[i].initial, &defaults);
        if (e != OK) {
            return e;
        }
    }
    return OK;
}

/* ---- the file ---- */

/* The line of the nth setting: each line but empty ones and comments holds exactly one. */
static size_t line_of(const char *file, size_t nth)
{
    FILE *stream = fopen(file, "re");
    if (stream == NULL) {
        return 0;
    }
    char *text = NULL;
    size_t room = 0;
    size_t line = 0;
    while (nth > 0 && getline(&text, &room, stream) >= 0) {
        const char *first = text + strspn(text, " \t\r\n");
        nth -= *first != '\0' && *first != '#' ? 1 : 0;
        line++;
    }
    free(text);
    fclose(stream);
    return line;
}

static size_t find_setting(const char *path)
{
    size_t i = 0;
    while (i < SETTING_COUNT && strcmp(rows[i].path, path) != 0) {
        i++;
    }
    return i;
}

/* Settings are two levels deep, section and name. `nth` counts the nodes in the order of the file.
 */
static enum err take_node(struct config *c, zconfig_t *node, const char *section,
                          struct origin *from, size_t nth)
{
    char path[128];
    snprintf(path, sizeof(path), "%s%s%s", section, *section != '\0' ? "." : "",
             zconfig_name(node));
    size_t setting = find_setting(path);
    bool is_section = *section == '\0' && *zconfig_value(node) == '\0';
    if (is_section) {
        return OK;
    }
    from->line = line_of(from->name, nth);
    if (setting == SETTING_COUNT) {
        char why[128];
        size_t near = nearest_setting(path, '.');
        snprintf(why, sizeof(why), "there is no such setting%s%s",
                 near == SETTING_COUNT ? "" : "; is it ",
                 near == SETTING_COUNT ? "" : rows[near].path);
        return refuse(from, path, why);
    }
    if (zconfig_child(node) != NULL) {
        return refuse(from, path, "nothing may be indented below a setting");
    }
    return set_value(c, setting, zconfig_value(node), from);
}

static enum err take_tree(struct config *c, zconfig_t *root, const char *file)
{
    struct origin from = {.name = file};
    size_t nth = 0;
    for (zconfig_t *s = zconfig_child(root); s != NULL; s = zconfig_next(s)) {
        enum err e = take_node(c, s, "", &from, ++nth);
        for (zconfig_t *n = zconfig_child(s); e == OK && n != NULL; n = zconfig_next(n)) {
            e = take_node(c, n, zconfig_name(s), &from, ++nth);
        }
        if (e != OK) {
            return e;
        }
    }
    return OK;
}

/* The first line that is not indented by four spaces a level, at most one level below the line
 * before it; 0 if all are. zconfig would say it in its own words, on stdout. */
static size_t misindented_line(const char *file)
{
    FILE *in = fopen(file, "re");
    char line[4096];
    size_t at = 0;
    size_t deepest = 0; /* spaces that may stand here */
    bool good = true;
    while (good && in != NULL && fgets(line, sizeof(line), in) != NULL) {
        size_t spaces = strspn(line, " ");
        at++;
        if (line[spaces] != '\n' && line[spaces] != '#') {
            good = spaces % 4 == 0 && spaces <= deepest && line[spaces] != '\t';
            deepest = spaces + 4;
        }
    }
    if (in != NULL) {
        (void)fclose(in);
    }
    return good ? 0 : at;
}

static enum err read_file(struct config *c)
{
    char file[4200];
    snprintf(file, sizeof(file), "%s/playbus.conf", c->data_dir);
    if (access(file, R_OK) != 0) {
        if (errno == ENOENT) {
            return OK;
        }
        /* Perhaps its folder cannot be entered: what it says is not passed over. */
        log_error("settings file %s cannot be read: %s", file, strerror(errno));
        return ERR_BAD_SETTING;
    }
    size_t wrong = misindented_line(file);
    if (wrong > 0) {
        log_error("%s line %zu: indent with 4 spaces a level, a section's settings below it", file,
                  wrong);
        return ERR_BAD_SETTING;
    }
    OWNED(zconfig_destroy) zconfig_t *root = zconfig_load(file);
    if (root == NULL) {
        log_error("settings file %s could not be read: check its permissions", file);
        return ERR_BAD_SETTING;
    }
    return take_tree(c, root, file);
}

/* ---- the environment ---- */

static void variable_of(const char *path, char *out, size_t room)
{
    snprintf(out, room, "PLAYBUS_%s", path);
    for (char *at = out; *at != '\0'; at++) {
        bool small = *at >= 'a' && *at <= 'z';
        *at = (char)(*at == '.' ? '_' : small ? *at - 'a' + 'A' : *at);
    }
}

/* Variables of this name that are no settings: the first is the command line's, the others choose
 * what the tests run and keep. */
static const char *const other_variables[] = {"PLAYBUS_DATA", "PLAYBUS_BIN", "PLAYBUS_BUILD",
                                              "PLAYBUS_CHROMIUM", "PLAYBUS_SCREENSHOTS"};

static bool is_known_variable(const char *name)
{
    char variable[128];
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        variable_of(rows[i].path, variable, sizeof(variable));
        if (strcmp(name, variable) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < COUNT_OF(other_variables); i++) {
        if (strcmp(name, other_variables[i]) == 0) {
            return true;
        }
    }
    return false;
}

enum err config_check_environment(void)
{
    static const char prefix[] = "PLAYBUS_";
    for (char **at = environ; *at != NULL; at++) {
        char name[128];
        char variable[128] = "";
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(*at, "="), *at);
        if (strncmp(name, prefix, strlen(prefix)) != 0 || is_known_variable(name)) {
            continue;
        }
        size_t near = nearest_setting(name + strlen(prefix), '_');
        if (text_distance(name, "playbus_data") <= FAR / 2) {
            snprintf(variable, sizeof(variable), "%s", other_variables[0]);
        } else if (near != SETTING_COUNT) {
            variable_of(rows[near].path, variable, sizeof(variable));
        }
        log_error("%s in the environment: there is no such setting%s%s", name,
                  variable[0] == '\0' ? "" : "; is it ", variable);
        return ERR_BAD_SETTING;
    }
    return OK;
}

static enum err read_environment(struct config *c)
{
    enum err e = config_check_environment();
    for (size_t i = 0; e == OK && i < SETTING_COUNT; i++) {
        char name[128];
        variable_of(rows[i].path, name, sizeof(name));
        const char *text = getenv(name);
        struct origin from = {.name = name};
        e = text != NULL ? set_value(c, i, text, &from) : OK;
    }
    return e;
}

/* ---- the whole ---- */

enum err config_open(const char *data_dir, struct config **out)
{
    OWNED(config_close) struct config *c = must_alloc(sizeof(*c));
    c->data_dir = realpath(data_dir, NULL);
    if (c->data_dir == NULL) {
        log_error("data folder %s cannot be entered: %s", data_dir, strerror(errno));
        return ERR_BAD_SETTING;
    }
    enum err e = set_defaults(c);
    e = e == OK ? read_file(c) : e;
    e = e == OK ? read_environment(c) : e;
    if (e == OK) {
        *out = TAKE(c);
    }
    return e;
}

void config_close(struct config **config)
{
    struct config *c = *config;
    if (c == NULL) {
        return;
    }
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        value_release(&c->values[i]);
    }
    free(c->data_dir);
    free(c);
    *config = NULL;
}

const char *config_data_dir(const struct config *c)
{
    return c->data_dir;
}

const char *config_text(const struct config *c, enum setting s)
{
    return c->values[s].text;
}

int64_t config_number(const struct config *c, enum setting s)
{
    return c->values[s].number;
}

size_t config_list_count(const struct config *c, enum setting s)
{
    return c->values[s].count;
}

const char *config_list_item(const struct config *c, enum setting s, size_t index)
{
    return c->values[s].items[index];
}

bool config_may_listen_beyond_loopback(const struct config *c)
{
    bool proxied = config_text(c, SETTING_gateway_public_url)[0] != '\0' &&
                   config_text(c, SETTING_gateway_proxies)[0] != '\0';
    return proxied || strcmp(config_text(c, SETTING_gateway_plain_lan), "yes") == 0;
}
