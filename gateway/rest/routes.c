/* SPDX-License-Identifier: MIT
 * routes.c - the table of routes and the search in it: a few dozen rows, compared one by one. */
#include "gateway/rest/routes.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* NOLINTBEGIN: generated table */
#define NAMES(...)                      \
    (const char *const[])               \
    {                                   \
        __VA_ARGS__ __VA_OPT__(, ) NULL \
    }
#define TAKES(tag, ...)                                                           \
    {                                                                             \
        .place = INPUT_RECORD, .record = desc_##tag, .hidden = NAMES(__VA_ARGS__) \
    }
#define TAKES_AS(tag, public, field, ...)                                          \
    {                                                                              \
        .place = INPUT_RECORD, .record = desc_##tag, .hidden = NAMES(__VA_ARGS__), \
        .alias_public = public, .alias_field = field                               \
    }
#define TAKES_NOTHING       \
    {                       \
        .place = INPUT_NONE \
    }
#define BODY_IS_FILE(tag, public, field)                                                      \
    {                                                                                         \
        .place = INPUT_FILE, .record = desc_##tag, .hidden = NAMES(), .alias_public = public, \
        .alias_field = field                                                                  \
    }
#define GIVES(code, tag)                     \
    {                                        \
        .status = code, .record = desc_##tag \
    }
#define GIVES_OWN(code, type)              \
    {                                      \
        .status = code, .media_type = type \
    }
#define AUDITED(about, ...)                             \
    {                                                   \
        .target = (about), .params = NAMES(__VA_ARGS__) \
    }
#define AUDITED_USER(field)                                          \
    {                                                                \
        .target = (field), .target_is_user = true, .params = NAMES() \
    }
#define AUDITED_NOTHING   \
    {                     \
        .params = NAMES() \
    }

/* A route without a row in audit_actions.def does not compile here. */
const struct route routes[ROUTE_COUNT] = {
#define ROUTE(handler, text, ...)                          \
    [ROUTE_##handler] = {.id = ROUTE_##handler,            \
                         .name = #handler,                 \
                         .action = audit_action_##handler, \
                         .summary = text,                  \
                         __VA_ARGS__},
#include "gateway/rest/routes.def"
#undef ROUTE
};
/* NOLINTEND */

const char *route_role_text(enum role role)
{
    static const char *const texts[] = {"public", "self", "viewer", "admin"};
    return texts[role];
}

const char *route_audit_text(enum auditing audit)
{
    static const char *const texts[] = {"never", "first", "later", "later", "within"};
    return texts[audit];
}

const char *route_rate_text(enum rate_class rate)
{
    static const char *const texts[] = {"plain", "trigger", "bulk"};
    return texts[rate];
}

bool route_reads_body(const struct route *route)
{
    return strcmp(route->method, "POST") == 0 || strcmp(route->method, "PUT") == 0 ||
           strcmp(route->method, "PATCH") == 0;
}

/* Ids of our own making; one of a person is made of what servers call themselves and their users.
 */
static bool is_value(const char *name, const char *text, size_t size)
{
    bool escaped = strncmp(name, "{person_id}", 11) == 0;
    for (size_t i = 0; i < size; i++) {
        bool plain = isalnum((unsigned char)text[i]) || text[i] == '_' || text[i] == '-';
        if (!plain && !(escaped && (text[i] == '%' || text[i] == '.'))) {
            return false;
        }
    }
    return size > 0 && size < (escaped ? PATH_VALUE_SIZE : PATH_OWN_ID_SIZE);
}

/* A row's {…} takes one segment. */
static bool path_matches(const char *row, const char *path, size_t size, char *out_value)
{
    size_t fixed = strcspn(row, "{");
    if (row[fixed] == '\0') {
        return fixed == size && memcmp(row, path, size) == 0;
    }
    const char *rest = row + fixed + strcspn(row + fixed, "}") + 1;
    size_t rest_size = strlen(rest);
    if (size <= fixed + rest_size || memcmp(row, path, fixed) != 0 ||
        memcmp(path + size - rest_size, rest, rest_size) != 0) {
        return false;
    }
    size_t value_size = size - fixed - rest_size;
    if (!is_value(row + fixed, path + fixed, value_size)) {
        return false;
    }
    memcpy(out_value, path + fixed, value_size);
    out_value[value_size] = '\0';
    return true;
}

static void allow(char *list, const char *method)
{
    size_t used = strlen(list);
    snprintf(list + used, ALLOW_SIZE - used, "%s%s%s", used > 0 ? ", " : "", method,
             strcmp(method, "GET") == 0 ? ", HEAD" : "");
}

const struct route *route_find(const char *method, const char *path, size_t path_size,
                               char out_value[static PATH_VALUE_SIZE],
                               char out_allow[static ALLOW_SIZE])
{
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    out_allow[0] = '\0';
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        if (path_matches(routes[i].path, path, path_size, out_value)) {
            if (strcmp(routes[i].method, wanted) == 0) {
                return &routes[i];
            }
            allow(out_allow, routes[i].method);
        }
    }
    return NULL;
}
