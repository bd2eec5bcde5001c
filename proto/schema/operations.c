/* SPDX-License-Identifier: MIT
 * operations.c - the table of operations.def, and the rules that follow from it. */
#include "proto/schema/operations.h"

#include <stdio.h>
#include <string.h>

const struct operation_desc operations[operation_COUNT] = {
#define OPERATION(name, doc, ...) [operation_##name] = {__VA_ARGS__},
#define SERVER_OPERATION(name, doc, ...) \
    [operation_##name] = {.per_server = true, .of_server = true, __VA_ARGS__},
#include "proto/schema/operations.def"
#undef OPERATION
#undef SERVER_OPERATION
};

static const char *text_of(const char *text)
{
    return text != NULL ? text : "";
}

bool operation_is_own(const struct operation_desc *operation)
{
    return strcmp(text_of(operation->coordinator), "history") == 0;
}

bool operations_exclude(enum operation a, const char *server_a, enum operation b,
                        const char *server_b)
{
    bool either_all = operations[a].group == EXCLUDES_ALL || operations[b].group == EXCLUDES_ALL;
    bool same_server = strcmp(text_of(server_a), text_of(server_b)) == 0;
    bool read_it = operations[a].of_server && operations[b].of_server && server_a != NULL;
    return either_all || (same_server && read_it) ||
           (operations[a].group == operations[b].group &&
            (!operations[a].per_server || same_server));
}

bool operation_allows_server(enum operation operation, const char *server_id)
{
    size_t size = strlen(text_of(server_id));
    return !operations[operation].per_server || (size > 0 && size <= SUBJECT_SERVER_MAX);
}

void operation_subject(enum operation operation, const char *server_id,
                       char out[static SUBJECT_SIZE])
{
    bool of_server = operations[operation].per_server;
    (void)snprintf(out, SUBJECT_SIZE, "%s%s%.*s", schema_enum_text(&enum_operation, operation),
                   of_server ? "/" : "", SUBJECT_SERVER_MAX, of_server ? text_of(server_id) : "");
}
